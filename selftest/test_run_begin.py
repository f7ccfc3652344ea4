"""How a run begins: what was opened is closed again where it can't."""

from contextlib import nullcontext
from dataclasses import replace
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

from kmc.fixtures.clients.endpoint import Endpoint
from kmc.fixtures.errors import ApiError, NoAccess, PreflightFailed
from kmc.fixtures.requirements import load
from kmc.fixtures.run import owner, preflight
from kmc.fixtures.run.access import Access
from kmc.fixtures.run.assignment import Assignment
from kmc.fixtures.run.options import Options
from kmc.fixtures.target import leases
from kmc.fixtures.target.leases import Lease
from kmc.reports.journal import read
from kmc.reports.records import Header, TargetFacts
from selftest.facts import made_up
from selftest.handovers import OPTIONS

GIVEN_BACK: list[str] = []
ACCESS = Access(
    place="a place",
    kubeconfig=OPTIONS.lock / "kubeconfig",
    namespace="theirs",
    registry="registry.local",
    image_lock=OPTIONS.lock / "lock",
    end=lambda: GIVEN_BACK.append("access"),
)


def connected(_: Options) -> Any:
    """Stand for the connection to an API server."""
    api = SimpleNamespace(verified=True)
    return SimpleNamespace(api=api, credential=None, close=lambda: None, context_namespace="default")


def begin(monkeypatch: pytest.MonkeyPatch, options: Options = OPTIONS) -> Options:
    """Begin a run that gets no further than its first connection; return what it would have connected with."""
    asked: list[Options] = []

    def refuse(options: Options) -> Any:
        asked.append(options)
        raise NoAccess("no way in")

    monkeypatch.setattr(owner, "connect", refuse)
    config: Any = SimpleNamespace()
    with pytest.raises(PreflightFailed, match="no way in"):
        owner.begin(Assignment(options, load()), config, ACCESS)
    return asked[0]


def test_access_is_given_back_where_the_target_can_not_be_judged(monkeypatch: pytest.MonkeyPatch) -> None:
    GIVEN_BACK.clear()
    begin(monkeypatch)
    assert GIVEN_BACK == ["access"]


def test_the_access_that_is_provided_counts_but_for_a_namespace_that_was_chosen(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    used = begin(monkeypatch)
    assert (used.kubeconfig, used.namespace, used.registry) == (ACCESS.kubeconfig, "apps", "registry.local")
    assert used.place == "a place"


def test_what_was_settled_is_in_the_handover_and_in_the_report(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, pytestconfig: pytest.Config
) -> None:
    lease = Lease("run", "apps", "uid")
    canary = SimpleNamespace(check=lambda: Endpoint("192.0.2.9", 8080, "canary"))
    monkeypatch.setattr(owner, "connect", connected)
    monkeypatch.setattr(preflight, "inspect", lambda *_: made_up())
    monkeypatch.setattr(leases, "take", lambda *_: lease)
    monkeypatch.setattr(leases, "renewing", lambda *_, **__: nullcontext())
    monkeypatch.setattr(owner, "Canary", lambda *_: canary)
    GIVEN_BACK.clear()
    run = owner.begin(Assignment(replace(OPTIONS, reports=tmp_path), load()), pytestconfig, ACCESS)
    header, target = (record.entry for record in read(run.journal.path))
    assert isinstance(header, Header)
    assert isinstance(target, TargetFacts)
    assert (header.options["place"], header.options["registry"]) == ("a place", "registry.local")
    assert target.ingress.endpoint == run.handover.facts.ingress.endpoint == "192.0.2.9:8080"
    assert (run.handover.lease, run.handover.phase) == (lease, 0)
    assert GIVEN_BACK == []
    run.close()
    assert GIVEN_BACK == ["access"]


def test_a_lease_that_can_not_be_taken_is_no_bug_of_the_suite(
    monkeypatch: pytest.MonkeyPatch, pytestconfig: pytest.Config
) -> None:
    def refuse(*_: Any) -> None:
        raise ApiError(403, "Forbidden", "exceeded quota: configmaps")

    monkeypatch.setattr(owner, "connect", connected)
    monkeypatch.setattr(preflight, "inspect", lambda *_: made_up())
    monkeypatch.setattr(leases, "take", refuse)
    with pytest.raises(PreflightFailed, match="exceeded quota: configmaps"):
        owner.begin(Assignment(OPTIONS, load()), pytestconfig, None)
