"""Kills runs on the embedded cluster at random moments, and demands that `kmc clean` then leaves nothing of them.

    kmc cluster up && python -m selftest.kills [--times N] [--seed S] [-- OPTIONS OF kmc run]

Of every second run all processes are killed, of the others only the first, whose workers have to notice. The moments
are the same again with the same seed. Exits with 1 where something stays.
"""

import os
import random
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Sequence

import click

from kmc.clusters.embedded.paths import default_layout
from kmc.fixtures.clients import kinds
from kmc.fixtures.clients.kube import Kube
from kmc.fixtures.target import gates, leases
from kmc.fixtures.target.settings import SYSTEM_NAMESPACE
from kmc.fixtures.timeouts import Timeouts

NAMESPACE = "kmc"
LONGEST = 45.0
"""Seconds after its start until which a run is killed: it has just begun, or is in its midst."""
TESTS = "MC-LOC-01,MC-ENV-04,MC-VOL-05,MC-ASC-04,MC-LIF-07,MC-TRF-06,MC-STA-04,MC-IMG-06"


@click.command()
@click.option("--times", default=5, show_default=True, help="How many runs are killed.")
@click.option("--seed", default=1, show_default=True, help="Decides when.")
@click.argument("options", nargs=-1)
def main(times: int, seed: int, options: Sequence[str]) -> None:
    """Kill runs, clean up once, and look for what is left."""
    chance = random.Random(seed)  # noqa: S311 - no secret
    timeouts = Timeouts()
    admin = default_layout().admin_kubeconfig
    kube = Kube.connect(admin, None, timeout=timeouts.api, patience=timeouts.api_retries)
    before = _gates(kube)
    runs = [f"kill-{seed}-{number}" for number in range(times)]
    with tempfile.TemporaryDirectory() as reports:
        for number, run in enumerate(runs):
            after, whole = chance.uniform(2, LONGEST), number % 2 == 0
            _kill_one(run, after, reports, options, whole=whole)
            click.echo(f"{run}: killed {'whole' if whole else 'its first process'} after {after:.0f} s, leaving "
                       f"{len(_left(kube, run))} objects")  # fmt: skip
    cleaned = subprocess.run(
        [sys.executable, "-m", "kmc", "clean", "--kubeconfig", str(admin), "--namespace", NAMESPACE], check=False
    )
    left = [each for run in runs for each in _left(kube, run)]
    changed = {key: value for key, value in _gates(kube).items() if before.get(key) != value}
    click.echo(
        f"kmc clean: exit code {cleaned.returncode}; left: {left or 'nothing'}; gates changed: {changed or 'none'}"
    )
    kube.close()
    sys.exit(1 if left or changed or cleaned.returncode else 0)


def _kill_one(run: str, after: float, reports: str, options: Sequence[str], *, whole: bool) -> None:
    command = [sys.executable, "-m", "kmc", "run", "--embedded", "--requirement", TESTS, "-n", "4",
               "--run-id", run, "--reports", reports, *options]  # fmt: skip
    process = subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, start_new_session=True)
    try:
        process.wait(after)
    except subprocess.TimeoutExpired:
        (os.killpg if whole else os.kill)(process.pid, signal.SIGKILL)
        process.wait()
    time.sleep(1)  # what a worker was sending is on its way still


def _left(kube: Kube, run: str) -> list[str]:
    return leases.objects_of(kube, NAMESPACE, run)


def _gates(kube: Kube) -> dict[str, str]:
    found: dict[str, str] = kube.get(kinds.CONFIG_MAP, SYSTEM_NAMESPACE, gates.FEATURES).get("data") or {}
    return found


if __name__ == "__main__":
    main()
