"""How a run ends: its exit code, and what the journal says of it."""

from datetime import date
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

from kmc.fixtures.requirements import load
from kmc.fixtures.run import cleanup
from kmc.fixtures.run.baseline import Expected
from kmc.fixtures.run.run import Run
from kmc.fixtures.target import leases
from kmc.fixtures.timeouts import Timeouts
from kmc.reports.journal import read
from kmc.reports.records import Footer, Outcome
from selftest.report_examples import HEADER, check

LISTED = (Expected("MC-RTE-02", "why", "https://tracker.example/1", date(2026, 6, 1)),)


def begun(folder: Path, monkeypatch: pytest.MonkeyPatch, *, residue: list[str], baseline: tuple[Expected, ...]) -> Run:
    monkeypatch.setattr(cleanup, "release", lambda *_, **__: residue)
    monkeypatch.setattr(leases, "dead_runs", lambda *_: [])
    options: Any = SimpleNamespace(
        reports=folder, run="run", timeouts=Timeouts(), baseline=folder / "baseline.yaml" if baseline else None
    )
    target: Any = SimpleNamespace(kube=SimpleNamespace(set_user_agent=lambda _: None), lease=None, namespace="work")
    run = Run(options, load(), target=target, expected=baseline)
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
    run = begun(tmp_path, monkeypatch, residue=residue, baseline=baseline)
    run.journal.check(check("MC-RTE-02", outcome))
    assert run.end(pytests, interrupted=False) == expected
    footer = read(run.journal.path)[-1].entry
    assert isinstance(footer, Footer)
    assert footer.exit_code == expected
