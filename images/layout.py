"""OCI image layouts, written as files: blobs by their digests, images of several platforms, and their indexes."""

import hashlib
import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

INDEX = "application/vnd.oci.image.index.v1+json"
MANIFEST = "application/vnd.oci.image.manifest.v1+json"
CONFIG = "application/vnd.oci.image.config.v1+json"
LAYER = "application/vnd.oci.image.layer.v1.tar+gzip"
EPOCH = "1970-01-01T00:00:00Z"

Descriptor = dict[str, Any]
"""What names a blob: media type, digest, size."""


@dataclass(frozen=True)
class Layer:
    """A layer that the layout has: the descriptor of its blob, and the digest of the tar within."""

    blob: Descriptor
    tree: str


@dataclass(frozen=True)
class Image:
    """One image of one platform (`os/architecture`): its layers, and what a container of it is started with."""

    platform: str
    layers: Sequence[Layer]
    config: Mapping[str, Any]
    made_by: str
    annotations: Mapping[str, str] = field(default_factory=dict)


def put(layout: Path, media_type: str, content: bytes) -> Descriptor:
    """Write a blob."""
    name = digest(content)
    blob = layout / "blobs" / name.replace(":", "/")
    blob.parent.mkdir(parents=True, exist_ok=True)
    blob.write_bytes(content)
    return {"mediaType": media_type, "digest": name, "size": len(content)}


def put_json(layout: Path, media_type: str, content: Mapping[str, Any]) -> Descriptor:
    """Write a JSON document as a blob, the same bytes for the same content."""
    return put(layout, media_type, json.dumps(content, sort_keys=True, separators=(",", ":")).encode())


def put_image(layout: Path, image: Image) -> Descriptor:
    """Write the manifest and the configuration of an image whose layers are there already."""
    system, architecture = image.platform.split("/")
    config = {
        "os": system,
        "architecture": architecture,
        "created": EPOCH,
        "config": image.config,
        "rootfs": {"type": "layers", "diff_ids": [layer.tree for layer in image.layers]},
        "history": [{"created": EPOCH, "created_by": image.made_by} for _ in image.layers],
    }
    manifest = {
        "schemaVersion": 2,
        "mediaType": MANIFEST,
        "config": put_json(layout, CONFIG, config),
        "layers": [layer.blob for layer in image.layers],
        **({"annotations": image.annotations} if image.annotations else {}),
    }
    return {**put_json(layout, MANIFEST, manifest), "platform": {"os": system, "architecture": architecture}}


def put_index(layout: Path, images: Sequence[Descriptor]) -> Descriptor:
    """Write the index of the same image for several platforms."""
    return put_json(layout, INDEX, {"schemaVersion": 2, "mediaType": INDEX, "manifests": images})


def finish(layout: Path, listed: Sequence[Descriptor]) -> None:
    """Write the layout's own index, by which tools find what it has."""
    (layout / "index.json").write_text(json.dumps({"schemaVersion": 2, "mediaType": INDEX, "manifests": listed}))
    (layout / "oci-layout").write_text(json.dumps({"imageLayoutVersion": "1.0.0"}))


def digest(content: bytes) -> str:
    """Return the name of content."""
    return f"sha256:{hashlib.sha256(content).hexdigest()}"
