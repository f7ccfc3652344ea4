"""What nobody foresaw ends in one message and a log, with what was begun brought to its end."""

import os
import subprocess
import sys
import tempfile
from pathlib import Path

import pytest
from click.testing import CliRunner

from kmc.fixtures.clients.kube import Kube
from kmc.fixtures.evidence import bug_report, redaction
from kmc.main import main

SECRET = "planted-secret-of-the-test"  # noqa: S105 - made up
CONFTEST = """
import pathlib
import types
import pytest
from kmc.fixtures.evidence.redaction import keep_secret
from kmc.fixtures.plugin import last_resort
from kmc.fixtures.plugin.state import ASSIGNMENT

pytest_plugins = ["kmc.fixtures.plugin.last_resort", "kmc.fixtures.plugin.secrecy"]
last_resort.is_run = lambda config: True
HERE = pathlib.Path(__file__).parent

def pytest_configure(config):
    keep_secret("{secret}")
    config.stash[ASSIGNMENT] = types.SimpleNamespace(options=types.SimpleNamespace(folder=HERE / "run"))

class Late:
    @pytest.hookimpl(wrapper=True, trylast=True)
    def pytest_sessionfinish(self):
        try:
            return (yield)
        finally:
            (HERE / "finished").touch()

def pytest_sessionstart(session):
    session.config.pluginmanager.register(Late())

@pytest.hookimpl({options})
def {hook}:
    {body}
"""


def session(folder: Path, hook: str, body: str, *words: str, options: str = "") -> subprocess.CompletedProcess[str]:
    (folder / "conftest.py").write_text(CONFTEST.format(secret=SECRET, hook=hook, body=body, options=options))
    (folder / "test_it.py").write_text("def test_it():\n    pass\n")
    command = [sys.executable, "-m", "pytest", "-p", "no:cacheprovider", "-p", "no:allure_pytest", *words]
    environment = {**os.environ, "PYTHONPATH": str(Path(__file__).parents[1])}
    return subprocess.run(
        command, cwd=folder, capture_output=True, text=True, timeout=120, check=False, env=environment
    )


@pytest.mark.parametrize("workers", ["0", "1"])
@pytest.mark.parametrize(
    "hook",
    [
        "pytest_collection_modifyitems(items)",
        "pytest_runtestloop(session)",
        "pytest_runtest_makereport(item)",
        "pytest_sessionfinish(session)",
        "pytest_report_header(config)",
    ],
)
def test_an_error_in_a_hook_is_one_message_and_a_log(tmp_path: Path, hook: str, workers: str) -> None:
    done = session(tmp_path, hook, f"raise KeyError('{SECRET}')", "-n", workers, options="tryfirst=True")
    said = done.stdout + done.stderr
    assert done.returncode == pytest.ExitCode.INTERNAL_ERROR, said
    assert said.count("this is a bug of the suite, and says nothing about the target: ") == 1, said
    assert "KeyError: '[redacted]'" in said, said
    assert "INTERNALERROR" not in said
    assert "Traceback" not in said
    log = (tmp_path / "run" / bug_report.NAME).read_text()
    assert "KeyError: '[redacted]'" in log
    assert SECRET not in said + log
    if "header" not in hook:
        assert (tmp_path / "finished").exists()


def test_ctrl_c_in_the_clean_up_shows_no_traceback(tmp_path: Path) -> None:
    done = session(tmp_path, "pytest_sessionfinish(session)", "raise KeyboardInterrupt", options="trylast=True")
    said = done.stdout + done.stderr
    assert (done.returncode, "Traceback" in said) == (2, False), said
    assert "interrupted once more" in said


def test_a_file_that_is_missing_at_the_end_is_not_passed_over_in_silence(tmp_path: Path) -> None:
    missing = "raise FileNotFoundError(2, 'No such file or directory', 'gone')"
    done = session(tmp_path, "pytest_sessionfinish(session)", missing, options="trylast=True")
    said = done.stdout + done.stderr
    assert (done.returncode, "Traceback" in said) == (1, False), said
    assert "gone: No such file or directory" in said


def test_a_log_that_can_not_be_written_there_is_written_elsewhere(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(tempfile, "gettempdir", lambda: str(tmp_path / "temporary"))
    message = bug_report.write(ValueError("odd"), Path("/proc/none"))
    assert message.startswith("this is a bug of the suite, and says nothing about the target: ValueError: odd\n")
    assert (tmp_path / "temporary" / bug_report.NAME).read_text() == "ValueError: odd\n"
    monkeypatch.setattr(tempfile, "gettempdir", lambda: "/proc/none")
    assert "could be written nowhere" in bug_report.write(ValueError("odd"), Path("/proc/none"))


def test_a_command_ends_in_a_message_too(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def fail(*_: object, **__: object) -> None:
        raise RuntimeError(f"with {SECRET}")

    redaction.keep_secret(SECRET)
    monkeypatch.setattr(tempfile, "gettempdir", lambda: str(tmp_path))
    monkeypatch.setattr(Kube, "connect", fail)
    done = CliRunner().invoke(main, ["clean"])
    assert done.exit_code == 3
    assert "this is a bug of the suite" in done.output
    assert "RuntimeError: with [redacted]" in done.output
    assert SECRET not in done.output + (tmp_path / bug_report.NAME).read_text()
