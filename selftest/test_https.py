"""https Services: authorities, redirects from http, gateways that want a header, for HTTP, WebSocket and gRPC alike."""

import ssl
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from threading import Thread
from typing import Any, cast

import grpc
import pytest
import trustme
from google.protobuf.wrappers_pb2 import StringValue

from kmc.fixtures.clients.endpoint import Endpoint
from kmc.fixtures.clients.http import HttpClient
from kmc.fixtures.clients.trust import Trust
from kmc.fixtures.errors import BadAnswer, BadOption, NotTrusted
from kmc.fixtures.faults import Fault, fault_of
from kmc.fixtures.run.request_options import ca_file, request_headers
from kmc.fixtures.service.protocols import ProtocolClient
from kmc.fixtures.target.ingress import parse
from kmc.fixtures.target.leases import Lease
from kmc.fixtures.target.target import Target
from kmc.fixtures.timeouts import Timeouts
from selftest.facts import made_up
from selftest.kube_double import KubeDouble

HOST = "service.example"
KEY = "planted-key-of-the-gateway"
HEADERS = {"X-Gateway-Key": KEY}
CA = trustme.CA()
CERTIFICATE = CA.issue_cert(HOST)


class _Plain(BaseHTTPRequestHandler):
    """Redirects all to https, but what is to go elsewhere."""

    protocol_version = "HTTP/1.1"

    def do_GET(self) -> None:
        self.server.seen.append(f"{self.command} {self.path}")  # type: ignore[attr-defined]
        self.rfile.read(int(self.headers.get("Content-Length") or 0))
        self.send_response(308)
        place = "https://login.example/" if self.path == "/login" else f"https://{self.headers['Host']}{self.path}"
        self.send_header("Location", place)
        self.send_header("Content-Length", "0")
        self.end_headers()

    do_POST = do_GET  # noqa: N815 - http.server's

    def log_message(self, *_: object) -> None:
        pass


class _Secured(_Plain):
    """Answers who comes with the key, and says what came."""

    def do_GET(self) -> None:
        sent = self.rfile.read(int(self.headers.get("Content-Length") or 0))
        self.server.seen.append(f"{self.command} {self.path}")  # type: ignore[attr-defined]
        self.send_response(200 if self.headers["X-Gateway-Key"] == KEY else 401)
        self.send_header("Content-Length", str(len(sent)))
        self.end_headers()
        self.wfile.write(sent)

    do_POST = do_GET  # noqa: N815 - http.server's


class _Server(ThreadingHTTPServer):
    daemon_threads = True
    seen: list[str]

    def handle_error(self, *_: object) -> None:
        """Say nothing of a client that trusts no certificate."""


@contextmanager
def serving(handler: type[BaseHTTPRequestHandler], tls: ssl.SSLContext | None = None) -> Iterator[_Server]:
    server = _Server(("127.0.0.1", 0), handler)
    server.seen = []
    if tls:
        server.socket = tls.wrap_socket(server.socket, server_side=True, do_handshake_on_connect=False)
    thread = Thread(target=server.serve_forever, args=(0.05,))
    thread.start()
    yield server
    server.shutdown()
    thread.join()
    server.server_close()


@dataclass
class Ingress:
    endpoint: Endpoint
    plain: list[str]
    secured: list[str]


@pytest.fixture(scope="module")
def ingress() -> Iterator[Ingress]:
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    CERTIFICATE.configure_cert(context)
    with serving(_Plain) as plain, serving(_Secured, context) as secured:
        endpoint = Endpoint("127.0.0.1", plain.server_port, tls_port=secured.server_port)
        yield Ingress(endpoint, plain.seen, secured.seen)


@pytest.fixture(autouse=True)
def forget(ingress: Ingress) -> None:
    ingress.plain.clear()
    ingress.secured.clear()


@pytest.fixture(scope="module")
def authorities(tmp_path_factory: pytest.TempPathFactory) -> Path:
    file = tmp_path_factory.mktemp("authorities") / "ca.pem"
    CA.cert_pem.write_to_path(str(file))
    return file


@pytest.fixture(params=["authority", "unverified"])
def trust(request: pytest.FixtureRequest, authorities: Path) -> Trust:
    return Trust(ca_file=authorities) if request.param == "authority" else Trust(verify=False)


def client(endpoint: Endpoint, trust: Trust, headers: dict[str, str] | None = None) -> HttpClient:
    return HttpClient(endpoint, 5, trust, HEADERS if headers is None else headers)


def test_a_redirect_to_https_is_followed_once_and_remembered(ingress: Ingress, trust: Trust) -> None:
    http = client(ingress.endpoint, trust)
    for _ in range(2):
        answer = http.request("POST", f"http://{HOST}/path?q=1", content=b"sent")
        assert (answer.status, answer.body) == (200, "sent")
    assert ingress.plain == ["POST /path?q=1"]
    assert ingress.secured == ["POST /path?q=1"] * 2


