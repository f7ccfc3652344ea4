"""The pytest plugin: at the end of a run, the report of its journal and a summary on the terminal."""

from __future__ import annotations

from pathlib import Path

import pytest

from kmc.reports.build import build
from kmc.reports.files import ReportError
from kmc.reports.terminal import render

RUN_FOLDER = pytest.StashKey[Path]()
"""Where the journal of the run is: put into `config.stash` of the controller by whoever begins it."""


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter, config: pytest.Config) -> None:
    """Write the files of the run and show its verdict. By now the footer is written: sessionfinish is over."""
    folder = config.stash.get(RUN_FOLDER, None)
    if folder is None:
        return
    allure = config.getoption("allure_report_dir", None)
    terminalreporter.section("conformance")
    try:
        report, paths = build(folder, Path(allure) if allure else None)
    except ReportError as error:
        terminalreporter.write_line(f"no report could be made: {error}", red=True)
        session = terminalreporter._session  # noqa: SLF001 - the one way to it from here
        if session and session.exitstatus == pytest.ExitCode.OK:
            session.exitstatus = pytest.ExitCode.TESTS_FAILED
        return
    width = terminalreporter._tw.fullwidth  # noqa: SLF001 - the one way to the width that the rest is printed in
    terminalreporter.write(render(report, paths, width=width, color=terminalreporter.hasmarkup))
