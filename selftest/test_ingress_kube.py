import asyncio
import json
from collections.abc import AsyncIterator, Callable
from pathlib import Path

import httpx
import pytest
import yaml

from kmc.clusters.embedded.ingress import kube
from kmc.clusters.embedded.ingress.kube import SERVICES, Mirror, connect, patch_status
from kmc.clusters.embedded.ingress.objects import Json
from selftest.ingress_samples import service, simple


def versioned(name: str, version: str) -> Json:
    item = service(name)
    item["metadata"]["resourceVersion"] = version
    return item


class FakeApi:
    """Answers lists from `lists` and watches from `watches`, one after the other; then watches stay silent."""

    def __init__(self, lists: list[list[Json]], watches: list[list[Json] | int | httpx.HTTPError]) -> None:
        self.lists, self.watches = lists, watches
        self.watched_from: list[str] = []
        self.idle = asyncio.Event()

    async def answer(self, request: httpx.Request) -> httpx.Response:
        if "watch" not in request.url.params:
            return httpx.Response(200, json={"metadata": {"resourceVersion": "10"}, "items": self.lists.pop(0)})
        self.watched_from.append(request.url.params["resourceVersion"])
        if not self.watches:
            self.idle.set()
            await asyncio.Event().wait()
        watch = self.watches.pop(0)
        if isinstance(watch, int):
            return httpx.Response(watch)
        if isinstance(watch, httpx.HTTPError):
            raise watch
        return httpx.Response(200, content=_lines(watch))


async def _lines(events: list[Json]) -> AsyncIterator[bytes]:
    for event in events:
        yield json.dumps(event).encode() + b"\n"


def follow(lists: list[list[Json]], watches: list[list[Json] | int | httpx.HTTPError]) -> tuple[Mirror, FakeApi]:
    """Follow until the fake has nothing more to tell."""

    async def run() -> tuple[Mirror, FakeApi]:
        fake = FakeApi(lists, watches)
        async with httpx.AsyncClient(transport=httpx.MockTransport(fake.answer), base_url="http://api") as api:
            mirror = Mirror(api, SERVICES, asyncio.Event())
            task = asyncio.create_task(mirror.follow())
            await asyncio.wait_for(fake.idle.wait(), 5)
            task.cancel()
        return mirror, fake

    return asyncio.run(run())


@pytest.fixture(autouse=True)
def _quickly(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(kube, "RETRY_SECONDS", 0.01)


def test_events_change_the_mirror_and_the_next_watch_goes_on_from_them() -> None:
    events = [
        {"type": "ADDED", "object": versioned("b", "11")},
        {"type": "MODIFIED", "object": versioned("b", "12")},
        {"type": "DELETED", "object": versioned("a", "13")},
        {"type": "BOOKMARK", "object": {"metadata": {"resourceVersion": "20"}}},
    ]
    mirror, fake = follow([[versioned("a", "9")]], [events])
    assert mirror.objects == {"ns/b": versioned("b", "12")}
    assert fake.watched_from == ["10", "20"]


EXPIRED: list[Json] = [{"type": "ERROR", "object": {"code": 410, "message": "too old resource version"}}]


@pytest.mark.parametrize("gone", [410, EXPIRED])
def test_a_watch_that_is_too_old_starts_over_with_a_list(gone: list[Json] | int) -> None:
    mirror, fake = follow([[versioned("a", "9")], [versioned("c", "30")]], [gone])
    assert list(mirror.objects) == ["ns/c"]
    assert fake.watched_from == ["10", "10"]
    assert fake.lists == []


def test_a_server_that_is_away_is_asked_again_from_the_same_place() -> None:
    away: list[list[Json] | int | httpx.HTTPError] = [
        [{"type": "ADDED", "object": versioned("b", "11")}],
        httpx.ConnectError("refused"),
        503,
    ]
    mirror, fake = follow([[]], away)
    assert list(mirror.objects) == ["ns/b"]
    assert fake.watched_from == ["10", "11", "11", "11"]


def patched(answer: Callable[[httpx.Request], httpx.Response]) -> None:
    async def run() -> None:
        async with httpx.AsyncClient(transport=httpx.MockTransport(answer), base_url="http://api") as api:
            await patch_status(api, simple("app", "h", "app"), {"observedGeneration": 1})

    asyncio.run(run())


def test_a_status_goes_to_the_status_of_its_ingress() -> None:
    def answer(request: httpx.Request) -> httpx.Response:
        path = "/apis/networking.internal.knative.dev/v1alpha1/namespaces/ns/ingresses/app/status"
        assert (request.method, request.url.path) == ("PATCH", path)
        assert json.loads(request.content) == {"status": {"observedGeneration": 1}}
        return httpx.Response(200)

    patched(answer)


def test_the_status_of_a_deleted_ingress_is_no_error_and_a_refusal_is() -> None:
    patched(lambda _: httpx.Response(404))
    with pytest.raises(httpx.HTTPStatusError, match=r"ingresses/app/status was answered 403: not yours"):
        patched(lambda _: httpx.Response(403, text="not yours"))


def test_a_kubeconfig_tells_server_and_token(tmp_path: Path) -> None:
    path = tmp_path / "config"
    content = {
        "current-context": "c",
        "contexts": [{"name": "c", "context": {"cluster": "k", "user": "u"}}],
        "clusters": [{"name": "k", "cluster": {"server": "http://127.0.0.1:1"}}],
        "users": [{"name": "u", "user": {"token": "secret"}}],
    }
    path.write_text(yaml.safe_dump(content))
    api = connect(path)
    assert str(api.base_url) == "http://127.0.0.1:1"
    assert api.headers["authorization"] == "Bearer secret"
