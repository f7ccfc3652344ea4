"""Knative's objects as upstream ships them, with the few settings that one small node needs."""

import json
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import yaml

from kmc.clusters.embedded.errors import ClusterError

KNATIVE_VERSION = "1.15.2"  # what the release of the module knative.dev/serving v0.42.2 is called
NAMESPACE = "knative-serving"
INGRESS_CLASS = "kmc.ingress.networking.knative.dev"
INGRESS_NAMESPACE = "kmc-ingress"
DOMAIN = "example.com"
_VERSION_LABEL = "app.kubernetes.io/version"
_CPU_REQUEST = "10m"  # upstream asks for 100m to 300m a component, too much of two cores

Object = dict[str, Any]


def write_manifests(resolved: Path, folder: Path, features: Mapping[str, str]) -> tuple[Path, Path]:
    """Write the CRDs (with the Namespace) and all other objects as two files for kubectl; return their paths.

    Raises ClusterError for a feature that Knative does not know.
    """
    objects = [_adapted(item, features) for item in json.loads(resolved.read_text())]
    first = [item for item in objects if item["kind"] in {"CustomResourceDefinition", "Namespace"}]
    rest = [item for item in objects if item not in first]
    return _write(folder / "knative-crds.json", first), _write(folder / "knative.json", _in_order(rest))


def _write(path: Path, items: list[Object]) -> Path:
    path.write_text(json.dumps({"apiVersion": "v1", "kind": "List", "items": items}))
    return path


def _in_order(items: list[Object]) -> list[Object]:
    """Put Deployments behind what their pods read at the start."""
    return sorted(items, key=lambda item: item["kind"] == "Deployment")


def _adapted(item: Object, features: Mapping[str, str]) -> Object:
    for metadata in _metadata(item):
        labels = metadata.get("labels", {})
        if labels.get(_VERSION_LABEL) == "devel":  # as upstream's release does
            labels[_VERSION_LABEL] = KNATIVE_VERSION
    if item["kind"] == "ConfigMap":
        if item["metadata"]["name"] == "config-features":
            check_features(item["data"], features)
        item["data"] = {**item.get("data", {}), **_settings(item["metadata"]["name"], features)}
    if item["kind"] == "Deployment":
        for container in item["spec"]["template"]["spec"]["containers"]:
            _lighten(container)
    return item


def _metadata(item: Object) -> Iterator[Object]:
    yield item["metadata"]
    if item["kind"] == "Deployment":
        yield item["spec"]["template"]["metadata"]


def check_features(config: Mapping[str, str], features: Mapping[str, str]) -> None:
    """Raise ClusterError for features that Knative does not know, which it would ignore without a word.

    `config` is the data of `config-features`, whose example has all that there are.
    """
    known = yaml.safe_load(config["_example"])
    unknown = sorted(features.keys() - known.keys())
    if unknown:
        raise ClusterError(f"Knative {KNATIVE_VERSION} has no feature {', '.join(unknown)}; it has: {', '.join(known)}")


def _settings(name: str, features: Mapping[str, str]) -> Mapping[str, str]:
    if name == "config-features":
        return features
    if name == "config-network":
        return {"ingress-class": INGRESS_CLASS}
    if name == "config-defaults":
        return {"revision-cpu-request": _CPU_REQUEST}  # so that there is a default, and its effect can be judged
    return {DOMAIN: ""} if name == "config-domain" else {}


def _lighten(container: Object) -> None:
    container["resources"]["requests"]["cpu"] = _CPU_REQUEST
    container["readinessProbe"]["periodSeconds"] = 1  # seen ready at once, not up to 10 s later
