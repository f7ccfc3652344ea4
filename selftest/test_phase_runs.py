"""A later phase of a run has its handover, and does not outlive the owner of the run."""

import os
import signal
import subprocess
import sys
from dataclasses import replace
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

from kmc.fixtures.errors import ApiUnavailable, NotObserved, Untestable
from kmc.fixtures.requirements import load
from kmc.fixtures.run import phase_runs
from kmc.fixtures.run.handover import Handover
from kmc.fixtures.run.phases import Phase
from kmc.fixtures.target.gates import INIT_CONTAINERS, PROBING
from kmc.reports.records import Check, Outcome, Planned
from selftest.handovers import handed_over

CHILD = """
import sys, time
from kmc.fixtures.run.phase_runs import receive
print(receive(int(sys.argv[1])).lease.run, flush=True)
time.sleep(60)
"""


def _start() -> tuple[subprocess.Popen[str], int]:
    reading, writing = os.pipe()
    process = subprocess.Popen(
        [sys.executable, "-c", CHILD, str(reading)],
        pass_fds=(reading,), process_group=0, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True,
    )  # fmt: skip
    os.close(reading)
    return process, writing


def test_a_phase_has_the_handover_and_ends_with_the_owner() -> None:
    process, writing = _start()
    with process:
        os.write(writing, handed_over().to_json().encode() + b"\n")
        assert process.stdout is not None
        assert process.stdout.readline() == "run\n"
        assert process.poll() is None
        os.close(writing)
        assert process.wait(timeout=20) == -signal.SIGINT


def test_a_phase_takes_no_module_of_the_user_s_folder_for_one_of_its_own(tmp_path: Path) -> None:
    (tmp_path / "yaml.py").write_text("raise RuntimeError('a module of somebody else is loaded')\n")
    words = ["--help", "--rootdir", str(tmp_path), "-p", "kmc.plugins"]
    config: Any = SimpleNamespace(
        invocation_params=SimpleNamespace(args=words, dir=tmp_path), pluginmanager=pytest.PytestPluginManager()
    )
    assert phase_runs._run_pytest(config, Phase({}), handed_over()) == 0  # noqa: SLF001


def config_of(terminal: SimpleNamespace) -> Any:
    return SimpleNamespace(get_terminal_writer=lambda: terminal)


def run_of(handover: Handover, checks: list[Check]) -> Any:
    """Return what stands for a run: its checks go to the list."""
    target, journal = SimpleNamespace(facts=handover.facts), SimpleNamespace(check=checks.append)
    return SimpleNamespace(handover=handover, requirements=load(), target=target, journal=journal)


@pytest.mark.parametrize("failing", ["set", "restore"])
def test_gates_that_can_not_be_switched_fail_their_phase_and_nothing_else(
    monkeypatch: pytest.MonkeyPatch, failing: str
) -> None:
    def fail(*_: Any) -> None:
        raise ApiUnavailable("the API server is away")

    lines: list[str] = []
    terminal = SimpleNamespace(line=lambda text="", **_: lines.append(text), sep=lambda *_: None)
    gates = {"set": lambda *_: None, "now": dict, "restore": lambda: None, failing: fail}
    monkeypatch.setattr(phase_runs, "Gates", lambda _: SimpleNamespace(**gates))
    monkeypatch.setattr(phase_runs, "_planned", lambda _: [Planned("MC-PRB-01", "test")])
    monkeypatch.setattr(phase_runs, "_run_pytest", lambda *_: 0)
    handover = handed_over()
    checks: list[Check] = []
    assert phase_runs.run_later_phases(config_of(terminal), run_of(handover, checks)) == [False]
    assert checks == []
    assert lines[-1] == "the gates could not be switched, or not be put back: the API server is away"


def test_what_needs_a_gate_that_the_target_ignores_has_failed_and_the_rest_of_the_phase_is_run(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    def fail(*_: Any) -> None:
        raise NotObserved("nothing changed within 30 s")

    terminal = SimpleNamespace(line=lambda *_, **__: None, sep=lambda *_: None)
    ignored: list[str] = [PROBING]
    gates = SimpleNamespace(set=fail, without_effect=lambda _: ignored, now=dict, restore=lambda: None)
    ran: list[tuple[str, ...]] = []

    def run_pytest(_config: Any, _phase: Any, handed: Handover) -> int:
        ran.append(handed.phases[handed.phase].requirements)
        return 0

    monkeypatch.setattr(phase_runs, "Gates", lambda _: gates)
    monkeypatch.setattr(phase_runs, "_planned", lambda _: [Planned("MC-PRB-01", "one"), Planned("MC-ADM-30", "two")])
    monkeypatch.setattr(phase_runs, "_run_pytest", run_pytest)
    phase = Phase({PROBING: True, INIT_CONTAINERS: False}, ("MC-ADM-30", "MC-PRB-01"))
    handover = replace(handed_over(), phases=(Phase(), phase))
    checks: list[Check] = []
    assert phase_runs.run_later_phases(config_of(terminal), run_of(handover, checks)) == [False]
    assert ran == [("MC-ADM-30",)]
    assert [(each.requirement, each.test, each.outcome) for each in checks] == [("MC-PRB-01", "one", Outcome.FAILED)]
    assert checks[0].cause == (
        f"{PROBING} was set to enabled in config-features, which has no effect: nothing changed within 30 s"
    )


def test_a_phase_whose_gates_are_set_back_is_untestable_with_the_cause(monkeypatch: pytest.MonkeyPatch) -> None:
    def fail(*_: Any) -> None:
        raise Untestable("the gate was set to 'enabled', and somebody else (operator) has set it to 'disabled'")

    terminal = SimpleNamespace(line=lambda *_, **__: None, sep=lambda *_: None)
    monkeypatch.setattr(phase_runs, "Gates", lambda _: SimpleNamespace(set=fail, now=dict, restore=lambda: None))
    monkeypatch.setattr(phase_runs, "_planned", lambda _: [Planned("MC-PRB-01", "one"), Planned("MC-ADM-30", "two")])
    handover = handed_over()
    checks: list[Check] = []
    assert phase_runs.run_later_phases(config_of(terminal), run_of(handover, checks)) == [False]
    assert [(each.requirement, each.outcome) for each in checks] == [("MC-PRB-01", Outcome.UNTESTABLE)]
    assert "somebody else (operator) has set it" in checks[0].cause
