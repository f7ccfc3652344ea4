"""The status of an Ingress, as `ingress_lifecycle.go` of Knative's networking API defines it."""

from dataclasses import dataclass
from datetime import UTC, datetime

from kmc.clusters.embedded.ingress.objects import Json

LOCAL = "-local"
"""What the Service for cluster-local hosts has behind the name of the public one."""


@dataclass(frozen=True)
class Verdict:
    """What is to be said of an Ingress: status is True (served), False (can't be) or Unknown (not yet)."""

    status: str
    reason: str = ""
    message: str = ""


SERVED = Verdict("True")


def status_of(ingress: Json, verdict: Verdict, service: str) -> Json | None:
    """Return the status to write, or None when the Ingress has it already.

    `service` is the Service in front of the public listener, as NAMESPACE/NAME.
    """
    old = ingress.get("status", {})
    network = {"status": verdict.status, "reason": verdict.reason, "message": verdict.message}
    known = {condition["type"]: condition for condition in old.get("conditions", [])}
    new: Json = {
        "observedGeneration": ingress["metadata"]["generation"],
        "conditions": [
            _condition("LoadBalancerReady", {"status": "True"}, known),
            _condition("NetworkConfigured", network, known),
            _condition("Ready", network, known),
        ],
        "publicLoadBalancer": _load_balancer(service),
        "privateLoadBalancer": _load_balancer(service + LOCAL),
    }
    return None if all(old.get(name) == value for name, value in new.items()) else new


def _condition(kind: str, content: Json, known: Json) -> Json:
    condition = {"type": kind} | {name: value for name, value in content.items() if value}
    before = known.get(kind, {})
    if before.get("status") == condition["status"] and "lastTransitionTime" in before:
        since = before["lastTransitionTime"]
    else:
        since = datetime.now(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
    return condition | {"lastTransitionTime": since}


def _load_balancer(service: str) -> Json:
    namespace, _, name = service.partition("/")
    return {"ingress": [{"domainInternal": f"{name}.{namespace}.svc.cluster.local"}]}
