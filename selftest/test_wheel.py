"""The package as it is installed: the suite's folders, whole, in one package, and nothing for other projects."""

import os
import shutil
import subprocess
import sys
import zipfile
from pathlib import Path, PurePath

import pytest

from kmc.images.suite import tag

ROOT = Path(__file__).parents[1]
FOLDERS = ("clusters", "conformance", "fixtures", "images", "reports")
NOT_SOURCES = shutil.ignore_patterns(
    ".*_cache", ".git", ".tox", ".venv", "*.egg-info", "__pycache__", "build", "out", "selftest"
)


@pytest.fixture(scope="module")
def sources(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A copy of the checkout, with a file of an earlier build that is no more."""
    copy = tmp_path_factory.mktemp("checkout") / "checkout"
    shutil.copytree(ROOT, copy, symlinks=True, ignore=NOT_SOURCES)
    old = copy / "build" / "lib" / "kmc" / "conformance"
    old.mkdir(parents=True)
    (old / "test_that_is_no_more.py").write_text("")
    return copy


@pytest.fixture(scope="module")
def wheel(sources: Path, tmp_path_factory: pytest.TempPathFactory) -> zipfile.Path:
    folder = tmp_path_factory.mktemp("wheel")
    command = [
        sys.executable,
        "-m",
        "pip",
        "wheel",
        "--quiet",
        "--no-deps",
        "--no-build-isolation",
        "-w",
        str(folder),
        ".",
    ]
    subprocess.run(command, cwd=sources, check=True, timeout=300, stdout=subprocess.DEVNULL)
    return zipfile.Path(next(folder.glob("*.whl")))


def test_it_names_the_same_image_of_the_suite_as_the_checkout(wheel: zipfile.Path, tmp_path: Path) -> None:
    wheel.root.extractall(tmp_path)
    command = [sys.executable, "-c", "from kmc import SUITE; from kmc.images.suite import tag; print(SUITE, tag())"]
    environment = {**os.environ, "PYTHONPATH": str(tmp_path)}
    done = subprocess.run(command, cwd=tmp_path, env=environment, check=True, capture_output=True, text=True)
    assert done.stdout.split() == [str(tmp_path / "kmc"), tag()]


def _names(wheel: zipfile.Path) -> set[str]:
    return {name for name in wheel.root.namelist() if not name.endswith("/")}


def _is_left_out(name: str) -> bool:
    """Whether no code opens a file: it is for a reader, for kind clusters, for CI, or a test of the Go programs."""
    return name.endswith((".md", "_test.go")) or name.startswith(("clusters/kind/", "clusters/ci/"))


def test_all_is_in_one_package(wheel: zipfile.Path) -> None:
    top = {PurePath(name).parts[0] for name in _names(wheel)}
    assert {name for name in top if not name.endswith(".dist-info")} == {"kmc"}


def test_it_adds_the_command_and_nothing_to_pytest(wheel: zipfile.Path) -> None:
    [name] = [name for name in _names(wheel) if name.endswith("/entry_points.txt")]
    assert (wheel / name).read_text().split("\n")[:-1] == ["[console_scripts]", "kmc = kmc.main:main"]


def test_the_suite_s_folders_are_in_it_whole(wheel: zipfile.Path, sources: Path) -> None:
    files = {str(path.relative_to(sources)) for folder in FOLDERS for path in (sources / folder).rglob("*")}
    wanted = {name for name in files if (sources / name).is_file() and not _is_left_out(name)}
    packed = {
        name.removeprefix("kmc/") for name in _names(wheel) if name.startswith(tuple(f"kmc/{f}/" for f in FOLDERS))
    }
    assert (wanted - packed, packed - wanted) == (set(), set())
    assert {"kmc/pytest.ini", "kmc/py.typed", "kmc/plugins.py"} <= _names(wheel)
