"""Facts of a target that is made up, for the tests of the suite."""

from dataclasses import replace
from typing import Any

from kmc.fixtures.clients.endpoint import Endpoint
from kmc.fixtures.target.gates import read
from kmc.fixtures.target.images import SERVING, SIDECAR
from kmc.fixtures.target.target import Facts
from kmc.fixtures.versions import Releases
from kmc.reports.records import Ingress, Node

FOUND = Releases.named("1.15.2")


def made_up(**changes: Any) -> Facts:
    """Return the facts of a healthy target of Knative 1.15, with changes."""
    facts = Facts(
        server="https://192.0.2.1:6443",
        kubernetes="v1.37.2",
        knative="1.15.2",
        knative_from="label",
        releases=FOUND,
        ingress=Ingress("kourier.ingress.networking.knative.dev", "192.0.2.2:80"),
        endpoint=Endpoint("192.0.2.2", 80, "LoadBalancer"),
        namespace="apps",
        gates=read({}, FOUND),
        images={SERVING: f"registry.example/{SERVING}@sha256:1", SIDECAR: f"registry.example/{SIDECAR}@sha256:2"},
        nodes=(Node("node", "amd64", "linux", "containerd://2", "v1.37.2"),),
        scale_to_zero=True,
        skips_tag_resolution=False,
        tags={SERVING: f"registry.example/{SERVING}:t", SIDECAR: f"registry.example/{SIDECAR}:t"},
    )
    return replace(facts, **changes)
