"""The tunnel to an ingress: that it is kept alive, and what becomes of requests that were under way when it broke."""

import os
import signal
import sys
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from threading import Event, Thread

import pytest

from kmc.fixtures.clients import endpoint as endpoints
from kmc.fixtures.clients import port_forward
from kmc.fixtures.clients.endpoint import Endpoint
from kmc.fixtures.clients.http import HttpClient
from kmc.fixtures.clients.port_forward import Credentials
from kmc.fixtures.errors import NoAccess, NoAnswer, Unreachable

# Forwards as kubectl does, with as many words: `LOCAL:REMOTE…` are its last arguments, the ingress is in INGRESS.
KUBECTL = """#!{python}
import os, socket, sys, threading
ports = [word.split(":") for word in sys.argv[1:] if word.endswith((":80", ":443"))]
with open({folder!r} + "/asked", "a") as file:
    print(*sys.argv[1:], file=file)
with open({folder!r} + "/pid", "w") as file:
    print(os.getpid(), file=file)

def copy(source, target):
    try:
        while data := source.recv(65536):
            target.sendall(data)
        target.shutdown(socket.SHUT_WR)
    except OSError:
        pass

def serve(listening):
    while True:
        here, _ = listening.accept()
        print("Handling connection for 80", "x" * 20000, flush=True)
        there = socket.create_connection(("127.0.0.1", int(os.environ["INGRESS"])))
        threading.Thread(target=copy, args=(here, there), daemon=True).start()
        threading.Thread(target=copy, args=(there, here), daemon=True).start()

for local, remote in ports:
    listening = socket.create_server(("127.0.0.1", int(local or 0)))
    print(f"Forwarding from 127.0.0.1:{{listening.getsockname()[1]}} -> 8080", flush=True)
    threading.Thread(target=serve, args=(listening,)).start()
"""
ACCESS = Credentials(Path("file"), "name")


class _Ingress(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    asked, leave = Event(), Event()

    def do_GET(self) -> None:
        if self.path == "/slow":
            self.asked.set()
            self.leave.wait(10)
        if self.path == "/cut":
            self.close_connection = True
            return
        self.send_response(200)
        self.send_header("Content-Length", "2")
        self.send_header("Connection", "close")
        self.end_headers()
        self.wfile.write(b"ok")

    def log_message(self, *_: object) -> None:
        pass


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """Where the kubectl of the test is, and what it was asked for; an ingress is running."""
    _Ingress.asked.clear()
    _Ingress.leave.clear()
    server = ThreadingHTTPServer(("127.0.0.1", 0), _Ingress)
    thread = Thread(target=server.serve_forever, args=(0.05,))
    thread.start()
    install(tmp_path, KUBECTL.format(python=sys.executable, folder=str(tmp_path)), monkeypatch)
    monkeypatch.setenv("INGRESS", str(server.server_port))
    monkeypatch.setattr(port_forward, "PAUSE", 0.05)
    yield tmp_path
    _Ingress.leave.set()
    server.shutdown()
    thread.join()
    server.server_close()


def install(folder: Path, program: str, monkeypatch: pytest.MonkeyPatch) -> None:
    (folder / "kubectl").write_text(program)
    (folder / "kubectl").chmod(0o755)
    monkeypatch.setenv("PATH", f"{folder}:{os.environ['PATH']}")


def kill(folder: Path) -> None:
    os.kill(int((folder / "pid").read_text()), signal.SIGKILL)


def status(client: HttpClient, path: str = "/") -> int:
    return client.request("GET", f"http://service.invalid{path}").status


def answered(client: HttpClient) -> bool:
    """Ask until there is an answer."""
    for _ in range(100):
        try:
            return status(client) == 200
        except Unreachable:
            time.sleep(0.1)
    return False


def test_it_is_asked_for_by_the_suites_access_and_ends_with_the_block(folder: Path) -> None:
    with port_forward.forwarded(ACCESS, "space", "gate", tls=True) as endpoint:
        assert endpoint.host == "127.0.0.1"
        assert endpoint.port != endpoint.tls_port
    assert (
        folder / "asked"
    ).read_text() == "--kubeconfig file --context name -n space port-forward service/gate :80 :443\n"
    with pytest.raises(ProcessLookupError):
        kill(folder)


@pytest.mark.usefixtures("folder")
def test_what_kubectl_says_does_not_stop_it() -> None:
    with port_forward.forwarded(ACCESS, "space", "gate") as endpoint:
        client = HttpClient(endpoint, timeout=5)
        assert {status(client) for _ in range(10)} == {200}  # 200 kB of words; a pipe holds 64


def test_it_is_started_again_at_the_same_port(folder: Path) -> None:
    with port_forward.forwarded(ACCESS, "space", "gate") as endpoint:
        client = HttpClient(endpoint, timeout=5)
        assert status(client) == 200
        for _ in range(2):
            kill(folder)
            assert answered(client)
    first, *later = [line.rpartition(" ")[2] for line in (folder / "asked").read_text().splitlines()]
    assert (first, set(later)) == (":80", {f"{endpoint.port}:80"})


def test_a_request_that_is_lost_with_it_is_no_failure_of_the_service(folder: Path) -> None:
    with port_forward.forwarded(ACCESS, "space", "gate") as endpoint:
        client = HttpClient(endpoint, timeout=8)
        with ThreadPoolExecutor(1) as pool:
            under_way = pool.submit(status, client, "/slow")
            assert _Ingress.asked.wait(8)
            kill(folder)
            with pytest.raises(Unreachable, match="the tunnel to the ingress broke meanwhile"):
                under_way.result()


@pytest.mark.usefixtures("folder")
def test_a_service_that_hangs_up_behind_it_is(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(endpoints, "NOTICED", 0.3)
    with port_forward.forwarded(ACCESS, "space", "gate") as endpoint:
        client = HttpClient(endpoint, timeout=5)
        with pytest.raises(NoAnswer):
            status(client, "/cut")


def test_a_kubectl_that_goes_on_without_its_pod_is_replaced(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    first = f"""#!/bin/sh
echo $$ > {folder}/pid
echo "$@" >> {folder}/asked
echo "Forwarding from 127.0.0.1:4321 -> 8080"
[ -e {folder}/lost ] || {{ touch {folder}/lost; sleep 0.2; echo "E1: lost connection to pod"; }}
exec sleep 60
"""
    install(folder, first, monkeypatch)
    with port_forward.forwarded(ACCESS, "space", "gate") as endpoint:
        began = time.monotonic()
        assert Endpoint("127.0.0.1", 4321, tunnel=endpoint.tunnel).broke_since(began - 1)
        while len((folder / "asked").read_text().splitlines()) < 2 and time.monotonic() < began + 10:
            time.sleep(0.05)
    assert (folder / "asked").read_text().splitlines()[1].endswith("service/gate 4321:80")


def test_kubectls_refusal_is_passed_on(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    install(tmp_path, "#!/bin/sh\necho error: no such service >&2; exit 1\n", monkeypatch)
    forward = port_forward.forwarded(Credentials(None, None), "space", "gate")
    with pytest.raises(NoAccess, match=r"gate :80 forwards nothing: error: no such service"), forward:
        pass


def test_a_silent_kubectl_is_not_waited_for_long(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    install(tmp_path, "#!/bin/sh\nexec sleep 60\n", monkeypatch)
    monkeypatch.setattr(port_forward, "STARTING", 0.3)
    with pytest.raises(NoAccess, match="it said nothing"):
        port_forward.forwarded(Credentials(None, None), "space", "gate").__enter__()
