"""An upgrade in place, with a kubectl that only notes its arguments."""

import json
from contextlib import AbstractContextManager, nullcontext
from pathlib import Path
from typing import Any

import pytest

from kmc.clusters.embedded import components, images, upgrade
from kmc.clusters.embedded.errors import ClusterError
from kmc.clusters.embedded.paths import Layout
from kmc.clusters.embedded.releases import find
from kmc.clusters.embedded.running import Running

GATES = {"multi-container-probing": "enabled", "of-an-older-release": "enabled"}
TARGET = find("1.20")


def _object(kind: str, name: str, **more: Any) -> dict[str, Any]:
    return {"kind": kind, "metadata": {"name": name, "labels": {"app.kubernetes.io/version": "devel"}}, **more}


class _Kubectl:
    """Notes each command, with the objects of its file; fails at chosen words."""

    def __init__(self, fail_at: str = "") -> None:
        self.noted: list[str] = []
        self._fail_at = fail_at

    def __call__(self, *words: str) -> str:
        files = [Path(word.removeprefix("--filename=")) for word in words if word.startswith("--filename=")]
        items = [item for file in files if file.suffix == ".json" for item in json.loads(file.read_text())["items"]]
        self.noted.append(" ".join([words[0], *(f"{item['kind']}/{item['metadata']['name']}" for item in items)]))
        if "deployments" in words:
            return "deployment.apps/webhook"
        if self._fail_at and words[0] == self._fail_at:
            raise ClusterError("it fails")
        return json.dumps({"data": {"_example": "a: b", **GATES}, "items": []}) if words[0] == "get" else ""


@pytest.fixture
def layout(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Layout:
    """Return the layout of a cluster with Knative 1.19, and have the newer release built."""
    objects = [
        _object("Deployment", "webhook", spec={"template": {"metadata": {}, "spec": {"containers": []}}}),
        _object("ConfigMap", "config-features", data={"_example": "a: b"}),
        _object("CustomResourceDefinition", "services"),
    ]
    (tmp_path / "resolved.json").write_text(json.dumps(objects))
    monkeypatch.setattr(images, "knative_manifests", lambda *_: tmp_path / "resolved.json")
    monkeypatch.setattr(images, "usual_seconds", lambda *_: 0)
    monkeypatch.setattr(components, "build", lambda *_: tmp_path)
    layout = Layout(tmp_path)
    layout.state.mkdir()
    Running("1.19.6").write(layout)
    return layout


class _Step:
    """Shows nothing."""

    def __call__(self, what: str, usual: float = 0.0) -> AbstractContextManager[None]:
        assert what
        assert usual >= 0
        return nullcontext()

    def plan(self, steps: int) -> None:
        assert steps


def _upgrade(layout: Layout, kubectl: _Kubectl, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(upgrade, "kubectl_of", lambda *_: kubectl)
    upgrade.upgrade(layout, _Step(), Running("1.19.6"), TARGET)


def test_crds_are_applied_first_then_the_rest_and_nothing_else(layout: Layout, monkeypatch: pytest.MonkeyPatch) -> None:
    kubectl = _Kubectl()
    _upgrade(layout, kubectl, monkeypatch)
    assert kubectl.noted == [
        "get",
        "apply CustomResourceDefinition/services",
        "get",
        "apply ConfigMap/config-features Deployment/webhook",
        "get",
        "rollout",
        "create",  # a dry run: see readiness.py
    ]
    assert Running.read(layout) == Running("1.20.0")


def test_gates_stay_as_they_are_set(layout: Layout, monkeypatch: pytest.MonkeyPatch) -> None:
    kubectl = _Kubectl()
    _upgrade(layout, kubectl, monkeypatch)
    (config,) = [
        item
        for item in json.loads((layout.state / "knative.json").read_text())["items"]
        if item["metadata"]["name"] == "config-features"
    ]
    assert config["data"] == {"_example": "a: b", **GATES}
    assert config["metadata"]["labels"] == {"app.kubernetes.io/version": "1.20.0"}


@pytest.mark.parametrize("at", ["apply", "rollout"])
def test_an_upgrade_that_fails_is_noted(layout: Layout, monkeypatch: pytest.MonkeyPatch, at: str) -> None:
    with pytest.raises(ClusterError):
        _upgrade(layout, _Kubectl(fail_at=at), monkeypatch)
    assert Running.read(layout) == Running("1.19.6", upgrading_to="1.20.0")


def test_nothing_is_noted_when_the_release_can_not_be_built(layout: Layout, monkeypatch: pytest.MonkeyPatch) -> None:
    def fails(*_: Any) -> Path:
        raise ClusterError("it does not build")

    monkeypatch.setattr(images, "knative_manifests", fails)
    with pytest.raises(ClusterError, match="does not build"):
        _upgrade(layout, _Kubectl(), monkeypatch)
    assert Running.read(layout) == Running("1.19.6")
