"""The suite as its user starts it, where something is wrong: one clear message, a non-zero exit, nothing created."""

import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]
UNREACHABLE = """\
apiVersion: v1
kind: Config
current-context: here
contexts: [{name: here, context: {cluster: here, user: here}}]
clusters: [{name: here, cluster: {server: "http://127.0.0.1:1"}}]
users: [{name: here, user: {}}]
"""


def run(*options: str, reports: Path) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-m", "pytest", "-p", "no:cacheprovider", "--reports", str(reports), *options]
    return subprocess.run(command, cwd=ROOT, capture_output=True, text=True, timeout=180, check=False)


@pytest.mark.parametrize(
    ("options", "message"),
    [
        (["--profile", "heart"], "no such profile; there are core"),
        (["--kubeconfig", "absent.yaml"], "absent.yaml: there is no such file"),
        (["--timeout", "luck=3"], "no timeout is called 'luck'"),
        (["--run-id", "Not A Name"], "expected up to 12 of a-z"),
        (["--ingress-endpoint", "host:http"], "expected HOST:PORT"),
        (["--image-lock", "absent.yaml"], "absent.yaml is not an image lock (No such file or directory)"),
        (["--image-lock", "pyproject.toml"], "pyproject.toml is not an image lock ("),
        (["--colour"], "unrecognized arguments: --colour"),
        (["--embedded", "--kubeconfig", "pyproject.toml"], "exclude each other"),
        (["--knative", "1.20"], "it needs --embedded"),
        (["--embedded", "--knative", "1.99"], "has no Knative 1.99; it has 1.12."),
        (["--shape", "restricted"], "it needs --embedded"),
        (["--embedded", "--shape", "nonsense"], "has no shape 'nonsense'; it has plain, "),
    ],
)
def test_a_wrong_option_is_a_usage_error(tmp_path: Path, options: list[str], message: str) -> None:
    done = run(*options, reports=tmp_path)
    assert (done.returncode, message in done.stderr) == (4, True), done.stdout + done.stderr
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize("workers", ["0", "2"])
def test_an_unreachable_server_ends_the_run(tmp_path: Path, workers: str) -> None:
    kubeconfig = tmp_path / "kubeconfig"
    kubeconfig.write_text(UNREACHABLE)
    done = run("--kubeconfig", str(kubeconfig), "-n", workers, reports=tmp_path / "out")
    assert done.returncode == 10, done.stdout + done.stderr
    assert (done.stdout + done.stderr).count("no answer from the API server http://127.0.0.1:1") == 1
    assert not (tmp_path / "out").exists()


@pytest.mark.parametrize("content", [b"just: text\n", b"- a list\n", bytes(range(256)), None])
def test_a_kubeconfig_that_is_none_ends_the_run(tmp_path: Path, content: bytes | None) -> None:
    kubeconfig = tmp_path / "kubeconfig"
    kubeconfig.mkdir() if content is None else kubeconfig.write_bytes(content)
    done = run("--kubeconfig", str(kubeconfig), "-n", "0", reports=tmp_path / "out")
    assert (done.returncode, done.stdout.count("no usable cluster configuration")) == (10, 1), done.stdout + done.stderr
