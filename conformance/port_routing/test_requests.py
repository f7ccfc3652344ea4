"""Which container gets the requests, and how they arrive: through the activator, and past it."""

import pytest

from kmc.fixtures.requirements import requirement
from kmc.fixtures.service import SERVING_PORT, Deploy, Service, Way, serving, sidecar


@pytest.fixture(scope="module")
def service(deploy: Deploy, way: Way) -> Service:
    """The serving container first, a sidecar that listens on 8080."""
    return deploy(serving("app", env={"FORWARD_PORT": "8080"}), sidecar("helper", listen=8080), way=way)


@pytest.fixture(scope="module")
def in_order(deploy: Deploy, way: Way) -> dict[int, Service]:
    """Services by the place of their serving container in the list; all of them are deployed at the same time.

    It listens on the port that it declares, whatever PORT says.
    """
    services = {}
    for place in (1, 2):
        containers = [sidecar("helper"), sidecar("other", listen=8883)]
        containers.insert(place, serving("app", env={"LISTEN_PORT": str(SERVING_PORT)}))
        services[place] = deploy(*containers, way=way, ready=False)
    return services


@requirement("MC-RTE-01")
@requirement("MC-RTE-03")
def test_requests_reach_the_serving_container_only(service: Service) -> None:
    """Of fifty requests, the sidecar on 8080 gets none."""
    answers = service.get_many("/echo/from-outside", times=50)
    assert {answer.headers["instrument-container"] for answer in answers} == {"app"}
    seen = {name: service.container(name).requests()["requests"] for name in ("app", "helper")}
    counts = {name: [each["path"] for each in requests].count("/echo/from-outside") for name, requests in seen.items()}
    assert counts == {"app": 50, "helper": 0}


@requirement("MC-RTE-02")
@pytest.mark.parametrize("place", [1, 2], ids=["second", "third"])
def test_requests_reach_the_declared_port_in_any_order(in_order: dict[int, Service], place: int) -> None:
    """The serving container may be anywhere in the list."""
    answers = in_order[place].wait_ready().get_many("/identity", times=50)
    assert {answer.json()["container"] for answer in answers} == {"app"}


@requirement("MC-RTE-04")
def test_the_port_defaults_to_8080(deploy: Deploy, way: Way) -> None:
    """The serving container gets it as PORT, and is reached there."""
    service = deploy(serving("app", port=0), sidecar("helper"), way=way)
    assert service.env("app")["PORT"] == "8080"


@requirement("MC-RTE-06")
def test_moving_the_port_moves_the_traffic(deploy: Deploy, way: Way) -> None:
    """The new revision serves from the other container; the old one, by its tag, from the first."""
    service = deploy(serving("left"), sidecar("right"), way=way)
    first = service.latest.name
    left = sidecar("left", listen=8883)
    service.update(left, serving("right", port=8882))
    service.set_traffic({"latestRevision": True, "percent": 100}, {"revisionName": first, "tag": "old", "percent": 0})
    assert service.ask("/identity")["container"] == "right"
    service.wait_answering(base=service.tag_url("old"))
    assert service.ask("/identity", base=service.tag_url("old"))["container"] == "left"


@requirement("MC-RTE-07")
def test_a_request_passes_unchanged(service: Service) -> None:
    """Method, path, query, body and own headers arrive as they were sent. A proxy may join two headers of one name."""
    twice = [("X-Own", "value"), ("X-Own", "second")]
    answer = service.request(
        "PUT", "/echo/a%20b%21/c", params={"q": "1", "r": "ä"}, headers=twice, content=b"body \x00 bytes"
    )
    seen = answer.json()
    assert (seen["method"], seen["uri"]) == ("PUT", "/echo/a%20b%21/c?q=1&r=%C3%A4")
    assert ",".join(seen["headers"]["X-Own"]).replace(", ", ",") == "value,second"
    assert (seen["body"], seen["body_size"]) == ("body \x00 bytes", 12)


@requirement("MC-RTE-07")
@pytest.mark.parametrize("status", [200, 204, 301, 404, 418, 500, 503])
def test_a_status_passes_unchanged(service: Service, status: int) -> None:
    """Knative does not change the statuses of the application."""
    assert service.get(f"/status/{status}").status == status
