"""Readiness probes of sidecars: who runs each kind, how often, and with which path and headers."""

import pytest

from kmc.fixtures.requirements import requirement
from kmc.fixtures.service import (
    EVERY_SECOND,
    MIN_SECONDS_TO_READY,
    QUEUE_PROXY,
    SLOW_START_SECONDS,
    Deploy,
    Service,
    exec_probe,
    grpc_probe,
    http_probe,
    parse,
    serving,
    sidecar,
    tcp_probe,
)

MANY = 10
"""How often a probe has to pass: more often than a pod is asked at its start."""
KUBELETS_PERIOD = 10
"""Seconds between two probes of the kubelet where no period is set."""


@pytest.fixture(scope="module")
def service(deploy: Deploy) -> Service:
    """Sidecars with a readiness probe of each kind that queue-proxy runs."""
    with_header = http_probe()
    with_header["httpGet"]["httpHeaders"] = [{"name": "X-Probe", "value": "mine"}]
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
        sidecar("often", listen=8885, readinessProbe=http_probe(port=8885, successThreshold=MANY)),
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
    """The sidecar got the probe, which it can't see by TCP, and answers through the serving container."""
    assert paths <= {probe.path for probe in service.container(container).probes()}
    assert service.container(container).identity()["container"] == container


@requirement("MC-PRB-05")
def test_probes_come_from_within_the_pod(service: Service) -> None:
    """A sidecar that listens on localhost only is probed from there, which the kubelet can't do."""
    seen = service.container("by-http").probes()
    assert {probe.remote.rpartition(":")[0] for probe in seen} == {"127.0.0.1"}
    assert {probe.agent.partition("/")[0] for probe in seen} == {"kube-probe"}


@requirement("MC-PRB-06")
def test_a_probe_without_a_period_runs_many_times_a_second(service: Service) -> None:
    """A sidecar that is not ready is probed again at once, so that a cold start loses no time."""
    times = [probe.time for probe in service.container("by-http").probes()]
    within_a_second = [sum(0 <= (time - first).total_seconds() < 1 for time in times) for first in times]
    assert max(within_a_second, default=0) > 3


@requirement("MC-PRB-12")
def test_a_probe_is_sent_as_declared(service: Service) -> None:
    """Path and header are those of the template; without the header this sidecar answers 403."""
    seen = service.container("by-http").probes()
    assert {(probe.path, probe.headers.get("x-probe")) for probe in seen} == {("/healthz/ready", "mine")}


@requirement("MC-PRB-21")
def test_queue_proxy_gets_all_probes(service: Service) -> None:
    """They are a list: the serving container's first, then those of the sidecars."""
    env = service.template.env(QUEUE_PROXY)
    assert env["ENABLE_MULTI_CONTAINER_PROBES"] == "true"
    probes = parse(env["SERVING_READINESS_PROBE"], "SERVING_READINESS_PROBE")
    kinds = [kind for probe in probes for kind in ("httpGet", "tcpSocket", "grpc") if kind in probe]
    assert kinds == ["tcpSocket", "httpGet", "tcpSocket", "httpGet", "grpc"]
    assert [probe["successThreshold"] for probe in probes] == [1, 1, 1, MANY, 1]


@requirement("MC-PRB-25")
def test_a_probe_without_a_period_has_to_pass_as_often_as_it_says(service: Service) -> None:
    """One after the other, until it passes for the first time, and not one with each of the kubelet's probes."""
    times = [probe.time for probe in service.container("often").probes()][:MANY]
    assert len(times) == MANY
    one_each = (MANY - 1) * KUBELETS_PERIOD
    assert (times[-1] - times[0]).total_seconds() < one_each / 2, f"the sidecar was probed at {times}"


@requirement("MC-PRB-04")
def test_an_exec_probe_is_run_by_the_kubelet(deploy_once: Deploy, expected: str) -> None:
    """Since queue-proxy can't. Older releases accept such a Service and then create no Deployment for it."""
    waiting = sidecar(
        "helper", env={"READY_AFTER": str(SLOW_START_SECONDS)}, readinessProbe=exec_probe("ready", **EVERY_SECOND)
    )
    service = deploy_once(serving("app"), waiting, ready=expected == "waits")
    if expected == "waits":
        assert service.seconds_to_ready("helper") >= MIN_SECONDS_TO_READY
        assert "exec" in service.template.containers["helper"]["readinessProbe"]
    else:
        service.wait_revision_event(f"{expected} on container: helper")
        service.assert_stays_unready()
        assert service.all_pods() == []
