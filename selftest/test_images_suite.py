"""The image of the suite: what of Debian is in it, how it is started; and how images are carried about."""

import gzip
import io
import json
import sys
import tarfile
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner

from kmc.commands.images import images
from kmc.fixtures.errors import BadOption, PreflightFailed
from kmc.fixtures.run import journaling
from kmc.fixtures.target.images import ImageMap, absence
from kmc.fixtures.target.images import read as read_images
from kmc.images import suite
from kmc.images.build import BuildFailed
from kmc.images.lock import LOCK, read
from kmc.images.mirror import Carried, carry
from kmc.images.suite import build as suite_build
from kmc.images.suite import trees

DEBIAN = (
    "./usr/bin/python3.11", "./usr/bin/dpkg", "./bin/tar", "./lib/x86_64-linux-gnu/libc.so.6",
    "./usr/lib/x86_64-linux-gnu/libssl.so.3", "./usr/lib/x86_64-linux-gnu/gconv/libCNS.so",
    "./usr/lib/python3.11/os.py", "./usr/lib/python3.11/pydoc_data/topics.py", "./usr/lib/python3.11/__pycache__/x.pyc",
    "./usr/share/doc/libc6/copyright", "./usr/share/doc/libc6/changelog.gz", "./usr/share/locale/de/a.mo",
    "./var/lib/dpkg/status", "./var/lib/apt/lists/lock", "./lib/systemd/system/a.service",
)  # fmt: skip


def packed(file: Path, names: Sequence[str]) -> Path:
    with tarfile.open(file, "w") as tar:
        for name in names:
            entry = tarfile.TarInfo(name)
            entry.size, entry.uid, entry.mtime, entry.mode = len(name), 7, 12345, 0o755
            tar.addfile(entry, io.BytesIO(name.encode()))
    return file


def members(file: Path) -> dict[str, tarfile.TarInfo]:
    with tarfile.open(file) as tar:
        return {member.name: member for member in tar}


def test_of_debian_it_has_what_python_needs_and_the_licences(tmp_path: Path) -> None:
    trees.debian(packed(tmp_path / "all.tar", DEBIAN), tmp_path / "layer.tar")
    found = members(tmp_path / "layer.tar")
    assert {name for name, member in found.items() if member.isfile()} == {
        "usr/bin/python3.11", "lib/x86_64-linux-gnu/libc.so.6", "usr/lib/x86_64-linux-gnu/libssl.so.3",
        "usr/lib/python3.11/os.py", "usr/share/doc/libc6/copyright", "var/lib/dpkg/status", "etc/passwd", "etc/group",
    }  # fmt: skip
    assert {(member.uid, member.mtime) for member in found.values()} == {(0, 0)}
    assert found["usr/bin/python3"].linkname == "python3.11"
    assert {found[name].mode for name in ("tmp", "reports")} == {0o1777}


def test_of_packages_it_has_neither_caches_nor_scripts(tmp_path: Path) -> None:
    for name in ("kmc/main.py", "kmc/__pycache__/main.pyc", "bin/pytest"):
        file = tmp_path / "site" / name
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text("")
    trees.packages(tmp_path / "site", tmp_path / "layer.tar")
    found = members(tmp_path / "layer.tar")
    assert {name for name, member in found.items() if member.isfile()} == {
        "usr/local/lib/python3.11/dist-packages/kmc/main.py", "usr/local/bin/kmc",
    }  # fmt: skip
    assert found["usr/local/bin/kmc"].mode == 0o755


