"""What Knative fills in: names, probes, resources, read-only mounts."""

import pytest

from kmc.fixtures.requirements import requirement
from kmc.fixtures.service import PAIR, Admission, Deploy, Facts, Service, mount, resources, serving, sidecar


@pytest.fixture(scope="module")
def service(deploy: Deploy) -> Service:
    """Containers that leave everything to Knative, their names too."""
    return deploy(serving(""), sidecar(""))


@requirement("MC-DEF-01")
def test_unnamed_containers_get_distinct_names(admission: Admission) -> None:
    """Each gets a number of its own."""
    stored = admission.containers_as_stored(serving(""), sidecar(""), sidecar("", listen=8883))
    assert list(stored) == ["user-container-0", "user-container-1", "user-container-2"]


@requirement("MC-DEF-02")
def test_default_names_avoid_names_in_use(admission: Admission) -> None:
    """A number that is in use is passed over."""
    stored = admission.containers_as_stored(serving("user-container-0"), sidecar(""))
    assert list(stored) == ["user-container-0", "user-container-1"]


@requirement("MC-DEF-04")
def test_only_the_serving_container_gets_a_readiness_probe(admission: Admission) -> None:
    """The default probe asks for a TCP connection to the serving port."""
    stored = admission.containers_as_stored(*PAIR)
    assert stored["app"]["readinessProbe"] == {"successThreshold": 1, "tcpSocket": {"port": 0}}
    assert "readinessProbe" not in stored["helper"]


@requirement("MC-DEF-03")
def test_a_single_unnamed_container_is_called_user_container(admission: Admission) -> None:
    """It needs no number."""
    assert list(admission.containers_as_stored(serving(""))) == ["user-container"]


@requirement("MC-DEF-07")
def test_every_container_gets_the_default_resources(admission: Admission, facts: Facts) -> None:
    """One that has its own keeps them."""
    own = {"requests": {"cpu": "11m"}}
    stored = admission.containers_as_stored(
        serving("app", resources=None), sidecar("helper", resources=None), sidecar("second", listen=8883, resources=own)
    )
    assert sorted(resources(stored["app"])) == sorted(facts.resource_defaults or ())
    assert stored["helper"]["resources"] == stored["app"]["resources"]
    assert stored["second"]["resources"]["requests"]["cpu"] == "11m"


@requirement("MC-DEF-08")
def test_read_only_volumes_are_mounted_read_only(admission: Admission) -> None:
    """Mounts of ConfigMaps, Secrets and projected volumes become read-only; an emptyDir's stay as they are."""
    mounts = [mount(name, f"/{name}") for name in ("settings", "secret", "projected", "data")]
    volumes = [
        {"name": "settings", "configMap": {"name": "settings"}},
        {"name": "secret", "secret": {"secretName": "secret"}},
        {"name": "projected", "projected": {"sources": [{"configMap": {"name": "settings"}}]}},
        {"name": "data", "emptyDir": {}},
    ]
    stored = admission.containers_as_stored(
        serving("app", volumeMounts=mounts), sidecar("helper", volumeMounts=mounts), volumes=volumes
    )
    for name in ("app", "helper"):
        read_only = {each["name"]: each.get("readOnly", False) for each in stored[name]["volumeMounts"]}
        assert read_only == {"settings": True, "secret": True, "projected": True, "data": False}


@requirement("MC-DEF-09")
def test_service_links_are_off_by_default(service: Service) -> None:
    """So that the containers are not given a variable for every Service in the namespace."""
    assert service.template.spec["enableServiceLinks"] is False


@requirement("MC-DEF-10")
def test_reapplying_the_same_spec_changes_nothing(service: Service) -> None:
    """It is defaulted in the same way; no revision is created."""
    before = service.object.generation, service.latest.name
    service.update(*service.spec.containers)
    assert (service.object.generation, service.latest.name) == before
    assert len(service.revisions()) == 1
