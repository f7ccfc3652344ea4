import json
import os
import signal
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from queue import Empty, Queue

import httpx
import pytest
import yaml

from kmc.clusters.embedded.ingress.kube import INGRESSES, SERVICES, SLICES
from kmc.clusters.embedded.ingress.objects import Json
from selftest.ingress_samples import CLASS, endpoint_slice, service, simple

BINARY = Path(pytest.importorskip("envoy").__file__).parent / "_bin" / "envoy"
SECONDS = 20


@dataclass
class Cluster:
    """An API server that knows three lists, and a backend."""

    lists: dict[str, list[Json]]
    events: dict[str, Queue[Json]] = field(
        default_factory=lambda: {path: Queue() for path in (INGRESSES, SERVICES, SLICES)}
    )
    patches: Queue[tuple[str, Json]] = field(default_factory=Queue)
    port: int = 0
    over: bool = False

    def handler(self) -> type[BaseHTTPRequestHandler]:
        cluster = self

        class Handler(BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"
            disable_nagle_algorithm = True

            def do_GET(self) -> None:
                path, _, query = self.path.partition("?")
                if "watch=true" in query:
                    self.watch(path)
                else:
                    self.answer({"metadata": {"resourceVersion": "1"}, "items": cluster.lists.get(path, [])})

            def do_PATCH(self) -> None:
                body = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
                cluster.patches.put((self.path, body["status"]))
                self.answer({})

            def watch(self, path: str) -> None:
                self.send_response(200)
                self.send_header("Connection", "close")
                self.end_headers()
                while not cluster.over:
                    try:
                        event = cluster.events[path].get(timeout=0.1)
                    except Empty:
                        continue
                    self.wfile.write(json.dumps(event).encode() + b"\n")
                self.close_connection = True

            def answer(self, content: Json) -> None:
                data = json.dumps(content).encode()
                self.send_response(200)
                self.send_header("Content-Length", str(len(data)))
                self.end_headers()
                self.wfile.write(data)

            def log_message(self, *args: object) -> None:
                pass

        return Handler


@pytest.fixture
def cluster() -> Iterator[Cluster]:
    fake = Cluster({SERVICES: [service("app")]})
    with ThreadingHTTPServer(("127.0.0.1", 0), fake.handler()) as server:
        fake.port = server.server_port
        fake.lists[SLICES] = [endpoint_slice("app", fake.port, "127.0.0.1")]
        thread = threading.Thread(target=server.serve_forever, args=(0.05,))
        thread.start()
        yield fake
        fake.over = True
        server.shutdown()
        thread.join()


def free_port() -> int:
    with socket.create_server(("127.0.0.1", 0)) as server:
        port: int = server.getsockname()[1]
        return port


@dataclass
class Running:
    process: subprocess.Popen[bytes]
    state: Path
    port: int


@pytest.fixture
def running(cluster: Cluster, tmp_path: Path) -> Iterator[Running]:
    config = {
        "current-context": "c",
        "contexts": [{"name": "c", "context": {"cluster": "k", "user": "u"}}],
        "clusters": [{"name": "k", "cluster": {"server": f"http://127.0.0.1:{cluster.port}"}}],
        "users": [{"name": "u", "user": {}}],
    }
    (tmp_path / "kubeconfig").write_text(yaml.safe_dump(config))
    port = free_port()
    options = {
        "kubeconfig": tmp_path / "kubeconfig",
        "envoy": BINARY,
        "state": tmp_path / "state",
        "address": "127.0.0.1",
        "public-port": port,
        "local-port": free_port(),
        "ingress-class": CLASS,
        "service": "gateway/ingress",
    }
    command = [sys.executable, "-m", "kmc.clusters.embedded.ingress"]
    with subprocess.Popen([*command, *(f"--{name}={value}" for name, value in options.items())]) as process:
        try:
            wait_for_file(tmp_path / "state" / "ready", process)
            yield Running(process, tmp_path / "state", port)
        finally:
            process.kill()


def wait_for_file(path: Path, process: subprocess.Popen[bytes]) -> None:
    deadline = time.monotonic() + SECONDS
    while not path.exists():
        assert process.poll() is None
        assert time.monotonic() < deadline
        time.sleep(0.02)


def envoy_of(running: Running) -> int:
    children = Path(f"/proc/{running.process.pid}/task/{running.process.pid}/children").read_text(encoding="ascii")
    (child,) = children.split()
    return int(child)


def test_an_event_becomes_a_route_and_then_a_status(cluster: Cluster, running: Running) -> None:
    app = simple("app", "a.example.com", "app")
    app["metadata"]["resourceVersion"] = "2"
    cluster.events[INGRESSES].put({"type": "ADDED", "object": app})
    path, status = cluster.patches.get(timeout=SECONDS)
    assert path.endswith("/namespaces/ns/ingresses/app/status")
    assert {condition["status"] for condition in status["conditions"]} == {"True"}
    answer = httpx.get(f"http://127.0.0.1:{running.port}/x", headers={"host": "a.example.com"}, trust_env=False)
    assert answer.json()["metadata"]["resourceVersion"] == "1"


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
def test_a_signal_ends_it_and_its_envoy(running: Running, number: signal.Signals) -> None:
    envoy = envoy_of(running)
    running.process.send_signal(number)
    assert running.process.wait(SECONDS) == 0
    assert not Path(f"/proc/{envoy}").exists()
    assert not (running.state / "ready").exists()


def test_envoy_does_not_outlive_it(running: Running) -> None:
    envoy = envoy_of(running)
    running.process.kill()
    running.process.wait(SECONDS)
    deadline = time.monotonic() + SECONDS
    while (
        Path(f"/proc/{envoy}").exists() and "Z" not in Path(f"/proc/{envoy}/stat").read_text(encoding="ascii").split()
    ):
        assert time.monotonic() < deadline
        time.sleep(0.02)


def test_it_ends_with_envoy(running: Running) -> None:
    os.kill(envoy_of(running), signal.SIGKILL)
    assert running.process.wait(SECONDS) == 1
