"""A report in a few lines of Markdown: for the summary of a CI job, or a comment on a pull request."""

from kmc.reports.markdown import escaped, row
from kmc.reports.model import Report
from kmc.reports.pages import ORDER, SIGNS, TROUBLES, title_of

_MOST = 50
"""Requirements that are listed at most."""


def summary(report: Report) -> str:
    """Return the verdicts of the profiles, how many requirements had each outcome, and those with trouble."""
    outcomes = [each for each in ORDER if report.totals[each]]
    head = ["profile", "verdict", *outcomes]
    lines = [
        f"## {escaped(title_of(report))}: {report.verdict}", "", f"{escaped(report.reason)}", "",
        row(head), row(["---"] * len(head)),
        *(row([each.name, each.verdict, *(str(each.counts[of]) for of in outcomes)]) for each in report.profiles),
    ]  # fmt: skip
    troubled = [each for each in report.requirements if each.outcome in TROUBLES and each.tests]
    troubled.sort(key=lambda each: (TROUBLES.index(each.outcome), each.id))
    if troubled:
        lines += ["", row(["requirement", "outcome", "cause"]), row(["---"] * 3)]
        lines += [
            row([f"`{each.id}` {escaped(each.claim)}", f"{SIGNS[each.outcome]} {each.outcome}", escaped(each.cause)])
            for each in troubled[:_MOST]
        ]
    if len(troubled) > _MOST:
        lines += ["", f"and {len(troubled) - _MOST} more"]
    return "\n".join(lines) + "\n"
