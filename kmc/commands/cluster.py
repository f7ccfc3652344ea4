"""`kmc cluster`: the embedded cluster's life."""

import json
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager

import click

from kmc.clusters import shapes
from kmc.clusters.embedded import cluster as embedded
from kmc.clusters.embedded import releases
from kmc.clusters.embedded.access import USER_NAMESPACE
from kmc.clusters.embedded.errors import ClusterError
from kmc.clusters.embedded.paths import default_layout
from kmc.clusters.embedded.registry import REGISTRY
from kmc.commands import suite_images
from kmc.commands.display import Display
from kmc.fixtures.ends import as_ctrl_c
from kmc.images.build import BuildFailed

_INTERRUPTED = 130
_KNATIVE = click.option(
    "--knative",
    metavar="RELEASE",
    help="The release of Knative, such as 1.20 (`kmc cluster releases` lists them); the newest by default.",
)


_SHAPE = click.option(
    "--shape",
    "shape_name",
    metavar="NAME",
    help="Make the cluster like a kind of real ones (`kmc cluster shapes` lists them); plain by default.",
)


@click.group()
def cluster() -> None:
    """Run a real one-node Kubernetes with Knative on this machine, without Docker or an image registry."""


@cluster.command()
@click.option("--feature", "features", multiple=True, metavar="KEY=VALUE", help="Set a Knative feature gate.")
@_KNATIVE
@_SHAPE
def up(features: tuple[str, ...], knative: str | None, shape_name: str | None) -> None:
    """Start the cluster, building what is missing.

    It is up when Knative accepts a Service. Where it is up already, only the feature gates are set; where it is up with
    another release or shape than the one asked for, nothing is done.
    """
    wanted = dict(_pair(feature) for feature in features)
    started = time.monotonic()
    display = Display()
    with _reported_errors():
        asked = releases.find(knative) if knative else None
        shape = shapes.load(shape_name) if shape_name else None
        suite_images.plan(default_layout(), display)
        running, changed = embedded.up(default_layout(), display, wanted, asked, shape)
        suite_images.provide(default_layout(), display)
    if not changed:
        click.echo(f"the cluster was up already, with Knative {running.knative}")
        return
    click.echo(
        f"the cluster is up with Knative {running.knative} after {time.monotonic() - started:.1f} s; use it with"
    )
    click.echo(f"  export KUBECONFIG={default_layout().user_kubeconfig}")


@cluster.command()
@_KNATIVE
def upgrade(knative: str | None) -> None:
    """Bring a newer release of Knative to the running cluster.

    It is done as an operator would do it: the CRDs are applied, then the rest. Services, and settings made meanwhile,
    stay as they are. Knative promises this for one release at a time; a larger step is tried all the same.
    """
    started = time.monotonic()
    with _reported_errors():
        release = releases.find(knative) if knative else releases.newest()
        before = embedded.upgrade(default_layout(), Display(), release)
    if before.knative == release.version and not before.upgrading_to:
        click.echo(f"Knative {release.version} runs already")
        return
    click.echo(f"Knative {before.knative} is now {release.version}, after {time.monotonic() - started:.1f} s")


@cluster.command("releases")
def releases_command() -> None:
    """List the releases of Knative that can be chosen, and which are built already."""
    layout = default_layout()
    with _reported_errors():
        for release in releases.releases():
            notes = "built" if embedded.built(layout, release) else "not built"
            default = ", the default" if release == releases.newest() else ""
            click.echo(f"{release.name:8}{release.version:10}{notes}{default}")


@cluster.command("shapes")
def shapes_command() -> None:
    """List the shapes that can be chosen: the cluster, changed as real ones are."""
    with _reported_errors():
        for shape in map(shapes.load, [shapes.PLAIN.name, *shapes.names()]):
            click.echo(f"{shape.name:24}{shape.description}")


@cluster.command()
def down() -> None:
    """Stop the cluster and clean up.

    Nothing that it put on this machine stays but its cache and its logs.
    """
    with _reported_errors():
        changed = embedded.down(default_layout(), Display())
    click.echo("the cluster is down" if changed else "there was no cluster")


@cluster.command()
@click.option("--format", "form", type=click.Choice(["text", "json"]), default="text", show_default=True)
def status(form: str) -> None:
    """Show what runs.

    Exits with 0 only when all of it does.
    """
    with _reported_errors():
        seen = embedded.status(default_layout())
    if form == "json":
        click.echo(json.dumps(_described(seen), indent=2))
        sys.exit(0 if seen.running else 1)
    for name, pid in seen.daemons.items():
        click.echo(f"{name:25}{f'running, process {pid}' if pid else 'not running'}")
    if seen.knative:
        click.echo(f"{'Knative':25}{seen.knative}")
    click.echo(f"the cluster is {_word(seen)}")
    sys.exit(0 if seen.running else 1)


@cluster.command()
@click.option("--admin", is_flag=True, help="The administrator's, instead of the one with the suite's rights only.")
def kubeconfig(*, admin: bool) -> None:
    """Print the path of the kubeconfig."""
    layout = default_layout()
    path = layout.admin_kubeconfig if admin else layout.user_kubeconfig
    if not path.exists():
        raise click.ClickException("there is no cluster; run `kmc cluster up`")
    click.echo(str(path))


@cluster.command()
@click.argument("component", type=click.Choice(embedded.DAEMONS))
def logs(component: str) -> None:
    """Print a daemon's log since `up`.

    The logs of pods are in the folder `pods` beside it.
    """
    path = default_layout().logs / f"{component}.log"
    if not path.exists():
        raise click.ClickException(f"{component} has no log; it has not run since the last `kmc cluster up`")
    click.echo(path.read_text(errors="replace"), nl=False)


def _word(seen: embedded.Status) -> str:
    if seen.running:
        return "up"
    return "down" if seen.stopped else "incomplete: `kmc cluster up` makes a new one, `kmc cluster down` removes it"


def _described(seen: embedded.Status) -> dict[str, object]:
    """Return what a program needs to use the cluster."""
    layout = default_layout()
    return {
        "running": seen.running,
        "knative": seen.knative.knative if seen.knative else None,
        "shape": seen.knative.shape if seen.knative else None,
        "kubeconfig": str(layout.user_kubeconfig),
        "admin_kubeconfig": str(layout.admin_kubeconfig),
        "namespace": USER_NAMESPACE,
        "registry": REGISTRY,
        "image_lock": str(suite_images.lock_file(layout)),
    }


def _pair(feature: str) -> tuple[str, str]:
    key, separator, value = feature.partition("=")
    if not (key and separator and value):
        raise click.BadParameter(f"expected KEY=VALUE, such as multi-container-probing=enabled; got {feature}")
    return key, value


@contextmanager
def _reported_errors() -> Iterator[None]:
    """Turn the errors meant for a person into messages, and a request to end into an orderly one."""
    try:
        with as_ctrl_c():
            yield
    except (ClusterError, BuildFailed) as error:
        raise click.ClickException(str(error)) from error
    except KeyboardInterrupt:
        click.echo(f"interrupted; the cluster is {_word(embedded.status(default_layout()))}", err=True)
        sys.exit(_INTERRUPTED)
