"""Shapes: the embedded cluster changed as real ones are, each in a file beside this one.

A file has a `description`, and as far as needed: what the cluster is made with (`features` and `settings` of Knative,
its `system_namespace`, the `gateway`, `api_faults`, `busy_processes`), `objects` to apply and `commands` (words for
kubectl) once it is up, and `options` of a run that judges it. What a run must say there: `untestable`, the requirements
that can't be judged, each with words of its cause, or `cannot_judge`, words of the reason why nothing can be.
"""

from collections.abc import Mapping, Sequence
from dataclasses import field
from pathlib import Path
from typing import Any

import yaml
from pydantic import ConfigDict, TypeAdapter, ValidationError
from pydantic.dataclasses import dataclass as checked

from kmc.clusters.embedded.errors import ClusterError

FOLDER = Path(__file__).parent
_STRICT = ConfigDict(extra="forbid")


@checked(frozen=True, config=_STRICT)
class Gateway:
    """The way in: which class of Ingress it serves, and the Service in front of it."""

    ingress_class: str = "kmc.ingress.networking.knative.dev"
    namespace: str = "kmc-ingress"
    service: str = "ingress"
    service_type: str = "LoadBalancer"
    https: bool = False
    """Serve https with a certificate of the cluster's own authority, and redirect http to it."""
    pod: bool = False
    """Put a pod behind the Service, in the network of the node, so that it can be reached by port-forward."""


@checked(frozen=True, config=_STRICT)
class ApiFaults:
    """How many of the suite's calls to the API server go wrong; the same ones again with the same seed."""

    share: float
    seed: int = 1


@checked(frozen=True, config=_STRICT)
class Shape:
    """One shape; `name` is that of its file."""

    name: str
    description: str
    features: Mapping[str, str] = field(default_factory=dict)
    settings: Mapping[str, Mapping[str, str | None]] = field(default_factory=dict)
    """Data of Knative's ConfigMaps by their names; None leaves out what the embedded cluster sets by itself."""
    system_namespace: str = "knative-serving"
    gateway: Gateway = Gateway()
    api_faults: ApiFaults | None = None
    busy_processes: int = 0
    """How many processes, for each processor, take all of its time that they can get."""
    objects: Sequence[Mapping[str, Any]] = ()
    commands: Sequence[Sequence[str]] = ()
    runs: int = 1
    """How many runs judge it at once."""
    options: Sequence[str] = ()
    untestable: Mapping[str, str] = field(default_factory=dict)
    cannot_judge: str = ""


PLAIN = Shape("plain", "The embedded cluster as it is: roomy, permissive and quiet.")


def names() -> list[str]:
    """Return the names of all shapes but the plain one."""
    return sorted(file.stem for file in FOLDER.glob("*.yaml"))


def load(name: str) -> Shape:
    """Read a shape. Raises ClusterError where there is none of that name, or its file is wrong."""
    if name == PLAIN.name:
        return PLAIN
    if name not in names():
        known = ", ".join([PLAIN.name, *names()])
        raise ClusterError(f"the embedded cluster has no shape {name!r}; it has {known}. Nothing was changed")
    try:
        return _SHAPE.validate_python({"name": name, **yaml.safe_load((FOLDER / f"{name}.yaml").read_text())})
    except (ValidationError, TypeError) as error:
        raise ClusterError(f"clusters/shapes/{name}.yaml is wrong: {error}") from error


_SHAPE = TypeAdapter(Shape)
