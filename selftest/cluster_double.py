"""An API server that keeps ConfigMaps in memory, for the tests of the suite."""

import copy
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from kmc.fixtures.clients.kinds import Kind, Object
from kmc.fixtures.clients.kube import Reply
from kmc.fixtures.errors import ApiError
from kmc.fixtures.target.gates import FEATURES
from kmc.fixtures.target.settings import SYSTEM_NAMESPACE
from selftest.kube_double import KubeDouble


def merged(old: Any, change: Any) -> Any:
    """Apply a merge patch (RFC 7386)."""
    if not isinstance(change, Mapping):
        return change
    result = dict(old) if isinstance(old, Mapping) else {}
    for key, value in change.items():
        if value is None:
            result.pop(key, None)
        else:
            result[key] = merged(result.get(key), value)
    return result


@dataclass
class Cluster(KubeDouble):
    """Stands for a Kube. `before_write` is called before each write, and may raise as a kill or a refusal would."""

    gates: Mapping[str, str]
    objects: dict[tuple[str, str], Object] = field(default_factory=dict)
    services: list[Object] = field(default_factory=list)
    allowed: bool = True
    fail_before_write: int = 0
    writes: int = 0
    server: str = "https://192.0.2.1:6443"

    def __post_init__(self) -> None:
        self.add(SYSTEM_NAMESPACE, FEATURES, data=dict(self.gates))

    def add(self, namespace: str, name: str, **more: Any) -> None:
        annotations = more.pop("annotations", {})
        metadata = {"name": name, "namespace": namespace, "resourceVersion": "1", "annotations": annotations}
        self.objects[namespace, name] = {"metadata": metadata, **more}

    @property
    def declared(self) -> dict[str, str]:
        data: dict[str, str] = self.objects[SYSTEM_NAMESPACE, FEATURES].get("data", {})
        return data

    def get(self, kind: Kind, namespace: str | None, name: str) -> Object:
        found = self.objects.get((str(namespace), name))
        if found is None:
            raise ApiError(404, "NotFound", name)
        return copy.deepcopy(found)

    def patch(self, kind: Kind, namespace: str, name: str, change: Any, *, dry_run: bool = False) -> Reply:
        self.writes += 1
        if self.writes == self.fail_before_write:
            raise KeyboardInterrupt
        if not self.allowed and namespace == SYSTEM_NAMESPACE:
            raise ApiError(403, "Forbidden", "no")
        old = self.objects[namespace, name]
        given = change.get("metadata", {}).get("resourceVersion", old["metadata"]["resourceVersion"])
        if given != old["metadata"]["resourceVersion"]:
            raise ApiError(409, "Conflict", "changed")
        new = merged(old, change)
        new["metadata"]["resourceVersion"] = str(int(given) + 1)
        self.objects[namespace, name] = new
        return Reply(new)

    def can_i(self, *_: Any, **__: Any) -> bool:
        return self.allowed

    def list(self, kind: Kind, namespace: str | None, selector: Any = None, *, fields: str = "") -> list[Object]:
        return self.services
