"""The published tables of results belong to the requirement set that is published beside them."""

import re
from pathlib import Path

import pytest

from kmc.fixtures.requirements import load
from kmc.reports.markdown import escaped
from kmc.reports.records import USUAL

RESULTS = Path(__file__).parents[1] / "docs" / "results"
TABLES = sorted(RESULTS.glob("*-table.md"))
REQUIRED = load()


def test_there_is_a_table() -> None:
    assert TABLES


@pytest.mark.parametrize("table", TABLES, ids=lambda path: path.stem)
def test_a_table_belongs_to_the_current_set(table: Path) -> None:
    text = table.read_text()
    [versions] = re.findall(r"^\| (?:\*\*≠ )?requirement set(?:\*\*)? \|(.*)\|$", text, re.MULTILINE)
    assert {version.strip() for version in versions.split("|")} == {f"{REQUIRED.name} {REQUIRED.version}"}
    rows = re.findall(r"^\| (?:\*\*≠ )?\[?(MC-[A-Z]{3}-\d\d)[^|]*\| ([^|]*) \|", text, re.MULTILINE)
    assert dict(rows) == {each.id: escaped(each.claim) for each in REQUIRED.judged() if each.profile in USUAL}
