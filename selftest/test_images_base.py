import gzip
import hashlib
import io
import json
import tarfile
from pathlib import Path
from typing import Any

from kmc.images.base import write_base

PLATFORMS = ("linux/amd64", "linux/arm64")


def blob(layout: Path, digest: str) -> bytes:
    return (layout / "blobs" / digest.replace(":", "/")).read_bytes()


def document(layout: Path, digest: str) -> dict[str, Any]:
    found: dict[str, Any] = json.loads(blob(layout, digest))
    return found


def test_the_same_base_has_the_same_digest(tmp_path: Path) -> None:
    first = write_base(tmp_path / "a", PLATFORMS)
    assert write_base(tmp_path / "b", PLATFORMS) == first
    assert write_base(tmp_path / "c", PLATFORMS[:1]) != first


def test_every_blob_has_the_digest_and_size_it_is_named_by(tmp_path: Path) -> None:
    index = document(tmp_path, write_base(tmp_path, PLATFORMS))
    for image in index["manifests"]:
        manifest = document(tmp_path, image["digest"])
        for named in (image, manifest["config"], *manifest["layers"]):
            content = blob(tmp_path, named["digest"])
            assert len(content) == named["size"]
            assert f"sha256:{hashlib.sha256(content).hexdigest()}" == named["digest"]


def test_the_layouts_own_index_finds_index_and_images(tmp_path: Path) -> None:
    digest = write_base(tmp_path, PLATFORMS)
    images = [image["digest"] for image in document(tmp_path, digest)["manifests"]]
    listed = json.loads((tmp_path / "index.json").read_text())["manifests"]
    assert [entry["digest"] for entry in listed] == [digest, *images]


def test_the_layer_is_gzip_of_the_tree_that_the_config_names(tmp_path: Path) -> None:
    index = document(tmp_path, write_base(tmp_path, PLATFORMS))
    manifest = document(tmp_path, index["manifests"][1]["digest"])
    config = document(tmp_path, manifest["config"]["digest"])
    tree = gzip.decompress(blob(tmp_path, manifest["layers"][0]["digest"]))
    assert config["rootfs"]["diff_ids"] == [f"sha256:{hashlib.sha256(tree).hexdigest()}"]
    assert (config["os"], config["architecture"], config["config"]["User"]) == ("linux", "arm64", "65532")


def test_the_tree_has_what_an_unprivileged_program_needs(tmp_path: Path) -> None:
    index = document(tmp_path, write_base(tmp_path, PLATFORMS))
    layer = document(tmp_path, index["manifests"][0]["digest"])["layers"][0]["digest"]
    with tarfile.open(fileobj=io.BytesIO(gzip.decompress(blob(tmp_path, layer)))) as archive:
        members = {member.name: member for member in archive}
        passwd = archive.extractfile("etc/passwd")
        assert passwd is not None
        assert b"nonroot:x:65532:65532:" in passwd.read()
    assert members["tmp"].mode == 0o1777
    assert members["home/nonroot"].uid == 65532
