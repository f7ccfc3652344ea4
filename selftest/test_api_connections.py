"""Connections to an API server as a kubeconfig describes them: certificates, other names, proxies."""

import base64
import socket
import ssl
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from threading import Thread
from typing import Any

import pytest
import trustme
import yaml

from kmc.fixtures.clients.kube import Kube
from kmc.fixtures.errors import ApiUnavailable
from selftest import api_double
from selftest.api_double import Api

CA = trustme.CA()
NAME = "api.example"


def encoded(pem: trustme.Blob) -> str:
    return base64.b64encode(pem.bytes()).decode()


TRUSTED = {"certificate-authority-data": encoded(CA.cert_pem)}


@pytest.fixture
def api() -> Iterator[Api]:
    """An API server over TLS, whose certificate has another name than its address, and that asks for a client's."""
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    CA.issue_cert(NAME).configure_cert(context)
    CA.configure_trust(context)
    context.verify_mode = ssl.CERT_OPTIONAL
    with api_double.served(Api(), context) as served:
        yield served


def asked(folder: Path, url: str, **kubeconfig: Any) -> str:
    file = folder / "kubeconfig"
    file.write_text(yaml.safe_dump(api_double.kubeconfig(url, **kubeconfig)))
    return Kube.connect(file, None, timeout=5, patience=0).server_version()


@pytest.mark.parametrize("cluster", [{**TRUSTED, "tls-server-name": NAME}, {"insecure-skip-tls-verify": True}])
def test_a_certificate_is_verified_as_the_kubeconfig_says(api: Api, tmp_path: Path, cluster: dict[str, Any]) -> None:
    assert asked(tmp_path, api.url, cluster=cluster) == "v1.37.2"


@pytest.mark.parametrize(
    ("cluster", "why"), [({}, "self-signed|unable to get"), (TRUSTED, "IP address mismatch|doesn't match")]
)
def test_a_certificate_that_is_not_trusted_is_named_with_the_remedy(
    api: Api, tmp_path: Path, cluster: dict[str, Any], why: str
) -> None:
    with pytest.raises(ApiUnavailable, match=f"the certificate of {api.url} is not trusted: .*({why})") as caught:
        asked(tmp_path, api.url, cluster=cluster)
    assert "Check certificate-authority and tls-server-name" in str(caught.value)


def test_a_client_certificate_is_shown_to_the_server(api: Api, tmp_path: Path) -> None:
    certificate = CA.issue_cert("me@example.com")
    user = {
        "client-certificate-data": encoded(certificate.cert_chain_pems[0]),
        "client-key-data": encoded(certificate.private_key_pem),
    }
    asked(tmp_path, api.url, user=user, cluster={"insecure-skip-tls-verify": True})
    assert api.certificates[-1]


def passing_on(client: socket.socket, server: socket.socket) -> None:
    def one_way(source: socket.socket, target: socket.socket) -> None:
        with suppress(OSError):  # either end may be gone
            while data := source.recv(65536):
                target.sendall(data)
            target.shutdown(socket.SHUT_WR)

    with client, server:
        back = Thread(target=one_way, args=(client, server), daemon=True)
        back.start()
        one_way(server, client)
        back.join(5)


def by_http(client: socket.socket, seen: list[str], port: int) -> None:
    asked_for = b""
    while b"\r\n\r\n" not in asked_for:
        asked_for += client.recv(65536)
    seen.append(asked_for.split(b"\r\n")[0].decode())
    client.sendall(b"HTTP/1.1 200 OK\r\n\r\n")
    passing_on(client, socket.create_connection(("127.0.0.1", port)))


def by_socks(client: socket.socket, seen: list[str], port: int) -> None:
    client.recv(65536)
    client.sendall(b"\x05\x00")
    request = client.recv(65536)
    kind, length = request[3], request[4]
    seen.append(f"name {request[5 : 5 + length].decode()}" if kind == 3 else f"address kind {kind}")
    client.sendall(b"\x05\x00\x00\x01\x00\x00\x00\x00\x00\x00")
    passing_on(client, socket.create_connection(("127.0.0.1", port)))


@contextmanager
def proxy(serve: Callable[[socket.socket, list[str], int], None], port: int) -> Iterator[tuple[int, list[str]]]:
    """Take one connection to anywhere, and lead it to a port of this machine."""
    seen: list[str] = []
    with socket.create_server(("127.0.0.1", 0)) as listening:
        Thread(target=lambda: serve(listening.accept()[0], seen, port), daemon=True).start()
        yield listening.getsockname()[1], seen


@pytest.mark.parametrize(
    ("scheme", "serve", "first"),
    [("http", by_http, f"CONNECT {NAME}:6443 HTTP/1.0"), ("socks5", by_socks, f"name {NAME}")],
)
def test_a_proxy_is_used_and_knows_the_servers_name(
    api: Api, tmp_path: Path, scheme: str, serve: Callable[[socket.socket, list[str], int], None], first: str
) -> None:
    with proxy(serve, int(api.url.rpartition(":")[2])) as (port, seen):
        cluster = {**TRUSTED, "proxy-url": f"{scheme}://127.0.0.1:{port}"}
        assert asked(tmp_path, f"https://{NAME}:6443", cluster=cluster) == "v1.37.2"
    assert seen == [first]


@pytest.mark.parametrize("scheme", ["http", "socks5"])
def test_a_proxy_that_is_not_there_is_said(tmp_path: Path, scheme: str) -> None:
    with pytest.raises(ApiUnavailable, match=r"no answer from the API server https://api.example"):
        asked(tmp_path, f"https://{NAME}", cluster={"proxy-url": f"{scheme}://127.0.0.1:1"})
