"""How a run ends: its exit code, and what the journal says of it."""

from contextlib import ExitStack
from datetime import date
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

from kmc.fixtures.errors import ApiUnavailable
from kmc.fixtures.requirements import load
from kmc.fixtures.run import cleanup
from kmc.fixtures.run.assignment import Assignment
from kmc.fixtures.run.baseline import Expected
from kmc.fixtures.run.owner import Owner
from kmc.fixtures.target import leases
from kmc.reports.journal import read
from kmc.reports.records import Footer, Outcome, Residue
from selftest.handovers import handed_over
from selftest.report_examples import HEADER, check

LISTED = (Expected("MC-RTE-02", "why", "https://tracker.example/1", date(2026, 6, 1)),)


def begun(
    folder: Path, monkeypatch: pytest.MonkeyPatch, *, residue: list[str], expected: tuple[Expected, ...]
) -> Owner:
    monkeypatch.setattr(cleanup, "release", lambda *_, **__: residue)
    monkeypatch.setattr(leases, "dead_runs", lambda *_: [])
    handover = handed_over(reports=folder, baseline=folder / "baseline.yaml" if expected else None)
    kube: Any = SimpleNamespace(close=lambda: None)
    run = Owner(handover, Assignment(handover.options, load(), expected), kube, ExitStack())
    run.journal.header(HEADER)
    return run


@pytest.mark.parametrize(
    ("outcome", "pytests", "residue", "baseline", "expected"),
    [
        (Outcome.PASSED, 0, [], (), 0),
        (Outcome.PASSED, 0, ["Pod/a"], (), 1),
        (Outcome.FAILED, 1, [], (), 1),
        (Outcome.FAILED, 1, [], LISTED, 0),
        (Outcome.FAILED, 1, ["Pod/a"], LISTED, 1),
        (Outcome.ERROR, 1, [], LISTED, 1),
        (Outcome.PASSED, 0, [], LISTED, 1),
        (Outcome.FAILED, 2, [], LISTED, 2),
    ],
)
def test_the_exit_code_counts_residue_and_forgives_what_is_listed(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, outcome: Outcome, pytests: int, residue: list[str],
    baseline: tuple[Expected, ...], expected: int,
) -> None:  # fmt: skip
    run = begun(tmp_path, monkeypatch, residue=residue, expected=baseline)
    run.journal.check(check("MC-RTE-02", outcome))
    assert run.end(pytests, interrupted=False, warn=pytest.fail) == expected
    footer = read(run.journal.path)[-1].entry
    assert isinstance(footer, Footer)
    assert footer.exit_code == expected
    run.close()


def away(*_: Any, **__: Any) -> Any:
    raise ApiUnavailable("the API server is away")


def test_an_api_server_that_is_away_at_the_end_costs_no_report(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    run = begun(tmp_path, monkeypatch, residue=[], expected=())
    monkeypatch.setattr(cleanup, "release", away)
    warnings: list[str] = []
    assert run.end(0, interrupted=False, warn=warnings.append) == 1
    residue, footer = [record.entry for record in read(run.journal.path)][-2:]
    assert (residue, isinstance(footer, Footer)) == (Residue(("ConfigMap/kmc-run",)), True)
    assert warnings == [
        "this run could not be removed: the API server is away\nRemove it with kmc clean --namespace work --run run"
    ]
    run.close()


def test_what_other_runs_left_does_not_count(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    run = begun(tmp_path, monkeypatch, residue=[], expected=())
    monkeypatch.setattr(leases, "dead_runs", away)
    warnings: list[str] = []
    assert run.end(0, interrupted=False, warn=warnings.append) == 0
    (warning,) = warnings
    assert warning.startswith("what runs that died left could not be removed: the API server is away\n")
    assert warning.endswith("Remove it with kmc clean --namespace work")
    run.close()
