import pytest

from kmc.clusters.embedded.ingress.backends import Backend, BackendMissingError, Directory, Ref
from kmc.clusters.embedded.ingress.objects import Json, by_service, key
from selftest.ingress_samples import endpoint_slice, service


def directory(services: list[Json], *slices: Json) -> Directory:
    return Directory({key(item): item for item in services}, by_service(slices))


def test_a_port_is_found_by_number_and_by_name() -> None:
    known = directory([service("app")], endpoint_slice("app", 8012, "10.0.0.2", "10.0.0.1"))
    expected = Backend((("10.0.0.1", 8012), ("10.0.0.2", 8012)), http2=False)
    assert known.find(Ref("ns", "app", "80")) == known.find(Ref("ns", "app", "http")) == expected


@pytest.mark.parametrize(
    ("port", "http2"),
    [
        ({"name": "http"}, False),
        ({"name": "h2c"}, True),
        ({"name": "http2"}, True),
        ({"name": "x", "appProtocol": "kubernetes.io/h2c"}, True),
        ({"name": "x", "appProtocol": "http"}, False),
    ],
)
def test_http2_follows_the_name_or_the_protocol_of_the_port(port: Json, http2: bool) -> None:  # noqa: FBT001 - a parameter
    assert directory([service("app") | {"spec": {"ports": [port | {"port": 80}]}}]).find(Ref("ns", "app", "80")) == (
        Backend((), http2)
    )


def test_only_ports_of_the_same_name_count() -> None:
    known = directory([service("app")], endpoint_slice("app", 9, "10.0.0.1", port_name="other"))
    assert known.find(Ref("ns", "app", "80")).endpoints == ()


def test_ready_endpoints_come_before_draining_ones() -> None:
    draining = endpoint_slice("app", 1, "10.0.0.1", ready=False, serving=True)
    dead = endpoint_slice("app", 1, "10.0.0.3", ready=False, serving=False)
    ready = endpoint_slice("app", 1, "10.0.0.2", ready=True)
    services = [service("app")]
    assert directory(services, draining, dead, ready).find(Ref("ns", "app", "80")).endpoints == (("10.0.0.2", 1),)
    assert directory(services, draining, dead).find(Ref("ns", "app", "80")).endpoints == (("10.0.0.1", 1),)
    assert directory(services, dead).find(Ref("ns", "app", "80")).endpoints == ()


def test_an_external_name_in_the_cluster_leads_to_that_service_with_its_own_protocol() -> None:
    alias = service("alias", "http2")
    alias["spec"] |= {"type": "ExternalName", "externalName": "app.ns.svc.cluster.local"}
    known = directory([alias, service("app")], endpoint_slice("app", 8081, "10.0.0.1"))
    assert known.find(Ref("ns", "alias", "80")) == Backend((("10.0.0.1", 8081),), http2=True)


def test_what_is_missing_is_named() -> None:
    outside = service("out")
    outside["spec"] |= {"type": "ExternalName", "externalName": "example.com"}
    known = directory([service("app"), outside])
    with pytest.raises(BackendMissingError, match="Service ns/none does not exist"):
        known.find(Ref("ns", "none", "80"))
    with pytest.raises(BackendMissingError, match="Service ns/app has no port 81"):
        known.find(Ref("ns", "app", "81"))
    with pytest.raises(BackendMissingError, match=r"outside the cluster \(example.com\)"):
        known.find(Ref("ns", "out", "80"))
