"""The verdict as a badge: the JSON that a shields.io endpoint serves, which draws it."""

import json

from kmc.reports.model import Report, Verdict

_COLORS = {
    Verdict.CONFORMANT: "#1a7f37",
    Verdict.NOT_CONFORMANT: "#b3161c",
    Verdict.PARTIAL: "#8a5500",
    Verdict.NOT_OFFERED: "#57606a",
}


def badge(report: Report) -> str:
    """Return the JSON of a shields.io endpoint."""
    shown = {"label": "multi-container", "message": report.verdict, "color": _COLORS[report.verdict]}
    return json.dumps({"schemaVersion": 1, **shown}) + "\n"
