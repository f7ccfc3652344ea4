"""The start of a pod: it is Ready when its slowest container is, and gets no request before."""

import pytest

from kmc.fixtures.requirements import requirement
from kmc.fixtures.service import (
    EVERY_SECOND,
    FAST_SCALING,
    FOR_A_MINUTE,
    MIN_SECONDS_TO_READY,
    SLOW_START_SECONDS,
    Container,
    Deploy,
    Service,
    exec_probe,
    grpc_probe,
    http_probe,
    serving,
    sidecar,
    tcp_probe,
)

DELAY, LONGER_DELAY = str(SLOW_START_SECONDS), str(SLOW_START_SECONDS + 3)

SIDECARS: dict[str, tuple[Container, ...]] = {
    "readiness": (sidecar("helper", env={"READY_AFTER": DELAY}, readinessProbe=http_probe()),),
    "two": (
        sidecar("first", listen=8883, env={"READY_AFTER": DELAY}, readinessProbe=http_probe(port=8883)),
        sidecar("last", env={"READY_AFTER": LONGER_DELAY}, readinessProbe=http_probe()),
    ),
    "startup by http": (
        sidecar("helper", env={"STARTUP_AFTER": DELAY}, startupProbe=http_probe("startup", **FOR_A_MINUTE)),
    ),
    "startup by http without a period": (
        sidecar("helper", env={"STARTUP_AFTER": DELAY}, startupProbe=http_probe("startup", failureThreshold=6)),
    ),
    "startup by tcp": (sidecar("helper", env={"LISTEN_AFTER": DELAY}, startupProbe=tcp_probe(**FOR_A_MINUTE)),),
    "startup by grpc": (
        sidecar("helper", env={"STARTUP_AFTER": DELAY}, startupProbe=grpc_probe("startup", **FOR_A_MINUTE)),
    ),
    "startup by exec": (
        sidecar("helper", env={"STARTUP_AFTER": DELAY}, startupProbe=exec_probe("startup", **FOR_A_MINUTE)),
    ),
}


@pytest.fixture(scope="module")
def services(deploy: Deploy) -> dict[str, Service]:
    """A Service for each of these lists of sidecars; all of them start at the same time."""
    return {name: deploy(serving("app"), *sidecars, ready=False) for name, sidecars in SIDECARS.items()}


@requirement("MC-PRB-02")
def test_no_request_is_sent_before_the_sidecar_is_ready(deploy_once: Deploy) -> None:
    """The sidecar listens after a delay, and no request fails."""
    delayed = sidecar("helper", env={"LISTEN_AFTER": DELAY}, readinessProbe=tcp_probe())
    service = deploy_once(serving("app"), delayed, ready=False)
    service.wait_condition("Ready", "True", within=service.timeouts.service_ready)
    service.wait_answering()
    assert {answer.status for answer in service.get_many("/", times=20)} == {200}


@requirement("MC-PRB-01")
def test_ready_waits_for_the_sidecars_readiness_probe(services: dict[str, Service]) -> None:
    """The sidecar is ready after a delay."""
    assert services["readiness"].wait_ready().seconds_to_ready("helper") >= MIN_SECONDS_TO_READY


@requirement("MC-PRB-11")
def test_sidecars_are_probed_in_parallel(services: dict[str, Service]) -> None:
    """The probes of both begin before the first of them passes, and Ready waits for the slower one."""
    service = services["two"].wait_ready()
    assert service.seconds_to_ready("last") >= MIN_SECONDS_TO_READY + 3
    first_probes = [service.container(name).probes()[0].time for name in ("first", "last")]
    assert abs((first_probes[1] - first_probes[0]).total_seconds()) < SLOW_START_SECONDS / 2


@requirement("MC-PRB-16")
@pytest.mark.parametrize("kind", ["http", "http without a period", "tcp", "grpc", "exec"])
def test_ready_waits_for_the_sidecars_startup_probe(services: dict[str, Service], kind: str) -> None:
    """The sidecar has started after a delay, and was not restarted."""
    service = services[f"startup by {kind}"].wait_ready()
    assert service.seconds_to_ready("helper") >= MIN_SECONDS_TO_READY
    assert service.pod.restarts()["helper"] == 0


@requirement("MC-PRB-16")
def test_a_startup_probe_that_never_passes_fails_the_service(deploy_once: Deploy) -> None:
    """The sidecar is restarted, and the Service is not Ready."""
    stuck = sidecar("helper", env={"STARTUP": "false"}, startupProbe=http_probe("startup", **EVERY_SECOND))
    service = deploy_once(serving("app"), stuck, fails_soon=True, ready=False)
    service.wait_restarted("helper")
    service.wait_condition("Ready", "False", within=service.timeouts.failure)


@requirement("MC-PRB-17")
def test_the_first_request_from_zero_waits_for_the_startup_probe(deploy_once: Deploy) -> None:
    """When it is answered, the sidecar has started."""
    starting = sidecar("helper", env={"STARTUP_AFTER": DELAY}, startupProbe=http_probe("startup", **FOR_A_MINUTE))
    service = deploy_once(serving("app"), starting, annotations=FAST_SCALING)
    service.wait_scaled_to_zero()
    assert service.ask("/call", url="http://127.0.0.1:8882/healthz/startup")["status"] == 200


@requirement("MC-PRB-18")
def test_the_first_request_from_zero_waits_for_an_exec_probe(deploy_once: Deploy) -> None:
    """When it is answered, the sidecar is ready."""
    waiting = sidecar("helper", env={"READY_AFTER": DELAY}, readinessProbe=exec_probe("ready", **FOR_A_MINUTE))
    service = deploy_once(serving("app"), waiting, annotations=FAST_SCALING)
    service.wait_scaled_to_zero()
    assert service.ask("/call", url="http://127.0.0.1:8882/healthz/ready")["status"] == 200


@requirement("MC-PRB-19")
def test_ready_waits_for_sidecars_without_probes(deploy_once: Deploy) -> None:
    """The sidecar listens after a minute."""
    service = deploy_once(serving("app"), sidecar("helper", env={"LISTEN_AFTER": "60"}), ready=False)
    service.wait_condition("Ready", "True", within=service.timeouts.service_ready)
    service.wait_answering()
    assert service.container("helper").is_reachable()


@requirement("MC-PRB-23")
def test_ready_waits_for_the_serving_containers_probe(deploy_once: Deploy) -> None:
    """Also where its sidecar has none."""
    delayed = serving("app", env={"READY_AFTER": DELAY}, readinessProbe=http_probe(port=8881))
    assert deploy_once(delayed, sidecar("helper")).seconds_to_ready("app") >= MIN_SECONDS_TO_READY
