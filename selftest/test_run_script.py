"""The two commands of the README: what `./run` hands over to tox."""

import os
import subprocess
from pathlib import Path

import pytest

RUN = Path(__file__).parent.parent / "run"
STAND_INS = {
    "pip": "true",
    "tox": 'printf "%s " "$@"',
    "dpkg-query": "echo install ok installed",
    "go": "echo go1.26.0",
}


@pytest.fixture(scope="module")
def checkout(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with the script in it, and programs that install nothing and tell how they are called."""
    folder = tmp_path_factory.mktemp("checkout")
    tools = folder / ".tox" / "run" / "bin"
    tools.mkdir(parents=True)
    for name, body in STAND_INS.items():
        (tools / name).write_text(f"#!/bin/sh\n{body}\n")
        (tools / name).chmod(0o755)
    (folder / "run").write_text(RUN.read_text())
    (folder / "run").chmod(0o755)
    return folder


def run(checkout: Path, *arguments: str) -> subprocess.CompletedProcess[str]:
    path = f"{checkout}/.tox/run/bin:{os.environ['PATH']}"
    command = [str(checkout / "run"), *arguments]
    return subprocess.run(command, env={"PATH": path}, capture_output=True, text=True, check=False)


@pytest.mark.parametrize(
    ("arguments", "handed_over"),
    [
        (["conformance"], "run -q -e conformance -- --embedded"),
        (["conformance", "-k", "probes"], "run -q -e conformance -- --embedded -k probes"),
        (["conformance", "--kubeconfig", "file"], "run -q -e conformance -- --kubeconfig file"),
        (["conformance", "--kubeconfig=file"], "run -q -e conformance -- --kubeconfig=file"),
        (["test"], "run -q -e test --"),
    ],
)
def test_the_suite_runs_on_the_embedded_cluster_unless_another_is_named(
    checkout: Path, arguments: list[str], handed_over: str
) -> None:
    done = run(checkout, *arguments)
    assert (done.returncode, done.stdout.strip(), done.stderr) == (0, handed_over, "")


@pytest.mark.parametrize("arguments", [[], ["help"]])
def test_another_word_is_answered_with_the_usage(checkout: Path, arguments: list[str]) -> None:
    done = run(checkout, *arguments)
    assert (done.returncode != 0, done.stdout) == (True, "")
    assert "usage: ./run conformance [PYTEST OPTIONS] | ./run test" in done.stderr
