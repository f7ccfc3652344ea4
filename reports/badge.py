"""The verdict as a badge: a picture, or the JSON that a shields.io endpoint serves, which draws one."""

import json

from kmc.reports.model import Report, Verdict

_COLORS = {
    Verdict.CONFORMANT: "#1a7f37",
    Verdict.NOT_CONFORMANT: "#b3161c",
    Verdict.PARTIAL: "#8a5500",
    Verdict.NOT_OFFERED: "#57606a",
}


_LABEL = "multi-container"
_SVG = """\
<svg xmlns="http://www.w3.org/2000/svg" width="{all}" height="20" role="img" aria-label="{label}: {message}">
<title>{label}: {message}</title>
<rect width="{left}" height="20" fill="#444c56"/><rect x="{left}" width="{right}" height="20" fill="{color}"/>
<g fill="#fff" text-anchor="middle" font-family="Verdana,DejaVu Sans,sans-serif" font-size="11">
<text x="{mid_left}" y="14">{label}</text><text x="{mid_right}" y="14">{message}</text></g></svg>
"""


def svg(report: Report) -> str:
    """Return a picture of the verdict, which needs nothing else to be shown."""
    left, right = (7 * len(text) + 12 for text in (_LABEL, report.verdict))
    return _SVG.format(
        label=_LABEL, message=report.verdict, color=_COLORS[report.verdict], left=left, right=right, all=left + right,
        mid_left=left / 2, mid_right=left + right / 2,
    )  # fmt: skip


def badge(report: Report) -> str:
    """Return the JSON of a shields.io endpoint."""
    shown = {"label": _LABEL, "message": report.verdict, "color": _COLORS[report.verdict]}
    return json.dumps({"schemaVersion": 1, **shown}) + "\n"
