"""What Knative adds to a pod: hooks, defaults, annotations, digests."""

from typing import Any

import pytest

from kmc.fixtures.requirements import requirement
from kmc.fixtures.service import SERVING, SIDECAR, Deploy, Facts, Service, serving, sidecar, subset

NAMES = ["app", "helper", "second"]
TIMEOUT_SECONDS = 17
"""timeoutSeconds of the Service: a value that no default has."""


@pytest.fixture(scope="module")
def service(deploy: Deploy, facts: Facts) -> Service:
    """Images by tag, the serving container not the first, and one with a termination message policy of its own."""
    return deploy(
        sidecar("helper", image=facts.tags[SIDECAR]),
        serving("app", image=facts.tags[SERVING]),
        sidecar("second", listen=8883, image=facts.tags[SIDECAR], terminationMessagePolicy="File"),
        timeout_seconds=TIMEOUT_SECONDS,
    )


@requirement("MC-POD-05")
@pytest.mark.parametrize("container", NAMES)
def test_every_container_waits_for_the_drain_before_it_stops(service: Service, container: str) -> None:
    """Its preStop hook asks queue-proxy, which answers when the pod takes no more requests."""
    hook: dict[str, Any] = service.template.containers[container]["lifecycle"]["preStop"]["httpGet"]
    assert subset(hook, ["path", "port"]) == {"path": "/wait-for-drain", "port": 8022}
    assert hook.get("scheme", "HTTP") == "HTTP"


@requirement("MC-POD-06")
def test_termination_messages_fall_back_to_the_log(service: Service) -> None:
    """Unless the container has a policy of its own."""
    containers = service.template.containers
    policies = {name: containers[name]["terminationMessagePolicy"] for name in NAMES}
    assert policies == {"app": "FallbackToLogsOnError", "helper": "FallbackToLogsOnError", "second": "File"}


@requirement("MC-POD-07")
def test_the_grace_period_is_the_timeout_of_the_revision(service: Service) -> None:
    """So that no request is cut off that may still be answered."""
    assert service.template.spec["terminationGracePeriodSeconds"] == TIMEOUT_SECONDS


@requirement("MC-POD-12")
def test_the_serving_container_is_the_default_container(service: Service) -> None:
    """Tools that use one container, such as kubectl logs, use this one."""
    assert service.template.annotations["kubectl.kubernetes.io/default-container"] == "app"


@requirement("MC-POD-15")
def test_the_deployment_keeps_no_old_replica_sets(service: Service) -> None:
    """A change of the Service makes another revision."""
    assert service.deployment().spec["revisionHistoryLimit"] == 0


@requirement("MC-POD-14")
def test_the_pod_has_every_image_by_digest(service: Service, facts: Facts) -> None:
    """Even where the Service has tags."""
    containers = service.template.containers
    digests = {"app": facts.images[SERVING], "helper": facts.images[SIDECAR], "second": facts.images[SIDECAR]}
    assert {name: containers[name]["image"] for name in NAMES} == digests
