"""How a run begins: what was opened is closed again where it can't."""

from types import SimpleNamespace
from typing import Any

import pytest

from kmc.fixtures.errors import NoAccess, PreflightFailed
from kmc.fixtures.requirements import load
from kmc.fixtures.run import owner
from kmc.fixtures.run.access import Access
from kmc.fixtures.run.assignment import Assignment
from kmc.fixtures.run.options import Options
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
    assert (used.kubeconfig, used.namespace, used.registry) == (ACCESS.kubeconfig, "work", "registry.local")
    assert used.place == "a place"
