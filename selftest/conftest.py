"""The project's own tests end at any warning; a run of the suite never does."""

import signal
from pathlib import Path

import pytest

from kmc.fixtures.evidence import redaction
from selftest.report_commands import kmc_report


def pytest_configure(config: pytest.Config) -> None:
    config.addinivalue_line("filterwarnings", "error")
    _hear_signals()


def _hear_signals() -> None:
    """Undo what a shell does to what it starts in the background: tests, and what they start, must be interruptible."""
    for number, usual in ((signal.SIGINT, signal.default_int_handler), (signal.SIGHUP, signal.SIG_DFL)):
        if signal.getsignal(number) is signal.SIG_IGN:
            signal.signal(number, usual)


@pytest.fixture(autouse=True)
def no_secrets_of_other_tests(monkeypatch: pytest.MonkeyPatch) -> None:
    """A test's failure is shown whole, but for the secrets that this test itself has made known."""
    monkeypatch.setattr(redaction, "_kept", set())


@pytest.fixture
def key(tmp_path: Path) -> Path:
    """Return a vendor's private key; the public one lies beside it."""
    private = tmp_path / "vendor"
    assert kmc_report("new-key", private).exit_code == 0
    return private
