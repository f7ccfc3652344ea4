"""No credential is ever shown or written, whatever goes wrong."""

import base64
import json
import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import yaml
from click.testing import CliRunner

from kmc.main import main
from selftest import api_double
from selftest.api_double import Api, Handler

ROOT = Path(__file__).parents[1]
TOKEN = "kmc-planted-token-" + "0123456789" * 30
PASSWORD = "planted-password-of-the-test"  # noqa: S105 - made up
KEY = "-----BEGIN PRIVATE KEY-----\n" + "PlantedLineOfAKey+of64Characters" * 2 + "\n-----END PRIVATE KEY-----\n"
PLANTED = (TOKEN[18:60], PASSWORD, base64.b64encode(f"me:{PASSWORD}".encode()).decode(), "PlantedLineOfAKey")

CONFTEST = """
from kmc.fixtures.evidence.redaction import keep_secret
pytest_plugins = ["kmc.fixtures.plugin.secrecy"]

def pytest_configure(config):
    keep_secret({token!r}, {key!r})
"""
TESTS = """
import allure, logging, pytest, warnings
TOKEN, KEY = {token!r}, {key!r}

class Odd(Exception):
    pass

@pytest.mark.parametrize("how", ["assert", "raise", "skip", "setup"])
def test_it(how, request):
    headers = {{"Authorization": "Bearer " + TOKEN}}
    print("said", TOKEN, KEY)
    logging.getLogger().error("logged %s", TOKEN)
    warnings.warn(f"warned {{TOKEN}}")
    with allure.step(f"step with {{TOKEN}}"):
        assert how != "assert" or headers == {{}}, KEY
        if how == "raise":
            raise Odd(KEY) from ValueError(TOKEN)
        if how == "skip":
            pytest.skip(TOKEN)
        if how == "setup":
            request.getfixturevalue("broken")

@pytest.fixture
def broken():
    raise Odd(TOKEN[:100] + "..." + TOKEN[-100:])
"""


def assert_nothing_shown(*texts: str) -> None:
    for text in texts:
        for secret in PLANTED:
            assert secret not in text, text[max(0, text.index(secret) - 300) :][:600]


def files_in(folder: Path) -> list[str]:
    return [file.read_text(errors="replace") for file in folder.rglob("*") if file.is_file()]


@pytest.mark.parametrize("workers", ["0", "2"])
def test_failing_tests_show_no_secret(tmp_path: Path, workers: str) -> None:
    (tmp_path / "conftest.py").write_text(CONFTEST.format(token=TOKEN, key=KEY))
    (tmp_path / "test_it.py").write_text(TESTS.format(token=TOKEN, key=KEY))
    written = tmp_path / "written"
    command = [
        sys.executable, "-m", "pytest", "-p", "no:cacheprovider", "-n", workers, "-rA", "--showlocals", "--tb=long",
        f"--junitxml={written}/junit.xml", f"--alluredir={written}/allure",
    ]  # fmt: skip
    environment = {**os.environ, "PYTHONPATH": str(ROOT)}
    done = subprocess.run(
        command, cwd=tmp_path, capture_output=True, text=True, timeout=120, check=False, env=environment
    )
    assert "3 failed, 1 skipped" in done.stdout, done.stdout + done.stderr
    # Lines of the tests' own source code are shown; they have the names of the secrets, not their values.
    assert_nothing_shown(done.stdout, done.stderr, *files_in(written))
    assert len(files_in(written / "allure")) > 3


@pytest.fixture
def api() -> Iterator[Api]:
    with api_double.served(Api()) as served:
        yield served


def echoing(handler: Handler) -> bool:
    return handler.refuse(401, "Unauthorized", f"who is {handler.headers['Authorization']}?")


def signing_in(handler: Handler) -> bool:
    return handler.say(200, f"<html>{handler.headers['Authorization']}</html>")


def strange(handler: Handler) -> bool:
    return handler.say(200, {handler.headers["Authorization"]: 1})


def user(kind: str, folder: Path) -> dict[str, Any]:
    if kind == "password":
        return {"username": "me", "password": PASSWORD}
    if kind == "file":
        (folder / "token").write_text(f"{TOKEN}\n")
        return {"tokenFile": str(folder / "token")}
    if kind == "plugin":
        credential = json.dumps({"status": {"token": TOKEN}})
        return {"exec": {"command": "sh", "args": ["-c", f"echo '{credential}'"], "interactiveMode": "Never"}}
    return {"token": TOKEN, "client-key-data": base64.b64encode(KEY.encode()).decode()}


@pytest.mark.parametrize(
    ("kind", "answer"), [("password", echoing), ("file", signing_in), ("plugin", strange), ("token", echoing)]
)
def test_a_target_that_shows_them_is_not_passed_on(api: Api, tmp_path: Path, kind: str, answer: Any) -> None:
    api.answer = answer
    file = tmp_path / "kubeconfig"
    file.write_text(yaml.safe_dump(api_double.kubeconfig(api.url, user=user(kind, tmp_path))))
    done = CliRunner().invoke(main, ["clean", "--kubeconfig", str(file)])
    assert done.exit_code == 10, done.output
    assert_nothing_shown(done.output)
    command = [sys.executable, "-m", "kmc", "run", "-n0", "--kubeconfig", str(file), "--reports", str(tmp_path / "out")]
    run = subprocess.run(command, cwd=tmp_path, capture_output=True, text=True, timeout=120, check=False)
    assert run.returncode == 10, run.stdout + run.stderr
    assert "[redacted]" in run.stdout
    assert_nothing_shown(run.stdout, run.stderr, *(files_in(tmp_path / "out")))
