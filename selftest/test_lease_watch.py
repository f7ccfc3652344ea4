"""Which runs are dead: told by what is seen of their leases, and by no clock but one's own."""

import json
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from threading import Event
from types import SimpleNamespace

import pytest
from click.testing import CliRunner

from kmc.fixtures.clients import kinds
from kmc.fixtures.clients.kube import Kube
from kmc.fixtures.errors import CallFailed
from kmc.fixtures.target import lease_watch, leases
from kmc.fixtures.target.lease_watch import LeaseWatch
from kmc.main import main
from selftest import api_double
from selftest.api_double import Api, unavailable


class Clock:
    """A monotonic clock that the test moves."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch) -> None:
        self.now = 1000.0
        monkeypatch.setattr(lease_watch, "time", SimpleNamespace(monotonic=lambda: self.now))


@pytest.fixture
def clock(monkeypatch: pytest.MonkeyPatch) -> Clock:
    return Clock(monkeypatch)


@pytest.fixture
def api() -> Iterator[Api]:
    with api_double.served(Api()) as served:
        yield served


@pytest.fixture
def kube(api: Api, tmp_path: Path) -> Kube:
    (tmp_path / "kubeconfig").write_text(json.dumps(api_double.kubeconfig(api.url, namespace="apps")))
    return Kube.connect(tmp_path / "kubeconfig", None, timeout=5, patience=0)


def watched(clock: Clock, looks: list[dict[str, str]], seconds: float) -> LeaseWatch:
    marks: dict[str, str] = {}
    watch = LeaseWatch(lambda: dict(marks))
    for look in looks:
        marks.clear()
        marks.update(look)
        watch.look()
        clock.now += seconds
    return watch


def test_a_lease_that_is_not_renewed_for_a_minute_is_of_a_dead_run(clock: Clock) -> None:
    assert watched(clock, [{"a": "1"}] * 7, 10).dead() == ["a"]
    assert watched(clock, [{"a": "1"}] * 6, 10).dead() == []


def test_a_lease_that_is_renewed_is_of_a_living_run_whatever_time_it_names(clock: Clock) -> None:
    marks = [{"a": (datetime.now(UTC) - timedelta(days=each)).isoformat()} for each in range(10)]
    watch = watched(clock, marks, 10)
    assert (watch.dead(), watch.undecided()) == ([], [])


def test_what_was_seen_before_the_watcher_slept_is_no_evidence(clock: Clock) -> None:
    watch = watched(clock, [{"a": "1"}] * 3, 10)
    clock.now += 3600
    watch.look()
    assert (watch.dead(), watch.undecided()) == ([], ["a"])


def test_a_lease_that_is_gone_is_not_watched_any_more(clock: Clock) -> None:
    assert watched(clock, [{"a": "1"}] * 6 + [{}], 10).dead() == []


def test_clean_says_that_it_watches_and_removes_the_dead_only(
    api: Api, kube: Kube, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(lease_watch, "EXPIRES_AFTER", 1.5)
    for run in ("dead", "alive"):
        leases.take(kube, "apps", run)
    monkeypatch.setattr(leases, "RENEW_EVERY", 0.2)
    with leases.renewing(kube, leases.Lease("alive", "apps", "1")):
        done = CliRunner().invoke(main, ["clean", "--kubeconfig", str(tmp_path / "kubeconfig")])
    assert done.exit_code == 0, done.output
    assert "s whether these runs are alive: alive, dead" in done.output
    assert "run dead: removed" in done.output
    assert [path.rpartition("/")[2] for path in api.objects] == ["kmc-alive"]


def test_clean_leaves_alone_what_waits_for_an_upgrade_unless_it_is_named(api: Api, kube: Kube, tmp_path: Path) -> None:
    leases.keep(kube, leases.take(kube, "apps", "left"))
    clean = ["clean", "--kubeconfig", str(tmp_path / "kubeconfig")]
    done = CliRunner().invoke(main, clean)
    assert (done.exit_code, list(api.objects)) == (0, ["/api/v1/namespaces/apps/configmaps/kmc-left"]), done.output
    assert "run left is left alone: its Services wait for an upgrade. Remove them with --run left" in done.output
    assert lease_watch.watch_namespace(kube, "apps").decide(print) == []
    done = CliRunner().invoke(main, [*clean, "--run", "left"])
    assert (done.exit_code, list(api.objects)) == (0, []), done.output


def test_clean_says_why_something_is_not_removed(api: Api, kube: Kube, tmp_path: Path) -> None:
    leases.take(kube, "apps", "one")
    api.answer = lambda handler: handler.command == "DELETE" and handler.refuse(403, "Forbidden", "no right")
    done = CliRunner().invoke(main, ["clean", "--kubeconfig", str(tmp_path / "kubeconfig"), "--run", "one"])
    assert done.exit_code == 1
    assert "still there: ConfigMap/kmc-one, since it could not be removed: HTTP 403 Forbidden: no right" in done.output


def test_a_run_whose_lease_is_removed_hears_of_it_once(kube: Kube, monkeypatch: pytest.MonkeyPatch, api: Api) -> None:
    monkeypatch.setattr(leases, "RENEW_EVERY", 0.05)
    lease = leases.take(kube, "apps", "one")
    lost = Event()
    with leases.renewing(kube, lease, on_lost=lost.set):
        api.answer = unavailable
        assert not lost.wait(0.3)
        api.answer = lambda _: False
        assert not leases.is_lost(kube, lease)
        kube.delete(kinds.CONFIG_MAP, "apps", lease.name)
        assert lost.wait(5)
    assert leases.is_lost(kube, lease)


def test_a_lease_taken_by_another_run_of_that_name_is_lost(kube: Kube) -> None:
    first = leases.take(kube, "apps", "one")
    kube.delete(kinds.CONFIG_MAP, "apps", first.name)
    second = leases.take(kube, "apps", "one")
    assert (leases.is_lost(kube, first), leases.is_lost(kube, second)) == (True, False)


def test_the_objects_of_a_run_are_not_those_of_one_whose_name_begins_alike(kube: Kube) -> None:
    for run in ("a", "ab"):
        leases.take(kube, "apps", run)
    assert leases.objects_of(kube, "apps", "a") == ["ConfigMap/kmc-a"]


def test_what_each_renewal_calls_may_fail(kube: Kube, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(leases, "RENEW_EVERY", 0.05)
    called: list[int] = []
    repeated = Event()

    def fail() -> None:
        called.append(1)
        if len(called) > 1:
            repeated.set()
        raise CallFailed("away")

    with leases.renewing(kube, leases.take(kube, "apps", "one"), each_time=fail):
        assert repeated.wait(5)
