"""The base image under both programs, written as an OCI image layout without any registry.

It holds what a static program of an unprivileged user needs and nothing else: a writable `/tmp`, a home, and the names
of root and nonroot. Layers stay uncompressed, as compressed bytes differ between zlib versions.
"""

import hashlib
import io
import json
import tarfile
from collections.abc import Sequence
from pathlib import Path
from typing import Any

NONROOT = 65532

_INDEX = "application/vnd.oci.image.index.v1+json"
_MANIFEST = "application/vnd.oci.image.manifest.v1+json"
_CONFIG = "application/vnd.oci.image.config.v1+json"
_LAYER = "application/vnd.oci.image.layer.v1.tar"
_EPOCH = "1970-01-01T00:00:00Z"

_PASSWD = f"root:x:0:0:root:/:/sbin/nologin\nnonroot:x:{NONROOT}:{NONROOT}:nonroot:/home/nonroot:/sbin/nologin\n"
_GROUP = f"root:x:0:\nnonroot:x:{NONROOT}:\n"


def write_base(layout: Path, platforms: Sequence[str]) -> str:
    """Write the base image of every platform (`os/architecture`) into the layout, and return the digest of its index.

    The layout's own index lists the images of the single platforms as well, so that each is found by its digest.
    """
    layer = _put(layout, _LAYER, _root_filesystem())
    manifests = [_put_image(layout, layer, platform) for platform in platforms]
    index = _put_json(layout, _INDEX, {"schemaVersion": 2, "mediaType": _INDEX, "manifests": manifests})
    listing = {"schemaVersion": 2, "mediaType": _INDEX, "manifests": [index, *manifests]}
    (layout / "index.json").write_text(json.dumps(listing))
    (layout / "oci-layout").write_text(json.dumps({"imageLayoutVersion": "1.0.0"}))
    return str(index["digest"])


def _put_image(layout: Path, layer: dict[str, Any], platform: str) -> dict[str, Any]:
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
        "rootfs": {"type": "layers", "diff_ids": [layer["digest"]]},
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
    digest = hashlib.sha256(content).hexdigest()
    blobs = layout / "blobs" / "sha256"
    blobs.mkdir(parents=True, exist_ok=True)
    (blobs / digest).write_bytes(content)
    return {"mediaType": media_type, "digest": f"sha256:{digest}", "size": len(content)}


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
