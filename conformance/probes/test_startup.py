"""The start of a pod: Ready comes when the slowest of its containers says so, and no request comes before."""

import pytest

from kmc.fixtures.requirements import requirement
from kmc.fixtures.service import (
    EVERY_SECOND,
    FAST_SCALING,
    MIN_SECONDS_TO_READY,
    SHORT_PROGRESS_DEADLINE,
    SLOW_START_SECONDS,
    Deploy,
    Service,
    exec_probe,
    http_probe,
    probes_seen,
    seconds_to_ready,
    serving,
    sidecar,
    tcp_probe,
    wait_restarted,
)

PATIENT = {"periodSeconds": 1, "failureThreshold": 60}
QUICK = sidecar(
    "quick", listen=8883, env={"READY_AFTER": str(SLOW_START_SECONDS)}, readinessProbe=http_probe(port=8883)
)
SLOW = sidecar("slow", env={"READY_AFTER": str(SLOW_START_SECONDS + 3)}, readinessProbe=http_probe())

STARTING = {
    "readiness": (
        serving("app"),
        sidecar("helper", env={"READY_AFTER": str(SLOW_START_SECONDS)}, readinessProbe=http_probe()),
    ),
    "two": (serving("app"), QUICK, SLOW),
    "startup": (
        serving("app"),
        sidecar(
            "helper", env={"STARTUP_AFTER": str(SLOW_START_SECONDS)}, startupProbe=http_probe("startup", **PATIENT)
        ),
    ),
}


@pytest.fixture(scope="module")
def services(deploy: Deploy) -> dict[str, Service]:
    """A Service for each of these, which start side by side. Their start and Ready are told to the second."""
    return {name: deploy(*containers, ready=False) for name, containers in STARTING.items()}


@requirement("MC-PRB-02")
def test_the_first_requests_find_the_sidecar_ready(deploy_once: Deploy) -> None:
    """A sidecar that listens late: nothing is sent before, and nothing fails."""
    late = sidecar("helper", env={"LISTEN_AFTER": str(SLOW_START_SECONDS)}, readinessProbe=tcp_probe())
    service = deploy_once(serving("app"), late, ready=False)
    service.wait_until(lambda seen: seen.condition("Ready").status == "True", expect="Ready")
    service.wait_answering()
    assert {answer.status for answer in service.get_many("/", times=20)} == {200}


@requirement("MC-PRB-01")
def test_ready_waits_for_the_sidecars_readiness(services: dict[str, Service]) -> None:
    """A sidecar that is ready late."""
    assert seconds_to_ready(services["readiness"].wait_ready(), "helper") >= MIN_SECONDS_TO_READY


@requirement("MC-PRB-11")
def test_sidecars_become_ready_side_by_side(services: dict[str, Service]) -> None:
    """The probes of two begin together, and not when the quicker one is ready; Ready waits for the slower one."""
    service = services["two"].wait_ready()
    assert seconds_to_ready(service, "slow") >= MIN_SECONDS_TO_READY + 3
    first = {name: min(probe.time for probe in probes_seen(service, name)) for name in ("quick", "slow")}
    assert abs((first["slow"] - first["quick"]).total_seconds()) < 2


@requirement("MC-PRB-16")
def test_ready_waits_for_the_sidecars_startup_probe(services: dict[str, Service]) -> None:
    """A sidecar that has started late."""
    service = services["startup"].wait_ready()
    assert seconds_to_ready(service, "helper") >= MIN_SECONDS_TO_READY
    assert service.pod.restarts()["helper"] == 0


@requirement("MC-PRB-16")
def test_a_startup_probe_that_never_passes_fails_the_service(deploy_once: Deploy) -> None:
    """The sidecar is restarted again and again."""
    stuck = sidecar("helper", env={"STARTUP": "false"}, startupProbe=http_probe("startup", **EVERY_SECOND))
    service = deploy_once(serving("app"), stuck, annotations=SHORT_PROGRESS_DEADLINE, ready=False)
    wait_restarted(service, "helper")
    service.wait_until(
        lambda seen: seen.condition("Ready").status == "False", expect="Ready=False", within=service.timeouts.failure
    )


@requirement("MC-PRB-17")
def test_the_first_request_from_zero_waits_for_the_startup_probe(deploy_once: Deploy) -> None:
    """When it is answered, the sidecar has started."""
    starting = sidecar("helper", env={"STARTUP_AFTER": "5"}, startupProbe=http_probe("startup", **PATIENT))
    service = deploy_once(serving("app"), starting, annotations=FAST_SCALING)
    service.wait_scaled_to_zero()
    assert service.ask("/call", url="http://127.0.0.1:8882/healthz/startup")["status"] == 200


@requirement("MC-PRB-18")
def test_the_first_request_from_zero_waits_for_an_exec_probe(deploy_once: Deploy) -> None:
    """When it is answered, the sidecar is ready."""
    waiting = sidecar("helper", env={"READY_AFTER": "5"}, readinessProbe=exec_probe("ready", **PATIENT))
    service = deploy_once(serving("app"), waiting, annotations=FAST_SCALING)
    service.wait_scaled_to_zero()
    assert service.ask("/call", url="http://127.0.0.1:8882/healthz/ready")["status"] == 200


@requirement("MC-PRB-19")
def test_ready_waits_for_sidecars_without_probes(deploy_once: Deploy) -> None:
    """A sidecar that listens after a minute only."""
    service = deploy_once(serving("app"), sidecar("helper", env={"LISTEN_AFTER": "60"}), ready=False)
    service.wait_until(lambda seen: seen.condition("Ready").status == "True", expect="Ready")
    service.wait_answering()
    assert service.container("helper").is_reachable()


@requirement("MC-PRB-23")
def test_the_serving_containers_own_probe_holds_ready_back(deploy_once: Deploy) -> None:
    """Its sidecar has none."""
    waiting = serving("app", env={"READY_AFTER": str(SLOW_START_SECONDS)}, readinessProbe=http_probe(port=8881))
    assert seconds_to_ready(deploy_once(waiting, sidecar("helper")), "app") >= MIN_SECONDS_TO_READY
