"""Preflight on a cluster that is made up, with Knative's settings open, hidden, and elsewhere."""

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
import yaml

from kmc.fixtures.clients.kube import Kube
from kmc.fixtures.errors import PreflightFailed
from kmc.fixtures.run import preflight
from kmc.fixtures.service import NOT_ALLOWED
from kmc.fixtures.target.gates import FIELD_REF, MULTI_CONTAINER, SECURE_DEFAULTS
from kmc.fixtures.target.target import Facts
from kmc.images.lock import LOCK
from selftest.api_double import Api, Handler, kubeconfig, served
from selftest.handovers import OPTIONS

WORK = "/api/v1/namespaces/apps"

SYSTEM = "/api/v1/namespaces/knative-serving/configmaps/"
LABELS = {"app.kubernetes.io/version": "1.23.0"}


def config_map(name: str, **data: str) -> dict[str, Any]:
    return {"metadata": {"name": name, "resourceVersion": "1", "labels": LABELS}, "data": data}


OPEN = {
    WORK: {"metadata": {"name": "apps"}},
    f"{SYSTEM}config-features": config_map("config-features", **{FIELD_REF: "enabled"}),
    f"{SYSTEM}config-autoscaler": config_map("config-autoscaler", **{"enable-scale-to-zero": "false"}),
}


def answer(handler: Handler, *, hidden: bool) -> bool:
    """Judge rights and dry runs as a cluster does whose field references are off, and whose settings may be hidden."""
    path = handler.path.partition("?")[0]
    if path.endswith("/selfsubjectaccessreviews"):
        asked = handler.body["spec"]["resourceAttributes"]
        allowed = not hidden or asked.get("namespace") != "knative-serving"
        return handler.say(201, {"status": {"allowed": allowed}})
    if hidden and path.startswith(SYSTEM):
        return handler.refuse(403, "Forbidden", "configmaps is forbidden")
    if handler.command != "POST" or not path.endswith("/services"):
        return False
    for container in handler.body["spec"]["template"]["spec"]["containers"]:
        container.setdefault("name", "user-container")
    if "fieldRef" in str(handler.body):
        denied = f'admission webhook "validation.webhook.serving.knative.dev" denied the request: {NOT_ALLOWED} env'
        return handler.refuse(400, "BadRequest", denied)
    return False


@pytest.fixture(params=[False, True], ids=["open", "hidden"])
def hidden(request: pytest.FixtureRequest) -> bool:
    return bool(request.param)


@pytest.fixture
def api(*, hidden: bool) -> Iterator[Api]:
    with served(Api(dict(OPEN), answer=lambda handler: answer(handler, hidden=hidden))) as api:
        yield api


def inspected(api: Api, folder: Path, **options: Any) -> tuple[Facts, list[str]]:
    file = folder / "kubeconfig"
    file.write_text(yaml.safe_dump(kubeconfig(api.url, namespace="apps")))
    lines: list[str] = []
    kube = Kube.connect(file, None, timeout=5, patience=5)
    chosen = replace(OPTIONS, registry="kind.local", lock=LOCK, cluster_changes=0, **options)
    try:
        return preflight.inspect(kube, chosen, "apps", lines.append), lines
    finally:
        kube.close()


def test_settings_are_read_where_they_can_be_and_never_guessed(api: Api, tmp_path: Path, *, hidden: bool) -> None:
    facts, lines = inspected(api, tmp_path)
    assert facts.features_hidden == hidden
    assert facts.scale_to_zero is (None if hidden else False)
    assert facts.skips_tag_resolution is (None if hidden else True)
    assert facts.ingress.ingress_class == ("unknown" if hidden else "istio.ingress.networking.knative.dev")
    assert [line for line in lines if "config-autoscaler in knative-serving" in line] == lines[2:3]
    assert len(lines) == (5 if hidden else 0)


def test_gates_that_are_hidden_are_proved_or_unknown(api: Api, tmp_path: Path, *, hidden: bool) -> None:
    found = inspected(api, tmp_path)[0].gates
    assert found[MULTI_CONTAINER].effective is True
    assert found[FIELD_REF].effective is (not hidden)  # this cluster declares it, and refuses it
    assert found[SECURE_DEFAULTS].effective is (None if hidden else False)


def test_a_knative_elsewhere_is_not_taken_for_one_with_defaults(tmp_path: Path) -> None:
    elsewhere = {path.replace("knative-serving", "elsewhere"): found for path, found in OPEN.items()}
    with served(Api(elsewhere, answer=lambda handler: answer(handler, hidden=False))) as api:
        with pytest.raises(
            PreflightFailed, match="there is no ConfigMap config-features in namespace 'knative-serving'"
        ):
            inspected(api, tmp_path)
        assert inspected(api, tmp_path, system_namespace="elsewhere")[0].scale_to_zero is False
        assert not [call for call in api.calls if call.startswith("POST") and "dryRun" not in call
                    and "selfsubject" not in call]  # fmt: skip


def test_a_namespace_that_is_not_there_ends_the_run_with_a_remedy(tmp_path: Path) -> None:
    without = {path: found for path, found in OPEN.items() if path != WORK}
    with (
        served(Api(without, answer=lambda handler: answer(handler, hidden=False))) as api,
        pytest.raises(PreflightFailed, match=r"there is no namespace 'apps'\sMake it with kubectl create"),
    ):
        inspected(api, tmp_path)
