"""An API server over HTTP that keeps what it is sent, and goes wrong in the ways that real ones do, by a seed."""

import json
import random
import ssl
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Lock, Thread
from typing import Any
from urllib.parse import parse_qs, urlsplit

from kmc.fixtures.clients import kinds
from selftest.cluster_double import merged

PLURALS = {each.plural for each in vars(kinds).values() if isinstance(each, kinds.Kind)}

Fault = Callable[["Handler"], bool]
"""Answers a call wrongly, or lets the right answer get lost; False where it does neither."""


def busy(handler: "Handler") -> bool:
    return handler.say(429, {"message": "too many requests"}, {"Retry-After": "0"})


def webhook_down(handler: "Handler") -> bool:
    return handler.refuse(500, "InternalError", 'failed calling webhook "webhook.serving.knative.dev": EOF')


def unavailable(handler: "Handler") -> bool:
    return handler.refuse(503, "ServiceUnavailable", "etcdserver: leader changed")


def cut_before(handler: "Handler") -> bool:
    return handler.hang_up()


def cut_after(handler: "Handler") -> bool:
    """Do what was asked, and lose the answer."""
    handler.judge()
    return handler.hang_up()


def timed_out_after(handler: "Handler") -> bool:
    """Do what was asked, and say that nobody knows."""
    handler.judge()
    return handler.refuse(504, "Timeout", "the server was unable to return a response in the time allotted")


FAULTS: tuple[Fault, ...] = (busy, webhook_down, unavailable, cut_before, cut_after, timed_out_after)


@dataclass
class Api:
    """What the server has: objects by path, the calls that were made, the faults that come next."""

    objects: dict[str, Any] = field(default_factory=dict)
    calls: list[str] = field(default_factory=list)
    headers: list[dict[str, str]] = field(default_factory=list)
    certificates: list[object] = field(default_factory=list)
    next_faults: list[Fault] = field(default_factory=list)
    answer: Callable[["Handler"], bool] = lambda _: False
    share: float = 0.0
    chance: random.Random = field(default_factory=random.Random)
    creations: int = 0
    lock: Any = field(default_factory=Lock)
    url: str = ""

    def fault(self) -> Fault | None:
        if self.next_faults:
            return self.next_faults.pop(0)
        return self.chance.choice(FAULTS) if self.chance.random() < self.share else None


class Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    disable_nagle_algorithm = True
    api: Api

    def handle_call(self) -> None:
        self.body = json.loads(self.rfile.read(int(self.headers.get("Content-Length") or 0)) or "null")
        with self.api.lock:
            self.api.calls.append(f"{self.command} {self.path}")
            self.api.headers.append(dict(self.headers))
            if isinstance(self.connection, ssl.SSLSocket):
                self.api.certificates.append(self.connection.getpeercert())
            fault = self.api.fault()
            if self.api.answer(self) or (fault and fault(self)):
                return
            self.say(*self.judge())

    do_GET = do_HEAD = do_POST = do_PATCH = do_DELETE = handle_call  # noqa: N815 - http.server's

    def judge(self) -> tuple[int, Any]:
        """Do what is asked, and return the right answer."""
        path, query = urlsplit(self.path).path, parse_qs(urlsplit(self.path).query)
        objects = self.api.objects
        if path == "/version":
            return 200, {"gitVersion": "v1.37.2"}
        if self.command == "POST":
            return self._create(f"{path}/{self.body['metadata']['name']}", dry_run="dryRun" in query)
        if self.command == "GET" and path not in objects and path.rpartition("/")[2] in PLURALS:
            return 200, self._page([each for key, each in objects.items() if key.rpartition("/")[0] == path], query)
        if path not in objects:
            return self._status(404, "NotFound", f"{path} not found")
        if self.command == "PATCH":
            return self._patch(path)
        return 200, objects.pop(path) if self.command == "DELETE" else objects[path]

    @staticmethod
    def _page(items: list[Any], query: dict[str, list[str]]) -> Any:
        start, size = int(query.get("continue", ["0"])[0]), int(query.get("limit", ["500"])[0])
        rest = {"continue": str(start + size)} if len(items) > start + size else {}
        return {"metadata": rest, "items": items[start : start + size]}

    def _create(self, path: str, *, dry_run: bool) -> tuple[int, Any]:
        if path in self.api.objects:
            return self._status(409, "AlreadyExists", f"{path} already exists")
        made = merged(self.body, {"metadata": {"resourceVersion": "1", "uid": str(self.api.creations)}})
        if not dry_run:
            self.api.creations += 1
            self.api.objects[path] = made
        return 201, made

    def _patch(self, path: str) -> tuple[int, Any]:
        old = self.api.objects[path]
        version = old["metadata"]["resourceVersion"]
        change = self.body if isinstance(self.body, dict) else {}
        if change.get("metadata", {}).get("resourceVersion", version) != version:
            return self._status(409, "Conflict", "the object has been modified")
        new = merged(old, change)
        new["metadata"]["resourceVersion"] = str(int(version) + 1)
        self.api.objects[path] = new
        return 200, new

    @staticmethod
    def _status(code: int, reason: str, message: str) -> tuple[int, Any]:
        return code, {"kind": "Status", "reason": reason, "message": message, "code": code}

    def refuse(self, code: int, reason: str, message: str) -> bool:
        return self.say(*self._status(code, reason, message))

    def say(self, code: int, body: Any, headers: dict[str, str] | None = None) -> bool:
        html = isinstance(body, str)
        content = (body if html else json.dumps(body)).encode()
        self.send_response(code)
        self.send_header("Content-Type", "text/html" if html else "application/json")
        self.send_header("Content-Length", str(len(content)))
        for name, value in (headers or {}).items():
            self.send_header(name, value)
        self.end_headers()
        self.wfile.write(content if self.command != "HEAD" else b"")
        return True

    def hang_up(self) -> bool:
        self.close_connection = True
        return True

    def log_message(self, *_: object) -> None:
        pass


class _Server(ThreadingHTTPServer):
    daemon_threads = True

    def handle_error(self, *_: object) -> None:
        """Say nothing of a client that goes away, or trusts no certificate."""


@contextmanager
def served(api: Api, tls: ssl.SSLContext | None = None) -> Iterator[Api]:
    """Serve on a port of this machine while the block runs."""
    server = _Server(("127.0.0.1", 0), type("Bound", (Handler,), {"api": api}))
    if tls:
        server.socket = tls.wrap_socket(server.socket, server_side=True, do_handshake_on_connect=False)
    thread = Thread(target=server.serve_forever, args=(0.05,))
    thread.start()
    api.url = f"{'https' if tls else 'http'}://127.0.0.1:{server.server_port}"
    try:
        yield api
    finally:
        server.shutdown()
        thread.join()
        server.server_close()


def kubeconfig(url: str, *, user: Any = None, cluster: Any = None, **context: Any) -> dict[str, Any]:
    """Return a kubeconfig of one context."""
    return {
        "apiVersion": "v1",
        "kind": "Config",
        "current-context": "here",
        "contexts": [{"name": "here", "context": {"cluster": "one", "user": "me", **context}}],
        "clusters": [{"name": "one", "cluster": {"server": url, **(cluster or {})}}],
        "users": [{"name": "me", "user": user or {}}],
    }
