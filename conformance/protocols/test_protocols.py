"""HTTP/2, gRPC, WebSocket, Server-Sent Events, timeouts and overload, beside a sidecar.

Through the activator, and past it.
"""

import pytest

from kmc.fixtures.requirements import requirement
from kmc.fixtures.service import (
    GREETING,
    MAX_SCALE,
    MIN_SCALE,
    PAIR,
    SERVING_PORT,
    Deploy,
    Service,
    Way,
    parse,
    serving,
    sidecar,
)

H2C = [{"name": "h2c", "containerPort": SERVING_PORT}]
ONE_POD = {MIN_SCALE: "1", MAX_SCALE: "1"}
"""Annotations of a Service of one pod, whatever comes."""
SIDECAR_ECHO = "http://127.0.0.1:8882/echo"


@pytest.fixture(scope="module")
def service(deploy: Deploy, way: Way) -> Service:
    """A serving container whose port has no name, so that it gets HTTP/1.1."""
    return deploy(*PAIR, way=way)


@pytest.fixture(scope="module")
def h2c(deploy: Deploy, way: Way) -> Service:
    """A serving container whose port is named h2c."""
    return deploy(serving("app", ports=H2C), sidecar("helper"), way=way)


@requirement("MC-PRO-01")
def test_a_port_named_h2c_gets_http2(h2c: Service) -> None:
    """Also where the request came in HTTP/1.1."""
    assert h2c.ask("/echo")["protocol"] == "HTTP/2.0"


@requirement("MC-PRO-02")
def test_grpc_calls_are_answered_while_the_sidecar_is_used(h2c: Service) -> None:
    """One call comes back as it was sent, another brings what the sidecar answered."""
    with h2c.grpc() as grpc:
        assert grpc.echo("hello") == "hello"
        beside = grpc.call("http://127.0.0.1:8882/identity")
    assert (beside["status"], parse(beside["body"])["container"]) == (200, "helper")


@requirement("MC-PRO-02")
def test_a_grpc_stream_goes_both_ways(h2c: Service) -> None:
    """Each message is answered before the next one is sent."""
    texts = [f"message {number}" for number in range(20)]
    with h2c.grpc() as grpc:
        assert grpc.chat(texts) == texts


@requirement("MC-PRO-03")
def test_a_websocket_carries_messages_both_ways(service: Service) -> None:
    """Each message comes back before the next one is sent."""
    texts = [f"message {number}" for number in range(20)]
    with service.websocket("/ws") as socket:
        assert [socket.echo(text) for text in texts] == texts


@requirement("MC-PRO-04")
def test_server_sent_events_are_streamed(service: Service) -> None:
    """Of three events, sent a second apart, the first arrives long before the last."""
    times = service.event_times(count="3", interval_ms="1000")
    assert len(times) == 3
    assert times[-1] - times[0] > 1, f"the events arrived together: {times}"


@requirement("MC-PRO-05")
@pytest.mark.parametrize(("protocol", "seen"), [("", "HTTP/1.1"), ("h2c", "HTTP/2.0")], ids=["http1", "h2c"])
def test_a_sidecar_may_speak_anything(h2c: Service, service: Service, protocol: str, seen: str) -> None:
    """The name of the serving port does not apply to the sidecar's."""
    for each in (h2c, service):
        assert parse(each.ask("/call", url=SIDECAR_ECHO, protocol=protocol)["body"])["protocol"] == seen


@requirement("MC-PRO-06")
def test_a_request_that_takes_too_long_is_answered_with_504(deploy: Deploy, way: Way) -> None:
    """The containers go on running, and answer the next request."""
    service = deploy(*PAIR, timeout_seconds=2, way=way)
    before = service.pod
    answer = service.get("/slow", params={"seconds": "8"})
    assert (answer.status, "timeout" in answer.body) == (504, True)
    service.wait_body(GREETING)
    assert (service.pod.name, service.pod.restarts()) == (before.name, before.restarts())


@requirement("MC-PRO-07")
def test_requests_that_overflow_the_queue_are_refused(deploy: Deploy) -> None:
    """With a limit of one request at a time, a burst of 40 overflows the queue; no request fails otherwise."""
    one = {"containerConcurrency": 1}
    service = deploy(*PAIR, annotations=ONE_POD, fields=one, timeout_seconds=20, way=Way.PAST_ACTIVATOR)
    overflow = service.wait_for(
        lambda: service.get_many("/slow?seconds=0.2", times=40, at_once=40),
        lambda answers: any(answer.status == 503 for answer in answers),
        expect="a burst that overflows the queue",
        within=service.timeouts.scale_up,
        show=lambda answers: sorted({str(answer) for answer in answers}),
    )
    refused = {(answer.status, answer.body.strip()) for answer in overflow if answer.status != 200}
    assert refused == {(503, "pending request queue full")}
