"""The suite's images in the embedded cluster's registry: built when their sources are new to the cache."""

from pathlib import Path

from kmc.clusters.embedded import components
from kmc.clusters.embedded.paths import Layout
from kmc.clusters.embedded.progress import Step
from kmc.clusters.embedded.registry import REGISTRY, has
from kmc.images.build import build, sources_digest
from kmc.images.lock import read

LOCK_NAME = "lock.yaml"


def lock_file(layout: Layout) -> Path:
    """Return where the lock file of the present sources' images is kept."""
    return layout.components / f"suite-images-{sources_digest()}" / LOCK_NAME


def plan(layout: Layout, step: Step) -> None:
    """Announce what `provide` will do. Before a start, the registry can't be asked: it counts as holding its images."""
    step.plan(0 if lock_file(layout).exists() else 1)


def provide(layout: Layout, step: Step) -> None:
    """Have the registry hold the images of the present sources.

    Raises:
        BuildFailed: they can't be built or pushed.

    """
    lock = lock_file(layout)
    if lock.exists() and all(has(reference) for reference in _references(lock)):
        return
    with step("build and push the suite's images", usual=42):
        ko = components.build("ko", layout.components) / "ko"
        components.kept(layout.components, lock.parent.name, lambda to: _build(ko, to / LOCK_NAME))
        if not all(has(reference) for reference in _references(lock)):
            _build(ko, lock)  # kept from before, but the registry has lost them


def _build(ko: Path, lock: Path) -> None:
    build(ko, registry=REGISTRY, lock=lock)


def _references(lock: Path) -> list[str]:
    return [f"{REGISTRY}/{name}@{image.digest}" for name, image in read(lock).images.items()]
