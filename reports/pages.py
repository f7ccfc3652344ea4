"""HTML pages that need nothing else, neither network nor script, to be read."""

from jinja2 import Environment, PackageLoader, StrictUndefined

from kmc.reports.model import Report
from kmc.reports.records import Outcome

TROUBLES = (Outcome.FAILED, Outcome.ERROR, Outcome.UNTESTABLE, Outcome.NOT_RUN, Outcome.WARNED)
ORDER = (*TROUBLES, Outcome.EXCLUDED, Outcome.PASSED, Outcome.INAPPLICABLE)
"""What went wrong comes first."""
SIGNS = {
    Outcome.PASSED: "✓",
    Outcome.FAILED: "✗",
    Outcome.WARNED: "!",
    Outcome.INAPPLICABLE: "·",
    Outcome.UNTESTABLE: "?",
    Outcome.EXCLUDED: "⊘",
    Outcome.NOT_RUN: "○",
    Outcome.ERROR: "‼",
}


def page(template: str, **values: object) -> str:
    """Return the page of a template."""
    templates = Environment(
        loader=PackageLoader("kmc.reports"),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    templates.globals["signs"] = SIGNS
    return templates.get_template(template).render(**values)


def title_of(report: Report) -> str:
    """Name the product, or what else is known of the target."""
    if report.implementation:
        return f"{report.implementation.product} {report.implementation.version}"
    return f"Knative {report.target.knative}" if report.target else "A Knative install"
