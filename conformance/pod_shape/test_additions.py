"""What Knative adds to a pod of several containers, and how it fills it in."""

from typing import Any

import pytest

from kmc.fixtures.requirements import requirement
from kmc.fixtures.service import SERVING, SIDECAR, Deploy, Facts, Service, serving, sidecar, subset

NAMES = ["app", "helper", "second"]
SECONDS = 17


@pytest.fixture(scope="module")
def service(deploy: Deploy, facts: Facts) -> Service:
    """Images by tag, one container with a termination message policy of its own, and a timeout that no default is."""
    return deploy(
        serving("app", image=facts.tags[SERVING]),
        sidecar("helper", image=facts.tags[SIDECAR]),
        sidecar("second", listen=8883, image=facts.tags[SIDECAR], terminationMessagePolicy="File"),
        timeout_seconds=SECONDS,
    )


@requirement("MC-POD-05")
@pytest.mark.parametrize("container", NAMES)
def test_every_container_is_stopped_after_the_drain(service: Service, container: str) -> None:
    """Its preStop hook asks the proxy, which answers when the pod takes no more requests."""
    hook: dict[str, Any] = service.pod.containers[container]["lifecycle"]["preStop"]["httpGet"]
    assert subset(hook, ["path", "port"]) == {"path": "/wait-for-drain", "port": 8022}


@requirement("MC-POD-06")
def test_a_containers_last_output_is_its_termination_message(service: Service) -> None:
    """Unless it says where that is itself."""
    containers = service.pod.containers
    policies = {name: containers[name]["terminationMessagePolicy"] for name in NAMES}
    assert policies == {"app": "FallbackToLogsOnError", "helper": "FallbackToLogsOnError", "second": "File"}


@requirement("MC-POD-07")
def test_the_pods_grace_period_is_the_revisions_timeout(service: Service) -> None:
    """So that a request that may still be answered is not cut off."""
    assert service.pod.spec["terminationGracePeriodSeconds"] == SECONDS


@requirement("MC-POD-12")
def test_the_serving_container_is_the_pods_default(service: Service) -> None:
    """Tools that look at one container, such as kubectl logs, look at this one."""
    assert service.pod.annotations["kubectl.kubernetes.io/default-container"] == "app"


@requirement("MC-POD-14")
def test_the_pod_names_every_image_by_its_digest(service: Service, facts: Facts) -> None:
    """Though the Service names them by tags."""
    containers = service.pod.containers
    digests = {"app": facts.images[SERVING], "helper": facts.images[SIDECAR], "second": facts.images[SIDECAR]}
    assert {name: containers[name]["image"] for name in NAMES} == digests
