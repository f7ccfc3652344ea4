"""The report for people: one HTML file."""

from collections import Counter

from kmc.reports.model import Report, RequirementResult
from kmc.reports.pages import ORDER, TROUBLES, page, title_of


def certificate(report: Report) -> str:
    """Return the HTML of a report; what went wrong comes first."""
    return page(
        "certificate.html.j2",
        report=report,
        title=title_of(report),
        nodes=_nodes(report),
        results=sorted(report.requirements, key=lambda result: (_rank(result, report), result.id)),
        outcomes=[(outcome, report.totals[outcome]) for outcome in ORDER if report.totals[outcome]],
        troubles=TROUBLES,
    )


def _rank(result: RequirementResult, report: Report) -> int:
    """Return where a result belongs: trouble comes first, what nobody wanted to run last."""
    left_out = report.run.selection and not result.tests
    return len(ORDER) if left_out else ORDER.index(result.outcome)


def _nodes(report: Report) -> str:
    """Say how many nodes there are of each kind."""
    nodes = report.target.nodes if report.target else ()
    kinds = Counter(f"{node.os}/{node.architecture}, {node.runtime}" for node in nodes)
    return "; ".join(f"{number} of {kind}" for kind, number in sorted(kinds.items()))
