"""The base image under both programs, written as an OCI image layout without any registry.

It holds what a static program of an unprivileged user needs and nothing else: a writable `/tmp`, a home, and the names
of root and nonroot.
"""

import hashlib
import io
import json
import struct
import tarfile
import zlib
from collections.abc import Sequence
from pathlib import Path
from typing import Any

NONROOT = 65532

_INDEX = "application/vnd.oci.image.index.v1+json"
_MANIFEST = "application/vnd.oci.image.manifest.v1+json"
_CONFIG = "application/vnd.oci.image.config.v1+json"
_LAYER = "application/vnd.oci.image.layer.v1.tar+gzip"
_EPOCH = "1970-01-01T00:00:00Z"

_PASSWD = f"root:x:0:0:root:/:/sbin/nologin\nnonroot:x:{NONROOT}:{NONROOT}:nonroot:/home/nonroot:/sbin/nologin\n"
_GROUP = f"root:x:0:\nnonroot:x:{NONROOT}:\n"


def write_base(layout: Path, platforms: Sequence[str]) -> str:
    """Write the base image of every platform (`os/architecture`) into the layout, and return the digest of its index.

    The layout's own index lists the images of the single platforms as well, so that each is found by its digest.
    """
    tree = _root_filesystem()
    layer = _put(layout, _LAYER, _gzip(tree))
    manifests = [_put_image(layout, layer, _digest(tree), platform) for platform in platforms]
    index = _put_json(layout, _INDEX, {"schemaVersion": 2, "mediaType": _INDEX, "manifests": manifests})
    listing = {"schemaVersion": 2, "mediaType": _INDEX, "manifests": [index, *manifests]}
    (layout / "index.json").write_text(json.dumps(listing))
    (layout / "oci-layout").write_text(json.dumps({"imageLayoutVersion": "1.0.0"}))
    return str(index["digest"])


def _put_image(layout: Path, layer: dict[str, Any], tree_digest: str, platform: str) -> dict[str, Any]:
    system, architecture = platform.split("/")
    config = {
        "os": system,
        "architecture": architecture,
        "created": _EPOCH,
        "config": {
            "User": str(NONROOT),
            "WorkingDir": "/home/nonroot",
            "Env": ["PATH=/usr/local/bin:/usr/bin:/bin", "HOME=/home/nonroot"],
        },
        "rootfs": {"type": "layers", "diff_ids": [tree_digest]},
        "history": [{"created": _EPOCH, "created_by": "images/base.py"}],
    }
    manifest = {
        "schemaVersion": 2,
        "mediaType": _MANIFEST,
        "config": _put_json(layout, _CONFIG, config),
        "layers": [layer],
    }
    return {
        **_put_json(layout, _MANIFEST, manifest),
        "platform": {"os": system, "architecture": architecture},
    }


def _put_json(layout: Path, media_type: str, content: dict[str, Any]) -> dict[str, Any]:
    return _put(layout, media_type, json.dumps(content, sort_keys=True, separators=(",", ":")).encode())


def _put(layout: Path, media_type: str, content: bytes) -> dict[str, Any]:
    digest = _digest(content)
    blob = layout / "blobs" / digest.replace(":", "/")
    blob.parent.mkdir(parents=True, exist_ok=True)
    blob.write_bytes(content)
    return {"mediaType": media_type, "digest": digest, "size": len(content)}


def _digest(content: bytes) -> str:
    return f"sha256:{hashlib.sha256(content).hexdigest()}"


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
