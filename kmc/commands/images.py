"""`kmc images`: build the deployed programs, and show which builds the suite uses."""

import shutil
from pathlib import Path

import click

from kmc.clusters.embedded import components
from kmc.clusters.embedded.errors import ClusterError
from kmc.images.build import BuildFailed, build
from kmc.images.lock import LOCK, read


@click.group()
def images() -> None:
    """The images that the suite deploys."""


@images.command("build")
@click.option("--push", metavar="REGISTRY", help="Push to this registry, such as registry.example.com/kmc.")
@click.option(
    "--lock", type=click.Path(dir_okay=False, path_type=Path), default=LOCK, help="Where to write the digests."
)
@click.option(
    "--ko",
    type=click.Path(exists=True, dir_okay=False, executable=True, resolve_path=True, path_type=Path),
    help="The ko to build with; else the one on PATH, else one built from source.",
)
def build_command(push: str | None, lock: Path, ko: Path | None) -> None:
    """Build both images for all platforms and write the lock file.

    The same sources give the same digests: a changed lock file means changed sources, Go or ko.
    """
    try:
        digests = build(ko or _find_ko(), registry=push, lock=lock)
    except BuildFailed as error:
        raise click.ClickException(str(error)) from error
    for name, digest in digests.items():
        click.echo(f"{push}/{name}@{digest}" if push else f"{name}@{digest}")


def _find_ko() -> Path:
    found = shutil.which("ko")
    try:
        return Path(found) if found else components.build("ko") / "ko"
    except ClusterError as error:
        raise click.ClickException(f"no ko on PATH, and none could be built: {error}") from error


@images.command("list")
@click.option("--lock", type=click.Path(exists=True, dir_okay=False, path_type=Path), default=LOCK)
def list_command(lock: Path) -> None:
    """Show each image's digest, and that of each of its platforms."""
    try:
        locked = read(lock)
    except ValueError as error:
        raise click.ClickException(str(error)) from error
    for name, image in locked.images.items():
        click.echo(f"{name}:{image.tag}  {image.digest}")
        for platform, digest in image.platforms.items():
            click.echo(f"  {platform}  {digest}")
