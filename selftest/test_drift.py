"""Gates that somebody else changes during a run."""

from dataclasses import replace
from types import SimpleNamespace
from typing import Any, cast

import pytest

from kmc.fixtures.errors import ApiError
from kmc.fixtures.target import gates
from kmc.fixtures.target.gate_drift import explanation, moved_gates
from kmc.fixtures.target.gates import FEATURES, MULTI_CONTAINER, PROBING
from kmc.fixtures.target.settings import SYSTEM_NAMESPACE
from kmc.fixtures.target.target import Target
from kmc.fixtures.timeouts import Timeouts
from kmc.fixtures.versions import Releases
from selftest.cluster_double import Cluster
from selftest.kube_double import KubeDouble

RELEASE = Releases.named("1.15.2")


def target(declared: dict[str, str]) -> Any:
    """A target as preflight found it, with both gates that matter on."""
    found = gates.read({MULTI_CONTAINER: "Enabled", PROBING: "enabled"}, RELEASE)
    facts: Any = SimpleNamespace(gates=found, releases=RELEASE, system_namespace=SYSTEM_NAMESPACE)
    kube = Cluster(declared)
    return Target(facts, kube, http=cast("Any", None), timeouts=Timeouts(), lease=cast("Any", None))


def test_the_gates_that_moved_are_named() -> None:
    words = moved_gates(target({MULTI_CONTAINER: "disabled", PROBING: "ENABLED"}))
    assert words.endswith("while the suite ran: multi-container from 'Enabled' to 'disabled'")


@pytest.mark.parametrize("declared", [{PROBING: "Enabled"}, {MULTI_CONTAINER: "enabled", PROBING: "Enabled"}])
def test_what_means_the_same_has_not_moved(declared: dict[str, str]) -> None:
    assert moved_gates(target(declared)) == ""


def test_gates_that_can_not_be_read_explain_nothing() -> None:
    class Closed(KubeDouble):
        def find(self, *_: object) -> None:
            raise ApiError(403, "Forbidden", f"{SYSTEM_NAMESPACE}/{FEATURES}")

    closed: Any = Closed()
    assert moved_gates(replace(target({}), kube=closed)) == ""


@pytest.mark.parametrize("reverted", ["", "multi-container was set to 'disabled', and somebody else …"])
def test_failures_of_tests_that_change_gates_themselves_are_explained_by_a_change_of_theirs(reverted: str) -> None:
    moved = target({MULTI_CONTAINER: "disabled"})
    assert explanation({"service": None}, moved) == moved_gates(moved) != ""
    assert explanation({"gates": SimpleNamespace(reverted=lambda: reverted), "admission": None}, moved) == reverted
