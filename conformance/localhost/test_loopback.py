"""Calls between containers over localhost, in both directions."""

import pytest

from kmc.fixtures.requirements import requirement
from kmc.fixtures.service import Deploy, Service, serving, sidecar


@pytest.fixture(scope="module")
def service(deploy: Deploy) -> Service:
    """Three sidecars: one listens on 127.0.0.1 only, one calls the serving container all the time."""
    return deploy(
        serving("app", env={"FORWARD_PORT": "8882"}),
        sidecar("first", env={"LISTEN_ADDRESS": "127.0.0.1"}),
        sidecar("second", listen=8883, env={"BACKGROUND_CALL": "http://localhost:8881/identity"}),
        sidecar("third", listen=8884, env={"RESPONSE": "the end of the chain"}),
    )


@requirement("MC-LOC-02")
def test_a_sidecar_reaches_the_serving_container(service: Service) -> None:
    """Both by itself and when it is asked to call. Its calls may fail until the serving container listens."""
    called = service.container("third").ask("/call", url="http://localhost:8881/identity")
    assert (called["status"], '"container":"app"' in called["body"]) == (200, True)
    caller = service.container("second")
    before = caller.ask("/background")
    own = service.wait_for(
        lambda: caller.ask("/background"),
        lambda seen: seen["total"] > before["total"],
        expect="a call by itself, since the serving container listens",
    )
    assert (own["failed"], own["last"]["status"]) == (before["failed"], 200)


@requirement("MC-LOC-03")
def test_a_sidecar_may_listen_on_the_loopback_address_only(service: Service) -> None:
    """It is reached over localhost, and not at the pod's address, where a mesh may answer for it."""
    address = service.container("app").identity()["addresses"][0]
    assert service.container("first").identity()["container"] == "first"
    assert _said_at(service, f"{address}:8882") != "first"
    assert _said_at(service, f"{address}:8883") == "second"


@requirement("MC-LOC-04")
def test_a_chain_of_calls_through_three_sidecars_returns(service: Service) -> None:
    """The serving container calls the first, which calls the second, which calls the third."""
    last = "http://127.0.0.1:8884/"
    chain = service.container("first").ask("/call", url=f"http://127.0.0.1:8883/call?url={last}")
    assert "the end of the chain" in chain["body"]


def _said_at(service: Service, address: str) -> str:
    """Return which container answers the serving container at an address; empty if none does."""
    call = service.get("/call", params={"url": f"http://{address}/identity"})
    answered = call.status == 200 and call.json()["status"] == 200
    return str(call.relayed()["container"]) if answered else ""
