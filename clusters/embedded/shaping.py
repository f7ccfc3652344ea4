"""Gives the running cluster a shape (clusters/shapes)."""

import json
import tempfile
from pathlib import Path

from kmc.clusters.embedded.api import Kubectl
from kmc.clusters.embedded.processes import cgroup
from kmc.clusters.shapes import Shape

_PERIOD = 100_000
"""Microseconds: the kernel's default period, which quotas of processor time are given for."""
_IMAGE = "IMAGE"
"""Stands in a shape for an image that the cluster can run."""


def give(shape: Shape, kubectl: Kubectl, image: str) -> None:
    """Apply the objects of a shape and run its commands. Raises ClusterError where the cluster refuses that."""
    for item in shape.objects:
        _apply(kubectl, json.dumps(item).replace(f'"{_IMAGE}"', json.dumps(image)))
    for words in shape.commands:
        kubectl(*words)


def limit_processors(shape: Shape, state: Path) -> None:
    """Give all pods together no more processors than the shape has."""
    if shape.node_cpus is None:
        return
    top, group, quota = Path("/sys/fs/cgroup"), cgroup(state), int(shape.node_cpus * _PERIOD)
    if (top / "cgroup.controllers").exists():
        (top / group / "cpu.max").write_text(f"{quota} {_PERIOD}")
    else:
        (top / "cpu" / group / "cpu.cfs_quota_us").write_text(str(quota))


def _apply(kubectl: Kubectl, text: str) -> None:
    """Apply an object on the server's side: where it is there already, the rest of it stays as it is."""
    with tempfile.TemporaryDirectory() as folder:
        file = Path(folder) / "object.json"
        file.write_text(text)
        kubectl("apply", "--server-side", "--force-conflicts", f"--filename={file}")
