import asyncio
import json
import socket
import threading
from collections import Counter
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import httpx
import pytest

from kmc.clusters.embedded.ingress import envoy_config
from kmc.clusters.embedded.ingress.backends import Backend, Ref
from kmc.clusters.embedded.ingress.envoy import Envoy, EnvoyError, EnvoyRejectedError
from kmc.clusters.embedded.ingress.envoy_config import Listen
from kmc.clusters.embedded.ingress.network_hash import network_hash
from kmc.clusters.embedded.ingress.objects import Json
from kmc.clusters.embedded.ingress.routes import references, route
from selftest.ingress_samples import ingress, rule, simple, split

BINARY = Path(pytest.importorskip("envoy").__file__).parent / "_bin" / "envoy"
APP = Ref("ns", "app", "80")


class Upstream(BaseHTTPRequestHandler):
    """Answers with what it got; /slow waits for `release` between two halves of its answer; upgrades to an echo."""

    protocol_version = "HTTP/1.1"
    disable_nagle_algorithm = True
    release = threading.Event()

    def do_GET(self) -> None:
        if self.headers.get("Upgrade") == "websocket":
            self.send_response(101)
            self.send_header("Connection", "Upgrade")
            self.send_header("Upgrade", "websocket")
            self.end_headers()
            while data := self.connection.recv(100):
                self.connection.sendall(data.upper())
            return
        parts = [b"one", b"two"] if self.path == "/slow" else [json.dumps(dict(self.headers)).encode()]
        self.send_response(200)
        self.send_header("Content-Length", str(sum(map(len, parts))))
        self.end_headers()
        for part in parts:
            self.wfile.write(part)
            self.wfile.flush()
            if len(parts) > 1:
                self.release.wait(10)

    def log_message(self, *args: object) -> None:
        pass


@pytest.fixture(scope="module")
def loop() -> Iterator[asyncio.Runner]:
    with asyncio.Runner() as runner:
        yield runner


@pytest.fixture(scope="module")
def upstream() -> Iterator[int]:
    with ThreadingHTTPServer(("127.0.0.1", 0), Upstream) as server:
        server.daemon_threads = True
        thread = threading.Thread(target=server.serve_forever, args=(0.05,))
        thread.start()
        yield server.server_port
        server.shutdown()
        thread.join()


@pytest.fixture(scope="module")
def listen() -> Listen:
    return Listen("127.0.0.1", free_port(), free_port())


@pytest.fixture(scope="module")
def envoy(loop: asyncio.Runner, listen: Listen, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Envoy]:
    running = Envoy(BINARY, tmp_path_factory.mktemp("i"), listen)
    loop.run(running.start())
    yield running
    loop.run(running.stop())


def free_port() -> int:
    with socket.create_server(("127.0.0.1", 0)) as server:
        port: int = server.getsockname()[1]
        return port


def serve(loop: asyncio.Runner, envoy: Envoy, backends: dict[str, Backend], *ingresses: Json) -> None:
    refs = set().union(*(references(item) for item in ingresses))
    clusters = {ref.name: envoy_config.cluster(ref, backends[ref.service]) for ref in refs}
    routing = route(ingresses)
    loop.run(envoy.apply(clusters, routing.public, routing.local))


def at(*ports: int, http2: bool = False) -> Backend:
    return Backend(tuple(("127.0.0.1", port) for port in ports), http2)


def get(port: int, host: str, path: str = "/", **headers: str) -> httpx.Response:
    return httpx.get(f"http://127.0.0.1:{port}{path}", headers={"host": host} | headers, trust_env=False)


def test_a_host_answers_as_soon_as_it_is_applied_and_no_longer_than_that(
    loop: asyncio.Runner, envoy: Envoy, listen: Listen, upstream: int
) -> None:
    for turn in range(20):
        host = f"h{turn}.example.com"
        serve(loop, envoy, {"app": at(upstream)}, simple("app", host, "app", turn=str(turn)))
        answer = get(listen.public_port, f"{host}:8080")
        assert (answer.status_code, answer.json()["turn"]) == (200, str(turn))
        assert get(listen.public_port, f"h{turn - 1}.example.com").status_code == 404


