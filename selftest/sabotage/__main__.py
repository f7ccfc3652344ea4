"""Run the suite against every saboteur, and list the tests that no saboteur made fail.

    kmc cluster up && python -m selftest.sabotage [SABOTEUR …] [-- PYTEST OPTIONS]

By default on the embedded cluster; `-- --kubeconfig FILE …` names another. Results are kept and add up over clusters
with other gates (kmc cluster up --feature KEY=VALUE). Exits with 1 where a test ended in an error, or
failed with no saboteur.
"""

import json
import os
import subprocess
import sys
import tempfile
from pathlib import Path

import click

from selftest.sabotage.saboteur import Saboteur
from selftest.sabotage.saboteurs import every

CHECKOUT = Path(__file__).parents[2]
FOUND = CHECKOUT / "reports" / "out" / "sabotage"
CAUGHT = ("failed", "warned")

Outcomes = dict[str, dict[str, str]]
"""For each test its outcome and its cause."""


def run(saboteur: type[Saboteur], options: list[str]) -> Outcomes:
    """Run the tests that should notice a saboteur."""
    modules = [str(CHECKOUT / "conformance" / module) for module in saboteur.test_modules]
    timeouts = [f"--timeout={name}={seconds}" for name, seconds in saboteur.timeouts.items()]
    environment = {**os.environ, "PYTEST_PLUGINS": "selftest.sabotage.wire", "KMC_SABOTEUR": saboteur.__name__}
    with tempfile.TemporaryDirectory() as reports:
        pytest = [sys.executable, "-m", "pytest", "-q", "-n", "8", f"--reports={reports}"]
        command = [*pytest, *timeouts, *options, *modules]
        done = subprocess.run(command, cwd=CHECKOUT, env=environment, capture_output=True, text=True, check=False)
        files = [*Path(reports).glob("*/conformance-report.json")]
        if not files:
            raise SystemExit(f"{saboteur.__name__}: there is no report; pytest said:\n{done.stdout}{done.stderr}")
        report = json.loads(files[0].read_text())
    tests = [test for result in report["requirements"] for test in result["tests"]]
    return {test["test"]: {"outcome": test["outcome"], "cause": test["cause"]} for test in tests}


def summary(found: dict[str, Outcomes]) -> tuple[int, list[str]]:
    """Return how many tests there are, and a line for each that ended in an error or never failed."""
    tests = sorted({test for outcomes in found.values() for test in outcomes})
    lines = []
    for test in tests:
        seen = {name: outcomes[test] for name, outcomes in found.items() if test in outcomes}
        lines += [f"ends in an error with {name}: {test}: {each['cause']}"
                  for name, each in seen.items() if each["outcome"] == "error"]  # fmt: skip
        outcomes = {each["outcome"] for each in seen.values()}
        if not outcomes.intersection(CAUGHT):
            lines.append(f"{', '.join(sorted(outcomes))} with {', '.join(seen)}: {test}")
    return len(tests), lines


def kept(name: str) -> Outcomes:
    """Return the results with a saboteur so far."""
    file = FOUND / f"{name}.json"
    found: Outcomes = json.loads(file.read_text()) if file.exists() else {}
    return found


def keep(name: str, outcomes: Outcomes) -> None:
    """Keep the results with a saboteur; an inapplicable test replaces no earlier result."""
    before = kept(name)
    new = {test: each for test, each in outcomes.items() if each["outcome"] != "inapplicable" or test not in before}
    FOUND.mkdir(parents=True, exist_ok=True)
    (FOUND / f"{name}.json").write_text(json.dumps({**before, **new}, indent=1))


def main(arguments: list[str]) -> int:
    """Run the saboteurs that are named, or all; return the exit status."""
    at = arguments.index("--") if "--" in arguments else len(arguments)
    names, options = arguments[:at], arguments[at + 1 :] or ["--embedded"]
    known = {found.__name__: found for found in every()}
    if unknown := [name for name in names if name not in known]:
        raise SystemExit(f"no saboteur is called {', '.join(unknown)}; there are {', '.join(known)}")
    for name in names or known:
        outcomes = run(known[name], options)
        failed = [each for each in outcomes.values() if each["outcome"] in CAUGHT]
        click.echo(f"{name}: {len(failed)} of {len(outcomes)} tests failed")
        keep(name, outcomes)
    count, lines = summary({name: kept(name) for name in known})
    click.echo(f"{count} tests; {len(lines)} findings")
    for line in lines:
        click.echo(f"  {line}")
    return 1 if lines else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
