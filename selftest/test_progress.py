"""A run shows how far it is: in a log by lines, on a terminal by one that moves."""

import os
import pty
import re
import subprocess
import sys
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

import pytest

from kmc.fixtures.run.forecast import SWITCH, Forecast, Pending
from kmc.fixtures.run.tally import Tally

CONFTEST = """
import pytest
from kmc.fixtures.plugin import recording
from kmc.fixtures.plugin.progress import Progress
from kmc.fixtures.run.forecast import Pending
from kmc.fixtures.run.tally import Tally
from kmc.reports.records import Outcome

@pytest.hookimpl(trylast=True)
def pytest_configure(config):
    if not hasattr(config, "workerinput"):
        tests = [Pending(f"test_it.py::test_it[{n}]", 1.0) for n in range(4)]
        reporter = config.pluginmanager.get_plugin("terminalreporter")
        config.pluginmanager.register(Progress(reporter, lambda: Tally(tests), silence=0.2))

@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport(item, call):
    report = yield
    if call.excinfo:
        recording.show(report, Outcome.FAILED, "three is odd; authorization: Bearer abcdef0123456789")
    return report
"""
TESTS = """
import time
import pytest

@pytest.mark.parametrize("n", range(4))
def test_it(n):
    print("captured")
    time.sleep(0.5 if n == 1 else 0)
    assert n != 3
"""
FAILED = "FAILED test_it.py::test_it[3]: three is odd; authorization: "


@dataclass
class Clock:
    now: float = 0.0

    def __call__(self) -> float:
        return self.now


@pytest.fixture
def suite(tmp_path: Path) -> Path:
    (tmp_path / "conftest.py").write_text(CONFTEST)
    (tmp_path / "test_it.py").write_text(TESTS)
    return tmp_path


def command(*words: str) -> list[str]:
    return [sys.executable, "-m", "pytest", "-p", "no:cacheprovider", "--no-summary", *words]


@pytest.mark.parametrize("words", [["-n", "0"], ["-n", "2"]])
def test_a_log_has_a_line_now_and_then_and_what_failed_at_once(suite: Path, words: list[str]) -> None:
    done = subprocess.run(command(*words), cwd=suite, capture_output=True, text=True, check=False, timeout=300)
    lines = re.findall(
        r"^\d of 4 tests.*; (?:about \d+ (?:s|min)|a few seconds) left; \d at once, for \d+ s test_it\[\d\]$",
        done.stdout,
        re.MULTILINE,
    )
    assert lines, done.stdout
    assert done.stdout.count(FAILED) == 1
    assert "abcdef" not in done.stdout
    assert "captured" not in done.stdout
    assert "." not in re.sub(r"^(===|platform|rootdir|plugins|created|FAILED).*$", "", done.stdout, flags=re.MULTILINE)
    assert done.stdout.splitlines()[-1].startswith("=") and "1 failed, 3 passed" in done.stdout  # noqa: PT018


def test_a_terminal_has_one_line_that_moves(suite: Path) -> None:
    master, slave = pty.openpty()
    environment = {**os.environ, "TERM": "xterm", "COLUMNS": "90"}
    with subprocess.Popen(command("-n", "2"), cwd=suite, stdout=slave, stderr=slave, env=environment):
        os.close(slave)
        shown = b""
        with suppress(OSError):  # the end of a terminal
            while part := os.read(master, 4096):
                shown += part
    os.close(master)
    text = shown.decode()
    moving = re.findall(r"\d of 4 tests[^\r\n\x1b]*", text)
    assert len(moving) > 1, text
    assert text.count("\r\x1b[2K") >= len(moving) - 1
    assert all(len(line) <= 86 for line in moving)
    assert re.sub(r"\x1b\[[0-9;?]*[A-Za-z]|\r", "", text).count(FAILED) == 1


def test_pytest_s_own_way_is_left_alone_where_it_is_asked_for(suite: Path) -> None:
    conftest = CONFTEST.replace("if not", "if config.get_verbosity() == 0 and not")
    (suite / "conftest.py").write_text(conftest)
    done = subprocess.run(command("-v"), cwd=suite, capture_output=True, text=True, check=False, timeout=300)
    assert "test_it.py::test_it[0] PASSED" in done.stdout


def test_a_tally_says_what_is_done_what_failed_what_runs_and_how_long_it_takes() -> None:
    clock = Clock()
    tally = Tally([Pending(f"file.py::test_{n}", 30) for n in range(4)], before=2, workers=2, clock=clock)
    tally.start("file.py::test_0")
    clock.now = 30
    assert tally.note("file.py::test_0", "failed")
    assert not tally.note("file.py::test_0", "failed")
    tally.end("file.py::test_0")
    tally.start("file.py::test_1")
    clock.now = 42
    assert tally.line() == "3 of 6 tests, 1 failed; about 50 s left; 1 at once, for 12 s test_1"


def test_a_test_that_ends_twice_or_was_not_planned_counts_once() -> None:
    tally = Tally([Pending("file.py::test_1", 3)])
    tally.end("file.py::test_1")
    tally.start("file.py::test_1")
    tally.end("file.py::test_1")
    tally.end("file.py::test_1")
    assert tally.line() == "1 of 1 tests; a few seconds left"


def test_a_forecast_follows_the_longest_file_and_the_pace_of_the_run() -> None:
    one_by_one = [Pending(f"long.py::test_{n}", 60) for n in range(2)]
    spread = [Pending(f"file_{n}.py::test", 20) for n in range(4)]
    usual = Forecast([*one_by_one, *spread], workers=8)
    assert usual.left(0) == pytest.approx(60)  # the long file, at half of what its tests would take alone
    usual.start("file_0.py::test", 0)
    usual.end("file_0.py::test", 200)
    assert usual.left(200) > 120


def test_a_forecast_counts_later_phases_and_the_switching_of_gates() -> None:
    forecast = Forecast(
        [Pending("a.py::test", 0), Pending("b.py::test", 20, phase=1), Pending("c.py::test", 20, phase=2)]
    )
    assert forecast.left(0) == pytest.approx(2 * (SWITCH + 10))
    joined = Forecast([Pending("b.py::test", 20, phase=1), Pending("c.py::test", 20, phase=2)], phase=1)
    assert joined.left(0) == pytest.approx(SWITCH + 20)
