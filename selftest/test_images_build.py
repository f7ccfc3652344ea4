import json
import tomllib
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner

from kmc.commands.images import images
from kmc.images.build import BuildFailed, build, toolchain
from kmc.images.lock import Image, Lock, read, write

# Writes the layout of one image of two platforms, or "pushes" it; and keeps what it was given.
KO = """#!/usr/bin/env python3
import json, os, pathlib, sys
here = pathlib.Path(__file__).parent
with (here / "calls").open("a") as calls:
    calls.write(json.dumps({"args": sys.argv[1:], "env": dict(os.environ)}) + "\\n")
if sys.argv[1] == "version":
    print("v9")
    raise SystemExit
name = sys.argv[2].rpartition("/")[2]
layouts = [arg.partition("=")[2] for arg in sys.argv if arg.startswith("--oci-layout-path=")]
if not layouts:
    pushed = (here / "pushed").read_text() if (here / "pushed").exists() else f"sha256:{name}"
    print(f"{os.environ['KO_DOCKER_REPO']}/{name}:conformance@{pushed}")
    raise SystemExit
blobs = pathlib.Path(layouts[0]) / "blobs" / "sha256"
blobs.mkdir(parents=True)
platforms = [arg.partition("=")[2].split(",") for arg in sys.argv if arg.startswith("--platform=")][0]
entries = [
    {"digest": f"sha256:{name}-{of[6:]}", "platform": {"os": of[:5], "architecture": of[6:]}} for of in platforms
]
(blobs / name).write_text(json.dumps({"manifests": entries} if len(entries) > 1 else {"config": {}}))
(blobs.parent.parent / "index.json").write_text(json.dumps({"manifests": [{"digest": f"sha256:{name}"}]}))
"""


