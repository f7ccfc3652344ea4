"""Knative's objects as upstream ships them, with the few settings that one small node needs."""

import json
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any, cast

import yaml

from kmc.clusters.embedded.api import Kubectl, write_list
from kmc.clusters.embedded.errors import ClusterError
from kmc.clusters.embedded.processes import GO
from kmc.clusters.shapes import PLAIN, Shape

DOMAIN = "example.com"
_FEATURES = "config-features"
_EXAMPLE = "_example"
_VERSION_LABEL = "app.kubernetes.io/version"
_CPU_REQUEST = "10m"  # upstream asks for 100m to 300m a component, too much of two cores

Object = dict[str, Any]
Settings = Mapping[str, Mapping[str, str | None]]
"""Data of ConfigMaps by their names; None stands for a key that is left out."""


def write_manifests(
    resolved: Path, folder: Path, version: str, features: Mapping[str, str], shape: Shape = PLAIN
) -> tuple[Path, Path]:
    """Write the CRDs (with the Namespace) and all other objects as two files for kubectl; return their paths."""
    settings = _settings(shape, features)
    text = resolved.read_text().replace(PLAIN.system_namespace, shape.system_namespace)
    objects = [_adapted(item, version, settings) for item in json.loads(text)]
    first = [item for item in objects if item["kind"] in {"CustomResourceDefinition", "Namespace"}]
    rest = [item for item in objects if item not in first]
    return write_list(folder / "knative-crds.json", first), write_list(folder / "knative.json", _in_order(rest))


def _in_order(items: list[Object]) -> list[Object]:
    """Put Deployments behind what their pods read at the start."""
    return sorted(items, key=lambda item: item["kind"] == "Deployment")


def _adapted(item: Object, version: str, settings: Settings) -> Object:
    for metadata in _metadata(item):
        labels = metadata.get("labels", {})
        if labels.get(_VERSION_LABEL) == "devel":  # as upstream's release does
            labels[_VERSION_LABEL] = version
    if item["kind"] == "ConfigMap":
        wanted = settings.get(item["metadata"]["name"], {})
        item["data"] = {**item.get("data", {}), **{key: value for key, value in wanted.items() if value is not None}}
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


def read_features(kubectl: Kubectl, shape: Shape) -> Mapping[str, str]:
    """Return the data of `config-features` in the running cluster."""
    found = kubectl("get", "configmap", _FEATURES, f"--namespace={shape.system_namespace}", "--output=json")
    return cast(Mapping[str, str], json.loads(found)["data"])


def change_features(kubectl: Kubectl, shape: Shape, version: str, features: Mapping[str, str]) -> None:
    """Set feature gates in the running cluster; raises ClusterError for one that Knative does not know."""
    check_features(read_features(kubectl, shape), version, features)
    target = ["configmap", _FEATURES, f"--namespace={shape.system_namespace}"]
    kubectl("patch", *target, f"--patch={json.dumps({'data': dict(features)})}")


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


def _settings(shape: Shape, features: Mapping[str, str]) -> Settings:
    """Return what is set: what the embedded cluster needs, what its shape says, and the gates."""
    needed: Settings = {
        "config-network": {"ingress-class": shape.gateway.ingress_class},
        "config-defaults": {"revision-cpu-request": _CPU_REQUEST},  # so that there is a default to be judged
        "config-domain": {DOMAIN: ""},
        _FEATURES: {**shape.features, **features},
    }
    return {name: {**needed.get(name, {}), **shape.settings.get(name, {})} for name in {*needed, *shape.settings}}


def _lighten(container: Object) -> None:
    container["env"] += [{"name": name, "value": value} for name, value in GO.items()]
    container["resources"]["requests"]["cpu"] = _CPU_REQUEST
    container["readinessProbe"]["periodSeconds"] = 1  # seen ready at once, not up to 10 s later
