"""Break Knative itself, one fault at a time, and see which requirements turn red.

    python -m selftest.broken [FAULT …]

Starts the embedded cluster with the broken build, or uses it where it runs. A fault that was seen to be killed is left
out unless it is named. What was seen is kept after every fault, in conformance/kill-matrix.json and as
docs/results/kill-matrix.md. Exits with 1 where a fault survives.
"""

import sys
import time
from collections.abc import Iterable, Sequence

import click

from kmc.clusters.embedded import cluster, components
from kmc.clusters.embedded.api import kubectl_of
from kmc.clusters.embedded.paths import default_layout
from kmc.commands.display import Display
from selftest.broken import page
from selftest.broken.build import identity, prepare
from selftest.broken.faults import Fault, load
from selftest.broken.matrix import Matrix
from selftest.broken.runs import NoReport, judge
from selftest.broken.switching import Switch

_GATES = {"multi-container-probing": "enabled", "kubernetes.podspec-init-containers": "enabled"}
"""What the cluster is made with, so that few tests need a change of gates."""

_AT_ONCE = 10
"""How many faults' tests are run together with no fault on."""


@click.command(help=__doc__)
@click.argument("names", nargs=-1, metavar="[FAULT …]")
@click.option("--knative", "release", default="1.23", show_default=True, help="The release to break.")
@click.option("-n", "workers", default=4, show_default=True, help="How many tests run at once.")
def main(names: tuple[str, ...], release: str, workers: int) -> None:
    """Run the faults that are named, or all that were not seen to be killed."""
    faults = {fault.name: fault for fault in load(release)}
    if unknown := [name for name in names if name not in faults]:
        raise click.ClickException(f"no fault is called {', '.join(unknown)}; there are {', '.join(faults)}")
    switch = _start(release, list(faults.values()))
    matrix = Matrix.read(release)
    new = (fault for fault in faults.values() if not fault.unseen and not matrix.knows(fault))
    chosen = [faults[name] for name in names] or list(new)
    options = ["--embedded", "--allow-cluster-changes", f"-n={workers}"]
    survivors = []
    for number, fault in enumerate(chosen):
        if number % _AT_ONCE == 0:
            _see_healthy(matrix, chosen[number : number + _AT_ONCE], options)
        with switch.on(fault):
            survivors += _see(matrix, fault, options)
        matrix.write()
        page.write()
    click.echo(f"{len(chosen)} faults, {len(survivors)} of them not killed where they should be")
    sys.exit(1 if survivors else 0)


def _start(release: str, faults: Sequence[Fault]) -> Switch:
    layout = default_layout()
    cluster.up(layout, Display(), _GATES, prepare(release, faults))
    switch = Switch(kubectl_of(components.build("kubernetes", layout.components), layout), identity(faults))
    switch.require_build()
    return switch


def _see_healthy(matrix: Matrix, chosen: Iterable[Fault], options: Sequence[str]) -> None:
    """Run those tests with no fault on that were not seen to pass so."""
    wanted = {each for fault in chosen for each in fault.judged}
    if missing := sorted(each for each in wanted if matrix.healthy.get(each) != "passed"):
        begun = time.monotonic()
        matrix.healthy |= judge(missing, options)
        matrix.write()
        click.echo(f"no fault: {len(missing)} requirements in {time.monotonic() - begun:.0f} s")
    for each in sorted(wanted):
        if matrix.healthy.get(each) != "passed":
            click.echo(f"  with no fault on, {each} is {matrix.healthy.get(each)}")


def _see(matrix: Matrix, fault: Fault, options: Sequence[str]) -> list[str]:
    """Run a fault's tests; return its name where it is not killed by what it names."""
    begun = time.monotonic()
    outcomes, why = {}, ""
    try:
        outcomes = judge(fault.judged, options)
    except NoReport as error:
        why = f"; nothing was judged:\n{error}"
    seen = matrix.note(fault, outcomes, time.monotonic() - begun)
    told = ", ".join(f"{name} {outcome}" for name, outcome in sorted(outcomes.items()))
    click.echo(f"{fault.name}: {seen.state} in {seen.seconds:.0f} s: {told}{why}")
    return [] if seen.state == "killed" else [fault.name]


if __name__ == "__main__":
    main()
