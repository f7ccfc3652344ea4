"""`kmc clean`: remove what runs left behind."""

import sys

import click

from kmc.commands.access import on_cluster
from kmc.fixtures.clients.kube import Kube
from kmc.fixtures.evidence.redaction import redact
from kmc.fixtures.run import cleanup
from kmc.fixtures.run.cleanup import Left
from kmc.fixtures.target import leases
from kmc.fixtures.target.lease_watch import watch_namespace
from kmc.fixtures.timeouts import Timeouts

_RIGHTS = "`kmc rbac` prints the rights to remove a run, `kmc rbac --allow-cluster-changes` those to restore gates."


@click.command()
@on_cluster("clean")
@click.option("--run", metavar="ID", help="Remove this run, also if it is still alive.")
def clean(kube: Kube, where: str, run: str | None) -> None:
    """Remove everything that runs of the suite left behind: of one run, or of all that have died.

    A run is dead when it does not renew its lease for a minute. That is watched: no clock is compared with another one.
    What --before-upgrade has left waits for --after-upgrade, and is removed by its --run only.
    Feature gates that a run has changed are put back; that needs the rights of `kmc rbac --allow-cluster-changes`.
    Exit code 1: something could not be removed; 10: the cluster can't be reached.
    """
    runs = [run] if run else watch_namespace(kube, where).decide(click.echo)
    waiting = [] if run else leases.kept(kube, where)
    for each in waiting:
        click.echo(f"run {each} is left alone: its Services wait for an upgrade. Remove them with --run {each}")
    if not runs:
        click.echo(f"namespace {where}: no dead runs")
    left = {each: cleanup.remove(kube, where, each, within=Timeouts().deletion) for each in runs}
    for each, rest in left.items():
        click.echo(redact(f"run {each}: {_outcome(rest)}"))
    sys.exit(1 if any(rest.objects for rest in left.values()) else 0)


def _outcome(left: Left) -> str:
    if not left.objects:
        return "removed"
    why = f", since it could not be removed: {left.why}\n{_RIGHTS}" if left.why else ""
    return f"still there: {', '.join(left.objects)}{why}"
