"""Calls to an API server that is busy, restarting, or cut off: repeated where that is right, and only there."""

import json
import random
import time
from collections.abc import Iterator
from itertools import groupby
from pathlib import Path

import pytest
from tenacity import wait_none

from kmc.fixtures.clients import kinds, retries
from kmc.fixtures.clients import kube as client
from kmc.fixtures.clients.kube import Kube
from kmc.fixtures.clients.logs import LogFollower
from kmc.fixtures.errors import ApiError, ApiUnavailable
from selftest import api_double
from selftest.api_double import Api, busy, cut_after, cut_before, timed_out_after, unavailable, webhook_down

LABELS = {"kmc.dev/run": "one"}
MAP = {"metadata": {"name": "map", "labels": LABELS}, "data": {"key": "value"}}
PATH = "/api/v1/namespaces/apps/configmaps"
ONCE = [busy, webhook_down, unavailable, cut_before]
LOST = [cut_after, timed_out_after]


@pytest.fixture
def api(monkeypatch: pytest.MonkeyPatch) -> Iterator[Api]:
    monkeypatch.setattr(retries, "_PAUSES", wait_none())
    with api_double.served(Api()) as served:
        yield served


@pytest.fixture
def kube(api: Api, tmp_path: Path) -> Kube:
    file = tmp_path / "kubeconfig"
    file.write_text(json.dumps(api_double.kubeconfig(api.url)))
    return Kube.connect(file, None, timeout=5, patience=5)


@pytest.mark.parametrize("fault", [*ONCE, *LOST])
def test_every_call_is_answered_in_the_end(api: Api, kube: Kube, fault: api_double.Fault) -> None:
    api.next_faults = [fault]
    created = kube.create(kinds.CONFIG_MAP, "apps", MAP).object
    assert (created["metadata"]["uid"], api.creations) == ("0", 1)
    api.next_faults = [fault]
    assert [each["data"] for each in kube.list(kinds.CONFIG_MAP, "apps")] == [{"key": "value"}]
    api.next_faults = [fault]
    assert kube.patch(kinds.CONFIG_MAP, "apps", "map", {"data": {"key": "other"}}).object["data"] == {"key": "other"}
    api.next_faults = [fault]
    assert kube.delete(kinds.CONFIG_MAP, "apps", "map")
    assert kube.delete(kinds.CONFIG_MAP, "apps", "map") is False


def test_the_api_server_is_asked_for_labels_and_fields(api: Api, kube: Kube) -> None:
    kube.list(kinds.CONFIG_MAP, "apps", {"one": "1", "any": None}, fields="metadata.name!=map")
    assert api.calls == [f"GET {PATH}?labelSelector=one%3D1%2Cany&fieldSelector=metadata.name%21%3Dmap&limit=500"]


