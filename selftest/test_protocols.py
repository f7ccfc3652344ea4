"""gRPC, WebSocket, Server-Sent Events: what the clients make of servers that behave, and of ones that do not."""

import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Thread
from typing import Any, cast

import grpc
import pytest
from google.protobuf.wrappers_pb2 import StringValue

from kmc.fixtures.clients.endpoint import Endpoint
from kmc.fixtures.clients.http import HttpClient
from kmc.fixtures.errors import BadAnswer, NoAnswer, Unreachable
from kmc.fixtures.service.protocols import ProtocolClient
from kmc.fixtures.target.leases import Lease
from kmc.fixtures.target.target import Target
from kmc.fixtures.timeouts import Timeouts
from selftest.facts import made_up
from selftest.kube_double import KubeDouble

GAP = 0.3


class _Web(BaseHTTPRequestHandler):
    """Sends two events at once or one after the other; names itself in a header; upgrades nothing."""

    def do_GET(self) -> None:
        self.send_response(200)
        self.send_header("Instrument-Container", "helper")
        self.end_headers()
        if "apart" in self.path:
            self.wfile.write(b"data: 1\n\n")
            time.sleep(GAP)
            self.wfile.write(b"data: 2\n\n")
        else:
            time.sleep(GAP)
            self.wfile.write(b"data: 1\n\ndata: 2\n\n")

    def log_message(self, *_: object) -> None:
        pass


def _talker(port: int) -> ProtocolClient:
    http = HttpClient(Endpoint("127.0.0.1", port), timeout=5)
    target = Target(made_up(), KubeDouble(), http, Timeouts(request=1), cast("Lease", None))
    talker = ProtocolClient(target, "service")
    talker.url = "http://service.invalid"
    return talker


@pytest.fixture
def web() -> Iterator[ProtocolClient]:
    server = ThreadingHTTPServer(("127.0.0.1", 0), _Web)
    thread = Thread(target=server.serve_forever)
    thread.start()
    yield _talker(server.server_port)
    server.shutdown()
    thread.join()
    server.server_close()


@contextmanager
def _grpc(answer: Callable[[Iterator[Any], grpc.ServicerContext], Iterator[Any]]) -> Iterator[ProtocolClient]:
    chat = grpc.stream_stream_rpc_method_handler(answer, StringValue.FromString, StringValue.SerializeToString)
    echo = grpc.unary_unary_rpc_method_handler(
        lambda message, _: message, StringValue.FromString, StringValue.SerializeToString
    )
    server = grpc.server(ThreadPoolExecutor(2))
    server.add_generic_rpc_handlers(
        (grpc.method_handlers_generic_handler("kmc.Instrument", {"Chat": chat, "Echo": echo}),)
    )
    port = server.add_insecure_port("127.0.0.1:0")
    server.start()
    yield _talker(port)
    server.stop(None).wait()


def _at_once(messages: Iterator[Any], _: grpc.ServicerContext) -> Iterator[Any]:
    yield from messages


def _at_the_end(messages: Iterator[Any], _: grpc.ServicerContext) -> Iterator[Any]:
    yield from list(messages)


def test_a_unary_call_brings_the_text_back() -> None:
    with _grpc(_at_once) as talker, talker.grpc() as client:
        assert client.echo("ä" * 200) == "ä" * 200


def test_a_method_that_is_not_there_is_a_bad_answer() -> None:
    with _grpc(_at_once) as talker, talker.grpc() as client, pytest.raises(BadAnswer, match="UNIMPLEMENTED"):
        client.call("http://nowhere.invalid")


def test_a_stream_that_answers_each_message_is_one() -> None:
    with _grpc(_at_once) as talker, talker.grpc() as client:
        assert client.chat(["one", "two", "three"]) == ["one", "two", "three"]


def test_a_stream_that_answers_at_the_end_gives_no_answer() -> None:
    with _grpc(_at_the_end) as talker, talker.grpc() as client, pytest.raises(NoAnswer, match="an answer to 'one'"):
        client.chat(["one", "two"])


def test_events_that_come_apart_are_told_from_ones_that_come_together(web: ProtocolClient) -> None:
    apart, together = web.event_times(how="apart"), web.event_times(how="together")
    assert (len(apart), len(together)) == (2, 2)
    assert apart[1] - apart[0] > GAP / 2 > together[1] - together[0]


def test_a_refused_upgrade_is_a_bad_answer(web: ProtocolClient) -> None:
    with pytest.raises(BadAnswer, match="expected a WebSocket"), web.websocket("/ws"):
        pass


def test_a_container_is_named_by_the_port_that_it_answers_on(web: ProtocolClient) -> None:
    port = web.target.http.endpoint.port
    assert web.names_at_port(port) == ["helper", "helper"]
    assert web.names_at_port(1) == ["helper", None]


def test_grpc_to_an_ingress_that_takes_no_connection_is_unreachable() -> None:
    with _talker(1).grpc() as client, pytest.raises(Unreachable, match="expected an answer"):
        client.echo("text")
