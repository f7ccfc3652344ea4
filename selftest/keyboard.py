"""Uses the site of submissions by keys alone, in a headless Chromium: `python -m selftest.keyboard`.

On a desktop's width and a phone's, light and dark: what has the focus is seen, with a ring around it; filters work;
no page is wider than its window, asks for anything, or complains.
"""

import json
import shutil
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path

import click

from selftest.browser import Browser, browser
from selftest.report_commands import kmc_report

ROOT = Path(__file__).parents[1]
SUBMISSION = ROOT / "docs/results/submissions/kmc/embedded-cluster-1.23.0"
STOPS = 120
"""How often Tab is pressed on a page, and then Shift+Tab."""


def site(folder: Path) -> Path:
    """Make a site of a submission and of two that are made up of it, so that they do not verify."""
    for version in ("1.0", "2.0"):
        copy = shutil.copytree(SUBMISSION, folder / "submissions" / version)
        file = copy / "conformance-report.json"
        report = json.loads(file.read_text())
        report["implementation"] = {**report["implementation"], "product": "Made up", "version": version}
        report["run"]["start"] = f"202{version[0]}-01-01T00:00:00.000Z"
        file.write_text(json.dumps(report))
    made = kmc_report("site", SUBMISSION, folder / "submissions", "-o", folder / "site")
    assert made.exit_code == 0, made.output
    return folder / "site"


def faults(chromium: Browser, page: Path) -> Iterator[str]:
    """Yield what is wrong with a page for whoever has a keyboard only."""
    chromium.asked.clear()
    chromium.said.clear()
    chromium.open(page)
    if not (chromium.press("Tab") or {}).get("clear"):
        yield "the first Tab shows nothing"
    chromium.open(page)
    for shift in (False, True):
        for _ in range(STOPS):
            focused = chromium.press("Tab", shift=shift)
            if focused is None:
                break
            if not (focused["clear"] and focused["ringed"]):
                yield f"{'Shift+' * shift}Tab: can't be seen: {focused['tag']} {focused['id'] or focused['text']}"
    yield from _filter(chromium, page)
    chromium.script("document.querySelectorAll('details').forEach((each) => { each.open = true; })")
    wide, window = chromium.script(
        "[document.documentElement.scrollWidth, visualViewport.width * visualViewport.scale]"
    )
    if wide > window + 1:
        yield f"with all opened, it is {wide} px wide in a window of {window:.0f}"
    yield from (f"asks for {each}" for each in chromium.asked if each != page.as_uri())
    yield from (f"complains: {each}" for each in chromium.said)


def _filter(chromium: Browser, page: Path) -> Iterator[str]:
    """Search, take that back, leave an outcome out, and open what is left."""
    chromium.open(page)
    if not _tabbed(chromium, "id", "words"):
        yield "Tab does not reach the search"
        return
    every = _shown(chromium)
    for letter in "nothing has these words":
        chromium.press(letter)
    if not _shown(chromium).startswith("0 of"):
        yield f"a search for nothing shows {_shown(chromium)}"
    chromium.press("Escape")
    if _shown(chromium) != every:
        yield f"after Escape in the search, {_shown(chromium)} are shown, expected {every}"
    chromium.press("Tab")
    if chromium.press(" ")["checked"] or _shown(chromium) == every:
        yield "Space leaves no outcome out"
    chromium.press(" ")
    if _tabbed(chromium, "tag", "summary") and not chromium.press("Enter")["open"]:
        yield "Enter opens nothing"


def _tabbed(chromium: Browser, what: str, wanted: str) -> bool:
    """Press Tab until something is reached."""
    return any((chromium.press("Tab") or {}).get(what) == wanted for _ in range(STOPS))


def _shown(chromium: Browser) -> str:
    return str(chromium.script("document.getElementById('shown').textContent"))


def main() -> int:
    """Say what is wrong with each page, and return how many faults there are."""
    found = 0
    with tempfile.TemporaryDirectory() as folder, browser() as chromium:
        pages = sorted(site(Path(folder)).rglob("*.html"))
        for width, dark in ((1200, False), (1200, True), (390, False), (390, True)):
            chromium.look(width, dark=dark)
            for page in pages:
                each = list(faults(chromium, page))
                found += len(each)
                name = f"{page.parent.name}/{page.name}, {width} px, {'dark' if dark else 'light'}"
                click.echo(f"{name}: {'; '.join(each) or 'well'}")
    return found


if __name__ == "__main__":
    sys.exit(bool(main()))
