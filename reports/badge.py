"""The verdict as a badge: an SVG of its own, or the JSON that a shields.io endpoint serves."""

import json

from kmc.reports.model import Report, Verdict

LABEL = "multi-container"
_COLORS = {
    Verdict.CONFORMANT: "#1a7f37",
    Verdict.NOT_CONFORMANT: "#b3161c",
    Verdict.PARTIAL: "#8a5500",
    Verdict.NOT_OFFERED: "#57606a",
}
_CHARACTER = 6.6
"""Pixels of a character of 11 px Verdana on average; `textLength` makes the text fit where the font is another."""


def badge_json(report: Report) -> str:
    """Return the JSON of a shields.io endpoint."""
    badge = {"schemaVersion": 1, "label": LABEL, "message": report.verdict, "color": _COLORS[report.verdict]}
    return json.dumps(badge) + "\n"


def badge_svg(report: Report) -> str:
    """Return the SVG of a badge."""
    left, right = (round(len(text) * _CHARACTER) + 12 for text in (LABEL, report.verdict))
    name = f"{LABEL}: {report.verdict}"
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" width="{left + right}" height="20" role="img" aria-label="{name}">'
        f"<title>{name}</title>"
        f'<rect width="{left + right}" height="20" rx="3" fill="{_COLORS[report.verdict]}"/>'
        f'<path d="M3 0h{left - 3}v20H3a3 3 0 0 1-3-3V3a3 3 0 0 1 3-3z" fill="#3b4148"/>'
        '<g fill="#fff" font-family="Verdana,DejaVu Sans,sans-serif" font-size="11">'
        f"{_text(LABEL, 6, left)}{_text(report.verdict, left + 6, right)}</g></svg>\n"
    )


def _text(text: str, at: int, width: int) -> str:
    return f'<text x="{at}" y="14" textLength="{width - 12}" lengthAdjust="spacingAndGlyphs">{text}</text>'
