import json
from pathlib import Path
from typing import Any

import pytest

from kmc.clusters.embedded.errors import ClusterError
from kmc.clusters.embedded.knative import change_features, check_features, features_config, write_manifests
from kmc.clusters.shapes import PLAIN

_EXAMPLE = "multi-container: enabled\nmulti-container-probing: disabled\n"
_LABELS = {"app.kubernetes.io/version": "devel", "app.kubernetes.io/name": "knative-serving"}


def _container() -> dict[str, Any]:
    resources = {"requests": {"cpu": "300m", "memory": "60Mi"}, "limits": {"cpu": "1000m"}}
    environment = [{"name": "SYSTEM_NAMESPACE", "value": "knative-serving"}]
    return {"name": "activator", "env": environment, "resources": resources, "readinessProbe": {"periodSeconds": 5}}


def _deployment() -> dict[str, Any]:
    template = {"metadata": {"labels": dict(_LABELS)}, "spec": {"containers": [_container()]}}
    return {
        "kind": "Deployment",
        "metadata": {"name": "activator", "labels": dict(_LABELS)},
        "spec": {"template": template},
    }


def _config(name: str) -> dict[str, Any]:
    return {"kind": "ConfigMap", "metadata": {"name": name, "labels": dict(_LABELS)}, "data": {"_example": _EXAMPLE}}


def _written(folder: Path, objects: list[dict[str, Any]], features: dict[str, str]) -> tuple[list[Any], list[Any]]:
    (folder / "resolved.json").write_text(json.dumps(objects))
    first, rest = write_manifests(folder / "resolved.json", folder, "1.20.0", features)
    return json.loads(first.read_text())["items"], json.loads(rest.read_text())["items"]


def test_crds_come_first_and_deployments_last(tmp_path: Path) -> None:
    crd = {"kind": "CustomResourceDefinition", "metadata": {"name": "services"}}
    first, rest = _written(tmp_path, [_deployment(), crd, _config("config-gc")], {})
    assert [item["kind"] for item in first] == ["CustomResourceDefinition"]
    assert [item["kind"] for item in rest] == ["ConfigMap", "Deployment"]


def test_the_version_is_the_released_one_everywhere(tmp_path: Path) -> None:
    _, rest = _written(tmp_path, [_deployment(), _config("config-features")], {})
    assert "devel" not in json.dumps(rest)
    assert rest[0]["metadata"]["labels"]["app.kubernetes.io/version"] == "1.20.0"


def test_features_are_set_in_their_config_map_only(tmp_path: Path) -> None:
    configs = [_config("config-features"), _config("config-gc")]
    _, (features, other) = _written(tmp_path, configs, {"multi-container-probing": "enabled"})
    assert features["data"] == {"_example": _EXAMPLE, "multi-container-probing": "enabled"}
    assert other["data"] == {"_example": _EXAMPLE}


def test_the_ingress_and_the_domain_are_ours(tmp_path: Path) -> None:
    _, (network, domain) = _written(tmp_path, [_config("config-network"), _config("config-domain")], {})
    assert network["data"]["ingress-class"] == "kmc.ingress.networking.knative.dev"
    assert domain["data"]["example.com"] == ""


def test_containers_get_a_cpu_request_by_default(tmp_path: Path) -> None:
    _, (defaults,) = _written(tmp_path, [_config("config-defaults")], {})
    assert defaults["data"] == {"_example": _EXAMPLE, "revision-cpu-request": "10m"}


def test_only_what_makes_it_lighter_differs_from_upstream(tmp_path: Path) -> None:
    _, (deployment,) = _written(tmp_path, [_deployment()], {})
    container = deployment["spec"]["template"]["spec"]["containers"][0]
    expected = _container()
    expected["env"].append({"name": "GOGC", "value": "300"})
    expected["resources"]["requests"]["cpu"] = "10m"
    expected["readinessProbe"]["periodSeconds"] = 1
    assert container == expected


def test_a_feature_that_knative_does_not_know_is_refused(tmp_path: Path) -> None:
    (tmp_path / "resolved.json").write_text(json.dumps([_deployment(), _config("config-features")]))
    config = features_config(tmp_path / "resolved.json")
    check_features(config, "1.20.0", {"multi-container": "enabled"})
    with pytest.raises(
        ClusterError, match=r"Knative 1\.20\.0 has no feature multi-contaner; it has: multi-container, "
    ):
        check_features(config, "1.20.0", {"multi-contaner": "enabled"})


def test_a_gate_of_the_running_cluster_is_changed_if_knative_knows_it() -> None:
    calls: list[tuple[str, ...]] = []

    def kubectl(*words: str) -> str:
        calls.append(words)
        return json.dumps(_config("config-features"))

    change_features(kubectl, PLAIN, "1.20.0", {"multi-container-probing": "enabled"})
    assert calls[-1][0] == "patch"
    with pytest.raises(ClusterError, match="no feature nonsense"):
        change_features(kubectl, PLAIN, "1.20.0", {"nonsense": "enabled"})
    assert calls[-1][0] == "get"
