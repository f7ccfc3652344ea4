"""Writes all that is computed from a run's journal, into the run's folder."""

import os
from dataclasses import dataclass
from pathlib import Path

from kmc.reports.allure import allure_files
from kmc.reports.assemble import report_of
from kmc.reports.certificate import certificate
from kmc.reports.junit import junit
from kmc.reports.model import Report, dumps

JOURNAL = "journal.jsonl"


@dataclass(frozen=True)
class Paths:
    """Where the files of a run are."""

    report: Path
    html: Path
    junit: Path
    allure: Path
    journal: Path


def paths(run: Path, allure: Path | None = None) -> Paths:
    """Return where the files of the run in this folder belong; Allure's results may have a folder elsewhere."""
    results = allure or run / "allure-results"
    return Paths(run / "conformance-report.json", run / "certificate.html", run / "junit.xml", results, run / JOURNAL)


def build(run: Path, allure: Path | None = None) -> tuple[Report, Paths]:
    """Write all files of the run in this folder; those of an earlier build are replaced.

    Raises JournalError when there is no readable journal, ReportError when it does not add up to a report.
    """
    places = paths(run, allure)
    report = report_of(places.journal)
    _write(places.report, dumps(report))
    _write(places.html, certificate(report))
    _write(places.junit, junit(report))
    places.allure.mkdir(parents=True, exist_ok=True)
    for name, text in allure_files(report, places.allure).items():
        _write(places.allure / name, text)
    return report, places


def _write(file: Path, text: str) -> None:
    """Replace a file at once, so that nobody reads half of it."""
    fresh = file.with_name(f".{file.name}.{os.getpid()}")
    fresh.write_text(text, encoding="utf-8")
    fresh.replace(file)
