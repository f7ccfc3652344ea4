"""What is made of a broken Knative: which tests are run, what counts as a kill, and where that is kept and shown."""

import json
import sys
from dataclasses import replace
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
from click.testing import CliRunner

from kmc.commands import kills
from kmc.fixtures.plugin.recording import Recording
from kmc.fixtures.plugin.state import RECORDING
from kmc.fixtures.requirements import load as requirements
from kmc.main import main as kmc
from kmc.reports.records import Outcome
from selftest.broken import faults, one_by_one, page
from selftest.broken.faults import Edit, Fault
from selftest.broken.matrix import Matrix
from selftest.broken.runs import Interrupted, Judged, judge_each

PYTHON = sys.executable
EDIT = Edit("pkg/x/x.go", "return 1", "return 2")
FAULT = Fault("Doubles", "webhook", "One is two.", [EDIT], ("MC-LOC-01",))


@pytest.mark.parametrize(
    ("outcomes", "kills", "state"),
    [
        ({"MC-LOC-01": "failed", "MC-LOC-02": "warned"}, ["MC-LOC-01", "MC-LOC-02"], "killed"),
        ({"MC-LOC-01": "passed", "MC-LOC-02": "failed"}, ["MC-LOC-02"], "killed elsewhere"),
        ({"MC-LOC-01": "error", "MC-LOC-02": "untestable"}, [], "survived"),
        ({"MC-LOC-01": "passed", "MC-LOC-08": "warned"}, [], "survived"),
        ({}, [], "survived"),
    ],
)
def test_only_what_passes_without_the_fault_can_kill_it(outcomes: dict[str, str], kills: list[str], state: str) -> None:
    matrix = Matrix("1.23", healthy={"MC-LOC-01": "passed", "MC-LOC-02": "passed", "MC-LOC-08": "warned"})
    seen = matrix.note(FAULT, Judged(outcomes))
    assert (seen.kills, seen.state, matrix.knows(FAULT)) == (kills, state, state == "killed")


def test_a_fault_that_names_others_now_is_not_known() -> None:
    matrix = Matrix("1.23", healthy={"MC-LOC-01": "passed"})
    matrix.note(FAULT, Judged({"MC-LOC-01": "failed"}))
    assert not matrix.knows(Fault("Doubles", "webhook", "", [EDIT], ("MC-LOC-02",)))


def test_two_runs_agree_where_their_kills_are_the_same() -> None:
    matrix = Matrix("1.23", healthy={"MC-LOC-01": "passed", "MC-LOC-02": "passed"})
    agree = []
    for outcomes in ({"MC-LOC-01": "failed"}, {"MC-LOC-01": "warned"}, {"MC-LOC-01": "failed", "MC-LOC-02": "failed"}):
        matrix.note(FAULT, Judged(outcomes))
        agree.append(matrix.agrees(FAULT))
    assert agree == [False, True, False]


def test_what_passed_on_another_build_counts_no_more(tmp_path: Path) -> None:
    file = tmp_path / "kill-matrix.json"
    Matrix("1.23", "one", {"MC-LOC-01": "passed"}).write(file)
    matrix = Matrix.read("1.23", file)
    matrix.use("one")
    assert matrix.healthy
    matrix.use("two")
    assert not matrix.healthy


def test_what_is_declared_no_longer_is_forgotten() -> None:
    matrix = Matrix("1.23", healthy={"MC-LOC-01": "passed"})
    for each in (FAULT, replace(FAULT, name="Unseen"), replace(FAULT, name="Gone")):
        matrix.note(each, Judged({"MC-LOC-01": "failed"}))
    matrix.keep([FAULT, replace(FAULT, name="Unseen", must=(), unseen="It makes no sound.")])
    assert list(matrix.faults) == ["Doubles"]


def test_the_matrices_of_releases_are_kept_side_by_side(tmp_path: Path) -> None:
    file = tmp_path / "kill-matrix.json"
    for release in ("1.15", "1.23"):
        matrix = Matrix.read(release, file)
        matrix.healthy["MC-LOC-01"] = "passed"
        matrix.note(FAULT, Judged({"MC-LOC-01": "failed"}))
        matrix.write(file)
    assert Matrix.read("1.15", file).faults["Doubles"].state == "killed"
    assert sorted(json.loads(file.read_text())) == ["1.15", "1.23"]


