"""`kmc doctor` on a cluster that is made up."""

import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import pytest
import yaml
from click.testing import CliRunner, Result

from kmc.main import main
from selftest.api_double import Api, Handler, kubeconfig, served
from selftest.test_preflight import OPEN, SYSTEM, WORK, answer, config_map

GATEWAY = "/api/v1/namespaces/kourier-system/services/kourier"


def objects(url: str, *, cpu: str = "2") -> dict[str, Any]:
    """Knative with Kourier, whose gateway is reached at a port of a node: the one of this API server."""
    place = urlsplit(url)
    return {
        **OPEN,
        f"{SYSTEM}config-network": config_map(
            "config-network", **{"ingress-class": "kourier.ingress.networking.knative.dev"}
        ),
        "/api/v1/nodes/one": {
            "metadata": {"name": "one"},
            "spec": {},
            "status": {
                "allocatable": {"cpu": cpu, "pods": "110"},
                "addresses": [{"type": "InternalIP", "address": place.hostname}],
            },
        },
        GATEWAY: {
            "metadata": {"namespace": "kourier-system", "name": "kourier"},
            "spec": {"ports": [{"port": 80, "nodePort": place.port}]},
        },
    }


@pytest.fixture
def api() -> Iterator[Api]:
    with served(Api(answer=lambda handler: answer(handler, hidden=False))) as api:
        api.objects = objects(api.url)
        yield api


def examined(api: Api, folder: Path, *options: str) -> Result:
    file = folder / "kubeconfig"
    file.write_text(yaml.safe_dump(kubeconfig(api.url, namespace="apps")))
    return CliRunner().invoke(main, ["doctor", "--kubeconfig", str(file), *options])


def lines(result: Result) -> dict[str, str]:
    """Return the state of each thing that was looked at."""
    rows = [line.split() for line in result.output.splitlines() if not line.startswith((" ", "A run"))]
    return {subject: state for state, subject, *_ in reversed(rows)}


def test_a_cluster_that_is_well_is_said_to_be_and_nothing_is_created(api: Api, tmp_path: Path) -> None:
    result = examined(api, tmp_path)
    assert lines(result) == {
        "API": "ok", "Knative": "ok", "namespace": "ok", "rights": "ok", "gates": "ok", "ingress": "ok", "room": "ok",
        "pods": "ok", "images": "note",
    }  # fmt: skip
    assert (result.exit_code, result.output.splitlines()[-1]) == (0, "A run can begin.")
    assert "for about 60 pods of the suite at once: up to -n 12" in result.output
    assert api.creations == 0
    assert not [call for call in api.calls if call.startswith(("PATCH", "DELETE"))]


def test_a_policy_that_refuses_pods_is_named(api: Api, tmp_path: Path) -> None:
    def strict(handler: Handler) -> bool:
        if handler.command == "POST" and urlsplit(handler.path).path.endswith("/pods"):
            return handler.refuse(403, "Forbidden", 'pods "kmc-doctor" is forbidden: violates PodSecurity')
        return answer(handler, hidden=False)

    api.answer = strict
    result = examined(api, tmp_path)
    assert lines(result)["pods"] == "bad"
    assert "violates PodSecurity" in result.output
    assert (result.exit_code, result.output.splitlines()[-1]) == (10, "A run could not begin: 1 not well.")


def test_without_knative_nothing_more_is_looked_at(api: Api, tmp_path: Path) -> None:
    api.answer = lambda handler: "/serving.knative.dev/" in handler.path and handler.refuse(404, "NotFound", "nothing")
    result = examined(api, tmp_path)
    assert lines(result) == {"API": "ok", "Knative": "bad"}
    assert "Install Knative Serving" in result.output
    assert result.exit_code == 10


def test_a_node_without_room_and_a_gateway_that_does_not_answer(api: Api, tmp_path: Path) -> None:
    api.objects = objects("http://127.0.0.1:1", cpu="100m")
    result = examined(api, tmp_path)
    assert (lines(result)["room"], lines(result)["ingress"]) == ("bad", "bad")
    assert "--ingress-endpoint HOST:PORT" in result.output


def test_what_credentials_lack_is_a_line_each(api: Api, tmp_path: Path) -> None:
    def limited(handler: Handler) -> bool:
        if handler.path.endswith("/selfsubjectaccessreviews"):
            asked = handler.body["spec"]["resourceAttributes"]
            return handler.say(201, {"status": {"allowed": asked["resource"] not in ("nodes", "pods")}})
        return answer(handler, hidden=False)

    api.answer = limited
    result = examined(api, tmp_path)
    assert "bad   rights      these rights are missing in namespace 'apps':" in result.output
    assert "note  rights      these credentials may not list nodes: room is not known" in result.output
    assert "note  pods        whether policies refuse them" in result.output


def test_a_server_that_is_not_there(tmp_path: Path) -> None:
    result = examined(Api(url="http://127.0.0.1:1"), tmp_path)
    assert lines(result) == {"API": "bad"}
    assert result.exit_code == 10
    assert "Check the address in the kubeconfig" in result.output


def test_a_server_that_does_not_answer_is_not_waited_for(api: Api, tmp_path: Path) -> None:
    def slow(_: Handler) -> bool:
        time.sleep(4)
        return False

    api.answer = slow
    begun = time.monotonic()
    assert lines(examined(api, tmp_path)) == {"API": "bad"}
    assert time.monotonic() - begun < 4


def test_credentials_that_are_not_known(api: Api, tmp_path: Path) -> None:
    api.answer = lambda handler: handler.refuse(401, "Unauthorized", "Unauthorized")
    result = examined(api, tmp_path)
    assert lines(result) == {"API": "bad"}
    assert "does not accept these credentials" in result.output
    assert "renew the token or the certificate" in result.output


def test_a_namespace_that_is_not_there(api: Api, tmp_path: Path) -> None:
    del api.objects[WORK]
    result = examined(api, tmp_path)
    assert lines(result) == {"API": "ok", "Knative": "ok", "namespace": "bad"}
    assert "kubectl create namespace apps" in result.output


def test_gates_that_nobody_can_tell_are_not_well(api: Api, tmp_path: Path) -> None:
    def closed(handler: Handler) -> bool:
        if handler.command == "POST" and "dryRun" in handler.path:
            return handler.refuse(403, "Forbidden", "services is forbidden")
        return answer(handler, hidden=True)

    api.answer = closed
    result = examined(api, tmp_path)
    assert (lines(result)["Knative"], lines(result)["gates"]) == ("note", "note")
    assert result.output.count("`kmc rbac --namespace apps` prints") == 3


@pytest.mark.parametrize(
    ("status", "state", "words"),
    [(200, "ok", "has them"), (404, "bad", "not in their registry"), (403, "note", "can't be asked from here")],
)
def test_what_the_registry_says_of_the_images(api: Api, tmp_path: Path, status: int, state: str, words: str) -> None:
    def registry(handler: Handler) -> bool:
        return handler.say(status, {}) if handler.path.startswith("/v2/") else answer(handler, hidden=False)

    api.answer = registry
    result = examined(api, tmp_path, "--image-registry", urlsplit(api.url).netloc)
    assert lines(result)["images"] == state
    assert words in result.output
