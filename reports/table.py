"""Several reports side by side: a row of each requirement, a column of each report. Differences stand out."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

from kmc.reports.facts import facts_of, gates_of
from kmc.reports.markdown import escaped, row
from kmc.reports.model import Report, RequirementResult
from kmc.reports.pages import ORDER, SIGNS, page, title_of
from kmc.reports.records import Outcome, Requirement

TITLE = "Multi-container Knative Services: reports side by side"
ABSENT = "not in this report"
_RELEASE = ("product", "Knative", "Kubernetes", "ingress", "requirement set", "suite")
"""The facts that are shown first, and always."""


@dataclass(frozen=True)
class Cell:
    """What a requirement came to, and why; `labels` are all reports that say just this, `tests` those of the first."""

    anchor: str
    labels: tuple[str, ...]
    outcome: Outcome | None
    cause: str = ""
    tests: tuple[str, ...] = ()


@dataclass(frozen=True)
class Row:
    """A requirement, as the last report that has it describes it, and a cell of each report."""

    requirement: Requirement
    cells: tuple[Cell, ...]

    @property
    def groups(self) -> tuple[Cell, ...]:
        """The cells, each once."""
        return tuple(dict.fromkeys(self.cells))

    @property
    def outcomes(self) -> set[Outcome]:
        """The outcomes in the row."""
        return {cell.outcome for cell in self.cells if cell.outcome}

    @property
    def differs(self) -> bool:
        """Whether the reports disagree."""
        return len({cell.outcome for cell in self.cells}) > 1

    @property
    def has_cause(self) -> bool:
        """Whether a report says why."""
        return any(cell.cause for cell in self.cells)


@dataclass(frozen=True)
class Fact:
    """What each report says of one fact; `own` is one that no two reports have in common."""

    name: str
    values: tuple[str, ...]
    own: bool = False

    @property
    def differs(self) -> bool:
        """Whether the reports disagree."""
        return not self.own and len(set(self.values)) > 1


@dataclass(frozen=True)
class Table:
    """Reports side by side; `labels` tell them apart."""

    labels: tuple[str, ...]
    reports: tuple[Report, ...]
    facts: tuple[Fact, ...]
    rows: tuple[Row, ...]

    @property
    def summary(self) -> str:
        """How much differs, in a sentence."""
        differing = sum(each.differs for each in self.rows)
        return f"Differences: {differing} of {len(self.rows)} requirements, in {len(self.reports)} reports."


def table(reports: Sequence[Report]) -> Table:
    """Return reports side by side, in their order."""
    labels = _labels(reports)
    results = [{result.id: result for result in report.requirements} for report in reports]
    rows = (_row(labels, [each.get(name) for each in results]) for name in sorted(set().union(*results)))
    return Table(labels, tuple(reports), _facts(reports), tuple(rows))


def as_html(made: Table) -> str:
    """Return the table as one HTML file."""
    numbers = [(each, sum(each in row.outcomes for row in made.rows)) for each in ORDER]
    return page("table.html.j2", table=made, title=TITLE, outcomes=[each for each in numbers if each[1]], absent=ABSENT)


def as_markdown(made: Table) -> str:
    """Return the table as Markdown: below it, each requirement for which a report gives a cause."""
    head = [row(["", *map(escaped, made.labels)]), row(["---"] * (len(made.labels) + 1))]
    facts = [row([_marked(fact), *map(escaped, fact.values)]) for fact in made.facts]
    rows = [
        row([_name(each), escaped(each.requirement.claim), *(_cell(each, cell) for cell in each.cells)])
        for each in made.rows
    ]
    titles = [row(["requirement", "claim", *map(escaped, made.labels)]), row(["---"] * (len(made.labels) + 2))]
    causes = [line for each in made.rows if each.has_cause for line in _causes(each)]
    lines = [f"# {TITLE}", "", f"{made.summary} They are marked ≠.", "", *head, *facts, "", "## Requirements"]
    return "\n".join([*lines, *titles, *rows, "", "## Causes", *causes]) + "\n"


def _labels(reports: Sequence[Report]) -> tuple[str, ...]:
    """Return what tells the reports apart: no more than is needed."""
    words: list[Callable[[Report], str]] = [
        title_of,
        lambda report: report.target.knative if report.target else "",
        lambda report: report.target.ingress.ingress_class if report.target else "",
        lambda report: report.run.id,
    ]
    used: list[Callable[[Report], str]] = []
    labels: list[str] = [""] * len(reports)
    for word in words:
        if (len(set(labels)) < len(reports) and len({word(report) for report in reports}) > 1) or not used:
            used.append(word)
            labels = [", ".join(filter(None, (each(report) for each in used))) for report in reports]
    return tuple(f"{label} ({number})" if labels.count(label) > 1 else label for number, label in enumerate(labels, 1))


def _facts(reports: Sequence[Report]) -> tuple[Fact, ...]:
    """Return the facts about the targets, those about gates and images only where they differ, and the digests."""
    about = [facts_of(report) for report in reports]
    gates = [{f"gate {name}": state for name, state in gates_of(report.target).items()} for report in reports]
    verdicts = [name for name in dict.fromkeys(name for each in about for name in each) if name.startswith("verdict")]
    others = sorted(set().union(*about, *gates) - {*verdicts, *_RELEASE})
    differing = [fact for fact in (_fact(name, _merged(about, gates)) for name in others) if fact.differs]
    shown = [fact for fact in (_fact(name, about) for name in [*verdicts, *_RELEASE]) if any(fact.values)]
    return (
        *shown,
        *differing,
        Fact("run", tuple(f"{report.run.id}, {report.run.start}" for report in reports), own=True),
        Fact("sha256 of the report", tuple(report.sha256 for report in reports), own=True),
    )


def _merged(*facts: Sequence[Mapping[str, str]]) -> list[dict[str, str]]:
    return [{name: value for each in both for name, value in each.items()} for both in zip(*facts, strict=True)]


def _fact(name: str, facts: Sequence[Mapping[str, str]]) -> Fact:
    return Fact(name, tuple(each.get(name, "") for each in facts))


def _row(labels: Sequence[str], results: Sequence[RequirementResult | None]) -> Row:
    said: list[tuple[Outcome | None, str]] = [
        (result.outcome, result.cause) if result else (None, "") for result in results
    ]
    described = next(filter(None, reversed(results)))
    cells: dict[tuple[Outcome | None, str], Cell] = {}
    for number, (each, result) in enumerate(zip(said, results, strict=True)):
        same = tuple(label for label, other in zip(labels, said, strict=True) if other == each)
        tests = tuple(test.test for test in result.tests if test.outcome is result.outcome) if result else ()
        cells.setdefault(each, Cell(f"about-{described.id}-{number}", same, each[0], each[1], tests))
    return Row(described, tuple(cells[each] for each in said))


def _marked(fact: Fact) -> str:
    return f"**≠ {escaped(fact.name)}**" if fact.differs else escaped(fact.name)


def _name(each: Row) -> str:
    name = each.requirement.id
    shown = f"[{name}](#{name.lower()})" if each.has_cause else name
    return f"**≠ {shown}**" if each.differs else shown


def _cell(each: Row, cell: Cell) -> str:
    shown = f"{SIGNS[cell.outcome]} {cell.outcome}" if cell.outcome else f"— {ABSENT}"
    return f"[{shown}](#{each.requirement.id.lower()})" if cell.cause else shown


def _causes(each: Row) -> list[str]:
    lines = ["", f"### {each.requirement.id}", escaped(each.requirement.claim), ""]
    for cell in each.groups:
        cause = f": {escaped(cell.cause)} ({escaped(', '.join(cell.tests))})" if cell.cause else ""
        lines.append(f"- {escaped(', '.join(cell.labels))}: **{cell.outcome or ABSENT}**{cause}")
    return lines
