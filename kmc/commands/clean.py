"""`kmc clean`: remove what runs left behind."""

import sys
from dataclasses import replace
from pathlib import Path

import click

from kmc.fixtures.clients.kube import Kube
from kmc.fixtures.errors import EXIT_CANNOT_JUDGE, CallFailed
from kmc.fixtures.evidence.redaction import redact
from kmc.fixtures.run import cleanup
from kmc.fixtures.run.cleanup import Left
from kmc.fixtures.run.preflight import FIRST_CONTACT
from kmc.fixtures.target import leases
from kmc.fixtures.target.lease_watch import watch_namespace
from kmc.fixtures.timeouts import Timeouts

_RIGHTS = "`kmc rbac` prints the rights to remove a run, `kmc rbac --allow-cluster-changes` those to restore gates."


@click.command()
@click.option("--run", metavar="ID", help="Remove this run, also if it is still alive.")
@click.option("--kubeconfig", type=click.Path(exists=True, path_type=Path), help="As for pytest.")
@click.option("--kube-context", metavar="NAME", help="As for pytest.")
@click.option("--namespace", metavar="NS", help="The namespace that the runs worked in.")
def clean(run: str | None, kubeconfig: Path | None, kube_context: str | None, namespace: str | None) -> None:
    """Remove everything that runs of the suite left behind: of one run, or of all that have died.

    A run is dead when it does not renew its lease for a minute. That is watched: no clock is compared with another one.
    What --before-upgrade has left waits for --after-upgrade, and is removed by its --run only.
    Feature gates that a run has changed are put back; that needs the rights of `kmc rbac --allow-cluster-changes`.
    Exit code 1: something could not be removed; 10: the cluster can't be reached.
    """
    timeouts = Timeouts()
    try:
        kube = Kube.connect(kubeconfig, kube_context, timeout=timeouts.api, patience=timeouts.api_retries)
        kube.purpose = "clean"
        replace(kube, patience=FIRST_CONTACT).server_version()
        where = namespace or kube.context_namespace
        runs = [run] if run else watch_namespace(kube, where).decide(click.echo)
        waiting = [] if run else leases.kept(kube, where)
    except CallFailed as error:
        click.echo(redact(f"Error: {error}"), err=True)
        sys.exit(EXIT_CANNOT_JUDGE)
    for each in waiting:
        click.echo(f"run {each} is left alone: its Services wait for an upgrade. Remove them with --run {each}")
    if not runs:
        click.echo(f"namespace {where}: no dead runs")
    left = {each: cleanup.remove(kube, where, each, within=timeouts.deletion) for each in runs}
    for each, rest in left.items():
        click.echo(redact(f"run {each}: {_outcome(rest)}"))
    sys.exit(1 if any(rest.objects for rest in left.values()) else 0)


def _outcome(left: Left) -> str:
    if not left.objects:
        return "removed"
    why = f", since it could not be removed: {left.why}\n{_RIGHTS}" if left.why else ""
    return f"still there: {', '.join(left.objects)}{why}"
