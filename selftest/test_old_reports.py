"""What earlier versions of the suite wrote is still read: a folder of each format, never to be changed."""

import shutil
from pathlib import Path

import pytest

from kmc.reports.build import build
from kmc.reports.verify import verify

FORMATS = [each.name for each in (Path(__file__).parent / "old_reports").iterdir()]


@pytest.fixture(params=FORMATS)
def run(request: pytest.FixtureRequest, tmp_path: Path) -> Path:
    return Path(shutil.copytree(Path(__file__).parent / "old_reports" / request.param, tmp_path / "run"))


def test_an_old_report_verifies_with_its_journal_attachments_and_signature(run: Path) -> None:
    found = verify(run / "conformance-report.json", key=run / "vendor.pub")
    assert (found.problems, found.unchecked) == ((), ())


def test_an_old_journal_gives_the_same_report(run: Path) -> None:
    before = (run / "conformance-report.json").read_bytes()
    build(run)
    assert (run / "conformance-report.json").read_bytes() == before