@pytest.mark.parametrize("fault", ONCE)
def test_many_objects_are_listed_page_by_page(
    api: Api, kube: Kube, fault: api_double.Fault, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(client, "_PAGE", "2")
    names = [f"map-{number}" for number in range(5)]
    for name in names:
        kube.create(kinds.CONFIG_MAP, "apps", {"metadata": {"name": name}})
    api.calls.clear()
    api.next_faults = [lambda _: False, fault]
    assert [each["metadata"]["name"] for each in kube.list(kinds.CONFIG_MAP, "apps")] == names
    pages = [f"GET {PATH}?limit=2", *[f"GET {PATH}?limit=2&continue={start}" for start in (2, 4)]]
    assert [call for call, _ in groupby(api.calls)] == pages


@pytest.mark.parametrize("fault", LOST)
def test_a_creation_whose_answer_was_lost_is_looked_up_and_not_repeated(
    api: Api, kube: Kube, fault: api_double.Fault
) -> None:
    api.next_faults = [fault]
    kube.create(kinds.CONFIG_MAP, "apps", MAP)
    assert api.calls == [f"POST {PATH}", f"GET {PATH}/map"]


def test_a_creation_that_may_have_happened_and_did_not_is_repeated(api: Api, kube: Kube) -> None:
    api.next_faults = [cut_before]
    kube.create(kinds.CONFIG_MAP, "apps", MAP)
    assert api.calls == [f"POST {PATH}", f"GET {PATH}/map", f"POST {PATH}"]


def test_what_others_have_created_is_not_taken_for_ones_own(api: Api, kube: Kube) -> None:
    kube.create(kinds.CONFIG_MAP, "apps", {"metadata": {"name": "map", "labels": {"kmc.dev/run": "other"}}})
    api.next_faults = [cut_before]
    with pytest.raises(ApiError, match="AlreadyExists"):
        kube.create(kinds.CONFIG_MAP, "apps", MAP)


def test_a_change_bound_to_a_version_is_not_taken_for_a_conflict_with_itself(api: Api, kube: Kube) -> None:
    kube.create(kinds.CONFIG_MAP, "apps", MAP)
    api.next_faults = [cut_after]
    change = {"metadata": {"resourceVersion": "1", "annotations": {"by": "me", "old": None}}, "data": {"key": "other"}}
    assert kube.patch(kinds.CONFIG_MAP, "apps", "map", change).object["metadata"]["resourceVersion"] == "2"
    assert [call.split()[0] for call in api.calls] == ["POST", "PATCH", "GET"]


def test_a_change_bound_to_a_version_meets_the_change_of_somebody_else(api: Api, kube: Kube) -> None:
    kube.create(kinds.CONFIG_MAP, "apps", MAP)
    kube.patch(kinds.CONFIG_MAP, "apps", "map", {"data": {"key": "theirs"}})
    api.next_faults = [cut_before]
    with pytest.raises(ApiError, match="Conflict"):
        kube.patch(kinds.CONFIG_MAP, "apps", "map", {"metadata": {"resourceVersion": "1"}, "data": {"key": "mine"}})


@pytest.mark.parametrize(
    ("path", "made"), [("/data/key", 2), ("/data/-", 1), ("/data/0", 1)], ids=["member", "append", "insert"]
)
def test_a_json_patch_is_repeated_only_where_twice_is_the_same_as_once(
    api: Api, kube: Kube, path: str, made: int
) -> None:
    kube.create(kinds.CONFIG_MAP, "apps", MAP)
    api.next_faults = [cut_after]
    change = [{"op": "add", "path": path, "value": "x"}]
    if made == 1:
        with pytest.raises(ApiUnavailable):
            kube.patch(kinds.CONFIG_MAP, "apps", "map", change)
    else:
        kube.patch(kinds.CONFIG_MAP, "apps", "map", change)
    assert len([call for call in api.calls if call.startswith("PATCH")]) == made


def test_a_dry_run_is_repeated_without_a_look(api: Api, kube: Kube) -> None:
    api.next_faults = [cut_after]
    kube.create(kinds.CONFIG_MAP, "apps", MAP, dry_run=True)
    assert api.calls == [f"POST {PATH}?dryRun=All"] * 2


@pytest.mark.parametrize(("status", "reason"), [(400, "BadRequest"), (403, "Forbidden"), (422, "Invalid")])
def test_an_answer_of_the_server_is_not_asked_for_again(api: Api, kube: Kube, status: int, reason: str) -> None:
    api.answer = lambda handler: handler.refuse(status, reason, "no")
    with pytest.raises(ApiError, match=f"HTTP {status} {reason}: no"):
        kube.create(kinds.CONFIG_MAP, "apps", MAP)
    assert len(api.calls) == 1


def test_the_server_is_left_alone_for_as_long_as_it_asks(api: Api, kube: Kube) -> None:
    def wait_one(handler: api_double.Handler) -> bool:
        return handler.say(503, {"message": "shutting down"}, {"Retry-After": "1"})

    api.next_faults = [wait_one]
    start = time.monotonic()
    kube.list(kinds.CONFIG_MAP, "apps")
    assert time.monotonic() - start >= 1


def test_what_stays_unanswered_says_what_came_last(api: Api, kube: Kube) -> None:
    kube.patience = 0.5
    api.answer = unavailable
    with pytest.raises(ApiUnavailable, match=r"no answer .*asked \d+ times in \d s; .*503 .*leader changed"):
        kube.list(kinds.CONFIG_MAP, "apps")


@pytest.mark.parametrize("seed", range(3))
def test_a_server_that_fails_every_third_call_gets_all_done_once(api: Api, kube: Kube, seed: int) -> None:
    api.share, api.chance = 0.33, random.Random(seed)  # noqa: S311 - so that it can be repeated
    names = [f"map-{number}" for number in range(30)]
    for name in names:
        kube.create(kinds.CONFIG_MAP, "apps", {"metadata": {"name": name, "labels": LABELS}})
        kube.patch(kinds.CONFIG_MAP, "apps", name, {"data": {"n": name}})
    found = kube.list(kinds.CONFIG_MAP, "apps")
    assert [each["data"]["n"] for each in found] == sorted(names)
    assert api.creations == len(names)
    assert [kube.delete(kinds.CONFIG_MAP, "apps", name) for name in names] == [True] * len(names)
    assert api.objects == {}


@pytest.mark.parametrize(
    ("code", "page", "headers"),
    [
        (200, "<html>Sign in</html>", {}),
        (302, "<html>Found</html>", {"Location": "https://login.example"}),
        (403, "<html>Forbidden</html>", {}),
        (404, "<html>Not found</html>", {}),
    ],
)
def test_a_login_page_is_no_api_server(api: Api, kube: Kube, code: int, page: str, headers: dict[str, str]) -> None:
    api.answer = lambda handler: handler.say(code, page, headers)
    with pytest.raises(ApiUnavailable, match="is not a Kubernetes API server: GET /version") as caught:
        kube.server_version()
    assert headers.get("Location", page) in str(caught.value)
    assert len(api.calls) == 1


def test_other_text_is_no_api_server_either(api: Api, kube: Kube) -> None:
    api.answer = lambda handler: handler.say(200, ["no object"])
    with pytest.raises(ApiUnavailable, match="is not a Kubernetes API server"):
        kube.server_version()


def test_a_log_that_begins_as_html_does_is_a_log(api: Api, kube: Kube) -> None:
    def log(handler: api_double.Handler) -> bool:
        handler.send_response(200)
        handler.send_header("Content-Type", "text/plain")
        handler.send_header("Content-Length", "6")
        handler.end_headers()
        handler.wfile.write(b"<html>")
        return True

    api.answer = log
    assert kube.logs("apps", "pod", "app") == "<html>"
    assert LogFollower(kube, "apps", "pod", "app").text() == "<html>"


def test_a_log_that_breaks_off_is_not_taken_for_whole(api: Api, kube: Kube) -> None:
    def log(handler: api_double.Handler) -> bool:
        handler.send_response(200)
        handler.send_header("Content-Length", "60")
        handler.end_headers()
        handler.wfile.write(b"begin")
        return handler.hang_up()

    api.answer = log
    with pytest.raises(ApiUnavailable, match="broke off"):
        LogFollower(kube, "apps", "pod", "app").text()