def test_a_redirect_elsewhere_is_not_followed(ingress: Ingress, trust: Trust) -> None:
    assert client(ingress.endpoint, trust).request("GET", f"http://{HOST}/login").status == 308
    assert ingress.secured == []


def test_a_url_of_https_goes_there_at_once(ingress: Ingress, trust: Trust) -> None:
    with client(ingress.endpoint, trust).stream("GET", f"https://{HOST}/") as response:
        assert response.status_code == 200
    assert (ingress.plain, ingress.secured) == ([], ["GET /"])


def test_an_endpoint_that_takes_tls_gets_nothing_else(ingress: Ingress, trust: Trust) -> None:
    given = parse(f"https://127.0.0.1:{ingress.endpoint.tls_port}")
    assert str(given) == f"https://127.0.0.1:{ingress.endpoint.tls_port}"
    assert client(given, trust).request("GET", f"http://{HOST}/").status == 200
    assert ingress.plain == []


def test_a_websocket_is_opened_where_the_redirect_leads(ingress: Ingress, trust: Trust) -> None:
    refused = pytest.raises(BadAnswer, match="expected a WebSocket")
    with refused, client(ingress.endpoint, trust).websocket(f"http://{HOST}/ws"):
        pass
    assert ingress.secured == ["GET /ws"]


def test_a_gateway_that_wants_a_header_gets_it_with_every_request(ingress: Ingress, trust: Trust) -> None:
    assert client(ingress.endpoint, trust, {}).request("GET", f"https://{HOST}/").status == 401


def test_a_certificate_that_is_not_trusted_is_no_failure_of_the_service(ingress: Ingress, authorities: Path) -> None:
    for trust, host in ((Trust(), HOST), (Trust(ca_file=authorities), "other.example")):
        with pytest.raises(NotTrusted, match="--ca-file") as caught:
            client(ingress.endpoint, trust).request("GET", f"https://{host}/")
        assert fault_of(caught.value) is Fault.OBSTACLE


@contextmanager
def grpc_ingress() -> Iterator[tuple[int, list[Any]]]:
    """Serve an echo over TLS; return its port, and the keys that came."""
    keys: list[Any] = []

    def echo(message: StringValue, context: grpc.ServicerContext) -> StringValue:
        keys.append(dict(context.invocation_metadata()).get("x-gateway-key"))
        return message

    handler = grpc.unary_unary_rpc_method_handler(echo, StringValue.FromString, StringValue.SerializeToString)
    server = grpc.server(ThreadPoolExecutor(2))
    server.add_generic_rpc_handlers((grpc.method_handlers_generic_handler("kmc.Instrument", {"Echo": handler}),))
    pair = (CERTIFICATE.private_key_pem.bytes(), b"".join(pem.bytes() for pem in CERTIFICATE.cert_chain_pems))
    port = server.add_secure_port("127.0.0.1:0", grpc.ssl_server_credentials([pair]))
    server.start()
    yield port, keys
    server.stop(None).wait()


def talker(http: HttpClient, url: str) -> ProtocolClient:
    target = Target(made_up(), KubeDouble(), http, Timeouts(request=5), cast("Lease", None))
    found = ProtocolClient(target, "service")
    found.url = url
    return found


@pytest.mark.parametrize("scheme", ["https", "http"])
def test_grpc_is_spoken_as_http_is(trust: Trust, scheme: str) -> None:
    with grpc_ingress() as (port, keys):
        http = client(Endpoint("127.0.0.1", 1, tls_port=port), trust)
        if scheme == "http":
            http.https_hosts.add(HOST)  # as after a redirect
        with talker(http, f"{scheme}://{HOST}").grpc() as channel:
            assert channel.echo("text") == "text"
    assert keys == [KEY]


def test_grpc_trusts_no_other_certificate() -> None:
    with grpc_ingress() as (port, _):
        http = client(Endpoint("127.0.0.1", 1, tls_port=port), Trust())
        with talker(http, f"https://{HOST}").grpc() as channel, pytest.raises(NotTrusted):
            channel.echo("text")


def test_the_file_of_authorities_is_read_before_anything_else(tmp_path: Path, authorities: Path) -> None:
    assert (ca_file(None), ca_file(str(authorities))) == (None, authorities)
    (tmp_path / "none.pem").write_text("none")
    for file, message in {"absent.pem": "can't be read", "none.pem": "expected certificates in PEM"}.items():
        with pytest.raises(BadOption, match=f"--ca-file .*{file}: .*{message}"):
            ca_file(str(tmp_path / file))


def test_headers_are_read_and_not_shown() -> None:
    assert request_headers(["X-A=1=2", "Cookie=of-one-user"]) == {"X-A": "1=2", "Cookie": "of-one-user"}
    for wrong in (f"X A={KEY}", f"={KEY}", f"X-A={KEY}\nmore", f"Host={KEY}", "X-A"):
        with pytest.raises(BadOption, match="--request-header") as caught:
            request_headers([wrong])
        assert KEY not in str(caught.value)
