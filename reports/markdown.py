"""Markdown of text that is not ours."""

import html
import re
from collections.abc import Iterable


def escaped(text: str) -> str:
    """Return text that Markdown shows as it is, in one line."""
    return re.sub(r"[\\`*_\[\]|~#]", r"\\\g<0>", html.escape(" ".join(text.split()), quote=False))


def row(cells: Iterable[str]) -> str:
    """Return a row of a table, of cells that are Markdown."""
    return f"| {' | '.join(cells)} |"
