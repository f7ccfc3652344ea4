"""The submissions in docs/results verify, by the key that lies in each."""

from pathlib import Path

import pytest

from selftest.report_commands import kmc_report

FOLDER = Path(__file__).parents[1] / "docs" / "results" / "submissions"
SUBMISSIONS = sorted(file.parent for file in FOLDER.rglob("conformance-report.json"))


@pytest.mark.parametrize("folder", SUBMISSIONS, ids=lambda folder: folder.name)
def test_a_submission_verifies(folder: Path) -> None:
    done = kmc_report("verify", folder)
    assert done.exit_code == 0, done.output


@pytest.mark.parametrize("folder", SUBMISSIONS, ids=lambda folder: folder.name)
def test_a_submission_is_where_the_rule_says(folder: Path) -> None:
    assert len(folder.relative_to(FOLDER).parts) == 2  # organization/product-version


@pytest.mark.parametrize(
    "file", [file for folder in SUBMISSIONS for file in folder.iterdir()], ids=lambda file: file.name
)
def test_a_submission_has_no_private_key(file: Path) -> None:
    assert "PRIVATE KEY" not in file.read_text()
