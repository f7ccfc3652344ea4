"""The route: the headers that it adds and removes, its address in the cluster, and that it leads to no sidecar.

Through the activator, and past it.
"""

from urllib.parse import urlsplit

import pytest

from kmc.fixtures.requirements import requirement
from kmc.fixtures.service import GREETING, PAIR, SIDECAR_PORT, Deploy, Service, Way


@pytest.fixture(scope="module")
def service(deploy: Deploy, way: Way) -> Service:
    """A serving container and a sidecar."""
    return deploy(*PAIR, way=way)


@requirement("MC-RTE-05")
def test_no_sidecar_is_reached_through_the_ingress(service: Service) -> None:
    """Its port, in the URL or dialled at the ingress, leads to the serving container or nowhere."""
    assert "helper" not in service.names_at_port(SIDECAR_PORT)
    assert service.container("helper").identity()["container"] == "helper"


@requirement("MC-RTE-05")
def test_no_kubernetes_service_exposes_a_sidecars_port(service: Service) -> None:
    """Neither as a port of its own nor as a target port."""
    exposed = service.exposed_ports()
    assert exposed != set()
    assert SIDECAR_PORT not in exposed


@requirement("MC-RTE-11")
def test_no_kubernetes_service_exposes_the_drain(service: Service) -> None:
    """It is for the hooks of the pod's own containers."""
    assert 8022 not in service.exposed_ports()


@requirement("MC-RTE-08")
def test_requests_carry_the_host_and_a_forwarded_header(service: Service) -> None:
    """The serving container sees the host of the URL, and a Forwarded header."""
    seen = service.ask("/echo")
    assert seen["host"] == urlsplit(service.url).netloc
    assert "for=" in "".join(seen["headers"].get("Forwarded", []))


@requirement("MC-RTE-09")
def test_internal_headers_do_not_reach_the_serving_container(service: Service) -> None:
    """It does not see which revision a request is for."""
    seen = service.ask("/echo")["headers"]
    assert [name for name in seen if name in ("Knative-Serving-Revision", "Knative-Serving-Namespace")] == []


@requirement("MC-RTE-10")
def test_the_cluster_local_address_works_the_same(service: Service) -> None:
    """A request from a pod is answered through the sidecar, too."""
    address = service.cluster_address()
    answer = service.wait_for(
        lambda: service.ask("/call", url=f"{address}/"), lambda seen: seen["status"] == 200, expect="an answer"
    )
    assert answer["body"].strip() == GREETING
