"""A static site of submissions: a table of all, their certificates and badges, and how they differ."""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from kmc.reports import files
from kmc.reports.badge import badge, svg
from kmc.reports.compare import Change, compare
from kmc.reports.model import Report, dumps
from kmc.reports.pages import page, title_of
from kmc.reports.records import Outcome
from kmc.reports.submission import CERTIFICATE, REPORT, computed
from kmc.reports.table import as_html, table

INDEX, DIFFERENCES = "index.html", "differences.html"
SHOWN = (Outcome.PASSED, Outcome.FAILED, Outcome.WARNED, Outcome.UNTESTABLE)


@dataclass(frozen=True)
class Entry:
    """One submission: its folder in the site, what verification found wrong, and whose key has signed it."""

    name: str
    report: Report
    problems: tuple[str, ...]
    key: str
    before: "Entry | None" = None
    """The submission of the same product before it."""

    @property
    def title(self) -> str:
        """The product, or what is known of the target."""
        return title_of(self.report)

    @property
    def changes(self) -> Sequence[Change]:
        """What changed since the submission before it."""
        return compare(self.before.report, self.report) if self.before else ()

    @property
    def word(self) -> str:
        """The verdict as one word, for filters and colours."""
        return self.report.verdict.replace(" ", "-")


def entries(found: Sequence[tuple[Report, tuple[str, ...], str]]) -> list[Entry]:
    """Return submissions as the site has them: by product, the newest run first.

    `found` has of each the report, what is wrong with it, and the name of its key; empty where it is not signed.
    """
    latest: dict[tuple[str, str], Entry] = {}
    made: list[Entry] = []
    for report, problems, key in sorted(found, key=lambda each: each[0].run.start):
        about = report.implementation
        product = (about.organization, about.product) if about else ("", title_of(report))
        name = re.sub(r"[^a-z0-9.]+", "-", f"{product[0]}-{title_of(report)}-{report.run.id}".lower()).strip("-.")
        made.append(Entry(name, report, problems, key, latest.get(product)))
        latest[product] = made[-1]
    newest_first = made[::-1]
    return sorted(
        newest_first, key=lambda each: each.report.implementation.product.lower() if each.report.implementation else ""
    )


def pages(found: Sequence[Entry]) -> dict[str, str]:
    """Return the files of the site by their paths in it."""
    made = {
        INDEX: page(
            "site.html.j2",
            entries=found,
            outcomes=SHOWN,
            verdicts=sorted({each.word for each in found}),
            differences=DIFFERENCES if len(found) > 1 else "",
            certificate=CERTIFICATE,
            report_name=REPORT,
        )
    }
    if len(found) > 1:
        made[DIFFERENCES] = as_html(table([each.report for each in found]))
    for each in found:
        own = {
            REPORT: dumps(each.report),
            CERTIFICATE: computed(each.report)[CERTIFICATE],
        }
        if not each.problems:
            own |= {"badge.svg": svg(each.report), "badge.json": badge(each.report)}
        made |= {f"{each.name}/{name}": text for name, text in own.items()}
    return made


def write(made: Mapping[str, str], to: Path) -> None:
    """Write the files of a site below a folder. Raises ReportError when one can't be written."""
    for name, text in made.items():
        file = to / name
        with files.writing(file):
            file.parent.mkdir(parents=True, exist_ok=True)
        files.write(file, text)
