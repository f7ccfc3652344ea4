"""The report for people: one HTML file that needs nothing else, neither network nor script, to be read."""

from collections import Counter

from jinja2 import Environment, PackageLoader, StrictUndefined

from kmc.reports.model import Report, RequirementResult
from kmc.reports.records import Outcome

TROUBLES = (Outcome.FAILED, Outcome.ERROR, Outcome.UNTESTABLE, Outcome.NOT_RUN, Outcome.WARNED)
_ORDER = (*TROUBLES, Outcome.EXCLUDED, Outcome.PASSED, Outcome.INAPPLICABLE)
_SIGNS = {
    Outcome.PASSED: "✓",
    Outcome.FAILED: "✗",
    Outcome.WARNED: "!",
    Outcome.INAPPLICABLE: "·",
    Outcome.UNTESTABLE: "?",
    Outcome.EXCLUDED: "⊘",
    Outcome.NOT_RUN: "○",
    Outcome.ERROR: "‼",
}


def certificate(report: Report) -> str:
    """Return the HTML of a report; what went wrong comes first."""
    templates = Environment(
        loader=PackageLoader("kmc.reports"),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    return templates.get_template("certificate.html.j2").render(
        report=report,
        title=_title(report),
        nodes=_nodes(report),
        results=sorted(report.requirements, key=lambda result: (_rank(result, report), result.id)),
        outcomes=[outcome for outcome in _ORDER if report.totals[outcome]],
        troubles=TROUBLES,
        signs=_SIGNS,
    )


def _title(report: Report) -> str:
    if report.implementation:
        return f"{report.implementation.product} {report.implementation.version}"
    return f"Knative {report.target.knative}" if report.target else "A Knative install"


def _rank(result: RequirementResult, report: Report) -> int:
    """Return where a result belongs: trouble comes first, what nobody wanted to run last."""
    left_out = report.run.selection and not result.tests
    return len(_ORDER) if left_out else _ORDER.index(result.outcome)


def _nodes(report: Report) -> str:
    """Say how many nodes there are of each kind."""
    nodes = report.target.nodes if report.target else ()
    kinds = Counter(f"{node.os}/{node.architecture}, {node.runtime}" for node in nodes)
    return "; ".join(f"{number} of {kind}" for kind, number in sorted(kinds.items()))
