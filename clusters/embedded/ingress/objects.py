"""Reading Kubernetes objects in their JSON form."""

from collections.abc import Iterable, Mapping
from typing import Any

Json = dict[str, Any]

CLASS_ANNOTATIONS = ("networking.knative.dev/ingress.class", "networking.knative.dev/ingress-class")
SERVICE_LABEL = "kubernetes.io/service-name"


def key(obj: Json) -> str:
    """Return `namespace/name`."""
    return f"{obj['metadata']['namespace']}/{obj['metadata']['name']}"


def identity(obj: Json) -> tuple[str, int]:
    """Return uid and generation: equal for two versions of an object that ask for the same."""
    return obj["metadata"]["uid"], obj["metadata"]["generation"]


def ours(ingresses: Iterable[Json], ingress_class: str) -> list[Json]:
    """Return the living Ingresses of the class, oldest first, so that of two that claim a host the older keeps it."""
    mine = [
        ingress
        for ingress in ingresses
        if _class_of(ingress) == ingress_class and "deletionTimestamp" not in ingress["metadata"]
    ]
    return sorted(mine, key=lambda ingress: (ingress["metadata"]["creationTimestamp"], key(ingress)))


def by_service(slices: Iterable[Json]) -> Mapping[str, list[Json]]:
    """Group EndpointSlices by `namespace/name` of the Service that they belong to."""
    groups: dict[str, list[Json]] = {}
    for item in slices:
        service = item["metadata"].get("labels", {}).get(SERVICE_LABEL)
        if service:
            groups.setdefault(f"{item['metadata']['namespace']}/{service}", []).append(item)
    return groups


def _class_of(ingress: Json) -> str | None:
    annotations = ingress["metadata"].get("annotations", {})
    return next((annotations[name] for name in CLASS_ANNOTATIONS if name in annotations), None)
