"""Writes all that is computed from a run's journal, into the run's folder."""

from dataclasses import dataclass
from pathlib import Path

from kmc.reports.allure import add_lost_results, describe_run
from kmc.reports.assemble import report_of
from kmc.reports.certificate import certificate
from kmc.reports.files import write, writing
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

    Raises ReportError when there is no readable journal, it does not add up to a report, or a file can't be written.
    """
    places = paths(run, allure)
    report = report_of(places.journal)
    write(places.report, dumps(report))
    write(places.html, certificate(report))
    write(places.junit, junit(report))
    with writing(places.allure):
        places.allure.mkdir(parents=True, exist_ok=True)
        add_lost_results(report, places.allure)
    for name, text in describe_run(report).items():
        write(places.allure / name, text)
    return report, places