@pytest.fixture
def ko(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    program(tmp_path / "go", "#!/bin/sh\necho $GOTOOLCHAIN\n")
    monkeypatch.setenv("PATH", str(tmp_path), prepend=":")
    return program(tmp_path / "ko", KO)


def program(path: Path, text: str) -> Path:
    path.write_text(text)
    path.chmod(0o755)
    return path


def calls(ko: Path) -> list[dict[str, Any]]:
    return [json.loads(line) for line in (ko.parent / "calls").read_text().splitlines()]


def test_both_images_are_locked_by_digest(ko: Path, tmp_path: Path) -> None:
    digests = build(ko, lock=tmp_path / "lock.yaml")
    assert digests == {
        "servingcontainer": "sha256:servingcontainer",
        "sidecarcontainer": "sha256:sidecarcontainer",
    }
    locked = read(tmp_path / "lock.yaml")
    assert (locked.go, locked.ko) == (toolchain(), "v9")
    assert locked.images["sidecarcontainer"].platforms == {
        "linux/amd64": "sha256:sidecarcontainer-amd64",
        "linux/arm64": "sha256:sidecarcontainer-arm64",
    }


def test_an_image_of_one_platform_has_no_index(ko: Path, tmp_path: Path) -> None:
    build(ko, lock=tmp_path / "lock.yaml", platforms=("linux/amd64",))
    image = read(tmp_path / "lock.yaml").images["servingcontainer"]
    assert image.platforms == {"linux/amd64": image.digest}


def test_nothing_is_pushed_unless_asked(ko: Path, tmp_path: Path) -> None:
    build(ko, lock=tmp_path / "lock.yaml")
    builds = [call for call in calls(ko) if call["args"][0] == "build"]
    assert len(builds) == 2
    assert all("--push=false" in call["args"] for call in builds)


def test_a_registry_gets_both_images(ko: Path, tmp_path: Path) -> None:
    build(ko, lock=tmp_path / "lock.yaml", registry="registry.example/kmc")
    pushes = [call for call in calls(ko) if call["args"][0] == "build" and "--push=false" not in call["args"]]
    assert [call["env"]["KO_DOCKER_REPO"] for call in pushes] == ["registry.example/kmc"] * 2


def test_what_the_users_environment_says_does_not_change_the_build(
    ko: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    foreign = {"GOFLAGS": "-race", "GOAMD64": "v3", "CGO_ENABLED": "1", "SOURCE_DATE_EPOCH": "7", "GOTOOLCHAIN": "x"}
    for name, value in foreign.items():
        monkeypatch.setenv(name, value)
    monkeypatch.setenv("HTTPS_PROXY", "proxy.example")
    build(ko, lock=tmp_path / "lock.yaml")
    for call in calls(ko):
        assert all(call["env"][name] != value for name, value in foreign.items())
        assert call["env"]["HTTPS_PROXY"] == "proxy.example"


def test_a_registry_that_holds_something_else_fails_the_build(ko: Path, tmp_path: Path) -> None:
    (ko.parent / "pushed").write_text("sha256:other")
    with pytest.raises(BuildFailed, match=r"expected registry\.example to hold sha256:servingcontainer"):
        build(ko, lock=tmp_path / "lock.yaml", registry="registry.example")
    assert not (tmp_path / "lock.yaml").exists()


def test_a_failure_tells_what_ko_said(ko: Path, tmp_path: Path) -> None:
    program(ko, "#!/bin/sh\necho no such base >&2\nexit 3\n")
    with pytest.raises(BuildFailed, match=r"ended with 3:\nno such base"):
        build(ko, lock=tmp_path / "lock.yaml")


def test_a_program_that_is_no_ko_is_named(ko: Path, tmp_path: Path) -> None:
    program(ko, "#!/bin/sh\n")
    with pytest.raises(BuildFailed, match="expected ko to write the image servingcontainer, but it wrote none"):
        build(ko, lock=tmp_path / "lock.yaml")


def test_a_lock_that_cant_be_written_is_named(ko: Path) -> None:
    with pytest.raises(BuildFailed, match=r"can't be written: .*ko/lock.yaml"):
        build(ko, lock=ko / "lock.yaml")


def test_an_installed_package_has_all_that_the_images_are_built_from() -> None:
    checkout = Path(__file__).parents[1]
    settings = tomllib.loads((checkout / "pyproject.toml").read_text())["tool"]["setuptools"]
    packaged = {file for pattern in settings["package-data"]["kmc"] for file in checkout.glob(pattern)}
    sources = {file for file in (checkout / "images").rglob("*.go") if not file.name.endswith("_test.go")}
    assert {*sources, *(checkout / "images" / name for name in ("go.mod", "go.sum", ".ko.yaml"))} <= packaged


def test_a_ko_that_is_not_there_is_named(ko: Path, tmp_path: Path) -> None:
    with pytest.raises(BuildFailed, match="absent can't be run"):
        build(ko.with_name("absent"), lock=tmp_path / "lock.yaml")


def test_the_command_builds_and_shows_references(ko: Path, tmp_path: Path) -> None:
    lock = str(tmp_path / "lock.yaml")
    shown = CliRunner().invoke(images, ["build", "--lock", lock, "--ko", str(ko), "--push", "registry.example"])
    assert shown.exit_code == 0
    assert "registry.example/servingcontainer@sha256:servingcontainer\n" in shown.output


def test_a_ko_is_found_from_the_folder_that_it_is_named_in(
    ko: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(ko.parent)
    shown = CliRunner().invoke(images, ["build", "--lock", str(tmp_path / "lock.yaml"), "--ko", ko.name])
    assert shown.exit_code == 0, shown.output


def test_a_file_that_is_no_program_is_no_ko(tmp_path: Path) -> None:
    (tmp_path / "text").write_text("hello")
    shown = CliRunner().invoke(images, ["build", "--lock", str(tmp_path / "lock.yaml"), "--ko", str(tmp_path / "text")])
    assert (shown.exit_code, "is not executable" in shown.output) == (2, True), shown.output


def test_the_command_finds_ko_on_the_path(ko: Path, tmp_path: Path) -> None:
    shown = CliRunner().invoke(images, ["build", "--lock", str(tmp_path / "lock.yaml")])
    assert shown.output.startswith("servingcontainer@sha256:")
    assert calls(ko)


def test_the_command_reports_a_failure_in_words(ko: Path, tmp_path: Path) -> None:
    program(ko, "#!/bin/sh\necho broken >&2\nexit 1\n")
    shown = CliRunner().invoke(images, ["build", "--lock", str(tmp_path / "lock.yaml")])
    assert shown.exit_code == 1
    assert "Error: " in shown.output
    assert "broken" in shown.output


def test_the_list_shows_every_platform(tmp_path: Path) -> None:
    image = Image("conformance", "sha256:a", {"linux/amd64": "sha256:b", "linux/arm64": "sha256:c"})
    write(Lock("go", "ko", "base", {"app": image}), tmp_path / "lock.yaml")
    shown = CliRunner().invoke(images, ["list", "--lock", str(tmp_path / "lock.yaml")])
    assert shown.output.startswith("app:conformance  sha256:a\n  linux/amd64  sha256:b\n  linux/arm64  sha256:c\n")


def test_the_list_of_a_bad_lock_is_an_error(tmp_path: Path) -> None:
    (tmp_path / "lock.yaml").write_text("[]")
    shown = CliRunner().invoke(images, ["list", "--lock", str(tmp_path / "lock.yaml")])
    assert shown.exit_code == 1
    assert "is not an image lock" in shown.output
