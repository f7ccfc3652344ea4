"""The containers that a Service declares, as they are in its pod."""

from typing import Any

import pytest

from kmc.fixtures.requirements import requirement
from kmc.fixtures.service import QUEUE_PROXY, Deploy, Service, mount, order_of, serving, sidecar, subset

NAMES = ["first", "app", "last"]
FIELDS: dict[str, Any] = {
    "command": ["/ko-app/sidecarcontainer"],
    "args": ["one", "two"],
    "workingDir": "/tmp",  # noqa: S108 - the directory that Knative promises to be writable
    "imagePullPolicy": "IfNotPresent",
    "resources": {"requests": {"cpu": "11m", "memory": "21Mi"}, "limits": {"cpu": "310m", "memory": "210Mi"}},
}
"""The fields of a sidecar that must be the same in its pod."""


@pytest.fixture(scope="module")
def service(deploy: Deploy) -> Service:
    """Three containers, the serving one in the middle; the first with every field that a user can set."""
    return deploy(
        sidecar("first", listen=8883, env={"B": "2", "A": "1"}, volumeMounts=[mount("data", "/data")], **FIELDS),
        serving("app"),
        sidecar("last"),
        volumes=[{"name": "data", "emptyDir": {}}],
    )


@requirement("MC-POD-01")
def test_one_pod_holds_every_container(service: Service) -> None:
    """There is one pod, and all containers run that Knative gave it: those that are declared, and queue-proxy."""
    assert len(service.pods()) == 1
    assert service.pod.running() == {*NAMES, QUEUE_PROXY}
    assert set(service.template.containers) == {*NAMES, QUEUE_PROXY}


@requirement("MC-POD-02")
def test_the_declared_order_is_kept(service: Service) -> None:
    """In what Knative makes pods of; where a mesh puts its own container is not Knative's doing."""
    assert order_of(service.template.containers, NAMES) == NAMES


@requirement("MC-POD-03")
def test_only_the_serving_container_has_a_port(service: Service) -> None:
    """It is the one that is declared."""
    containers = service.template.containers
    assert [port["containerPort"] for port in containers["app"]["ports"]] == [8881]
    assert all("ports" not in containers[name] for name in ("first", "last"))


@requirement("MC-POD-04")
def test_fields_of_a_sidecar_reach_the_pod_unchanged(service: Service) -> None:
    """Command, arguments, working directory and pull policy, and the environment in its order."""
    container = service.template.containers["first"]
    assert subset(container, FIELDS) == FIELDS
    names = order_of([variable["name"] for variable in container["env"]], ["A", "B", "LISTEN_PORT"])
    assert names == ["LISTEN_PORT", "B", "A"]
    assert service.container("first").identity()["args"] == ["one", "two"]


@requirement("MC-POD-11")
def test_pods_are_labelled_with_service_configuration_and_revision(service: Service) -> None:
    """So that they can be selected by any of them."""
    revision = service.latest
    wanted = {
        "serving.knative.dev/service": service.name,
        "serving.knative.dev/configuration": service.name,
        "serving.knative.dev/revision": revision.name,
        "serving.knative.dev/revisionUID": revision.uid,
    }
    assert subset(service.pod.labels, wanted) == wanted


@requirement("MC-POD-13")
def test_a_volume_is_mounted_only_where_declared(service: Service) -> None:
    """It is in the pod once."""
    template = service.template
    assert [volume["name"] for volume in template.spec["volumes"]].count("data") == 1
    mounting = [
        name
        for name, container in template.containers.items()
        if any(each["name"] == "data" for each in container.get("volumeMounts", []))
    ]
    assert mounting == ["first"]