def test_cluster_local_hosts_are_not_found_in_public(
    loop: asyncio.Runner, envoy: Envoy, listen: Listen, upstream: int
) -> None:
    local = rule(["app.ns.svc"], {"splits": [split("app")]}, visibility="ClusterLocal")
    serve(loop, envoy, {"app": at(upstream)}, ingress("app", local))
    assert get(listen.public_port, "app.ns.svc").status_code == 404
    assert get(listen.local_port, "app.ns.svc").status_code == 200


def test_tags_paths_and_headers_choose_and_replace(
    loop: asyncio.Runner, envoy: Envoy, listen: Listen, upstream: int
) -> None:
    blue = {"headers": {"Knative-Serving-Tag": {"exact": "blue"}}, "splits": [split("app", Which="blue")]}
    foo = {"path": "/foo", "splits": [split("app", Which="foo")], "appendHeaders": {"Which": "path", "Too": "50%"}}
    rest = {"splits": [split("app", Which="rest")], "rewriteHost": "inner.example.com"}
    serve(loop, envoy, {"app": at(upstream)}, ingress("app", rule(["h.example.com"], blue, foo, rest)))
    port = listen.public_port
    assert get(port, "h.example.com", which="client").json()["which"] == "rest"
    seen = get(port, "h.example.com").json()
    assert seen["host"] == "inner.example.com"
    assert seen.keys() >= {"x-forwarded-for", "x-forwarded-proto"}
    assert not any(name.startswith("x-envoy") for name in seen)
    assert get(port, "h.example.com", **{"Knative-Serving-Tag": "blue"}).json()["which"] == "blue"
    assert get(port, "h.example.com", **{"Knative-Serving-Tag": "red"}).json()["which"] == "rest"
    answer = get(port, "h.example.com", "/foo/bar").json()
    assert (answer["which"], answer["too"]) == ("foo", "50%")


def test_a_probe_gets_the_hash_of_the_ingress(
    loop: asyncio.Runner, envoy: Envoy, listen: Listen, upstream: int
) -> None:
    made = simple("app", "h.example.com", "app")
    serve(loop, envoy, {"app": at(upstream)}, made)
    sent = {"K-Network-Probe": "probe", "K-Network-Hash": "override"}
    assert get(listen.public_port, "h.example.com", **sent).json()["k-network-hash"] == network_hash(made)
    assert get(listen.public_port, "h.example.com", **{"K-Network-Hash": "x"}).json()["k-network-hash"] == "x"


def test_traffic_is_split_by_percentage(loop: asyncio.Runner, envoy: Envoy, listen: Listen, upstream: int) -> None:
    splits = [split("app", 80, Which="a"), split("b", 20, Which="b"), split("c", 0, Which="c")]
    backends = {name: at(upstream) for name in ("app", "b", "c")}
    serve(loop, envoy, backends, ingress("app", rule(["h.example.com"], {"splits": splits})))
    with httpx.Client(headers={"host": "h.example.com"}, trust_env=False) as client:
        seen = Counter(client.get(f"http://127.0.0.1:{listen.public_port}/").json()["which"] for _ in range(500))
    assert set(seen) == {"a", "b"}
    assert 340 < seen["a"] < 460  # five standard deviations are 45


def test_http2_is_spoken_on_both_sides(loop: asyncio.Runner, envoy: Envoy, listen: Listen, upstream: int) -> None:
    # The only HTTP/2 server at hand is Envoy itself, as for Knative's DomainMappings.
    outer = ingress("outer", rule(["o.example.com"], {"splits": [split("self")], "rewriteHost": "h.example.com"}))
    backends = {"self": at(listen.local_port, http2=True), "app": at(upstream)}
    serve(loop, envoy, backends, outer, simple("app", "h.example.com", "app"))
    with httpx.Client(http1=False, http2=True, trust_env=False) as client:
        answer = client.get(f"http://127.0.0.1:{listen.public_port}/", headers={"host": "o.example.com"})
    assert (answer.http_version, answer.status_code) == ("HTTP/2", 200)
    assert get(listen.public_port, "o.example.com").http_version == "HTTP/1.1"
    assert echo_after_upgrade(listen.public_port, "o.example.com") == b"HELLO"


