"""Switches a fault on in the parts of a Knative that runs, and off again, without a restart."""

import json
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlencode

from kmc.clusters.embedded import components
from kmc.clusters.embedded.api import Kubectl, kubectl_of
from kmc.clusters.embedded.errors import ClusterError
from kmc.clusters.embedded.paths import default_layout
from selftest.broken.build import identity
from selftest.broken.faults import PROXY, Fault

_NAMESPACE = "knative-serving"
_PORT = 9876


class OtherBuild(Exception):
    """What runs is not the build with these faults."""


@dataclass(frozen=True)
class Switch:
    """The switches of all parts, reached through the API server."""

    kubectl: Kubectl
    build: str
    """What the programs with the present faults call themselves."""

    def require_build(self) -> None:
        """Raise OtherBuild unless the parts that run have the present faults, none of them switched on."""
        self.set("controller")

    @contextmanager
    def on(self, fault: Fault) -> Iterator[None]:
        """Switch a fault on while the block runs. One of queue-proxy is given to the pods that are made meanwhile."""
        settings = {
            "controller" if part == PROXY else part: {"handedOn" if part == PROXY else "fault": fault.name}
            for part in fault.parts
        }
        try:
            for part, setting in settings.items():
                self.set(part, setting)
            yield
        finally:
            for part in settings:
                self.set(part)

    def set(self, part: str, setting: Mapping[str, str] | None = None) -> None:
        """Switch in all pods of a part. Raises OtherBuild where it has no such switch."""
        query = urlencode({"fault": "", **(setting or {})})
        for pod in self._pods(part):
            path = f"/api/v1/namespaces/{_NAMESPACE}/pods/{pod}:{_PORT}/proxy/?{query}"
            try:
                answer: dict[str, Any] = json.loads(self.kubectl("get", "--raw", path))
            except ClusterError as error:
                raise OtherBuild(f"{pod} has no switch for faults: {error}") from error
            if answer["build"] != self.build:
                raise OtherBuild(f"{pod} has other faults than the present ones")

    def _pods(self, part: str) -> list[str]:
        found = json.loads(
            self.kubectl("get", "pods", f"--namespace={_NAMESPACE}", f"--selector=app={part}", "--output=json")
        )
        return [each["metadata"]["name"] for each in found["items"]]


GATES = {
    "multi-container-probing": "enabled",
    "kubernetes.podspec-init-containers": "enabled",
    "kubernetes.podspec-fieldref": "enabled",
}
"""What the cluster is made with, so that few tests need other gates."""


Settings = Mapping[str, Mapping[str, str]]
"""Values of ConfigMaps of Knative, by the names of these."""


@contextmanager
def settings(kubectl: Kubectl, wanted: Settings) -> Iterator[None]:
    """Set values while the block runs, and then have them as the cluster was made."""
    made = {"config-features": GATES}
    before = {name: {key: made.get(name, {}).get(key) for key in values} for name, values in wanted.items()}
    try:
        _set(kubectl, wanted)
        yield
    finally:
        _set(kubectl, before)


def _set(kubectl: Kubectl, wanted: Mapping[str, Mapping[str, str | None]]) -> None:
    for name, values in wanted.items():
        if values:
            patch = json.dumps({"data": values})
            kubectl("patch", "configmap", name, f"--namespace={_NAMESPACE}", f"--patch={patch}")


def connect(faults: Sequence[Fault]) -> Switch:
    """Return the switches of the embedded cluster, which runs the build with these faults; else raise OtherBuild."""
    layout = default_layout()
    switch = Switch(kubectl_of(components.build("kubernetes", layout.components), layout), identity(faults))
    switch.require_build()
    return switch
