"""Every kubeconfig that kubectl takes, and what is said of those that it does not take."""

import json
import os
import pty
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import yaml
from click.testing import CliRunner

from kmc.fixtures.clients import exec_plugin, kubeconfig
from kmc.fixtures.clients.exec_plugin import Credential
from kmc.fixtures.clients.kube import Kube
from kmc.fixtures.errors import ApiError, ApiUnavailable, NoAccess
from kmc.main import main
from selftest import api_double
from selftest.api_double import Api

TOKEN, NEWER, NEWEST = "a-token-of-the-test", "newer", "newest"


@pytest.fixture
def api() -> Iterator[Api]:
    with api_double.served(Api()) as served:
        yield served


def written(folder: Path, content: Any, name: str = "kubeconfig") -> Path:
    file = folder / name
    file.parent.mkdir(parents=True, exist_ok=True)
    file.write_text(content if isinstance(content, str) else yaml.safe_dump(content))
    return file


def connected(file: Path | None, context: str | None = None, given: Credential | None = None) -> Kube:
    return Kube.connect(file, context, timeout=5, patience=0, given=given)


def sent(api: Api, file: Path, **more: Any) -> dict[str, str]:
    """Make a call, and return its headers."""
    connected(file, **more).server_version()
    return api.headers[-1]


def plugin(folder: Path, script: str, **more: Any) -> dict[str, Any]:
    """Return a user whose token a shell script gives."""
    program = folder / "plugin"
    program.write_text(f"#!/bin/sh\n{script}\n")
    program.chmod(0o755)
    return {"exec": {"apiVersion": "client.authentication.k8s.io/v1", "command": str(program), **more}}


def giving(**status: str) -> str:
    credential = {"apiVersion": "client.authentication.k8s.io/v1", "kind": "ExecCredential", "status": status}
    return f"echo '{json.dumps(credential)}'"


# -- what is read