def test_streams_outlive_changes_of_their_backend(
    loop: asyncio.Runner, envoy: Envoy, listen: Listen, upstream: int
) -> None:
    made = simple("app", "h.example.com", "app")
    serve(loop, envoy, {"app": at(upstream)}, made)
    Upstream.release.clear()
    url = f"http://127.0.0.1:{listen.public_port}/slow"
    with httpx.stream("GET", url, headers={"host": "h.example.com"}, trust_env=False) as answer:
        chunks = answer.iter_bytes()
        assert next(chunks) == b"one"
        serve(loop, envoy, {"app": at(upstream, 1)}, made)
        serve(loop, envoy, {})
        Upstream.release.set()
        assert b"".join(chunks) == b"two"


def test_no_request_is_lost_while_backends_change(
    loop: asyncio.Runner, envoy: Envoy, listen: Listen, upstream: int
) -> None:
    seen: Counter[int] = Counter()
    over = threading.Event()

    def ask() -> None:
        with httpx.Client(headers={"host": "h.example.com"}, trust_env=False) as client:
            while not over.is_set():
                seen[client.get(f"http://127.0.0.1:{listen.public_port}/").status_code] += 1

    serve(loop, envoy, {"s0": at(upstream)}, simple("app", "h.example.com", "s0"))
    thread = threading.Thread(target=ask)
    thread.start()
    for turn in range(30):
        serve(loop, envoy, {f"s{turn}": at(upstream)}, simple("app", "h.example.com", f"s{turn}"))
    over.set()
    thread.join()
    assert set(seen) == {200}
    assert seen[200] > 30


def test_nothing_limits_the_time_of_a_request(listen: Listen, tmp_path: Path) -> None:
    listeners = envoy_config.bootstrap(listen, tmp_path)["static_resources"]["listeners"]
    managers = [listener["filter_chains"][0]["filters"][0]["typed_config"] for listener in listeners]
    assert [manager["stream_idle_timeout"] for manager in managers] == ["0s", "0s"]


def test_websockets_pass(loop: asyncio.Runner, envoy: Envoy, listen: Listen, upstream: int) -> None:
    serve(loop, envoy, {"app": at(upstream)}, simple("app", "h.example.com", "app"))
    assert echo_after_upgrade(listen.public_port, "h.example.com") == b"HELLO"


def test_a_refused_configuration_is_told_and_the_one_before_stays(
    loop: asyncio.Runner, envoy: Envoy, listen: Listen, upstream: int
) -> None:
    made = simple("app", "h.example.com", "app")
    serve(loop, envoy, {"app": at(upstream)}, made)
    with pytest.raises(EnvoyRejectedError, match="no-address"):
        serve(loop, envoy, {"app": Backend((("no-address", 1),), http2=False)}, made)
    with pytest.raises(EnvoyRejectedError, match=r"Only a single wildcard|[Dd]uplicate"):
        loop.run(envoy.apply({}, [{"name": name, "domains": ["d"], "routes": []} for name in "ab"], []))
    assert get(listen.public_port, "h.example.com").status_code == 200


def test_the_end_of_envoy_is_told(loop: asyncio.Runner, tmp_path: Path, listen: Listen, envoy: Envoy) -> None:
    del envoy  # runs, and has the port
    second = Envoy(BINARY, tmp_path, listen)
    try:
        with pytest.raises(EnvoyError, match="Address already in use"):
            loop.run(second.start())
    finally:
        loop.run(second.stop())
    assert not (tmp_path / "ready").exists()


def echo_after_upgrade(port: int, host: str) -> bytes:
    with socket.create_connection(("127.0.0.1", port), timeout=5) as connection:
        upgrade = f"GET / HTTP/1.1\r\nHost: {host}\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n\r\n"
        connection.sendall(upgrade.encode())
        head = b""
        while b"\r\n\r\n" not in head:
            head += connection.recv(4096)
        assert head.startswith(b"HTTP/1.1 101"), head
        connection.sendall(b"hello")
        return connection.recv(100)
