"""The reports in examples/: they verify, and are what their README says they are."""

import re
from pathlib import Path

import pytest

from kmc.fixtures.requirements import load
from kmc.fixtures.run.journaling import published_sets
from kmc.reports.model import Verdict
from kmc.reports.verify import verify

EXAMPLES = Path(__file__).parents[1] / "examples"
VERDICTS = {"gated": Verdict.PARTIAL, "broken": Verdict.NOT_CONFORMANT}
PLACE_OF_A_MACHINE = re.compile(
    r"/(?:root|home(?!/nonroot))/|\.cache/|lowerdir=|upperdir=|/var/lib/(?:kubelet|containerd)"
)


@pytest.mark.parametrize(("name", "verdict"), VERDICTS.items())
def test_an_example_verifies_and_has_its_verdict(name: str, verdict: Verdict) -> None:
    found = verify(EXAMPLES / name / "conformance-report.json", published_sets(load()))
    assert found.problems == ()
    assert found.report is not None
    assert found.report.verdict is verdict


@pytest.mark.parametrize("name", VERDICTS)
@pytest.mark.parametrize("file", ["certificate.html", "junit.xml"])
def test_an_example_has_its_other_forms(name: str, file: str) -> None:
    assert (EXAMPLES / name / file).stat().st_size > 1_000


@pytest.mark.parametrize("file", sorted(EXAMPLES.glob("*/*")), ids=lambda file: f"{file.parent.name}/{file.name}")
def test_an_example_has_no_path_of_a_machine(file: Path) -> None:
    assert PLACE_OF_A_MACHINE.findall(file.read_text()) == []
