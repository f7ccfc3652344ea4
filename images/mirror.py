"""Carries the images from one registry to another, or through a folder where no machine reaches both."""

import subprocess
from dataclasses import dataclass
from pathlib import Path

from kmc.images.build import BuildFailed

FOLDER = "oci:"
"""What a folder is told from a registry by."""


@dataclass(frozen=True)
class Carried:
    """One image: its own name, its tag, and the digest that it must have; None where that is not known before."""

    name: str
    tag: str
    digest: str | None


def carry(crane: Path, image: Carried, source: str, target: str) -> str:
    """Copy an image from one place to another and return where it is now.

    A place is a repository, or `oci:FOLDER`, below which each image has an OCI layout.

    Raises:
        BuildFailed: it is not there, or can't be written.

    """
    if source.startswith(FOLDER) and target.startswith(FOLDER):
        raise BuildFailed(f"{source} and {target} are both folders: copy the one to the other")
    if target.startswith(FOLDER):
        place = Path(target.removeprefix(FOLDER)) / image.name
        place.parent.mkdir(parents=True, exist_ok=True)
        _run(crane, "pull", "--format=oci", _reference(source, image), str(place))
        return str(place)
    named = f"{target}:{image.tag}"
    if source.startswith(FOLDER):
        pushed = _run(crane, "push", str(Path(source.removeprefix(FOLDER)) / image.name), named)
    else:
        _run(crane, "copy", _reference(source, image), named)
        pushed = f"{target}@{_run(crane, 'digest', named)}"
    if image.digest and not pushed.endswith(image.digest):
        raise BuildFailed(f"{image.name}: expected {image.digest}, but {pushed} came of it")
    return pushed


def _reference(repository: str, image: Carried) -> str:
    return f"{repository}@{image.digest}" if image.digest else f"{repository}:{image.tag}"


def _run(crane: Path, *arguments: str) -> str:
    done = subprocess.run([str(crane), *arguments], capture_output=True, text=True, check=False)
    if done.returncode != 0:
        raise BuildFailed(f"crane {' '.join(arguments)} ended with {done.returncode}:\n{done.stderr.strip()[-1000:]}")
    return done.stdout.strip()
