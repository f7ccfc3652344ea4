"""Liveness probes of sidecars: only the container that fails is restarted, and the pod goes on serving."""

import pytest

from kmc.fixtures.requirements import requirement
from kmc.fixtures.service import (
    EVERY_SECOND,
    GREETING,
    LIVE,
    Deploy,
    Service,
    exec_probe,
    grpc_probe,
    http_probe,
    serving,
    sidecar,
    tcp_probe,
)


@pytest.fixture(scope="module")
def service(deploy: Deploy) -> Service:
    """Sidecars with a liveness probe by HTTP, gRPC and exec, and a readiness probe each, as Knative advises."""
    return deploy(
        serving("app"),
        sidecar("by-http", readinessProbe=http_probe(), livenessProbe=http_probe("live", **LIVE)),
        sidecar(
            "by-grpc",
            listen=8883,
            readinessProbe=http_probe(port=8883),
            livenessProbe=grpc_probe("liveness", port=8883, **LIVE),
        ),
        sidecar(
            "by-exec",
            listen=8884,
            readinessProbe=http_probe(port=8884),
            livenessProbe=exec_probe("live", **LIVE),
        ),
    )


@requirement("MC-PRB-13")
@requirement("MC-PRB-14")
@pytest.mark.parametrize("failing", ["by-http", "by-grpc", "by-exec"])
def test_a_sidecar_whose_liveness_probe_fails_is_restarted_alone(service: Service, failing: str) -> None:
    """In the same pod, which then answers requests again. A busy node may restart it once more before it listens."""
    before = service.pod
    times = before.restarts()[failing] + 1
    service.container(failing).set_health("liveness", 500)
    service.wait_restarted(failing, times=times)
    service.wait_pods(1)
    service.wait_body(GREETING)
    now = service.pod
    restarts = now.restarts()
    assert (now.uid, restarts) == (before.uid, {**before.restarts(), failing: max(times, restarts[failing])})


@requirement("MC-PRB-13")
def test_a_sidecar_that_does_not_listen_is_restarted_alone(deploy_once: Deploy) -> None:
    """Its liveness probe is by TCP, at a port that nothing listens at."""
    closed = sidecar("helper", livenessProbe=tcp_probe(port=8889, **EVERY_SECOND))
    service = deploy_once(serving("app"), closed, ready=False)
    assert service.wait_restarted("helper").restarts()["app"] == 0


@requirement("MC-PRB-15")
def test_no_request_fails_while_a_sidecar_without_readiness_is_restarted(deploy_once: Deploy) -> None:
    """The sidecar listens three seconds after its start, and requests to it never pause."""
    restarted = sidecar("helper", env={"LISTEN_AFTER": "3"}, livenessProbe=http_probe("live", **LIVE))
    service = deploy_once(serving("app"), restarted)
    with service.load("/", at_once=1) as answers:
        service.container("helper").set_health("liveness", 500)
        service.wait_restarted("helper")
        service.wait_for(service.container("helper").is_reachable, bool, expect="the restarted sidecar to listen")
    assert {answer.status for answer in answers} == {200}
