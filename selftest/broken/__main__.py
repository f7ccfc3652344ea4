"""Break Knative itself, one fault at a time, and see which requirements turn red.

    python -m selftest.broken [--again] [FAULT …]

Starts the embedded cluster with the broken build, or uses it where it runs. A fault that was seen to be killed is left
out unless it is named; with --again, one of which the last two runs came to the same kills. What was seen is kept in
conformance/kill-matrix.json and as docs/results/kill-matrix.md. Exits with 1 where a fault survives, or where two runs
disagree.
"""

import json
import sys
import time
from collections.abc import Iterable, Iterator, Sequence
from itertools import groupby

import click

from kmc.clusters.embedded import cluster
from kmc.clusters.embedded.paths import default_layout
from kmc.commands.display import Display
from selftest.broken import page
from selftest.broken.build import identity, prepare
from selftest.broken.faults import Fault, load
from selftest.broken.matrix import Matrix
from selftest.broken.runs import Interrupted, Judged, NoReport, judge, judge_each
from selftest.broken.switching import GATES, Settings, Switch, connect, settings


@click.command(help=__doc__)
@click.argument("names", nargs=-1, metavar="[FAULT …]")
@click.option("--knative", "release", default="1.23", show_default=True, help="The release to break.")
@click.option("--again", is_flag=True, help="Run what was seen once a second time; it must come to the same kills.")
@click.option("-n", "workers", default=6, show_default=True, help="How many tests run at once with no fault on.")
def main(names: tuple[str, ...], release: str, *, again: bool, workers: int) -> None:
    """Run the faults that are named, or all that were not seen to be killed, or not twice alike."""
    faults = {fault.name: fault for fault in load(release)}
    if unknown := [name for name in names if name not in faults]:
        raise click.ClickException(f"no fault is called {', '.join(unknown)}; there are {', '.join(faults)}")
    cluster.up(default_layout(), Display(), GATES, prepare(release, list(faults.values())))
    switch = connect(list(faults.values()))
    matrix = Matrix.read(release)
    matrix.keep(faults.values())
    matrix.use(identity(list(faults.values())))
    done = matrix.agrees if again else matrix.knows
    chosen = [faults[name] for name in names] or [each for each in faults.values() if not (each.unseen or done(each))]
    try:
        for needed, group in _by_settings(chosen):
            with settings(switch.kubectl, needed):
                _see_healthy(matrix, group, workers)
        _see_alone(matrix, switch, _see_each(matrix, switch, chosen), workers)
    finally:
        page.write()
    sys.exit(_told(matrix, chosen, again=again))


def _told(matrix: Matrix, chosen: Sequence[Fault], *, again: bool) -> int:
    """Say which faults survived or, of those run again, had other kills than before; return 1 where there are any."""
    survivors = [fault.name for fault in chosen if not matrix.knows(fault)]
    click.echo(f"{len(chosen)} faults, not killed where they should be: {', '.join(survivors) or 'none'}")
    unlike = [fault.name for fault in chosen if again and not matrix.agrees(fault)]
    if again:
        click.echo(f"not killed by the same requirements as the time before: {', '.join(unlike) or 'none'}")
    return 1 if survivors or unlike else 0


def _see_healthy(matrix: Matrix, chosen: Iterable[Fault], workers: int) -> None:
    """Run those tests with no fault on that were not seen to pass so."""
    wanted = {each for fault in chosen for each in fault.judged}
    if missing := sorted(each for each in wanted if matrix.healthy.get(each) != "passed"):
        click.echo(f"no fault: running {len(missing)} requirements …")
        begun = time.monotonic()
        try:
            matrix.healthy |= judge(missing, workers).outcomes
        except Interrupted as early:
            matrix.healthy |= early.outcomes
            raise
        finally:
            matrix.write()
        click.echo(f"no fault: {len(missing)} requirements in {time.monotonic() - begun:.0f} s")
    for each in sorted(wanted):
        if matrix.healthy.get(each) != "passed":
            click.echo(f"  with no fault on, {each} is {matrix.healthy.get(each)}")


def _see_each(matrix: Matrix, switch: Switch, chosen: Sequence[Fault]) -> list[Fault]:
    """Run the tests of all faults that need the same settings in one run; return those that need their own."""
    left = [fault for fault in chosen if fault.from_preflight]
    others = [fault for fault in chosen if not fault.from_preflight]
    for needed, faults in _by_settings(others):
        try:
            with settings(switch.kubectl, needed):
                for fault, judged in judge_each(matrix.release, faults):
                    if any(judged.outcomes.get(each, "inapplicable") != "inapplicable" for each in fault.must):
                        _note(matrix, fault, judged)
                    else:
                        left.append(fault)
        except NoReport as error:
            click.echo(f"nothing was judged:\n{error}")
    return left


def _by_settings(faults: Iterable[Fault]) -> Iterator[tuple[Settings, list[Fault]]]:
    def key(fault: Fault) -> str:
        return json.dumps(fault.settings, sort_keys=True)

    for needed, group in groupby(sorted(faults, key=key), key=key):
        yield json.loads(needed), list(group)


def _see_alone(matrix: Matrix, switch: Switch, faults: Iterable[Fault], workers: int) -> None:
    """Run the tests of each fault in a run of its own, which may change gates."""
    for fault in faults:
        try:
            with switch.on(fault):
                judged = judge(fault.judged, workers)
        except NoReport as error:
            click.echo(f"nothing was judged with {fault.name}:\n{error}")
            continue
        _note(matrix, fault, judged)


def _note(matrix: Matrix, fault: Fault, judged: Judged) -> None:
    seen = matrix.note(fault, judged)
    matrix.write()
    told = ", ".join(f"{name} {outcome}" for name, outcome in sorted(judged.outcomes.items()))
    click.echo(f"{fault.name}: {seen.state} in {seen.seconds:.0f} s: {told}")


if __name__ == "__main__":
    main()