def test_the_first_of_several_files_counts(api: Api, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    first = written(tmp_path, {"current-context": "here", "users": [{"name": "me", "user": {"token": TOKEN}}]}, "first")
    second = written(tmp_path, api_double.kubeconfig(api.url, user={"token": "other"}, namespace="apps"), "second")
    monkeypatch.setenv("KUBECONFIG", os.pathsep.join([str(tmp_path / "none"), str(first), "", str(second)]))
    kube = connected(None)
    kube.server_version()
    assert api.headers[-1]["Authorization"] == f"Bearer {TOKEN}"
    assert kube.context_namespace == "apps"


def test_a_context_can_be_chosen_where_none_is_current(api: Api, tmp_path: Path) -> None:
    config = api_double.kubeconfig(api.url, user={"token": TOKEN}, namespace="apps")
    del config["current-context"]
    file = written(tmp_path, config)
    assert sent(api, file, context="here")["Authorization"] == f"Bearer {TOKEN}"
    with pytest.raises(NoAccess, match="has no current-context: choose one with --kube-context, of here"):
        connected(file)
    with pytest.raises(NoAccess, match="there is no context 'there' among its contexts: here"):
        connected(file, "there")


def test_paths_are_relative_to_the_file(api: Api, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    written(tmp_path, TOKEN, "config/secrets/token")
    file = written(tmp_path, api_double.kubeconfig(api.url, user={"tokenFile": "secrets/token"}), "config/file")
    monkeypatch.chdir(tmp_path)
    assert sent(api, file.relative_to(tmp_path))["Authorization"] == f"Bearer {TOKEN}"


def test_a_token_file_may_end_in_a_newline_and_is_read_again(api: Api, tmp_path: Path) -> None:
    token = written(tmp_path, f"{TOKEN}\n", "token")
    kube = connected(written(tmp_path, api_double.kubeconfig(api.url, user={"tokenFile": str(token)})))
    kube.server_version()
    token.write_text(f"{NEWER}\n")
    kube.server_version()
    assert [headers["Authorization"] for headers in api.headers] == [f"Bearer {TOKEN}", f"Bearer {NEWER}"]


def test_a_password_and_another_identity_are_sent(api: Api, tmp_path: Path) -> None:
    user = {"username": "me", "password": "word", "as": "other", "as-groups": ["one"], "as-user-extra": {"k": ["v"]}}
    headers = sent(api, written(tmp_path, api_double.kubeconfig(api.url, user=user)))
    assert headers["Authorization"] == "Basic bWU6d29yZA=="
    found = {name.lower(): value for name, value in headers.items() if name.lower().startswith("impersonate")}
    assert found == {"impersonate-user": "other", "impersonate-group": "one", "impersonate-extra-k": "v"}


def test_a_pod_uses_its_service_account(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(kubeconfig, "SERVICE_ACCOUNT", tmp_path)
    monkeypatch.setattr(kubeconfig, "DEFAULT", tmp_path / "none")
    monkeypatch.delenv("KUBECONFIG", raising=False)
    with pytest.raises(NoAccess, match="this is no pod"):
        kubeconfig.load(None, None)
    monkeypatch.setenv("KUBERNETES_SERVICE_HOST", "fd00::1")
    monkeypatch.setenv("KUBERNETES_SERVICE_PORT", "443")
    for name, text in {"token": TOKEN, "namespace": "apps\n", "ca.crt": ""}.items():
        (tmp_path / name).write_text(text)
    access = kubeconfig.load(None, None)
    assert (access.cluster["server"], access.namespace) == ("https://[fd00::1]:443", "apps")


# -- plugins


def test_a_plugins_token_is_used_and_what_it_says_is_seen(
    api: Api, tmp_path: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    user = plugin(tmp_path, f"printf 'open https://sign.in: ' >&2; {giving(token=TOKEN)}", interactiveMode="Never")
    assert sent(api, written(tmp_path, api_double.kubeconfig(api.url, user=user)))["Authorization"] == f"Bearer {TOKEN}"
    assert "open https://sign.in: " in capfd.readouterr().err


def test_a_plugin_beside_the_kubeconfig_gets_its_variables_and_the_cluster(api: Api, tmp_path: Path) -> None:
    answer = f'echo "$NAME $KUBERNETES_EXEC_INFO" > {tmp_path}/told; {giving(token=TOKEN)}'
    user = plugin(tmp_path, answer, env=[{"name": "NAME", "value": "value"}], provideClusterInfo=True)
    user["exec"]["command"] = "./plugin"
    sent(api, written(tmp_path, api_double.kubeconfig(api.url, user=user)))
    name, _, info = (tmp_path / "told").read_text().partition(" ")
    assert name == "value"
    assert json.loads(info)["spec"]["cluster"] == {"server": api.url}


def test_a_plugin_is_not_asked_again_by_another_process(api: Api, tmp_path: Path) -> None:
    user = plugin(tmp_path, f"echo run >> {tmp_path}/runs; {giving(token=TOKEN)}")
    file = written(tmp_path, api_double.kubeconfig(api.url, user=user))
    first = connected(file)
    assert first.credential is not None
    assert sent(api, file, given=first.credential)["Authorization"] == f"Bearer {TOKEN}"
    assert (tmp_path / "runs").read_text().split() == ["run"]


def test_a_plugin_is_run_again_when_its_token_expires_or_is_refused(api: Api, tmp_path: Path) -> None:
    expired = giving(token=TOKEN, expirationTimestamp="2026-01-01T00:00:00Z")
    user = plugin(tmp_path, f"if [ -e {tmp_path}/ran ]; then {giving(token=NEWER)}; else {expired}; fi")
    (tmp_path / "ran").unlink(missing_ok=True)
    kube = connected(written(tmp_path, api_double.kubeconfig(api.url, user=user)))
    (tmp_path / "ran").touch()
    kube.server_version()
    assert api.headers[-1]["Authorization"] == f"Bearer {NEWER}"
    plugin(tmp_path, giving(token=NEWEST))
    api.answer = lambda handler: (
        handler.headers["Authorization"] != f"Bearer {NEWEST}" and handler.refuse(401, "Unauthorized", "Unauthorized")
    )
    assert kube.server_version() == "v1.37.2"


def test_a_token_that_stays_refused_is_not_asked_for_for_ever(api: Api, tmp_path: Path) -> None:
    user = plugin(tmp_path, f"echo run >> {tmp_path}/runs; {giving(token=TOKEN)}")
    api.answer = lambda handler: handler.refuse(401, "Unauthorized", "Unauthorized")
    kube = connected(written(tmp_path, api_double.kubeconfig(api.url, user=user)))
    with pytest.raises(ApiError, match="Unauthorized"):
        kube.server_version()
    assert (tmp_path / "runs").read_text().split() == ["run", "run"]


@pytest.mark.parametrize(
    ("script", "message"),
    [
        ("echo 'sign in first' >&2; exit 3", r"failed with exit code 3: sign in first\n"),
        ("exit 1", "failed with exit code 1: it said nothing"),
        ("echo 'no JSON'", "printed no ExecCredential"),
        ("echo '[1]'", "printed no ExecCredential"),
        (giving(), "printed neither a token nor a client certificate"),
        (giving(token=TOKEN, expirationTimestamp="soon"), "printed no ExecCredential"),
    ],
)
def test_a_plugin_that_gives_nothing_is_named(tmp_path: Path, script: str, message: str) -> None:
    user = plugin(tmp_path, script, interactiveMode="Never")
    with pytest.raises(NoAccess, match=message) as caught:
        connected(written(tmp_path, api_double.kubeconfig("http://127.0.0.1:1", user=user)))
    assert f"the kubeconfig's user 'me' signs in by {tmp_path}/plugin, which" in str(caught.value)


def test_a_plugin_that_is_not_there_is_named_with_the_way_to_get_it(tmp_path: Path) -> None:
    user = {"exec": {"command": "kmc-none", "installHint": "apt install none"}}
    with pytest.raises(NoAccess, match=r"by kmc-none, which can't be started: No such file or directory\napt install"):
        connected(written(tmp_path, api_double.kubeconfig("http://127.0.0.1:1", user=user)))


def test_a_plugin_that_hangs_is_not_waited_for_for_ever(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(exec_plugin, "PATIENCE", 0.3)
    user = plugin(tmp_path, "exec sleep 60", interactiveMode="Never")
    with pytest.raises(NoAccess, match=r"has not ended within 0.3 s"):
        connected(written(tmp_path, api_double.kubeconfig("http://127.0.0.1:1", user=user)))


@pytest.mark.parametrize("command", [["clean"], ["run", "-n2"]])
def test_a_plugin_asks_on_the_terminal(api: Api, tmp_path: Path, command: list[str]) -> None:
    """Also where pytest has taken stdin away, and once for all processes."""
    ask = """printf 'password of me: ' >&2; read -r word; printf '{"status": {"token": "%s"}}' "$word\""""
    file = written(tmp_path, api_double.kubeconfig(api.url, user=plugin(tmp_path, ask)))
    words = [sys.executable, "-m", "kmc", *command, "--kubeconfig", str(file)]
    process, terminal = pty.fork()
    if process == 0:
        os.chdir(tmp_path)
        os.execv(words[0], words)  # noqa: S606 - the suite itself
    seen = ""
    try:
        while chunk := os.read(terminal, 1024).decode(errors="replace"):
            seen += chunk
            if chunk.endswith("password of me: "):
                os.write(terminal, f"{NEWER}\n".encode())
    except OSError:  # the terminal is gone when the process has ended
        pass
    os.close(terminal)
    os.waitpid(process, 0)
    assert seen.count("password of me: ") == 1, seen
    assert {headers["Authorization"] for headers in api.headers} == {f"Bearer {NEWER}"}


# -- what is refused

WHOLE: dict[str, Any] = api_double.kubeconfig("https://127.0.0.1:1")


@pytest.mark.parametrize(
    ("content", "message"),
    [
        ("", "is empty"),
        ("- one\n- two\n", "expected clusters, contexts and users, found a list"),
        ("only words", "found a text"),
        ("token: [secret-of-the-file\n", "is not valid YAML, from line 2 on"),
        ({**WHOLE, "clusters": {}}, "there is no cluster 'one' among its clusters: none"),
        ({**WHOLE, "users": "me"}, "expected users to be a list, found a text"),
        ({**WHOLE, "users": ["me"]}, "every entry of users to have a name and a user"),
        ({**WHOLE, "users": []}, "there is no user 'me'"),
        ({**WHOLE, "contexts": [{"name": "here", "context": {"user": "me"}}]}, "its context 'here' names no cluster"),
        (api_double.kubeconfig(""), "its cluster 'one' has no server"),
        (api_double.kubeconfig("https://a", cluster={"certificate-authority": "none"}), "File does not exist"),
        (api_double.kubeconfig("https://a", cluster={"certificate-authority-data": "abc"}), "not valid base64"),
        (api_double.kubeconfig("https://a", cluster={"certificate-authority-data": "bm9uZQ=="}), "can't be used"),
        (api_double.kubeconfig("https://a", cluster={"proxy-url": "ftp://b"}), "proxy-url ftp://b can't be used"),
        (api_double.kubeconfig("https://a", user={"auth-provider": {"name": "gcp"}}), "the auth-provider 'gcp'"),
    ],
)
def test_a_kubeconfig_that_can_not_be_used_is_refused(tmp_path: Path, content: Any, message: str) -> None:
    done = CliRunner().invoke(main, ["clean", "--kubeconfig", str(written(tmp_path, content))])
    assert (done.exit_code, message in done.output) == (10, True), done.output
    assert "secret-of-the-file" not in done.output


def test_what_is_no_text_and_no_file_is_refused(tmp_path: Path) -> None:
    with pytest.raises(NoAccess, match="is a directory"):
        connected(tmp_path)
    (tmp_path / "binary").write_bytes(bytes(range(256)))
    with pytest.raises(NoAccess, match="is not a text file, so not a kubeconfig"):
        connected(tmp_path / "binary")
    assert CliRunner().invoke(main, ["clean", "--kubeconfig", str(tmp_path)]).exit_code == 10


@pytest.mark.parametrize(
    ("user", "message"),
    [
        ({"tokenFile": "/none"}, "the token file /none, which the kubeconfig names, can't be read"),
        ({"token": "two words"}, "has a character that no token can have"),
        ({"token": "tökén"}, "has a character that no token can have"),
    ],
)
def test_a_token_that_can_not_be_sent_is_not_shown(
    api: Api, tmp_path: Path, user: dict[str, str], message: str
) -> None:
    with pytest.raises(NoAccess) as caught:
        sent(api, written(tmp_path, api_double.kubeconfig(api.url, user=user)))
    assert message in str(caught.value)
    assert user.get("token", "-") not in repr(caught.value)


def test_the_server_may_not_be_there(tmp_path: Path) -> None:
    for url, message in {
        "http://127.0.0.1:1": "no answer from the API server",
        "127.0.0.1:1": "server https://127.0.0.1:1 to GET",
        "a b": "is not the address of an",
    }.items():
        with pytest.raises(ApiUnavailable, match=message):
            connected(written(tmp_path, api_double.kubeconfig(url))).server_version()
