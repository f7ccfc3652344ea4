"""Gives the running cluster a shape (clusters/shapes)."""

import json
import tempfile
from pathlib import Path

from kmc.clusters.embedded.api import Kubectl
from kmc.clusters.shapes import Shape

_IMAGE = "IMAGE"
"""Stands in a shape for an image that the cluster can run."""


def give(shape: Shape, kubectl: Kubectl, image: str) -> None:
    """Apply the objects of a shape and run its commands. Raises ClusterError where the cluster refuses that."""
    for item in shape.objects:
        _apply(kubectl, json.dumps(item).replace(f'"{_IMAGE}"', json.dumps(image)))
    for words in shape.commands:
        kubectl(*words)


def _apply(kubectl: Kubectl, text: str) -> None:
    """Apply an object on the server's side: where it is there already, the rest of it stays as it is."""
    with tempfile.TemporaryDirectory() as folder:
        file = Path(folder) / "object.json"
        file.write_text(text)
        kubectl("apply", "--server-side", "--force-conflicts", f"--filename={file}")
