"""Readiness probes of sidecars: every kind is run, where and as it was declared."""

import pytest

from kmc.fixtures.requirements import requirement
from kmc.fixtures.service import (
    EVERY_SECOND,
    MIN_SECONDS_TO_READY,
    SLOW_START_SECONDS,
    Deploy,
    Service,
    exec_probe,
    grpc_probe,
    http_probe,
    probes_seen,
    queue_proxy_env,
    queue_proxy_probes,
    seconds_to_ready,
    serving,
    sidecar,
    tcp_probe,
    wait_event,
)

OWN_HEADER = {"name": "X-Probe", "value": "mine"}


@pytest.fixture(scope="module")
def service(deploy: Deploy) -> Service:
    """Sidecars with a readiness probe of each kind that queue-proxy runs."""
    with_header = http_probe("ready", port=8882)
    with_header["httpGet"]["httpHeaders"] = [OWN_HEADER]
    return deploy(
        serving("app"),
        sidecar(
            "by-http",
            env={
                "LISTEN_ADDRESS": "127.0.0.1",
                "READY_AFTER": str(SLOW_START_SECONDS),
                "PROBE_HEADER": "X-Probe: mine",
            },
            readinessProbe=with_header,
        ),
        sidecar("by-tcp", listen=8883, readinessProbe=tcp_probe(port=8883)),
        sidecar("by-grpc", listen=8884, readinessProbe=grpc_probe(port=8884)),
    )


@requirement("MC-PRB-03")
@pytest.mark.parametrize(
    ("container", "paths"),
    [("by-http", {"/healthz/ready"}), ("by-tcp", set()), ("by-grpc", {"/grpc.health.v1.Health/Check"})],
)
def test_a_passing_probe_of_each_kind_makes_the_service_ready(
    service: Service, container: str, paths: set[str]
) -> None:
    """The sidecar saw it, as far as a connection alone can be seen, and answers through the serving container."""
    assert paths <= {probe.path for probe in probes_seen(service, container)}
    assert service.container(container).identity()["container"] == container


@requirement("MC-PRB-05")
def test_probes_come_from_within_the_pod(service: Service) -> None:
    """A sidecar that listens on localhost only is probed from there, and so by no kubelet."""
    seen = probes_seen(service, "by-http")
    assert {probe.remote.rpartition(":")[0] for probe in seen} == {"127.0.0.1"}
    assert {probe.agent.partition("/")[0] for probe in seen} == {"kube-probe"}


@requirement("MC-PRB-06")
def test_a_probe_without_a_period_runs_many_times_a_second(service: Service) -> None:
    """A sidecar that is not ready yet is asked again at once, so that a cold start loses no time."""
    times = [probe.time for probe in probes_seen(service, "by-http")]
    within_a_second = [sum(0 <= (time - first).total_seconds() < 1 for time in times) for first in times]
    assert max(within_a_second, default=0) > 3


@requirement("MC-PRB-12")
def test_a_probe_arrives_as_it_was_declared(service: Service) -> None:
    """Path and header are those of the template; without the header this sidecar answers 403."""
    seen = probes_seen(service, "by-http")
    assert {(probe.path, probe.headers.get("x-probe")) for probe in seen} == {("/healthz/ready", "mine")}


@requirement("MC-PRB-21")
def test_the_proxy_is_told_all_probes(service: Service) -> None:
    """They are a list: the serving container's first, then those of the sidecars."""
    assert queue_proxy_env(service)["ENABLE_MULTI_CONTAINER_PROBES"] == "true"
    kinds = [
        next(kind for kind in ("httpGet", "tcpSocket", "grpc") if kind in probe)
        for probe in queue_proxy_probes(service)
    ]
    assert kinds == ["tcpSocket", "httpGet", "tcpSocket", "grpc"]


@requirement("MC-PRB-04")
def test_an_exec_probe_is_run_by_the_kubelet(deploy_once: Deploy, expected: str) -> None:
    """Since the proxy can't; older releases admit such a Service and then make no Deployment for it."""
    waiting = sidecar(
        "helper", env={"READY_AFTER": str(SLOW_START_SECONDS)}, readinessProbe=exec_probe("ready", **EVERY_SECOND)
    )
    service = deploy_once(serving("app"), waiting, ready=expected == "waits")
    if expected == "waits":
        assert seconds_to_ready(service, "helper") >= MIN_SECONDS_TO_READY
        assert "exec" in service.pod.containers["helper"]["readinessProbe"]
    else:
        wait_event(service, f"{expected} on container: helper")
        service.assert_stays_unready()
        assert service.all_pods() == []
