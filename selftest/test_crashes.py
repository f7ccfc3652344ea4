import os
import re
import subprocess
import sys
from pathlib import Path

from kmc.reports.journal import Journal, read
from kmc.reports.records import Check, Outcome, Plan, Planned
from selftest.report_examples import HEADER

CONFTEST = """
import pathlib
import types
import pytest
from kmc.fixtures.plugin.state import RUN
from kmc.reports.journal import Journal

pytest_plugins = ["kmc.fixtures.plugin.crashes"]

def pytest_configure(config):
    journal = Journal(pathlib.Path(__file__).parent / "journal.jsonl")
    config.stash[RUN] = types.SimpleNamespace(journal=journal)
"""
TESTS = """
import os
import pathlib
import signal
import pytest

@pytest.mark.parametrize("n", range(4))
def test_it(n):
    with pathlib.Path(__file__).with_name("ran").open("a") as file:
        file.write(f"{n}\\n")
    if n == 1:
        os.kill(os.getpid(), signal.SIGKILL)
"""


def test_the_test_of_a_dead_worker_is_an_error_and_not_tried_again(tmp_path: Path) -> None:
    (tmp_path / "conftest.py").write_text(CONFTEST)
    (tmp_path / "test_it.py").write_text(TESTS)
    journal = Journal(tmp_path / "journal.jsonl")
    journal.header(HEADER)
    journal.plan(Plan((Planned("MC-RTE-02", "test_it.py::test_it[1]"), Planned("MC-ADM-02", "test_it.py::test_it[2]"))))
    command = [sys.executable, "-m", "pytest", "-p", "no:cacheprovider", "-n", "2", "--dist", "loadscope"]
    environment = {**os.environ, "PYTHONPATH": str(Path(__file__).parents[1])}
    done = subprocess.run(
        command, cwd=tmp_path, capture_output=True, text=True, timeout=120, check=False, env=environment
    )
    assert done.returncode == 1, done.stdout + done.stderr
    assert (tmp_path / "ran").read_text().split() == ["0", "1", "2", "3"]
    (check,) = [record.entry for record in read(journal.path) if isinstance(record.entry, Check)]
    assert (check.requirement, check.test, check.outcome) == ("MC-RTE-02", "test_it.py::test_it[1]", Outcome.ERROR)
    assert re.fullmatch(r"worker gw\d crashed while this ran", check.cause)