def test_a_requirement_shows_by_what_it_was_seen_to_fail(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(kills, "FILE", tmp_path / "kill-matrix.json")
    matrix = Matrix("1.23", healthy={"MC-LOC-01": "passed"})
    matrix.note(FAULT, Judged({"MC-LOC-01": "failed"}, {"MC-LOC-01": "expected 1, got 2"}))
    matrix.write(kills.FILE)
    shown = CliRunner().invoke(kmc, ["requirements", "show", "MC-LOC-01", "--format", "json"])
    assert json.loads(shown.output)["seen to fail where"] == ["One is two. (webhook of 1.23): expected 1, got 2"]


class Hook:
    """Runs a test by giving it the outcome that is planned for it."""

    def __init__(self, *planned: Outcome) -> None:
        self.planned = list(planned)
        self.last: list[bool] = []

    def pytest_runtest_protocol(self, item: Any, nextitem: Any) -> None:
        recorded = item.stash[RECORDING]
        recorded.outcome = self.planned.pop(0)
        recorded.cause = "" if recorded.outcome is Outcome.PASSED else "expected 1, got 2"
        self.last.append(nextitem is None)


def session(*planned: Outcome, tests: str = "MC-LOC-01 MC-LOC-01 MC-LOC-08") -> Any:
    known = requirements()
    items = [SimpleNamespace(stash={RECORDING: Recording([known[each]])}) for each in tests.split()]
    left: list[Any] = []
    setup = SimpleNamespace(teardown_exact=left.append, left=left)
    return SimpleNamespace(items=items, config=SimpleNamespace(hook=Hook(*planned)), _setupstate=setup)


def test_a_requirement_is_red_where_one_of_its_tests_is() -> None:
    one = session(Outcome.PASSED, Outcome.FAILED, Outcome.FAILED)
    both = Fault("Doubles", "webhook", "", [EDIT], ("MC-LOC-01",), ("MC-LOC-08",))
    judged = one_by_one.run(one, both)
    assert judged.outcomes == {"MC-LOC-01": "failed", "MC-LOC-08": "warned"}
    assert judged.causes == dict.fromkeys(judged.outcomes, "expected 1, got 2")
    assert one.config.hook.last == [False, False, True]


def test_tests_of_what_is_red_already_are_left_out() -> None:
    both = Fault("Doubles", "webhook", "", [EDIT], ("MC-LOC-01",), ("MC-LOC-08",))
    one = session(Outcome.FAILED, Outcome.PASSED)
    assert one_by_one.run(one, both).outcomes == {"MC-LOC-01": "failed", "MC-LOC-08": "passed"}
    assert one._setupstate.left == [one.items[2]]  # noqa: SLF001


def test_tests_are_run_anew_with_the_next_fault_and_others_not_at_all() -> None:
    twice = session(Outcome.PASSED, Outcome.FAILED, Outcome.PASSED, Outcome.ERROR)
    assert one_by_one.run(twice, FAULT).outcomes == {"MC-LOC-01": "failed"}
    assert one_by_one.run(twice, FAULT).outcomes == {"MC-LOC-01": "error"}


PROGRAM = """#!{python}
import os, sys, time, json
from pathlib import Path

def see(**outcomes):
    with Path(os.environ["KMC_BROKEN_SEEN"]).open("a") as file:
        file.write(json.dumps({{"fault": "Doubles", "outcomes": outcomes, "seconds": 1}}) + "\\n")

see()
{then}
"""
INTERRUPTED = "os.kill(os.getppid(), 2); time.sleep(1)"
TAKES_AN_ANSWER = """
until = time.monotonic() + 20
while not Path("{answer}").exists() and time.monotonic() < until:
    time.sleep(0.1)
see(answered=str(Path("{answer}").exists()))
"""


@pytest.fixture
def program(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The file of the program that stands in the place of Python, to be written."""
    file = tmp_path / "program"
    file.touch(0o755)
    monkeypatch.setattr(sys, "executable", str(file))
    return file


def test_what_was_seen_before_an_interruption_counts(program: Path) -> None:
    program.write_text(PROGRAM.format(python=PYTHON, then=INTERRUPTED))
    seen: list[str] = []
    with pytest.raises(Interrupted):
        seen.extend(each.name for each, _ in judge_each("1.23", [FAULT]))
    assert seen == ["Doubles"]


def test_a_run_is_left_to_its_end_where_nobody_looks_further(program: Path, tmp_path: Path) -> None:
    end = tmp_path / "end"
    program.write_text(PROGRAM.format(python=PYTHON, then=f"time.sleep(2); Path({str(end)!r}).touch()"))
    runs = judge_each("1.23", [FAULT])
    next(runs)
    runs.close()  # type: ignore[attr-defined]
    assert end.exists()


def test_what_is_seen_is_told_at_once(program: Path, tmp_path: Path) -> None:
    answer = tmp_path / "answer"
    program.write_text(PROGRAM.format(python=PYTHON, then=TAKES_AN_ANSWER.format(answer=answer)))
    outcomes = []
    for _, judged in judge_each("1.23", [FAULT]):
        outcomes.append(judged.outcomes)
        answer.touch()
    assert outcomes == [{}, {"answered": "True"}]


def test_the_page_has_each_fault_and_what_no_test_can_see(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    unseen = Fault("Silent", "webhook", "Nobody hears it.", [EDIT], unseen="It makes no sound.")
    monkeypatch.setattr(page, "PAGE", tmp_path / "page.md")
    monkeypatch.setattr(faults, "load", lambda _: [FAULT, unseen, replace(FAULT, name="New")])
    matrix = Matrix("1.23", healthy={"MC-LOC-01": "passed", "MC-LOC-02": "passed"})
    matrix.note(FAULT, Judged({"MC-LOC-01": "passed", "MC-LOC-02": "failed"}, {"MC-LOC-02": "expected 1, got 2"}))
    matrix.write(tmp_path / "kill-matrix.json")
    page.write(tmp_path / "kill-matrix.json")
    text = (tmp_path / "page.md").read_text()
    assert "1 faults were run, of which 0 were killed where they should be (0%).\n1 more are declared" in text
    assert "came to the same kills in 0 of them." in text
    assert "| webhook | Doubles | One is two. |  | MC-LOC-02 | MC-LOC-01 | expected 1, got 2 |" in text
    assert "- New: One is two." in text.partition("Declared and not run yet")[2]
    assert "- Silent: Nobody hears it. It makes no sound." in text
    assert "- MC-LOC-01: " in text.partition("no fault was seen to break")[2]
