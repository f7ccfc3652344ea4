"""When Knative is ready: its present pods are, and its webhook accepts a Service."""

import time
from pathlib import Path

import tenacity

from kmc.clusters.embedded.api import Kubectl
from kmc.clusters.embedded.errors import ClusterError

_SAMPLE = Path(__file__).parent / "manifests" / "sample-service.yaml"
_PODS_TIMEOUT = 180
_WEBHOOK_TIMEOUT = 60


def wait_for_knative(kubectl: Kubectl, logs: Path, namespace: str) -> None:
    """Wait until Knative serves from `namespace` with the pods of its newest objects; else raise ClusterError."""
    try:
        _wait_for_pods(kubectl, f"--namespace={namespace}")
    except ClusterError as error:
        pods = kubectl("get", "pods", "--all-namespaces", "--output=wide")
        raise ClusterError(f"{error}\nThe pods at that time:\n{pods}Their logs are in {logs}/pods") from error
    _prove_webhook(kubectl)


def _wait_for_pods(kubectl: Kubectl, namespace: str) -> None:
    """Wait for all Deployments together: kubectl's own timeout is for each of them."""
    deadline = time.monotonic() + _PODS_TIMEOUT
    for deployment in kubectl("get", "deployments", namespace, "--output=name").split():
        left = max(1, deadline - time.monotonic())
        kubectl("rollout", "status", deployment, namespace, f"--timeout={left:.0f}s")


def _prove_webhook(kubectl: Kubectl) -> None:
    """Have a Service accepted without creating it: pods that are ready don't prove that the webhook is reached."""
    patience = tenacity.Retrying(
        retry=tenacity.retry_if_exception_type(ClusterError),
        stop=tenacity.stop_after_delay(_WEBHOOK_TIMEOUT),
        wait=tenacity.wait_fixed(0.2),
        reraise=True,
    )
    patience(kubectl, "create", "--dry-run=server", f"--filename={_SAMPLE}")
