"""The releases of Knative that the cluster can run: each has a folder of module files below `components/`."""

from dataclasses import dataclass

from kmc.clusters.embedded.components import COMPONENTS, KNATIVE, Component
from kmc.clusters.embedded.errors import ClusterError

_MINOR_OF_MODULE_0 = -27
"""Knative 1.0 was the release of module v0.27: from then on, the two count in step."""


@dataclass(frozen=True)
class Release:
    """One release of Knative, built from the modules that its component names."""

    component: Component

    @property
    def version(self) -> str:
        """All three numbers, such as `1.20.0`: what the module's version is called as a release."""
        _, minor, patch = self.component.version.removeprefix("v").split(".")
        return f"1.{int(minor) + _MINOR_OF_MODULE_0}.{patch}"

    @property
    def name(self) -> str:
        """Its first two numbers, such as `1.20`: there is one of each."""
        return self.version.rpartition(".")[0]


def releases() -> list[Release]:
    """Return all that can be chosen, the oldest first."""
    found = [Release(component) for component in COMPONENTS.values() if component.module == KNATIVE]
    return sorted(found, key=lambda release: in_order(release.version))


def newest() -> Release:
    """Return the release that is taken where none was asked for."""
    return releases()[-1]


def find(asked: str) -> Release:
    """Return the release of that name or version: `1.20`, `1.20.0`, `v1.20`. Raises ClusterError when there is none."""
    plain = asked.removeprefix("knative-").removeprefix("v")
    for release in releases():
        if plain in {release.name, release.version}:
            return release
    offered = ", ".join(release.version for release in releases())
    raise ClusterError(f"the embedded cluster has no Knative {plain}; it has {offered}. Nothing was changed")


def in_order(version: str) -> tuple[int, ...]:
    """Return what a version is compared by."""
    return tuple(int(number) for number in version.split("."))
