"""Finding an address of the ingress, down to a forwarded port."""

import socket
from collections.abc import Iterator
from typing import Any

import pytest

from kmc.fixtures.clients import kinds
from kmc.fixtures.clients.endpoint import Endpoint
from kmc.fixtures.errors import NoAccess, PreflightFailed
from kmc.fixtures.target import ingress
from selftest.kube_double import KubeDouble

CLASS = "kourier.ingress.networking.knative.dev"
FORWARDED = Endpoint("127.0.0.1", 1234, "port-forward")


class Cluster(KubeDouble):
    """A cluster of given objects, as far as detection asks for them."""

    def __init__(self, services: list[dict[str, Any]], nodes: list[dict[str, Any]]) -> None:
        self.services, self.nodes = services, nodes

    def find(self, kind: kinds.Kind, namespace: str | None, name: str) -> dict[str, Any] | None:
        assert kind is kinds.KUBERNETES_SERVICE
        wanted = {"namespace": namespace, "name": name}
        return next((each for each in self.services if each["metadata"] == wanted), None)

    def list(
        self, kind: kinds.Kind, namespace: str | None, selector: Any = None, *, fields: str = ""
    ) -> list[dict[str, Any]]:
        assert kind is kinds.NODE
        return self.nodes


def kourier(address: str | None, node_port: int | None = None) -> dict[str, Any]:
    port = {"port": 80, **({"nodePort": node_port} if node_port else {})}
    entries = [{"ip": address}] if address else []
    return {
        "metadata": {"namespace": "kourier-system", "name": "kourier"},
        "spec": {"ports": [port]},
        "status": {"loadBalancer": {"ingress": entries}},
    }


def node(address: str) -> dict[str, Any]:
    return {"status": {"addresses": [{"type": "InternalIP", "address": address}, {"type": "Hostname", "address": "n"}]}}


@pytest.fixture
def listening() -> Iterator[int]:
    with socket.create_server(("127.0.0.1", 0)) as server:
        yield server.getsockname()[1]


def detect(cluster: Cluster, forward: ingress.Forward = lambda *_: FORWARDED) -> Endpoint:
    return ingress.detect(cluster, ingress.USUAL[CLASS], forward)


def test_a_load_balancer_comes_first(listening: int, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(ingress, "HTTP", listening)
    service = kourier("127.0.0.1", node_port=1)
    service["spec"]["ports"][0]["port"] = listening
    found = detect(Cluster([service], []))
    assert (found.host, found.port, found.source) == ("127.0.0.1", listening, "LoadBalancer of kourier-system/kourier")


def test_a_node_port_is_next(listening: int) -> None:
    found = detect(Cluster([kourier(None, node_port=listening)], [node("127.0.0.1")]))
    assert (found.host, found.port, found.source) == ("127.0.0.1", listening, "NodePort of kourier-system/kourier")


def test_a_forwarded_port_is_the_last_resort() -> None:
    asked = []

    def forward(namespace: str, service: str, tls: bool) -> Endpoint:  # noqa: ARG001, FBT001 - as it is called
        asked.append((namespace, service))
        return FORWARDED

    assert detect(Cluster([kourier(None, node_port=1)], [node("127.0.0.1")]), forward) is FORWARDED
    assert asked == [("kourier-system", "kourier")]


def test_nothing_at_all_is_told_with_all_that_was_tried() -> None:
    def forward(*_: object) -> Endpoint:
        raise NoAccess("kubectl is not there")

    with pytest.raises(PreflightFailed) as failure:
        detect(Cluster([kourier(None, node_port=1)], [node("127.0.0.1")]), forward)
    assert "there is no Service knative-serving-ingress/kourier;" in str(failure.value)
    assert "127.0.0.1:1 (NodePort of kourier-system/kourier) accepts no connection; kubectl is not" in str(
        failure.value
    )
    assert "--ingress-endpoint HOST:PORT" in str(failure.value)


def test_in_a_pod_the_cluster_s_own_address_comes_first(listening: int, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(ingress, "HTTP", listening)
    service = kourier("127.0.0.2")
    service["spec"]["clusterIP"] = "127.0.0.1"
    cluster = Cluster([service], [])
    cluster.in_pod = True
    assert detect(cluster).source == "cluster address of kourier-system/kourier"
    service["spec"]["clusterIP"] = "None"
    assert detect(cluster).source != "cluster address of kourier-system/kourier"
