"""The lock file: which builds of the images the suite deploys. Its schema is described in README.md."""

from collections.abc import Mapping
from dataclasses import asdict, dataclass
from pathlib import Path

import yaml
from pydantic import TypeAdapter, ValidationError

LOCK = Path(__file__).parent / "lock.yaml"

_HEADER = "# Written by `kmc images build`; the same sources and versions give the same digests.\n"


@dataclass(frozen=True)
class Image:
    """One image: its tag, the digest of its index (of its manifest, if for one platform) and those of its platforms."""

    tag: str
    digest: str
    platforms: Mapping[str, str]


@dataclass(frozen=True)
class Lock:
    """A build: the versions of Go and ko that made it, the digest of the base image, and the images by name."""

    go: str
    ko: str
    base: str
    images: Mapping[str, Image]


_LOCK = TypeAdapter(Lock)


def write(lock: Lock, path: Path) -> None:
    """Write the lock file, keys sorted; one that is the same already stays as it is, since it may be read-only.

    Raises:
        OSError: it can't be written.

    """
    text = _HEADER + yaml.safe_dump(asdict(lock), sort_keys=True)
    if not (path.exists() and path.read_text() == text):
        path.write_text(text)


def read(path: Path = LOCK) -> Lock:
    """Read a lock file.

    Raises:
        ValueError: it can't be read, or does not have the schema.

    """
    try:
        return _LOCK.validate_python(yaml.safe_load(path.read_text(encoding="utf-8")))
    except (OSError, ValueError, yaml.YAMLError) as error:
        why = str((isinstance(error, OSError) and error.strerror) or error).splitlines()[0]
        if isinstance(error, ValidationError):
            first = error.errors()[0]
            why = ": ".join([".".join(map(str, first["loc"])) or "the file", first["msg"]])
        raise ValueError(
            f"{path} is not an image lock ({why}); write it with kmc images build --lock {path}"
        ) from error
