"""How a run ends: its exit code, and what the journal says of it."""

import json
import signal
from contextlib import ExitStack
from datetime import date
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

from kmc.fixtures.clients.kube import Kube
from kmc.fixtures.requirements import load
from kmc.fixtures.run import cleanup
from kmc.fixtures.run.assignment import Assignment
from kmc.fixtures.run.baseline import Expected
from kmc.fixtures.run.owner import Owner
from kmc.fixtures.target import leases
from kmc.fixtures.target.lease_watch import LeaseWatch
from kmc.reports.journal import read
from kmc.reports.records import Footer, Outcome, Residue
from selftest import api_double
from selftest.handovers import handed_over
from selftest.report_examples import HEADER, check

LISTED = (Expected("MC-RTE-02", "why", "https://tracker.example/1", date(2026, 6, 1)),)


def begun(
    folder: Path, monkeypatch: pytest.MonkeyPatch, *, residue: list[str], expected: tuple[Expected, ...]
) -> Owner:
    monkeypatch.setattr(cleanup, "remove", lambda *_, **__: cleanup.Left(residue))
    handover = handed_over(reports=folder, baseline=folder / "baseline.yaml" if expected else None)
    api: Any = SimpleNamespace(close=lambda: None)
    kube = Kube(api, timeout=1.0, patience=0.0)
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
    warnings: list[str] = []
    assert run.end(pytests, interrupted=False, warn=warnings.append) == expected
    assert bool(warnings) == bool(residue)
    footer = read(run.journal.path)[-1].entry
    assert isinstance(footer, Footer)
    assert footer.exit_code == expected
    run.close()


@pytest.mark.parametrize("trouble", [api_double.unavailable, api_double.cut_before, None])
def test_a_run_ends_with_a_journal_where_nothing_can_be_removed(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, trouble: api_double.Fault | None
) -> None:
    """Where the API server is away, or the operator impatient: what is left is named, and what will remove it."""
    monkeypatch.setattr(leases, "RENEW_EVERY", 60.0)
    with api_double.served(api_double.Api()) as api:
        file = tmp_path / "kubeconfig"
        file.write_text(json.dumps(api_double.kubeconfig(api.url)))
        handover = handed_over(reports=tmp_path, kubeconfig=file)
        kube = Kube.connect(file, None, timeout=1, patience=0.5)
        if trouble is None:
            monkeypatch.setattr(cleanup, "wait_gone", lambda *_: signal.raise_signal(signal.SIGINT))
        else:
            api.answer = trouble
        run = Owner(handover, Assignment(handover.options, load(), ()), kube, ExitStack())
        run.journal.header(HEADER)
        warnings: list[str] = []
        assert run.end(0, interrupted=False, warn=warnings.append) == 1
        run.close()
    lease = handover.lease
    entries = [record.entry for record in read(run.journal.path)]
    assert entries[-2:] == [Residue((f"ConfigMap/{lease.name}",)), entries[-1]]
    assert isinstance(entries[-1], Footer)
    (warning,) = warnings
    assert f"Remove it with: kmc clean --run {lease.run} --namespace {lease.namespace} --kubeconfig {file}" in warning


def test_what_other_runs_left_does_not_count(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    run = begun(tmp_path, monkeypatch, residue=[], expected=())
    left = {"run": cleanup.Left(), "dead": cleanup.Left(["ConfigMap/kmc-dead"], "away")}
    monkeypatch.setattr(cleanup, "remove", lambda _, __, name, **___: left[name])
    monkeypatch.setattr(LeaseWatch, "dead", lambda _: ["dead"])
    warnings: list[str] = []
    assert run.end(0, interrupted=False, warn=warnings.append) == 0
    (warning,) = warnings
    assert warning.startswith("run dead has left behind: ConfigMap/kmc-dead (away)\nRemove it with: kmc clean")
    run.close()
