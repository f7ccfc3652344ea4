"""Which containers of the pod have the probes that a Service declares."""

import pytest

from kmc.fixtures.requirements import requirement
from kmc.fixtures.service import QUEUE_PROXY, Deploy, Service, grpc_probe, http_probe, serving, sidecar, tcp_probe


@pytest.fixture(scope="module")
def service(deploy: Deploy) -> Service:
    """Sidecars with a readiness probe of each kind that queue-proxy runs, and other probes on ports of their own."""
    return deploy(
        serving("app", env={"EXTRA_PORTS": "8889"}, livenessProbe=http_probe("live", port=8889)),
        sidecar("by-http", readinessProbe=http_probe()),
        sidecar(
            "by-tcp", listen=8883, readinessProbe=tcp_probe(port=8883), livenessProbe=http_probe("live", port=8883)
        ),
        sidecar(
            "by-grpc", listen=8884, readinessProbe=grpc_probe(port=8884), startupProbe=http_probe("startup", port=8884)
        ),
    )


@requirement("MC-POD-08")
def test_readiness_probes_move_to_queue_proxy(service: Service) -> None:
    """The kubelet runs none of them."""
    containers = service.template.containers
    assert [name for name in ("app", "by-http", "by-tcp", "by-grpc") if "readinessProbe" in containers[name]] == []
    assert "readinessProbe" in containers[QUEUE_PROXY]


@requirement("MC-POD-09")
def test_liveness_and_startup_probes_stay_with_the_sidecar(service: Service) -> None:
    """The kubelet runs them, on the declared ports."""
    containers = service.template.containers
    liveness = containers["by-tcp"]["livenessProbe"]["httpGet"]
    startup = containers["by-grpc"]["startupProbe"]["httpGet"]
    assert (liveness["path"], liveness["port"]) == ("/healthz/live", 8883)
    assert (startup["path"], startup["port"]) == ("/healthz/startup", 8884)


@requirement("MC-POD-10")
def test_the_liveness_port_of_the_serving_container_depends_on_the_release(service: Service, expected: str) -> None:
    """Older releases replace the port of its liveness probe by the declared port."""
    assert str(service.template.containers["app"]["livenessProbe"]["httpGet"]["port"]) == expected
