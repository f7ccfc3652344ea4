"""A new revision of several pods, of which only some are ready."""

import pytest

from kmc.fixtures.requirements import requirement
from kmc.fixtures.service import (
    EVERY_SECOND,
    MIN_SCALE,
    SERVING_PORT,
    Deploy,
    Service,
    Stored,
    http_probe,
    serving,
    sidecar,
    variable_from,
)

REPLICAS = 3
OLD, NEW = sidecar("helper", env={"RESPONSE": "old"}), sidecar("helper", env={"RESPONSE": "new"})


@pytest.fixture(scope="module")
def readiness(stored: Stored) -> str:
    """A ConfigMap that says whether pods become ready that start from now on."""
    return stored.config_map(ready="false")


@pytest.fixture(scope="module")
def service(deploy: Deploy, stored: Stored, readiness: str) -> Service:
    """A Service that answers, and whose next revision has three pods: one of them is ready, the others are not."""
    service = deploy(serving("app"), OLD)
    held_back = serving("app", readinessProbe=http_probe(port=SERVING_PORT, **EVERY_SECOND))
    held_back = held_back.with_variables(variable_from(readiness, "ready", name="READY"))
    service.update(held_back, NEW, annotations={MIN_SCALE: str(REPLICAS)}, ready=False)
    service.wait_for(
        lambda: [pod.running() for pod in service.pods()],
        lambda running: len(running) == REPLICAS and all({"app", "helper"} <= names for names in running),
        expect=f"{REPLICAS} pods whose containers run",
        within=service.timeouts.service_ready,
    )
    stored.change(readiness, ready="true")
    service.delete_pod(service.pods()[0])
    service.wait_pods(1)
    return service


@requirement("MC-ASC-11")
def test_a_revision_is_ready_when_all_its_first_pods_are(service: Service) -> None:
    """Until then the Service is not, and the old revision answers."""
    new = service.latest.name
    service.assert_stays(
        lambda: (
            service.object.condition("Ready").status,
            service.latest.condition("Ready").status,
            service.object.status["latestReadyRevisionName"] == new,
            service.get().body.strip(),
        ),
        lambda seen: seen[0] != "True" and seen[1:] == ("Unknown", False, "old"),
        expect=f"not Ready while one of {REPLICAS} pods is",
        during=service.timeouts.unready,
    )
    for pod in service.pods():
        if not pod.ready:
            service.delete_pod(pod)
    service.wait_status_ready()
    service.wait_body("new")
