"""The image of the suite itself: Python and what it stands on from Debian, and the suite's package; no shell."""

import hashlib

from kmc import SUITE

NAME = "kmc"
"""The image's name in a registry."""
REPORTS = "/reports"
"""The folder in the image where reports go; a volume is mounted there."""
BUILT_FROM = "KMC_COMMIT"
"""The variable in a container of the image that has the commit which it was built from."""
_FOLDERS = ("clusters", "conformance", "fixtures", "images", "reports", "commands")
_SOURCES = (
    "*.py",
    *(f"{folder}/**/*.py" for folder in _FOLDERS),
    "clusters/*.yaml",
    "conformance/**/*.yaml",
    "images/lock.yaml",
    "reports/templates/*.j2",
)


def tag() -> str:
    """Return the tag of the image with the suite as it is here: one for each version of its sources."""
    hasher = hashlib.sha256()
    for file in sorted({file for pattern in _SOURCES for file in SUITE.glob(pattern)}):
        hasher.update(str(file.relative_to(SUITE)).encode() + b"\0" + file.read_bytes() + b"\0")
    return f"suite-{hasher.hexdigest()[:16]}"


def reference(registry: str) -> str:
    """Return the image's name in a registry."""
    return f"{registry}/{NAME}:{tag()}"
