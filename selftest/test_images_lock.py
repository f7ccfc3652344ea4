import os
from pathlib import Path

import pytest
import yaml

from kmc.fixtures.errors import PreflightFailed
from kmc.fixtures.target.images import read as deployed
from kmc.images.base import write_base
from kmc.images.build import NAMES, PLATFORMS, tag, toolchain
from kmc.images.lock import LOCK, Image, Lock, read, write

BUILD = Lock("go1.26.8", "v0.19.1", "sha256:base", {"b": Image("t", "sha256:b", {"linux/amd64": "sha256:c"})})


def test_what_is_written_is_read(tmp_path: Path) -> None:
    write(BUILD, tmp_path / "lock.yaml")
    assert read(tmp_path / "lock.yaml") == BUILD


def test_a_lock_that_is_the_same_already_is_not_written(tmp_path: Path) -> None:
    write(BUILD, tmp_path / "lock.yaml")
    os.utime(tmp_path / "lock.yaml", (1, 1))
    write(BUILD, tmp_path / "lock.yaml")
    assert (tmp_path / "lock.yaml").stat().st_mtime == 1


def test_keys_are_sorted(tmp_path: Path) -> None:
    write(BUILD, tmp_path / "lock.yaml")
    assert list(yaml.safe_load((tmp_path / "lock.yaml").read_text())) == ["base", "go", "images", "ko"]


@pytest.mark.parametrize(
    "content", [b"", b"[]", b"go: x", b"text", b"images: {a: {tag: t}}\nbase: b\ngo: g\nko: k", b"{", b"\xff\xfe\xfa"]
)
def test_a_file_without_the_schema_is_refused(tmp_path: Path, content: bytes) -> None:
    (tmp_path / "lock.yaml").write_bytes(content)
    with pytest.raises(ValueError, match="is not an image lock"):
        read(tmp_path / "lock.yaml")


def test_the_committed_lock_is_of_these_sources(tmp_path: Path) -> None:
    committed = read(LOCK)
    assert committed.go == toolchain()
    assert committed.base == write_base(tmp_path, PLATFORMS)
    assert set(committed.images) == set(NAMES)
    for image in committed.images.values():
        assert image.tag == tag()
        assert tuple(image.platforms) == PLATFORMS


def test_the_committed_lock_names_the_ko_that_is_built_from_source() -> None:
    required = Path(__file__).parents[1] / "clusters" / "embedded" / "components" / "ko" / "go.mod"
    assert f"github.com/google/ko {read(LOCK).ko}\n" in required.read_text().replace(" // indirect", "")


def test_a_lock_is_refused_in_words_by_whoever_reads_it(tmp_path: Path) -> None:
    with pytest.raises(ValueError, match=r"lock.yaml is not an image lock \(.*No such file"):
        read(tmp_path / "lock.yaml")
    (tmp_path / "lock.yaml").write_text("images: {a: {tag: t}}\nbase: b\ngo: g\nko: k")
    with pytest.raises(ValueError, match=r"is not an image lock \(images\.a\.digest: Field required\); write it with"):
        read(tmp_path / "lock.yaml")
    write(BUILD, tmp_path / "lock.yaml")
    with pytest.raises(PreflightFailed, match="does not name servingcontainer, sidecarcontainer"):
        deployed("registry.example", tmp_path / "lock.yaml")
