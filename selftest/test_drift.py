"""Gates that somebody else changes during a run."""

from types import SimpleNamespace
from typing import Any

import pytest

from fixtures import gates
from fixtures.drift import explanation, moved_gates
from fixtures.gates import FEATURES, MULTI_CONTAINER, PROBING, SYSTEM_NAMESPACE
from fixtures.kube import ApiError
from fixtures.versions import Version
from selftest.cluster_double import Cluster

RELEASE = Version(1, 15)


def target(declared: dict[str, str]) -> Any:
    """A target as preflight found it, with both gates that matter on."""
    found = gates.read({MULTI_CONTAINER: "Enabled", PROBING: "enabled"}, RELEASE)
    return SimpleNamespace(kube=Cluster(declared), facts=SimpleNamespace(gates=found, version=RELEASE))


def call(error: BaseException | None) -> Any:
    return SimpleNamespace(excinfo=error and SimpleNamespace(value=error))


def test_the_gates_that_moved_are_named() -> None:
    words = moved_gates(target({MULTI_CONTAINER: "disabled", PROBING: "ENABLED"}))
    assert words.endswith("while the suite ran: multi-container from 'Enabled' to 'disabled'")


@pytest.mark.parametrize("declared", [{PROBING: "Enabled"}, {MULTI_CONTAINER: "enabled", PROBING: "Enabled"}])
def test_what_means_the_same_has_not_moved(declared: dict[str, str]) -> None:
    assert moved_gates(target(declared)) == ""


def test_gates_that_can_not_be_read_explain_nothing() -> None:
    class Closed:
        def find(self, *_: object) -> None:
            raise ApiError(403, "Forbidden", f"{SYSTEM_NAMESPACE}/{FEATURES}")

    there = target({})
    there.kube = Closed()
    assert moved_gates(there) == ""


@pytest.mark.parametrize(
    ("error", "fixtures", "explained"),
    [
        (AssertionError("no"), ["service"], True),
        (AssertionError("no"), ["gates", "admission"], False),
        (KeyError("no"), ["service"], False),
        (None, ["service"], False),
    ],
)
def test_only_failures_of_tests_that_leave_gates_alone_are_explained(
    error: BaseException | None, fixtures: list[str], *, explained: bool
) -> None:
    item: Any = SimpleNamespace(fixturenames=fixtures)
    assert bool(explanation(item, call(error), target({MULTI_CONTAINER: "disabled"}))) == explained
