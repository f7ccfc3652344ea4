"""What earlier versions of the suite wrote is still read: a folder of each format, never to be changed."""

import shutil
from pathlib import Path

import pytest

from kmc.reports.build import build
from kmc.reports.journal import JournalError, read
from kmc.reports.verify import verify

OLD = Path(__file__).parent / "old_reports"


@pytest.fixture(params=[each.name for each in OLD.iterdir()])
def run(request: pytest.FixtureRequest, tmp_path: Path) -> Path:
    return Path(shutil.copytree(OLD / request.param, tmp_path / "run"))


def test_an_old_report_verifies_with_its_journal_attachments_and_signature(run: Path) -> None:
    found = verify(run / "conformance-report.json", key=run / "vendor.pub")
    assert (found.problems, found.unchecked) == ((), ())


def test_an_old_journal_gives_the_same_report(run: Path) -> None:
    before = (run / "conformance-report.json").read_bytes()
    build(run)
    assert (run / "conformance-report.json").read_bytes() == before


@pytest.mark.parametrize("order", [(0, 2, 3), (0, 2, 1, 3), (0, 1, 1, 2, 3)])
def test_the_first_format_shows_removed_repeated_and_moved_lines(tmp_path: Path, order: tuple[int, ...]) -> None:
    lines = (OLD / "1" / "journal.jsonl").read_bytes().splitlines(keepends=True)
    (tmp_path / "journal.jsonl").write_bytes(b"".join(lines[at] for at in order))
    with pytest.raises(JournalError, match="does not follow the line before it"):
        read(tmp_path / "journal.jsonl")
