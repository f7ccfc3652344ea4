import json
import os
import subprocess
import time
from collections import defaultdict
from dataclasses import replace
from pathlib import Path

import pytest

from kmc.clusters.embedded import components
from kmc.clusters.embedded.components import (
    COMPONENTS,
    PROGRAMS,
    Component,
    build,
    digest,
    forget_unused,
    kept,
    required_version,
)
from kmc.clusters.embedded.errors import ClusterError


def _copy_of(name: str, to: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    folder = to / "sources" / name
    folder.mkdir(parents=True)
    for file in COMPONENTS[name].source.iterdir():
        (folder / file.name).write_bytes(file.read_bytes())
    monkeypatch.setattr(components, "SOURCES", to / "sources")
    return folder


def test_every_component_names_a_version_that_its_go_mod_requires() -> None:
    versions = {name: component.version for name, component in COMPONENTS.items()}
    assert versions.pop("pause") == "own"
    assert all(version.startswith("v") for version in versions.values())


def _required(folder: Path) -> dict[str, str]:
    """Return the version of each module that a component is built with, as its go.mod says."""
    command = ["go", "mod", "edit", "-json"]
    said = json.loads(subprocess.run(command, cwd=folder, check=True, capture_output=True).stdout)
    replaced = {each["Old"]["Path"]: each["New"]["Version"] for each in said.get("Replace") or []}
    required = {each["Path"]: each["Version"] for each in said.get("Require") or []}
    return {path: replaced.get(path, version) for path, version in required.items()}


def test_components_use_the_same_versions_so_that_what_they_share_is_compiled_once() -> None:
    """But for Knative's, whose versions are those of its releases."""
    found: dict[str, dict[str, list[str]]] = defaultdict(lambda: defaultdict(list))
    for name in PROGRAMS:
        for module, version in _required(COMPONENTS[name].source).items():
            found[module][version].append(name)
    assert len(found) > 100
    assert {module: dict(versions) for module, versions in found.items() if len(versions) > 1} == {}


def test_a_module_that_is_not_required_is_an_error(tmp_path: Path) -> None:
    (tmp_path / "go.mod").write_text("module x\n\nrequire example.com/y/z v1.2.3\n")
    assert required_version(tmp_path / "go.mod", "example.com/y/z") == "v1.2.3"
    with pytest.raises(ClusterError, match=r"to require example\.com/y, but"):
        required_version(tmp_path / "go.mod", "example.com/y")


def test_the_digest_changes_with_the_source(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    folder = _copy_of("pause", tmp_path, monkeypatch)
    before = digest(COMPONENTS["pause"])
    assert digest(COMPONENTS["pause"]) == before
    (folder / "main.go").write_text("package main\n\nfunc main() {}\n")
    assert digest(COMPONENTS["pause"]) != before


def test_the_digest_changes_with_the_go_version(monkeypatch: pytest.MonkeyPatch) -> None:
    before = digest(COMPONENTS["etcd"])
    monkeypatch.setattr(components, "go_identity", lambda: "go9.9.9 linux amd64")
    assert digest(COMPONENTS["etcd"]) != before


def test_a_component_is_built_once(tmp_path: Path) -> None:
    folder = build("pause", tmp_path)
    program = folder / "pause"
    first = program.stat().st_mtime_ns
    assert build("pause", tmp_path) == folder
    assert program.stat().st_mtime_ns == first


def test_a_build_that_fails_leaves_no_entry(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    folder = _copy_of("pause", tmp_path, monkeypatch)
    (folder / "main.go").write_text("package main\n\nfunc main() { nonsense }\n")
    store = tmp_path / "store"
    with pytest.raises(ClusterError, match="undefined: nonsense"):
        build("pause", store)
    assert list(store.iterdir()) == []


def test_an_interrupted_build_leaves_no_entry(tmp_path: Path) -> None:
    def interrupted(to: Path) -> None:
        (to / "half").touch()
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        kept(tmp_path, "entry", interrupted)
    assert list(tmp_path.iterdir()) == []


def test_components_with_a_main_of_their_own_build_that() -> None:
    assert COMPONENTS["coredns"].packages == "."
    assert Component("etcd", "go.etcd.io/etcd/server/v3").packages == "tool"


def test_one_program_is_called_by_several_names(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(COMPONENTS, "pause", replace(COMPONENTS["pause"], names=("first", "second")))
    assert digest(COMPONENTS["pause"]) != digest(Component("pause", ""))
    folder = build("pause", tmp_path)
    assert {each.name: each.resolve().name for each in folder.iterdir()} == dict.fromkeys(
        ("pause", "first", "second"), "pause"
    )


def test_only_what_was_not_used_for_a_month_is_forgotten(tmp_path: Path) -> None:
    month_ago = time.time() - 31 * 24 * 3600
    for entry in ("used", "unused", ".unfinished-x"):
        (tmp_path / entry).mkdir()
        os.utime(tmp_path / entry, (month_ago, month_ago))
    (tmp_path / "new").mkdir()
    kept(tmp_path, "used", lambda _: None)
    forget_unused(tmp_path)
    assert sorted(path.name for path in tmp_path.iterdir()) == ["new", "used"]
