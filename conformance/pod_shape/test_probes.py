"""Which containers of the pod have the probes that a Service declares."""

from typing import Any

import pytest

from kmc.fixtures.requirements import requirement
from kmc.fixtures.service import (
    QUEUE_PROXY,
    Deploy,
    Object,
    Service,
    exec_probe,
    grpc_probe,
    http_probe,
    serving,
    sidecar,
    subset,
    tcp_probe,
)

HANDLERS = ("httpGet", "tcpSocket", "grpc", "exec")
FIELDS: dict[str, int] = {"initialDelaySeconds": 1, "periodSeconds": 7, "timeoutSeconds": 3, "failureThreshold": 9}
"""The fields of a probe beside its handler, with values that no default has."""
HEADERS = [{"name": "X-Probe", "value": "mine"}]
PROBES: dict[str, Object] = {
    "http": {"httpGet": {"path": "/healthz/live", "port": 8882, "httpHeaders": HEADERS}, **FIELDS},
    "tcp": tcp_probe(port=8883, **FIELDS),
    "grpc": grpc_probe("liveness", port=8884, **FIELDS),
    "exec": exec_probe("live", **FIELDS),
}
"""Liveness and startup probes of a sidecar, of each kind."""


@pytest.fixture(scope="module")
def service(deploy: Deploy) -> Service:
    """Sidecars with a readiness probe of each kind that queue-proxy runs, and other probes of each kind."""
    other: dict[str, dict[str, Any]] = {
        kind: {"livenessProbe": probe, "startupProbe": probe} for kind, probe in PROBES.items()
    }
    return deploy(
        serving("app", env={"EXTRA_PORTS": "8889"}, livenessProbe=http_probe("live", port=8889)),
        sidecar("by-http", readinessProbe=http_probe(), **other["http"]),
        sidecar("by-tcp", listen=8883, readinessProbe=tcp_probe(port=8883), **other["tcp"]),
        sidecar("by-grpc", listen=8884, readinessProbe=grpc_probe(port=8884), **other["grpc"]),
        sidecar("by-exec", listen=8885, **other["exec"]),
    )


@requirement("MC-POD-08")
def test_readiness_probes_move_to_queue_proxy(service: Service) -> None:
    """The kubelet runs none of them."""
    containers = service.template.containers
    assert [name for name in ("app", "by-http", "by-tcp", "by-grpc") if "readinessProbe" in containers[name]] == []
    assert "readinessProbe" in containers[QUEUE_PROXY]


@requirement("MC-POD-09")
@pytest.mark.parametrize("kind", PROBES)
@pytest.mark.parametrize("probe", ["livenessProbe", "startupProbe"])
def test_liveness_and_startup_probes_stay_with_the_sidecar(service: Service, kind: str, probe: str) -> None:
    """The kubelet runs them, with every field as it was declared."""
    declared, written = PROBES[kind], service.template.containers[f"by-{kind}"][probe]
    handler = next(name for name in declared if name in HANDLERS)
    assert subset(written[handler], declared[handler]) == declared[handler]
    assert subset(written, FIELDS) == FIELDS


@requirement("MC-POD-10")
def test_the_liveness_port_of_the_serving_container_depends_on_the_release(service: Service, expected: str) -> None:
    """Older releases replace the port of its liveness probe by the declared port."""
    assert str(service.template.containers["app"]["livenessProbe"]["httpGet"]["port"]) == expected
