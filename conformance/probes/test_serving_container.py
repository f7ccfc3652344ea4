"""Probes of the serving container, of each kind, beside a sidecar that has none."""

import pytest

from kmc.fixtures.requirements import requirement
from kmc.fixtures.service import (
    EVERY_SECOND,
    FOR_A_MINUTE,
    GREETING,
    LIVE,
    MIN_SECONDS_TO_READY,
    SERVING,
    SERVING_PORT,
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

DELAY = str(SLOW_START_SECONDS)
READY_LATE, LISTENING_LATE = {"READY_AFTER": DELAY}, {"LISTEN_AFTER": DELAY}

READINESS: dict[str, Container] = {
    "http": serving(env=READY_LATE, readinessProbe=http_probe(port=SERVING_PORT)),
    "http with a period": serving(env=READY_LATE, readinessProbe=http_probe(port=SERVING_PORT, **EVERY_SECOND)),
    "tcp": serving(env=LISTENING_LATE, readinessProbe=tcp_probe(port=SERVING_PORT)),
    "tcp with a period": serving(env=LISTENING_LATE, readinessProbe=tcp_probe(port=SERVING_PORT, **EVERY_SECOND)),
    "grpc": serving(env=READY_LATE, readinessProbe=grpc_probe(port=SERVING_PORT)),
    "grpc with a period": serving(env=READY_LATE, readinessProbe=grpc_probe(port=SERVING_PORT, **EVERY_SECOND)),
    "exec with a period": serving(env=READY_LATE, readinessProbe=exec_probe("ready", SERVING, **EVERY_SECOND)),
    "initial delay": serving(
        readinessProbe=http_probe(port=SERVING_PORT, periodSeconds=1, initialDelaySeconds=SLOW_START_SECONDS)
    ),
    "success threshold": serving(
        readinessProbe=http_probe(port=SERVING_PORT, periodSeconds=1, successThreshold=SLOW_START_SECONDS + 1)
    ),
}
"""Serving containers whose readiness probe does not pass for some time, for these reasons."""

LIVENESS: dict[str, Container] = {
    "http": serving(livenessProbe=http_probe("live", port=0, **LIVE)),
    "grpc": serving(livenessProbe=grpc_probe("liveness", port=SERVING_PORT, **LIVE)),
    "exec": serving(livenessProbe=exec_probe("live", SERVING, **LIVE)),
}


@pytest.fixture(scope="module")
def late(deploy: Deploy) -> dict[str, Service]:
    """A Service for each of the readiness probes; all of them start at the same time."""
    return {name: deploy(app, sidecar("helper"), ready=False) for name, app in READINESS.items()}


@pytest.fixture(scope="module")
def alive(deploy: Deploy, late: dict[str, Service]) -> dict[str, Service]:
    """A Service for each of the liveness probes; all of them start at the same time, when the others are Ready."""
    for service in late.values():
        service.wait_status_ready()
    return {name: deploy(app, sidecar("helper"), ready=False) for name, app in LIVENESS.items()}


@requirement("MC-PRB-26")
@pytest.mark.parametrize("case", READINESS)
def test_ready_waits_for_the_serving_containers_probe(late: dict[str, Service], case: str) -> None:
    """Of whatever kind it is, and with all of its fields."""
    assert late[case].wait_ready().seconds_to_ready("app") >= MIN_SECONDS_TO_READY


@requirement("MC-PRB-27")
@pytest.mark.parametrize("kind", LIVENESS)
def test_a_serving_container_whose_liveness_probe_fails_is_restarted_alone(
    alive: dict[str, Service], kind: str
) -> None:
    """In the same pod, which then answers requests again. A busy node may restart it once more before it listens."""
    service = alive[kind].wait_ready()
    before = service.pod
    service.container("app").set_health("liveness", 500)
    service.wait_restarted("app")
    service.wait_pods(1)
    service.wait_body(GREETING)
    now = service.pod
    restarts = now.restarts()
    assert (now.uid, restarts) == (before.uid, {**before.restarts(), "app": max(1, restarts["app"])})


STARTUP: dict[str, Container] = {
    "http": serving(
        env={"STARTUP_AFTER": DELAY}, startupProbe=http_probe("startup", port=SERVING_PORT, **FOR_A_MINUTE)
    ),
    "tcp": serving(env=LISTENING_LATE, startupProbe=tcp_probe(port=SERVING_PORT, **FOR_A_MINUTE)),
    "grpc": serving(
        env={"STARTUP_AFTER": DELAY}, startupProbe=grpc_probe("startup", port=SERVING_PORT, **FOR_A_MINUTE)
    ),
    "exec": serving(env={"STARTUP_AFTER": DELAY}, startupProbe=exec_probe("startup", SERVING, **FOR_A_MINUTE)),
}


@pytest.fixture(scope="module")
def starting(deploy: Deploy) -> dict[str, Service]:
    """A Service for each of the startup probes; all of them start at the same time."""
    return {name: deploy(app, sidecar("helper"), ready=False) for name, app in STARTUP.items()}


@requirement("MC-PRB-28")
@pytest.mark.parametrize("kind", STARTUP)
def test_ready_waits_for_the_serving_containers_startup_probe(starting: dict[str, Service], kind: str) -> None:
    """It has started after a delay, and was not restarted."""
    service = starting[kind].wait_ready()
    assert service.seconds_to_ready("app") >= MIN_SECONDS_TO_READY
    assert service.pod.restarts()["app"] == 0
