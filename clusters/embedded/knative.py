"""Knative's objects as upstream ships them, with the few settings that one small node needs."""

import json
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any, cast

import yaml

from kmc.clusters.embedded.api import Kubectl
from kmc.clusters.embedded.errors import ClusterError

NAMESPACE = "knative-serving"
INGRESS_CLASS = "kmc.ingress.networking.knative.dev"
INGRESS_NAMESPACE = "kmc-ingress"
DOMAIN = "example.com"
_FEATURES = "config-features"
_FEATURES_TARGET = ("configmap", _FEATURES, f"--namespace={NAMESPACE}")
_EXAMPLE = "_example"
_VERSION_LABEL = "app.kubernetes.io/version"
_CPU_REQUEST = "10m"  # upstream asks for 100m to 300m a component, too much of two cores

Object = dict[str, Any]


def write_manifests(resolved: Path, folder: Path, version: str, features: Mapping[str, str]) -> tuple[Path, Path]:
    """Write the CRDs (with the Namespace) and all other objects as two files for kubectl; return their paths."""
    objects = [_adapted(item, version, features) for item in json.loads(resolved.read_text())]
    first = [item for item in objects if item["kind"] in {"CustomResourceDefinition", "Namespace"}]
    rest = [item for item in objects if item not in first]
    return _write(folder / "knative-crds.json", first), _write(folder / "knative.json", _in_order(rest))


def _write(path: Path, items: list[Object]) -> Path:
    path.write_text(json.dumps({"apiVersion": "v1", "kind": "List", "items": items}))
    return path


def _in_order(items: list[Object]) -> list[Object]:
    """Put Deployments behind what their pods read at the start."""
    return sorted(items, key=lambda item: item["kind"] == "Deployment")


def _adapted(item: Object, version: str, features: Mapping[str, str]) -> Object:
    for metadata in _metadata(item):
        labels = metadata.get("labels", {})
        if labels.get(_VERSION_LABEL) == "devel":  # as upstream's release does
            labels[_VERSION_LABEL] = version
    if item["kind"] == "ConfigMap":
        item["data"] = {**item.get("data", {}), **_settings(item["metadata"]["name"], features)}
    if item["kind"] == "Deployment":
        for container in item["spec"]["template"]["spec"]["containers"]:
            _lighten(container)
    return item


def _metadata(item: Object) -> Iterator[Object]:
    yield item["metadata"]
    if item["kind"] == "Deployment":
        yield item["spec"]["template"]["metadata"]


def features_config(resolved: Path) -> Mapping[str, str]:
    """Return the data of `config-features` as a release has it."""
    objects: list[Object] = json.loads(resolved.read_text())
    (data,) = (item["data"] for item in objects if item["metadata"]["name"] == _FEATURES)
    return cast(Mapping[str, str], data)


def read_features(kubectl: Kubectl) -> Mapping[str, str]:
    """Return the data of `config-features` in the running cluster."""
    return cast(Mapping[str, str], json.loads(kubectl("get", *_FEATURES_TARGET, "--output=json"))["data"])


def change_features(kubectl: Kubectl, version: str, features: Mapping[str, str]) -> None:
    """Set feature gates in the running cluster; raises ClusterError for one that Knative does not know."""
    check_features(read_features(kubectl), version, features)
    kubectl("patch", *_FEATURES_TARGET, f"--patch={json.dumps({'data': dict(features)})}")


def set_features(data: Mapping[str, str]) -> dict[str, str]:
    """Return the gates that the data of a `config-features` sets."""
    return {key: value for key, value in data.items() if key != _EXAMPLE}


def check_features(config: Mapping[str, str], version: str, features: Mapping[str, str]) -> None:
    """Raise ClusterError for features that Knative does not know, which it would ignore without a word.

    `config` is the data of `config-features`, whose example has all that there are.
    """
    known = yaml.safe_load(config[_EXAMPLE])
    unknown = sorted(features.keys() - known.keys())
    if unknown:
        raise ClusterError(f"Knative {version} has no feature {', '.join(unknown)}; it has: {', '.join(known)}")


def _settings(name: str, features: Mapping[str, str]) -> Mapping[str, str]:
    if name == _FEATURES:
        return features
    if name == "config-network":
        return {"ingress-class": INGRESS_CLASS}
    if name == "config-defaults":
        return {"revision-cpu-request": _CPU_REQUEST}  # so that there is a default, and its effect can be judged
    return {DOMAIN: ""} if name == "config-domain" else {}


def _lighten(container: Object) -> None:
    container["resources"]["requests"]["cpu"] = _CPU_REQUEST
    container["readinessProbe"]["periodSeconds"] = 1  # seen ready at once, not up to 10 s later
