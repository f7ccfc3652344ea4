"""Runs the tests that could notice a fault, and says what became of their requirements."""

import json
import os
import subprocess
import sys
import tempfile
from collections.abc import Sequence
from pathlib import Path

CHECKOUT = Path(__file__).parents[2]
KILLED = ("failed", "warned")
_TIMEOUTS = {
    "service_ready": 75,
    "status": 40,
    "failure": 75,
    "route_answers": 20,
    "scale_to_zero": 70,
    "scale_up": 45,
    "pods_gone": 80,
    "deletion": 90,
    "obstacle": 60,
}
"""Seconds, shorter than the suite's own, since what is waited for under a fault is never seen."""

Outcomes = dict[str, str]
"""For each requirement what became of it."""


class NoReport(Exception):
    """The run came to no judgement; has the end of what it said."""


def judge(requirements: Sequence[str], options: Sequence[str]) -> Outcomes:
    """Run the tests of these requirements on the target as it is. Raises NoReport where nothing was judged."""
    timeouts = [f"--timeout={name}={seconds}" for name, seconds in _TIMEOUTS.items()]
    environment = {**os.environ, "PYTEST_PLUGINS": "selftest.broken.haste"}
    with tempfile.TemporaryDirectory() as reports:
        pytest = [
            sys.executable,
            "-m",
            "pytest",
            "-q",
            f"--reports={reports}",
            f"--requirement={','.join(requirements)}",
        ]
        command = [*pytest, *timeouts, *options]
        done = subprocess.run(command, cwd=CHECKOUT, env=environment, capture_output=True, text=True, check=False)
        files = [*Path(reports).glob("*/conformance-report.json")]
        if not files:
            raise NoReport("\n".join((done.stdout + done.stderr).splitlines()[-30:]))
        report = json.loads(files[0].read_text())
    return {each["id"]: each["outcome"] for each in report["requirements"] if each["id"] in requirements}
