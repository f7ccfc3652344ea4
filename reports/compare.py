"""What changed between two reports: requirements, gates, facts about the target. Times and ids do not count."""

import json
from collections.abc import Iterable, Sequence
from dataclasses import asdict, dataclass
from enum import StrEnum

from rich.table import Table
from rich.text import Text

from kmc.reports import markdown
from kmc.reports.facts import facts_of, gates_of
from kmc.reports.model import Report
from kmc.reports.records import Outcome
from kmc.reports.verdict import UNSETTLED

NOTHING = "nothing changed"
"""What is said where two reports are the same."""


class Kind(StrEnum):
    """What happened to a requirement, or to the target."""

    NEWLY_FAILING = "newly failing"
    NEWLY_UNSETTLED = "newly unsettled"  # it had a true outcome, and has none now
    REMOVED = "removed"
    NEWLY_INAPPLICABLE = "newly inapplicable"
    NEWLY_WARNED = "newly warned"
    FIXED = "fixed"
    SETTLED = "settled"  # it has a true outcome now
    STILL_UNSETTLED = "still unsettled"  # without a true outcome, for another reason than before
    NEWLY_APPLICABLE = "newly applicable"
    ADDED = "added"
    GATE = "gate"
    FACT = "fact"


WORSE = frozenset({Kind.NEWLY_FAILING, Kind.NEWLY_UNSETTLED, Kind.REMOVED, Kind.NEWLY_INAPPLICABLE, Kind.NEWLY_WARNED})
"""The changes that a vendor has to answer for."""


@dataclass(frozen=True)
class Change:
    """One change; `subject` is a requirement's id, a gate, or a fact."""

    kind: Kind
    subject: str
    before: str
    after: str
    cause: str = ""

    @property
    def is_worse(self) -> bool:
        """Whether the later report is worse in this."""
        return self.kind in WORSE


def compare(before: Report, after: Report) -> list[Change]:
    """Return what changed from one report to the other: what got worse first."""
    changes = [*_requirements(before, after), *_gates(before, after), *_facts(before, after)]
    return sorted(changes, key=lambda change: (list(Kind).index(change.kind), change.subject))


def as_json(changes: Iterable[Change]) -> str:
    """Return changes as JSON."""
    return json.dumps([{**asdict(change), "worse": change.is_worse} for change in changes], indent=2) + "\n"


def as_markdown(changes: Sequence[Change]) -> str:
    """Return changes as a Markdown table, the worse ones bold."""
    if not changes:
        return f"{NOTHING}\n"
    lines = [markdown.row(["change", "of", "before", "after", "cause"]), markdown.row(["---"] * 5)]
    for change in changes:
        kind = f"**{change.kind}**" if change.is_worse else str(change.kind)
        cells = map(markdown.escaped, (change.subject, change.before, change.after, change.cause))
        lines.append(markdown.row([kind, *cells]))
    return "\n".join(lines) + "\n"


def as_table(changes: Sequence[Change]) -> Table:
    """Return changes for a terminal, the worse ones red."""
    table = Table("change", "of", "before", "after", "cause", box=None, padding=(0, 2, 0, 0))
    for change in changes:
        cells = (change.kind, change.subject, change.before, change.after, change.cause)
        table.add_row(*map(Text, cells), style="red" if change.is_worse else "")
    return table


def _requirements(before: Report, after: Report) -> Iterable[Change]:
    old = {result.id: result for result in before.requirements}
    new = {result.id: result for result in after.requirements}
    for each in sorted(old.keys() | new.keys()):
        if each not in new:
            yield Change(Kind.REMOVED, each, old[each].outcome, "")
        elif each not in old:
            yield Change(Kind.ADDED, each, "", new[each].outcome, new[each].cause)
        elif old[each].outcome is not new[each].outcome:
            kind = _kind(old[each].outcome, new[each].outcome)
            yield Change(kind, each, old[each].outcome, new[each].outcome, new[each].cause)


def _kind(before: Outcome, after: Outcome) -> Kind:
    if after is Outcome.FAILED:
        return Kind.NEWLY_FAILING
    if after in UNSETTLED:
        return Kind.STILL_UNSETTLED if before in UNSETTLED else Kind.NEWLY_UNSETTLED
    if before in UNSETTLED:
        return Kind.SETTLED
    if Outcome.INAPPLICABLE in {before, after}:
        return Kind.NEWLY_INAPPLICABLE if after is Outcome.INAPPLICABLE else Kind.NEWLY_APPLICABLE
    return Kind.NEWLY_WARNED if before is Outcome.PASSED else Kind.FIXED


def _gates(before: Report, after: Report) -> Iterable[Change]:
    old, new = (gates_of(report.target) for report in (before, after))
    for gate in sorted(old.keys() | new.keys()):
        if old.get(gate, "") != new.get(gate, ""):
            yield Change(Kind.GATE, gate, old.get(gate, ""), new.get(gate, ""))


def _facts(before: Report, after: Report) -> Iterable[Change]:
    old, new = (facts_of(report) for report in (before, after))
    for name in sorted(old.keys() | new.keys()):
        if old.get(name, "") != new.get(name, ""):
            yield Change(Kind.FACT, name, old.get(name, ""), new.get(name, ""))
