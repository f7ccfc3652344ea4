"""The base image under both programs, written as an OCI image layout without any registry.

It holds what a static program of an unprivileged user needs and nothing else: a writable `/tmp`, a home, and the names
of root and nonroot.
"""

import io
import struct
import tarfile
import zlib
from collections.abc import Sequence
from pathlib import Path

from kmc.images.layout import LAYER, Image, Layer, digest, finish, put, put_image, put_index

NONROOT = 65532

_PASSWD = f"root:x:0:0:root:/:/sbin/nologin\nnonroot:x:{NONROOT}:{NONROOT}:nonroot:/home/nonroot:/sbin/nologin\n"
_GROUP = f"root:x:0:\nnonroot:x:{NONROOT}:\n"
_CONFIG = {
    "User": str(NONROOT),
    "WorkingDir": "/home/nonroot",
    "Env": ["PATH=/usr/local/bin:/usr/bin:/bin", "HOME=/home/nonroot"],
}


def write_base(layout: Path, platforms: Sequence[str]) -> str:
    """Write the base image of every platform (`os/architecture`) into the layout, and return the digest of its index.

    The layout's own index lists the images of the single platforms as well, so that each is found by its digest.
    """
    tree = _root_filesystem()
    layers = [Layer(put(layout, LAYER, _gzip(tree)), digest(tree))]
    images = [put_image(layout, Image(each, layers, _CONFIG, "images/base.py")) for each in platforms]
    index = put_index(layout, images)
    finish(layout, [index, *images])
    return str(index["digest"])


def _gzip(content: bytes) -> bytes:
    """Wrap up to 64 KiB as gzip without compressing: tools expect gzip, but what zlib writes differs by its version."""
    header = b"\x1f\x8b\x08" + bytes(6) + b"\xff"
    stored = b"\x01" + struct.pack("<HH", len(content), len(content) ^ 0xFFFF) + content
    return header + stored + struct.pack("<LL", zlib.crc32(content), len(content))


def _root_filesystem() -> bytes:
    buffer = io.BytesIO()
    with tarfile.open(fileobj=buffer, mode="w", format=tarfile.USTAR_FORMAT) as archive:
        _add_directory(archive, "etc", 0o755)
        _add_file(archive, "etc/group", _GROUP)
        _add_file(archive, "etc/passwd", _PASSWD)
        _add_directory(archive, "home", 0o755)
        _add_directory(archive, "home/nonroot", 0o755, owner=NONROOT)
        _add_directory(archive, "tmp", 0o1777)
    return buffer.getvalue()


def _add_directory(archive: tarfile.TarFile, name: str, mode: int, owner: int = 0) -> None:
    entry = tarfile.TarInfo(name)
    entry.type, entry.mode, entry.uid, entry.gid = tarfile.DIRTYPE, mode, owner, owner
    archive.addfile(entry)


def _add_file(archive: tarfile.TarFile, name: str, text: str) -> None:
    entry = tarfile.TarInfo(name)
    entry.mode, entry.size = 0o644, len(text)
    archive.addfile(entry, io.BytesIO(text.encode()))
