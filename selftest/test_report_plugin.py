import json
import os
import subprocess
import sys
from pathlib import Path

from click.testing import CliRunner

from kmc.commands.report import report
from kmc.reports.build import paths
from kmc.reports.model import loads
from kmc.reports.verify import verify

CONFTEST = """
import pathlib
import pytest
from kmc.reports.journal import Journal
from kmc.reports.plugin import RUN_FOLDER
from kmc.reports.records import Check, Footer, Outcome, Plan, Planned, now
from selftest.report_examples import HEADER, TARGET

pytest_plugins = ["kmc.reports.plugin"]
FOLDER = pathlib.Path(__file__).parent / "run"
JOURNAL = Journal(FOLDER / "journal.jsonl")

def pytest_configure(config):
    if not hasattr(config, "workerinput"):
        JOURNAL.header(HEADER)
        JOURNAL.target(TARGET)
        config.stash[RUN_FOLDER] = FOLDER

def pytest_collection_finish(session):
    if session.items:
        JOURNAL.plan(Plan(tuple(Planned("MC-RTE-02", item.nodeid) for item in session.items)))

@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport(item, call):
    report = yield
    if call.when == "call":
        outcome = Outcome.PASSED if report.passed else Outcome.FAILED
        JOURNAL.check(Check("MC-RTE-02", item.nodeid, outcome, now(), call.duration, cause=str(call.excinfo or "")))
    return report

@pytest.hookimpl(trylast=True)
def pytest_sessionfinish(session, exitstatus):
    if not hasattr(session.config, "workerinput"):
        JOURNAL.footer(Footer(now(), int(exitstatus)))
"""
TESTS = """
import os, signal
import pytest

@pytest.mark.parametrize("n", range(6))
def test_it(n):
    if n == 3:
        os.kill(os.getpid(), signal.SIGKILL)
    assert n != 5, "five"
"""


def run(folder: Path, *arguments: str, conftest: str = CONFTEST) -> subprocess.CompletedProcess[str]:
    (folder / "conftest.py").write_text(conftest)
    (folder / "test_it.py").write_text(TESTS)
    command = [sys.executable, "-m", "pytest", "-p", "no:cacheprovider", "--alluredir=run/allure-results", *arguments]
    environment = {**os.environ, "PYTHONPATH": str(Path(__file__).parents[1])}
    return subprocess.run(
        command, cwd=folder, capture_output=True, text=True, timeout=120, check=False, env=environment
    )


def test_nothing_of_a_run_with_a_crashed_worker_is_lost(tmp_path: Path) -> None:
    done = run(tmp_path, "-n", "2")
    assert done.returncode == 1, done.stdout
    assert "not conformant: core: failed: MC-RTE-02" in done.stdout
    places = paths(tmp_path / "run")
    assert "report   run/conformance-report.json\n" in done.stdout
    made = loads(places.report.read_text())
    routing = next(result for result in made.requirements if result.id == "MC-RTE-02")
    outcomes = {test.test[-2]: str(test.outcome) for test in routing.tests}
    assert outcomes == {"0": "passed", "1": "passed", "2": "passed", "3": "not-run", "4": "passed", "5": "failed"}
    assert verify(places.report).problems == ()
    allure = [json.loads(file.read_text()) for file in places.allure.glob("*-result.json")]
    statuses = {result["name"][-2]: result["status"] for result in allure if result["name"].startswith("test_it")}
    assert statuses == {"0": "passed", "1": "passed", "2": "passed", "3": "unknown", "4": "passed", "5": "failed"}


def test_a_killed_controller_leaves_what_a_report_needs(tmp_path: Path) -> None:
    done = run(tmp_path)  # without workers, the test that kills its process kills the controller
    assert done.returncode == -9
    built = CliRunner().invoke(report, ["build", str(tmp_path / "run")])
    assert "partial: core: the run was interrupted" in built.output
    assert verify(paths(tmp_path / "run").report).problems == ()


def test_a_journal_that_is_no_report_is_said_in_a_line(tmp_path: Path) -> None:
    done = run(tmp_path, "-k", "test_it[1]", conftest=CONFTEST.replace('Check("MC-RTE-02"', 'Check("MC-XXX-01"'))
    assert "no report could be made: tests of requirements that the header does not have: MC-XXX-01" in done.stdout
