"""A release of Knative with faults in it, as a component that the embedded cluster builds and keeps like any other."""

import hashlib
import shutil
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from kmc.clusters.embedded import releases
from kmc.clusters.embedded.components import KNATIVE, Component, module_folder
from kmc.clusters.embedded.paths import default_layout
from kmc.clusters.embedded.releases import Release
from selftest.broken import edits
from selftest.broken.faults import SERVING, Fault

_PACKAGES = {SERVING: f"{SERVING}/cmd/controller"}
"""A package of each module that faults are in, by which Go finds its folder."""


@dataclass(frozen=True)
class BrokenComponent(Component):
    """Knative's modules, with copies of those that have faults."""

    folder: Path = Path()

    @property
    def source(self) -> Path:
        """The folder with go.mod and go.sum."""
        return self.folder


def identity(faults: Sequence[Fault]) -> str:
    """Return the hash of all that goes into the copies."""
    switch = Path(edits.__file__).with_name("switch.go").read_text()
    changes = [(fault.name, fault.edits) for fault in faults]
    return hashlib.sha256(repr((switch, changes)).encode()).hexdigest()[:16]


def prepare(name: str, faults: Sequence[Fault], place: Path | None = None) -> Release:
    """Return the release of that name with these faults, its modules copied and edited where that was not done yet."""
    healthy = releases.find(name).component
    folder = (place or default_layout().root.with_name("broken")) / name
    mark = folder / "identity"
    build = identity(faults)
    if not mark.exists() or mark.read_text() != build:
        shutil.rmtree(folder, ignore_errors=True)
        _copy(healthy, folder, faults, build)
        mark.write_text(build)
    return Release(BrokenComponent(f"{healthy.name}-broken", KNATIVE, folder=folder))


def _copy(healthy: Component, folder: Path, faults: Sequence[Fault], build: str) -> None:
    copies = {module: folder / module.rpartition("/")[2] for module in _PACKAGES}
    for module, copy in copies.items():
        whole = module_folder(healthy, _PACKAGES[module])
        shutil.copytree(whole, copy, copy_function=shutil.copyfile, ignore=shutil.ignore_patterns("*_test.go"))
    edits.apply(faults, copies, build)
    replaced = "".join(f"replace {module} => ./{copy.name}\n" for module, copy in copies.items())
    text = (healthy.source / "go.mod").read_text()
    (folder / "go.mod").write_text(f"// with faults {build}\n{text}\n{replaced}")
    shutil.copyfile(healthy.source / "go.sum", folder / "go.sum")
