"""How a WebSocket ends: from both ends, and with nobody left who reads from its socket."""

import socket
import ssl
import threading
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

import pytest
import trustme
from wsproto import ConnectionType, WSConnection
from wsproto.events import AcceptConnection, CloseConnection, Request, TextMessage

from kmc.fixtures.clients import streams
from kmc.fixtures.clients.endpoint import Endpoint
from kmc.fixtures.clients.http import HttpClient
from kmc.fixtures.clients.streams import WebSocket
from kmc.fixtures.clients.trust import Trust

HOST = "service.example"
CA = trustme.CA()
CERTIFICATE = CA.issue_cert(HOST)


@dataclass
class Server:
    """Echoes over TLS; takes its leave `after` so many seconds, or never."""

    after: float | None
    seen: list[str] = field(default_factory=list)

    def serve(self, listener: socket.socket) -> None:
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        CERTIFICATE.configure_cert(context)
        with context.wrap_socket(listener.accept()[0], server_side=True) as connection:
            talk = WSConnection(ConnectionType.SERVER)
            while data := connection.recv(4096):
                talk.receive_data(data)
                for event in talk.events():
                    connection.sendall(self._answer(talk, event))

    def _answer(self, talk: WSConnection, event: object) -> bytes:
        match event:
            case Request():
                return talk.send(AcceptConnection())
            case TextMessage():
                return talk.send(TextMessage(data=event.data))
            case CloseConnection() if self.after is not None:
                time.sleep(self.after)
                self.seen.append("left")
                return talk.send(event.response())
        return b""


@contextmanager
def connected(server: Server, folder: Path) -> Iterator[WebSocket]:
    """Open a WebSocket to a server while the block runs."""
    CA.cert_pem.write_to_path(folder / "ca.crt")
    with socket.create_server(("127.0.0.1", 0)) as listener, ThreadPoolExecutor(1, "server") as pool:
        served = pool.submit(server.serve, listener)
        endpoint = Endpoint("127.0.0.1", 1, tls_port=listener.getsockname()[1])
        client = HttpClient(endpoint, timeout=5, trust=Trust(ca_file=folder / "ca.crt"))
        with client.websocket(f"https://{HOST}/ws") as session:
            yield WebSocket(session, timeout=5)
        server.seen.append("over")
        served.result(5)


def test_a_websocket_is_over_when_the_other_end_has_left(tmp_path: Path) -> None:
    server = Server(after=0.3)
    with connected(server, tmp_path) as websocket:
        assert websocket.echo("hello") == "hello"
    assert server.seen == ["left", "over"]


def test_nobody_reads_any_more_where_the_other_end_does_not_leave(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Its socket's number is the next connection's."""
    monkeypatch.setattr(streams, "CLOSING", 0.2)
    before = set(threading.enumerate())
    with connected(Server(after=None), tmp_path) as websocket:
        assert websocket.echo("hello") == "hello"
    for thread in set(threading.enumerate()) - before:
        thread.join(2)
    assert set(threading.enumerate()) <= before
