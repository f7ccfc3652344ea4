"""Long work shows that it lives: in a log by lines, on a terminal by one that moves."""

import inspect
import io
import re
import time

import pytest

from kmc.clusters.embedded.boot import Boot
from kmc.commands.display import Display


class Terminal(io.StringIO):
    def isatty(self) -> bool:
        return True


def lines(log: io.StringIO) -> list[str]:
    return re.sub(r"\d+\.\d s", "N s", log.getvalue()).splitlines()


def test_a_step_is_announced_when_it_starts_with_its_place_and_what_it_usually_takes() -> None:
    log = io.StringIO()
    display = Display(log)
    display.plan(1)
    display.plan(1)
    with display("build etcd", usual=22):
        assert lines(log) == ["[1 of 2] build etcd (usually 22 s) …"]
    with display("start the node", usual=3):
        pass
    assert lines(log)[1:] == [
        "[1 of 2] build etcd: done in N s",
        "[2 of 2] start the node …",
        "[2 of 2] start the node: done in N s",
    ]


def test_a_step_that_takes_long_says_so_again_and_again() -> None:
    log = io.StringIO()
    with Display(log, patience=0.05)("build kubernetes", usual=270):
        while log.getvalue().count("\n") < 3:
            time.sleep(0.01)
    assert lines(log)[1:3] == ["[1 of 1] build kubernetes: still running after 0 s (usually 270 s)"] * 2
    seen = log.getvalue()
    time.sleep(0.1)
    assert log.getvalue() == seen


def test_a_step_that_fails_is_not_said_to_be_done() -> None:
    log = io.StringIO()
    with pytest.raises(KeyboardInterrupt), Display(log)("build etcd"):
        raise KeyboardInterrupt
    assert lines(log)[-1] == "[1 of 1] build etcd: stopped after N s"


def test_more_steps_than_were_announced_do_not_exceed_their_number() -> None:
    log = io.StringIO()
    display = Display(log)
    for step in ("one", "two"):
        with display(step):
            pass
    assert "[2 of 2] two …" in lines(log)


def test_a_terminal_shows_one_line_that_moves_and_keeps_the_end(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TERM", "xterm")
    monkeypatch.setenv("COLUMNS", "100")
    log = Terminal()
    with Display(log, patience=0.01)("build etcd [v3]", usual=22):
        time.sleep(0.3)
    shown = re.sub(r"\x1b\[[0-9;?]*[A-Za-z]", "", log.getvalue())
    assert "[1 of 1] build etcd [v3] (usually 22 s) 0:00:00" in shown
    assert "at it" not in shown
    assert re.search(r"\[1 of 1\] build etcd \[v3\]: done in 0\.\d s\n$", shown)


def test_all_steps_of_a_start_are_announced() -> None:
    assert inspect.getsource(Boot.run).count("with self.step(") == Boot.STEPS
