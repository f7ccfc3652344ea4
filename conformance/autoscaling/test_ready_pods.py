"""A revision of several pods, of which only some are ready."""

import pytest

from kmc.fixtures.requirements import requirement
from kmc.fixtures.service import (
    EVERY_SECOND,
    INITIAL_SCALE,
    MAX_SCALE,
    MIN_SCALE,
    SERVING_PORT,
    Container,
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


def held_back(readiness: str) -> Container:
    """Return a serving container that becomes ready where this ConfigMap says so when it starts."""
    waiting = serving("app", readinessProbe=http_probe(port=SERVING_PORT, **EVERY_SECOND))
    return waiting.with_variables(variable_from(readiness, "ready", name="READY"))


def have_one_ready(service: Service, stored: Stored, readiness: str) -> None:
    """Replace one of the latest revision's pods, all of which are held back, by one that is not."""
    service.wait_for(
        lambda: [pod.running() for pod in service.pods()],
        lambda running: len(running) == REPLICAS and all({"app", "helper"} <= names for names in running),
        expect=f"{REPLICAS} pods whose containers run",
        within=service.timeouts.service_ready,
    )
    stored.change(readiness, ready="true")
    service.delete_pod(service.pods()[0])
    service.wait_pods(1)


def have_all_ready(service: Service) -> None:
    """Replace the pods that are held back."""
    for pod in service.pods():
        if not pod.ready:
            service.delete_pod(pod)
    service.wait_status_ready()


@pytest.fixture(scope="module")
def service(deploy: Deploy, stored: Stored) -> Service:
    """A Service that answers, and whose next revision has three pods: one of them is ready, the others are not."""
    readiness = stored.config_map(ready="false")
    service = deploy(serving("app"), OLD)
    service.update(held_back(readiness), NEW, annotations={MIN_SCALE: str(REPLICAS)}, ready=False)
    have_one_ready(service, stored, readiness)
    return service


@requirement("MC-ASC-07")
def test_a_service_keeps_its_initial_scale_until_all_pods_were_ready(deploy: Deploy, stored: Stored) -> None:
    """One of them is ready before the others; more than that one is not asked for once they were."""
    readiness = stored.config_map(ready="false")
    annotations = {MIN_SCALE: "1", INITIAL_SCALE: str(REPLICAS), MAX_SCALE: str(REPLICAS)}
    service = deploy(held_back(readiness), OLD, annotations=annotations, ready=False)
    have_one_ready(service, stored, readiness)
    service.assert_stays(
        lambda: (service.object.condition("Ready").status, len(service.pods())),
        lambda seen: seen[0] != "True" and seen[1] == REPLICAS,
        expect=f"{REPLICAS} pods and not Ready while one of them is ready",
        during=service.timeouts.unready,
    )
    have_all_ready(service)


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
    have_all_ready(service)
    service.wait_body("new")
