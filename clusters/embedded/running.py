"""Which release runs: noted in the state folder when the cluster is up, and when an upgrade begins and ends."""

import json
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Self

from kmc.clusters.embedded.errors import ClusterError
from kmc.clusters.embedded.paths import Layout
from kmc.clusters.embedded.releases import Release, in_order
from kmc.clusters.shapes import PLAIN, Shape


@dataclass(frozen=True)
class Running:
    """Knative's version in a cluster that is up."""

    knative: str
    upgrading_to: str | None = None
    """The version of an upgrade that has begun and not ended."""
    shape: str = PLAIN.name
    """In which shape the cluster was made (clusters/shapes)."""

    def __str__(self) -> str:
        """As a person reads it."""
        begun = f", with an upgrade to {self.upgrading_to} that was not finished" if self.upgrading_to else ""
        shape = f", shape {self.shape}" if self.shape != PLAIN.name else ""
        return f"{self.knative}{shape}{begun}"

    def require(self, wanted: Release | None, shape: Shape | None = None) -> None:
        """Raise ClusterError when this is not what is wanted (None: whatever runs), or is between two releases."""
        if shape and shape.name != self.shape:
            raise ClusterError(
                f"a cluster of the shape {self.shape} runs, not {shape.name}; nothing was changed. There can be one "
                "cluster: run `kmc cluster down` first"
            )
        if self.upgrading_to:
            raise ClusterError(
                f"the upgrade from Knative {self.knative} to {self.upgrading_to} was not finished; run `kmc cluster "
                f"upgrade --knative {self.upgrading_to}` to finish it, or `kmc cluster down`"
            )
        if wanted and wanted.version != self.knative:
            raise ClusterError(
                f"Knative {self.knative} runs, not {wanted.version}; nothing was changed. There can be one cluster: "
                f"run `kmc cluster down` first{self._or_upgrade(wanted)}"
            )

    def refuse_downgrade(self, wanted: Release) -> None:
        """Raise ClusterError when `wanted` is older than what runs, or than what an unfinished upgrade has begun."""
        now = self.upgrading_to or self.knative
        if in_order(wanted.version) < in_order(now):
            raise ClusterError(
                f"Knative {now} runs, and upgrades do not lead back to {wanted.version}: what the newer one wrote "
                f"may not be understood there. Nothing was changed; for an empty cluster of {wanted.name} run "
                f"`kmc cluster down` and `kmc cluster up --knative {wanted.name}`"
            )

    def _or_upgrade(self, wanted: Release) -> str:
        newer = in_order(wanted.version) > in_order(self.knative)
        return f", or `kmc cluster upgrade --knative {wanted.name}` to keep its Services" if newer else ""

    @classmethod
    def read(cls, layout: Layout) -> Self | None:
        """Return what is noted; None where no `up` was completed."""
        try:
            return cls(**json.loads(_note(layout).read_text()))
        except FileNotFoundError:
            return None

    def write(self, layout: Layout) -> None:
        """Note it."""
        unfinished = _note(layout).with_suffix(".new")
        unfinished.write_text(json.dumps(asdict(self)))
        unfinished.replace(_note(layout))


def _note(layout: Layout) -> Path:
    return layout.state / "running.json"
