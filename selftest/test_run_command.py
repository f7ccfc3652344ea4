"""`kmc run`, as its user starts it in a folder that has nothing to do with the suite."""

import os
import re
import shutil
import subprocess
import sys
from pathlib import Path
from types import SimpleNamespace

import pytest

from kmc.checkout import KNOWN, needs_more
from kmc.commands.coverage import coverage
from kmc.fixtures.errors import BadOption
from kmc.fixtures.requirements import load
from kmc.fixtures.run.options import requirement_list
from kmc.fixtures.run.report_folder import ReportFolder
from kmc.reports.records import Profile

BROKEN_PLUGIN = "raise RuntimeError('a plugin of somebody else is loaded')\n"


def run(folder: Path, *words: str, python_path: str = "") -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-m", "kmc", "run", *words]
    environment = {**os.environ, "PYTHONPATH": python_path}
    return subprocess.run(
        command, cwd=folder, env=environment, capture_output=True, text=True, timeout=120, check=False
    )


def test_help_has_the_options_of_the_suite_and_not_those_of_pytest(tmp_path: Path) -> None:
    for word in ("-h", "--help"):
        shown = run(tmp_path, word).stdout
        assert "--kubeconfig FILE" in shown
        assert "-n N" in shown
        assert "--strict-markers" not in shown
        assert "--joined" not in shown


def test_all_tests_are_found_from_any_folder_and_nothing_of_that_folder_is_loaded(tmp_path: Path) -> None:
    (tmp_path / "test_own.py").write_text("def test_own(): pass\n")
    for conftest in (tmp_path / "conftest.py", tmp_path / "tests" / "conftest.py"):
        conftest.parent.mkdir(exist_ok=True)
        conftest.write_text("raise RuntimeError('settings of somebody else are loaded')\n")
    (tmp_path / "pytest.ini").write_text("[pytest]\naddopts = --an-option-of-somebody-else\n")
    done = run(tmp_path, "--collect-only", "-q")
    tests = [line for line in done.stdout.splitlines() if "::" in line]
    assert (done.returncode, len(tests) > 250, {test.partition("/")[0] for test in tests}) == (0, True, {"conformance"})
    assert "warnings summary" not in done.stdout


def test_tests_are_named_as_in_a_report(tmp_path: Path) -> None:
    every = run(tmp_path, "--collect-only", "-q").stdout.splitlines()
    done = run(tmp_path, "--collect-only", "-q", every[0])
    assert done.stdout.splitlines()[0] == every[0]
    assert "1 test collected" in done.stdout


@pytest.mark.parametrize(
    ("words", "ids", "profiles"),
    [
        (["--requirement", "MC-LOC-01,MC-ADM-01"], {"MC-LOC-01", "MC-ADM-01"}, set(Profile)),
        (["--profile", "limits,upstream"], None, {"limits", "upstream"}),
    ],
    ids=["--requirement", "--profile"],
)
def test_a_listing_has_the_tests_that_would_be_judged(
    tmp_path: Path, words: list[str], ids: set[str] | None, profiles: set[str]
) -> None:
    done = run(tmp_path, "--collect-only", "-q", *words)
    listed = {line.partition("[")[0] for line in done.stdout.splitlines() if "::" in line}
    wanted = [each for each in coverage(load()) if each.profile in profiles and (ids is None or each.id in ids)]
    assert listed == {test for each in wanted for test in each.tests}, done.stdout


@pytest.mark.parametrize(
    ("words", "message"),
    [
        (["--requirement", "MC-XXX-01"], "MC-XXX-01: no such requirement; kmc requirements list has them all"),
        (["--requirement", "mc-loc-01", "--profile", "limits"], "MC-LOC-01: it is of profile core, which --profile"),
        (["--requirement=MC-LOC-01,MC-ADM-99"], "MC-ADM-99: no such requirement"),
        (["conformance/test_none.py"], "conformance/test_none.py: no such test"),
        ([str(Path(__file__))], "test_run_command.py: no such test"),
        (["--requirement", ""], "--requirement: no id was given"),
        (["--collect-only", "--requirement", "MC-XXX-01"], "MC-XXX-01: no such requirement"),
        (["--colour"], "kmc run: error: unrecognized arguments: --colour"),
    ],
)
def test_what_can_t_be_judged_is_a_usage_error(tmp_path: Path, words: list[str], message: str) -> None:
    done = run(tmp_path, *words)
    assert (done.returncode, message in done.stderr) == (4, True), done.stdout + done.stderr
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize("reports", ["file", "file/below", "/proc/none"])
def test_a_folder_that_can_t_be_written_is_named_before_anything_is_created(tmp_path: Path, reports: str) -> None:
    (tmp_path / "file").touch()
    done = run(tmp_path, "--reports", reports, "--run-id", "one")
    assert done.returncode == 4
    assert re.search(
        rf"^ERROR: no report can be written to .*{reports}/one: .*; choose --reports DIR$", done.stderr, re.MULTILINE
    )
    assert [path.name for path in tmp_path.iterdir()] == ["file"]


def test_a_folder_for_reports_is_made_whole_and_goes_as_far_as_it_is_empty(tmp_path: Path) -> None:
    (tmp_path / "there").mkdir()
    made = ReportFolder.make(tmp_path / "there" / "out" / "one")
    (made.path / "allure-results").mkdir()
    made.remove_if_empty()
    assert list((tmp_path / "there").iterdir()) == []
    made = ReportFolder.make(tmp_path / "there" / "out" / "one")
    (made.path / "journal.jsonl").touch()
    made.remove_if_empty()
    assert (made.path / "journal.jsonl").exists()


def test_a_disk_without_room_is_named(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(shutil, "disk_usage", lambda _: SimpleNamespace(free=4096))
    with pytest.raises(BadOption, match="the disk has 4096 bytes left; choose --reports DIR"):
        ReportFolder.make(tmp_path / "one")
    assert list(tmp_path.iterdir()) == []


def test_requirements_are_chosen_in_a_list_or_one_by_one() -> None:
    assert requirement_list(["MC-LOC-01,mc-loc-02", " MC-ADM-01 ", "MC-LOC-01"]) == (
        "MC-LOC-01",
        "MC-LOC-02",
        "MC-ADM-01",
    )


def test_plugins_that_are_installed_beside_it_are_not_loaded(tmp_path: Path) -> None:
    installed = tmp_path / "installed"
    (installed / "other-1.dist-info").mkdir(parents=True)
    (installed / "other-1.dist-info" / "METADATA").write_text("Metadata-Version: 2.1\nName: other\nVersion: 1\n")
    (installed / "other-1.dist-info" / "entry_points.txt").write_text("[pytest11]\nother = other_plugin\n")
    (installed / "other_plugin.py").write_text(BROKEN_PLUGIN)
    done = run(tmp_path, "--collect-only", "-q", python_path=str(installed))
    assert done.returncode == 0, done.stderr
    asked_for = run(tmp_path, "--collect-only", "-q", "-p", "other", python_path=str(installed))
    assert "a plugin of somebody else is loaded" in asked_for.stderr


@pytest.mark.parametrize(
    ("given", "more"),
    [
        (["--kubeconfig", "file"], True),
        (["--kubeconfig=file"], False),
        (["-k", "logs"], False),
        (["--embedded", "-x"], False),
        ([*KNOWN, "--kubeconfig", "file"], False),
        ([], False),
    ],
)
def test_pytest_in_the_checkout_is_told_where_an_option_may_be_taken_for_a_path(given: list[str], more: bool) -> None:  # noqa: FBT001
    assert needs_more(given) is more
