from pathlib import Path

from kmc.clusters.embedded import image_store


def _store(folder: Path) -> Path:
    for name in ("metadata/meta.db", "content/blobs/sha256/abc", "snapshots/1/fs/app.db"):
        (folder / name).parent.mkdir(parents=True)
        (folder / name).write_text("first")
    return folder


def test_a_store_is_named_by_its_images_and_by_what_filled_it() -> None:
    names = {
        image_store.entry(Path("containerd-1"), ["a", "b"]),
        image_store.entry(Path("containerd-1"), ["b", "a"]),
        image_store.entry(Path("containerd-2"), ["a", "b"]),
        image_store.entry(Path("containerd-1"), ["a"]),
    }
    assert len(names) == 3


def test_what_is_written_in_a_copy_stays_there(tmp_path: Path) -> None:
    source = _store(tmp_path / "kept")
    image_store.copy(source, tmp_path / "copy")
    with (tmp_path / "copy" / "metadata" / "meta.db").open("r+") as database:
        database.write("other")
    assert (source / "metadata" / "meta.db").read_text() == "first"


def test_contents_take_no_space_a_second_time(tmp_path: Path) -> None:
    source = _store(tmp_path / "kept")
    image_store.copy(source, tmp_path / "copy")
    for name in ("content/blobs/sha256/abc", "snapshots/1/fs/app.db"):
        assert (tmp_path / "copy" / name).samefile(source / name)
    assert sorted(path.name for path in (tmp_path / "copy" / "metadata").iterdir()) == ["meta.db"]
