"""Requests by resolved address."""

import errno
import json
import socket
import time
from collections.abc import Callable, Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Thread

import httpcore
import pytest

from kmc.fixtures.clients import http
from kmc.fixtures.clients.endpoint import Endpoint
from kmc.fixtures.clients.http import HttpClient
from kmc.fixtures.errors import BadAnswer, NoAnswer, Unreachable
from kmc.fixtures.evidence.gathered import begin
from kmc.fixtures.evidence.transcript import BODY_CHARACTERS, EXCHANGES


class _Echo(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"

    def do_GET(self) -> None:
        if self.path == "/cut":
            self.connection.close()
            return
        if self.path == "/broken":
            self.send_response(200)
            self.send_header("Content-Length", "20")
            self.end_headers()
            self.wfile.write(b"data: one")
            self.close_connection = True
            return
        host, agent = self.headers["host"], self.headers["user-agent"]
        seen = {"host": host, "path": self.path, "from": self.client_address[1], "agent": agent}
        body = json.dumps(seen).encode()
        self.send_response(503 if self.path == "/503" else 200)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *_: object) -> None:
        pass


@pytest.fixture
def client() -> Iterator[HttpClient]:
    server = ThreadingHTTPServer(("127.0.0.1", 0), _Echo)
    thread = Thread(target=server.serve_forever)
    thread.start()
    yield HttpClient(Endpoint("127.0.0.1", server.server_port), timeout=5)
    server.shutdown()
    thread.join()
    server.server_close()


def test_the_url_keeps_its_host_and_the_endpoint_is_dialled(client: HttpClient) -> None:
    answer = client.request("GET", "http://service.invalid/path?q=1")
    seen = answer.json()
    assert (seen["host"], seen["path"], seen["agent"]) == ("service.invalid", "/path?q=1", "kmc")
    assert (answer.status, answer.protocol) == (200, "HTTP/1.1")


def test_many_requests_get_an_answer_each(client: HttpClient) -> None:
    answers = client.get_many("http://service.invalid/", 20)
    assert [answer.status for answer in answers] == [200] * 20


def test_no_connection_is_used_again(client: HttpClient) -> None:
    assert len({answer.json()["from"] for answer in client.get_many("http://service.invalid/", 20)}) == 20


def test_a_status_is_not_an_error_and_not_retried(client: HttpClient) -> None:
    assert client.request("GET", "http://service.invalid/503").status == 503


def test_json_of_another_status_is_a_bad_answer(client: HttpClient) -> None:
    answer = client.request("GET", "http://service.invalid/503")
    with pytest.raises(BadAnswer, match="expected status 200, got 503"):
        answer.json()


def test_no_answer_names_the_address(client: HttpClient) -> None:
    with pytest.raises(NoAnswer, match=r"GET http://service.invalid/cut by way of 127.0.0.1:\d+: expected an answer"):
        client.request("GET", "http://service.invalid/cut")


def test_an_answer_that_breaks_off_in_its_middle_is_no_answer(client: HttpClient) -> None:
    failing = pytest.raises(NoAnswer, match="expected an answer to its end")
    with failing, client.stream("GET", "http://service.invalid/broken") as response:
        assert list(response.iter_lines()) == []


def test_an_ingress_that_takes_no_connection_is_unreachable(client: HttpClient) -> None:
    nowhere = client.to(Endpoint("127.0.0.1", 1))
    with pytest.raises(Unreachable, match=r"by way of 127.0.0.1:1: expected an answer"):
        nowhere.request("GET", "http://service.invalid/")
    assert nowhere.container_at("http://service.invalid/") is None


def test_a_url_that_is_none_is_a_bad_answer(client: HttpClient) -> None:
    with pytest.raises(BadAnswer, match="expected an answer, got InvalidURL"):
        client.request("GET", "http://[::1")


def test_an_ipv6_endpoint_is_written_in_brackets() -> None:
    assert str(Endpoint("2001:db8::1", 80)) == "[2001:db8::1]:80"


def test_the_transcript_tells_what_was_sent_where_and_what_came_back(client: HttpClient) -> None:
    transcript = begin().transcript
    client.request("GET", "http://service.invalid/503", headers={"x-test": "1"})
    with pytest.raises(NoAnswer):
        client.request("GET", "http://service.invalid/cut")
    first, second = str(transcript).split("\n\n")
    for expected in ("GET http://service.invalid/503", f"dialled {client.endpoint}", "> x-test: 1", "< HTTP/1.1 503"):
        assert expected in first
    assert first.endswith('"agent": "kmc"}')
    assert "no answer: ReadTimeout" in second


def test_the_transcript_is_bounded(client: HttpClient) -> None:
    transcript = begin().transcript
    client.get_many("http://service.invalid/" + "x" * 3000, EXCHANGES + 5)
    assert len(transcript.exchanges) == EXCHANGES
    assert len(transcript.exchanges[0].body) == BODY_CHARACTERS


def test_an_address_that_swallows_connections_is_not_waited_for_as_long_as_an_answer(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(http, "CONNECT", 0.5)
    with socket.create_server(("127.0.0.1", 0), backlog=0) as full:
        address = full.getsockname()
        waiting = [socket.socket() for _ in range(4)]
        for each in waiting:
            each.settimeout(0)
            each.connect_ex(address)
        begun = time.monotonic()
        client = HttpClient(Endpoint(*address), timeout=30)
        with pytest.raises(Unreachable):
            client.request("GET", "http://service.example")
        assert time.monotonic() - begun < 10
        for each in waiting:
            each.close()


@pytest.mark.parametrize(("number", "kind"), [(errno.EBADF, Unreachable), (errno.ECONNRESET, NoAnswer)])
def test_what_this_machine_does_to_a_connection_is_no_failure_of_the_service(
    client: HttpClient, monkeypatch: pytest.MonkeyPatch, number: int, kind: type[Exception]
) -> None:
    def recv(*_: object) -> bytes:
        raise OSError(number, "said by the system")

    monkeypatch.setattr("httpcore._backends.sync.SyncStream.read", _as_httpcore_does(recv))
    with pytest.raises(kind, match="said by the system"):
        client.request("GET", "http://service.invalid/")


def _as_httpcore_does(recv: Callable[..., bytes]) -> Callable[..., bytes]:
    def read(*arguments: object, **_: object) -> bytes:
        try:
            return recv(*arguments)
        except OSError as error:
            raise httpcore.ReadError(str(error)) from error

    return read
