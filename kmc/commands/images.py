"""`kmc images`: build the deployed programs and the suite's own image, show which builds are used, carry them about."""

import shutil
import tempfile
from collections.abc import Iterator
from pathlib import Path

import click

from kmc.clusters.embedded import components
from kmc.clusters.embedded.errors import ClusterError
from kmc.fixtures.errors import BadOption
from kmc.fixtures.run.journaling import commit
from kmc.fixtures.target.images import ImageMap
from kmc.fixtures.target.settings import UNRESOLVED_REGISTRIES
from kmc.images import suite
from kmc.images.build import BuildFailed, build
from kmc.images.lock import LOCK, Lock, read
from kmc.images.mirror import FOLDER, Carried, carry
from kmc.images.suite import build as suite_build

_LOCK = click.option(
    "--lock", type=click.Path(exists=True, dir_okay=False, path_type=Path), default=LOCK, help="The digests."
)


@click.group()
def images() -> None:
    """The images that the suite deploys, and its own for a Job."""


@images.command("build")
@click.option("--push", metavar="REGISTRY", help="Push to this registry, such as registry.example.com/kmc.")
@click.option("--suite", "with_suite", is_flag=True, help="Build the image of the suite itself, too, for kmc job.")
@click.option(
    "--layout",
    metavar="FOLDER",
    type=click.Path(file_okay=False, path_type=Path),
    help="Where to leave the image of the suite as an OCI layout; needed where it is not pushed.",
)
@click.option(
    "--lock", type=click.Path(dir_okay=False, path_type=Path), default=LOCK, help="Where to write the digests."
)
@click.option(
    "--ko",
    type=click.Path(exists=True, dir_okay=False, executable=True, resolve_path=True, path_type=Path),
    help="The ko to build with; else the one on PATH, else one built from source.",
)
def build_command(push: str | None, layout: Path | None, lock: Path, ko: Path | None, *, with_suite: bool) -> None:
    """Build both programs' images for all platforms and write the lock file.

    The same sources give the same digests: a changed lock file means changed sources, Go or ko.
    The suite's own image needs a checkout and mmdebstrap, downloads packages of Debian and PyPI, and has a digest of
    its day; so it is built only when it is asked for.
    """
    loaded = push is not None and push.split("/")[0] in UNRESOLVED_REGISTRIES
    if with_suite and (loaded or not push) and not layout:
        raise click.UsageError("--suite: say where its image goes, with --push REGISTRY or --layout FOLDER")
    try:
        digests = build(ko or _find("ko"), registry=push, lock=lock)
        for name, digest in digests.items():
            click.echo(f"{push}/{name}@{digest}" if push else f"{name}@{digest}")
        if with_suite:
            click.echo(_build_suite(None if loaded else push, layout))
    except BuildFailed as error:
        raise click.ClickException(str(error)) from error


def _build_suite(push: str | None, layout: Path | None) -> str:
    with tempfile.TemporaryDirectory(prefix="kmc-layout-") as scratch:
        place = layout or Path(scratch)
        digest = suite_build.build(place, commit=commit())
        return suite_build.push(_find("crane"), place, push) if push else f"{suite.NAME}@{digest}"


def _find(program: str) -> Path:
    found = shutil.which(program)
    try:
        return Path(found) if found else components.build(program) / program
    except ClusterError as error:
        raise click.ClickException(f"no {program} on PATH, and none could be built: {error}") from error


@images.command("list")
@_LOCK
def list_command(lock: Path) -> None:
    """Show each image's tag and digest, and that of each of its platforms; the suite's own has a tag only."""
    locked = _read(lock)
    for name, image in locked.images.items():
        click.echo(f"{name}:{image.tag}  {image.digest}")
        for platform, digest in image.platforms.items():
            click.echo(f"  {platform}  {digest}")
    click.echo(f"{suite.NAME}:{suite.tag()}  (kmc images build --suite)")


@images.command("mirror")
@click.option("--from", "source", metavar="REGISTRY", required=True, help=f"Where they are; or {FOLDER}FOLDER.")
@click.option("--to", "target", metavar="REGISTRY", required=True, help=f"Where they shall be; or {FOLDER}FOLDER.")
@click.option("--image-map", metavar="FILE", type=click.Path(exists=True, dir_okay=False, path_type=Path),
    help="The repositories of images that are called otherwise there, as for kmc run.")  # fmt: skip
@click.option("--programs-only", is_flag=True, help="Not the suite's own image, which only kmc job needs.")
@_LOCK
def mirror_command(source: str, target: str, image_map: Path | None, lock: Path, *, programs_only: bool) -> None:
    """Copy all images to another registry, by their digests.

    Where no machine reaches both, --to oci:FOLDER on this side of the gap, and --from oci:FOLDER on the other one.
    """
    try:
        named, crane = ImageMap.read(image_map), _find("crane")
        for image in _carried(_read(lock), programs_only=programs_only):
            origin = source if source.startswith(FOLDER) else f"{source}/{image.name}"
            goal = target if target.startswith(FOLDER) else named.repository(image.name, target) or ""
            click.echo(carry(crane, image, origin, goal))
    except BadOption as error:
        raise click.UsageError(str(error)) from error
    except BuildFailed as error:
        raise click.ClickException(str(error)) from error


def _carried(locked: Lock, *, programs_only: bool) -> Iterator[Carried]:
    for name, image in locked.images.items():
        yield Carried(name, image.tag, image.digest)
    if not programs_only:
        yield Carried(suite.NAME, suite.tag(), None)


def _read(lock: Path) -> Lock:
    try:
        return read(lock)
    except ValueError as error:
        raise click.ClickException(str(error)) from error
