"""containerd's store with the cluster's own images: filled once, kept, and copied for each start.

Pulling and unpacking the images costs a start more than two seconds of both cores.
"""

import hashlib
import shutil
from collections.abc import Collection
from pathlib import Path

from kmc.clusters.embedded.processes import run


def entry(programs: Path, images: Collection[str]) -> str:
    """Return the name of a kept store: it changes with containerd's programs and with the images."""
    content = "\n".join([programs.name, *sorted(images)])
    return f"image-store-{hashlib.sha256(content.encode()).hexdigest()[:16]}"


def copy(source: Path, to: Path) -> None:
    """Copy a store that no containerd uses: its databases are copied, all else is never written again and so linked."""
    run(["cp", "--archive", "--link", str(source), str(to)])
    for database in to.glob("*/*.db"):
        own = database.with_suffix(".own")
        shutil.copy2(database, own)
        own.replace(database)
