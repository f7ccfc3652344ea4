"""`kmc clean`: remove what runs left behind."""

import sys
from pathlib import Path
from typing import NoReturn

import click

from kmc.fixtures.clients.kube import Kube
from kmc.fixtures.errors import EXIT_CANNOT_JUDGE, ApiError, CallFailed
from kmc.fixtures.evidence.redaction import redact
from kmc.fixtures.run import cleanup
from kmc.fixtures.timeouts import Timeouts


@click.command()
@click.option("--run", metavar="ID", help="Remove this run, also if it is still alive.")
@click.option("--kubeconfig", type=click.Path(exists=True, path_type=Path), help="As for pytest.")
@click.option("--kube-context", metavar="NAME", help="As for pytest.")
@click.option("--namespace", metavar="NS", help="The namespace that the runs worked in.")
def clean(run: str | None, kubeconfig: Path | None, kube_context: str | None, namespace: str | None) -> None:
    """Remove everything that runs of the suite left behind: of one run, or of all that have died.

    A run is dead when it has not renewed its lease for a minute. Feature gates that it has changed are put back; that
    needs the rights of clusters/rbac-gates.yaml. Exit code 1: something could not be removed;
    10: the cluster can't be reached.
    """
    timeouts = Timeouts()
    try:
        kube = Kube.connect(kubeconfig, kube_context, timeout=timeouts.api, patience=timeouts.api_retries)
        kube.purpose = "clean"
        where = namespace or kube.context_namespace
        left = cleanup.clean(kube, where, run, within=timeouts.deletion)
    except CallFailed as error:
        _give_up(error)
    if not left:
        click.echo(f"namespace {where}: no dead runs")
    for each, objects in left.items():
        click.echo(f"run {each}: " + (f"still there: {', '.join(objects)}" if objects else "removed"))
    sys.exit(1 if any(left.values()) else 0)


def _give_up(error: CallFailed) -> NoReturn:
    rights = "\nclusters/rbac.yaml has the rights to remove a run, rbac-gates.yaml those to put gates back."
    click.echo(redact(f"Error: {error}{rights if isinstance(error, ApiError) else ''}"), err=True)
    sys.exit(EXIT_CANNOT_JUDGE)
