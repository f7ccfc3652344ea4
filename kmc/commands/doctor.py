"""`kmc doctor`: say what a run would find on a cluster, and create nothing."""

import sys
from pathlib import Path

import click

from kmc.commands.access import FILE, on_cluster
from kmc.fixtures.clients.kube import Kube
from kmc.fixtures.errors import EXIT_CANNOT_JUDGE
from kmc.fixtures.evidence.redaction import redact
from kmc.fixtures.run.checkup import Checkup, Finding, State
from kmc.fixtures.target.images import ImageMap
from kmc.fixtures.target.settings import SYSTEM_NAMESPACE
from kmc.images.lock import LOCK


@click.command()
@on_cluster("doctor", asked=False)
@click.option("--system-namespace", metavar="NS", default=SYSTEM_NAMESPACE, show_default=True, help="As for kmc run.")
@click.option("--image-registry", metavar="REGISTRY", help="As for kmc run; the images are not looked for without it.")
@click.option("--image-map", type=FILE, help="As for kmc run.")
@click.option("--image-lock", type=FILE, default=LOCK, help="As for kmc run.")
def doctor(
    kube: Kube,
    namespace: str,
    system_namespace: str,
    image_registry: str | None,
    image_map: Path | None,
    image_lock: Path,
) -> None:
    """Say what a run would find on a cluster: a line for each thing, and what to do where one is not well.

    Nothing is created; what could be is tried as a dry run. Exit code 10: a run could not begin.
    """
    checkup = Checkup(kube, namespace, system_namespace, image_registry, image_lock, ImageMap.read(image_map))
    bad = 0
    for found in checkup.findings():
        bad += found.state is State.BAD
        click.echo(redact(_line(found)))
    click.echo(f"A run could not begin: {bad} not well." if bad else "A run can begin.")
    sys.exit(EXIT_CANNOT_JUDGE if bad else 0)


def _line(found: Finding) -> str:
    first, *more = found.text.splitlines()
    return "\n".join([f"{found.state:<4}  {found.subject:<10}  {first}", *(f"{'':18}{line.strip()}" for line in more)])