@pytest.fixture
def tools(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Stand for mmdebstrap and pip, and keep what they were told."""

    def run(command: Sequence[str], *_: object, **__: object) -> str:
        with (tmp_path / "calls").open("a") as calls:
            calls.write(json.dumps(list(command)) + "\n")
        if "wheel" in command:
            folder = next(Path(word.partition("=")[2]) for word in command if word.startswith("--wheel-dir="))
            (folder / "kmc.whl").touch()
        elif command[0] == "mmdebstrap":
            packed(Path(command[-1]), DEBIAN)
        else:
            target = next(Path(word.partition("=")[2]) for word in command if word.startswith("--target="))
            (target / "kmc").mkdir(parents=True)
            (target / "kmc" / "main.py").write_text("")
        return ""

    monkeypatch.setattr(suite_build, "_run", run)
    return tmp_path


def test_it_is_an_index_of_images_for_each_platform_and_the_same_again(tools: Path) -> None:
    digest = suite_build.build(tools / "a", commit="0123abc")
    assert suite_build.build(tools / "b", commit="0123abc") == digest

    def blob(named: str) -> bytes:
        return (tools / "a" / "blobs" / named.replace(":", "/")).read_bytes()

    [listed] = json.loads((tools / "a" / "index.json").read_text())["manifests"]
    assert listed["digest"] == digest
    found = json.loads(blob(digest))["manifests"]
    assert [each["platform"]["architecture"] for each in found] == ["amd64", "arm64"]
    manifest = json.loads(blob(found[1]["digest"]))
    config: Any = json.loads(blob(manifest["config"]["digest"]))
    assert config["config"]["User"] == "65532"  # a number: kubelets can't tell of a name that it is not root
    assert config["config"]["Entrypoint"] == ["/usr/local/bin/kmc"]
    assert "KMC_COMMIT=0123abc" in config["config"]["Env"]
    trees_of = [gzip.decompress(blob(layer["digest"])) for layer in manifest["layers"]]
    assert len(config["rootfs"]["diff_ids"]) == len(trees_of) == 2
    said = [json.loads(line) for line in (tools / "calls").read_text().splitlines()]
    assert [call for call in said if call[0] == "mmdebstrap" and "--architectures=arm64" in call]
    wheels = next(call for call in said if any("aarch64" in word for word in call))
    assert {"--platform=manylinux_2_36_aarch64", "--platform=manylinux_2_17_aarch64"} <= set(wheels)
    assert "--platform=manylinux_2_37_aarch64" not in wheels


def test_without_mmdebstrap_it_is_said_what_to_do(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("PATH", str(tmp_path))
    with pytest.raises(BuildFailed, match="apt-get install mmdebstrap"):
        suite_build._unpack_debian("amd64", tmp_path / "x.tar")  # noqa: SLF001 - the message is the subject


@pytest.mark.parametrize("push", [(), ("--push", "kind.local")])  # ko loads images into kind, crane can't
def test_a_built_image_goes_somewhere(push: tuple[str, ...]) -> None:
    refused = CliRunner().invoke(images, ["build", "--suite", *push])
    assert (refused.exit_code, "say where its image goes" in refused.output) == (2, True)


def names(folder: Path, text: str) -> ImageMap:
    (folder / "map.yaml").write_text(text)
    return ImageMap.read(folder / "map.yaml")


def test_a_map_names_images_and_the_registry_has_the_rest(tmp_path: Path) -> None:
    named = names(tmp_path, "servingcontainer: registry.corp/team/serving\n")
    digest = read(LOCK).images["servingcontainer"].digest
    found = read_images("mirror.corp/kmc", LOCK, named)
    assert found.refs["servingcontainer"] == f"registry.corp/team/serving@{digest}"
    assert found.refs["sidecarcontainer"].startswith("mirror.corp/kmc/sidecarcontainer@sha256:")
    with pytest.raises(PreflightFailed, match="no image registry"):
        read_images(None, LOCK, named)


@pytest.mark.parametrize(
    ("text", "why"),
    [
        ("- a list", "expected lines such as"), ("servingcontainer: [a]", "expected lines such as"),
        ("kmc: r.example/kmc:1", "without tag and digest"), ("kmc: r.example/kmc@sha256:0", "without tag and digest"),
        ("a: {", "not YAML"),
    ],
)  # fmt: skip
def test_a_wrong_map_is_refused(tmp_path: Path, text: str, why: str) -> None:
    with pytest.raises(BadOption, match=why):
        names(tmp_path, text)


def test_a_port_of_a_registry_is_no_tag(tmp_path: Path) -> None:
    assert names(tmp_path, "kmc: localhost:5000/kmc").repository("kmc", None) == "localhost:5000/kmc"


@pytest.mark.parametrize(
    ("registry", "how"), [("r.example/kmc", "kmc images build --push r.example/kmc"), (None, "kmc images mirror")]
)
def test_images_that_are_missing_are_named_with_the_way_there(registry: str | None, how: str) -> None:
    said = absence(["r.example/a@sha256:0"], registry)
    assert "r.example/a@sha256:0" in said
    assert how in said
    assert "None" not in said


CRANE = """#!{python}
import pathlib, sys
with (pathlib.Path(__file__).parent / "said").open("a") as said:
    print(*sys.argv[1:], file=said)
print({{"push": "to.example/app@sha256:1", "digest": "sha256:1"}}.get(sys.argv[1], ""))
"""


@pytest.fixture
def crane(tmp_path: Path) -> Path:
    program = tmp_path / "crane"
    program.write_text(CRANE.format(python=sys.executable))
    program.chmod(0o755)
    return program


@pytest.mark.parametrize(
    ("source", "target", "said"),
    [
        ("from.example/app", "to.example/app",
         ["copy from.example/app@sha256:1 to.example/app:t", "digest to.example/app:t"]),
        ("from.example/app", "oci:{0}/all", ["pull --format=oci from.example/app@sha256:1 {0}/all/app"]),
        ("oci:{0}/all", "to.example/app", ["push {0}/all/app to.example/app:t"]),
    ],
)  # fmt: skip
def test_an_image_is_carried_by_its_digest(crane: Path, source: str, target: str, said: list[str]) -> None:
    folder = crane.parent
    carry(crane, Carried("app", "t", "sha256:1"), source.format(folder), target.format(folder))
    assert (folder / "said").read_text().splitlines() == [line.format(folder) for line in said]


def test_another_digest_than_expected_is_an_error(crane: Path) -> None:
    with pytest.raises(BuildFailed, match="app: expected sha256:2"):
        carry(crane, Carried("app", "t", "sha256:2"), "from.example/app", "to.example/app")


@pytest.mark.usefixtures("crane")
def test_a_mirror_that_has_other_digests_is_an_error(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PATH", str(tmp_path))
    (tmp_path / "map.yaml").write_text("kmc: other.example/suite\n")
    program = [
        images,
        ["mirror", "--from", "a.example", "--to", "b.example", "--image-map", str(tmp_path / "map.yaml")],
    ]
    done = CliRunner().invoke(*program)  # type: ignore[arg-type]
    assert (done.exit_code, "expected sha256:" in done.output) == (1, True), (
        done.output
    )  # crane's digest is no real one
    done = CliRunner().invoke(images, ["list"])
    assert done.output.splitlines()[-1] == f"kmc:{suite.tag()}  (kmc images build --suite)"


@pytest.mark.parametrize(
    "name",
    [
        "main.py", "commands/job/pod.py", "fixtures/run/a.py", "conformance/logs/requirements.yaml",
        "conformance/set.yaml", "images/lock.yaml", "clusters/job.yaml", "reports/templates/a.html.j2",
    ],
)  # fmt: skip
def test_the_tag_changes_with_every_kind_of_source(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, name: str) -> None:
    monkeypatch.setattr(suite, "SUITE", tmp_path)
    before = suite.tag()
    (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
    (tmp_path / name).write_text("x")
    assert suite.tag() != before


def test_a_report_from_the_image_names_its_commit(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    known = journaling.commit()
    monkeypatch.setenv(suite.BUILT_FROM, "0123abc")
    assert journaling.commit() == known  # a checkout knows better
    monkeypatch.setenv("PATH", str(tmp_path))
    assert journaling.commit() == "0123abc"
