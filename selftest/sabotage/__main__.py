"""Run the suite against every saboteur, and tell which tests none of them made fail.

    python -m selftest.sabotage [SABOTEUR …] [-- PYTEST OPTIONS]

By default on the embedded cluster; `-- --kubeconfig FILE …` names another. What was found is kept in a file, so that
saboteurs can be run one by one. Exits with 1 where a test that applies to the target was made to fail by none.
"""

import json
import os
import subprocess
import sys
import tempfile
from collections import defaultdict
from pathlib import Path
from typing import Any

import click

from selftest.sabotage.saboteur import Saboteur
from selftest.sabotage.saboteurs import every

CHECKOUT = Path(__file__).parents[2]
FOUND = CHECKOUT / "reports" / "out" / "sabotage.json"
CAUGHT = ("failed", "warned")

Caught = dict[str, dict[str, str]]
"""For each test the saboteurs that made it fail, with the cause that the test gave."""


def run(saboteur: type[Saboteur], options: list[str]) -> dict[str, dict[str, Any]]:
    """Run the tests that a saboteur is meant for, and return the outcome and the cause of each."""
    modules = [str(CHECKOUT / "conformance" / f"test_{aim}.py") for aim in saboteur.aims]
    waits = [f"--timeout={name}={seconds}" for name, seconds in saboteur.waits.items()]
    environment = {**os.environ, "PYTEST_PLUGINS": "selftest.sabotage.wire", "KMC_SABOTEUR": saboteur.__name__}
    with tempfile.TemporaryDirectory() as reports:
        command = [sys.executable, "-m", "pytest", "-q", "-n", "8", f"--reports={reports}", *waits, *options, *modules]
        done = subprocess.run(command, cwd=CHECKOUT, env=environment, capture_output=True, text=True, check=False)
        files = [*Path(reports).glob("*/conformance-report.json")]
        if not files:
            raise SystemExit(f"{saboteur.__name__}: there is no report; pytest said:\n{done.stdout}{done.stderr}")
        report = json.loads(files[0].read_text())
    return {test["test"]: test for result in report["requirements"] for test in result["tests"]}


def merge(caught: Caught, name: str, outcomes: dict[str, dict[str, Any]]) -> None:
    """Take in what became of a saboteur, and tell it."""
    failed = {test for test, found in outcomes.items() if found["outcome"] in CAUGHT}
    errors = {test: found["cause"] for test, found in outcomes.items() if found["outcome"] == "error"}
    for test, found in outcomes.items():
        seen = caught.setdefault(test, {})
        seen.pop(name, None)
        if test in failed:
            seen[name] = found["cause"]
    click.echo(f"{name}: {len(failed)} of {len(outcomes)} tests failed")
    for test, cause in errors.items():
        click.echo(f"  error, not failure: {test}: {cause}")


def uncaught(caught: Caught, outcomes: dict[str, str]) -> list[str]:
    """Return the tests that apply to the target and that no saboteur made fail."""
    return sorted(test for test, found in outcomes.items() if found != "inapplicable" and not caught.get(test))


def main(arguments: list[str]) -> int:
    """Run the saboteurs that are named, or all; return the exit status."""
    names, _, options = _split(arguments)
    known = {found.__name__: found for found in every()}
    if unknown := [name for name in names if name not in known]:
        raise SystemExit(f"no saboteur is called {', '.join(unknown)}; there are {', '.join(known)}")
    kept = json.loads(FOUND.read_text()) if names and FOUND.exists() else {"caught": {}, "outcomes": {}}
    caught: Caught = defaultdict(dict, kept["caught"])
    outcomes: dict[str, str] = kept["outcomes"]
    for name in names or known:
        found = run(known[name], options or ["--embedded"])
        merge(caught, name, found)
        outcomes |= {test: each["outcome"] for test, each in found.items()}
        FOUND.parent.mkdir(parents=True, exist_ok=True)
        FOUND.write_text(json.dumps({"caught": caught, "outcomes": outcomes}, indent=1))
    missed = uncaught(caught, outcomes)
    click.echo(f"{len(outcomes) - len(missed)} of {len(outcomes)} tests are inapplicable here or were made to fail")
    click.echo("".join(f"  none makes it fail: {test}\n" for test in missed), nl=False)
    return 1 if missed else 0


def _split(arguments: list[str]) -> tuple[list[str], str, list[str]]:
    if "--" not in arguments:
        return arguments, "", []
    at = arguments.index("--")
    return arguments[:at], "--", arguments[at + 1 :]


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
