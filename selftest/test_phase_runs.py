"""A later phase of a run has its handover, and does not outlive the owner of the run."""

import os
import signal
import subprocess
import sys
from types import SimpleNamespace
from typing import Any

import pytest

from kmc.fixtures.errors import ApiUnavailable
from kmc.fixtures.requirements import load
from kmc.fixtures.run import phase_runs
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
    monkeypatch.setattr(phase_runs, "_planned", lambda _: {"MC-PRB-01"})
    monkeypatch.setattr(phase_runs, "_run_pytest", lambda *_: 0)
    handover = handed_over()
    run: Any = SimpleNamespace(handover=handover, requirements=load(), target=SimpleNamespace(facts=handover.facts))
    config: Any = SimpleNamespace(get_terminal_writer=lambda: terminal)
    assert phase_runs.run_later_phases(config, run) == [False]
    assert lines[-1] == "the gates could not be switched, or not be put back: the API server is away"
