"""Speaks to the cluster's API server: through its own kubectl, and one look whether it is ready."""

import json
import ssl
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any

import httpx

from kmc.clusters.embedded import certificates, processes
from kmc.clusters.embedded.paths import Layout
from kmc.clusters.embedded.waits import wait_for

Kubectl = Callable[..., str]
"""`kubectl(*arguments)` with an administrator's rights: returns what it prints, raises ClusterError when it fails."""


def kubectl_of(programs: Path, layout: Layout) -> Kubectl:
    """Return the cluster's own kubectl, found in `programs`."""

    def kubectl(*arguments: str) -> str:
        return processes.run([str(programs / "kubectl"), f"--kubeconfig={layout.admin_kubeconfig}", *arguments])

    return kubectl


def write_list(path: Path, items: Sequence[Mapping[str, Any]]) -> Path:
    """Write objects as one file for kubectl; return its path."""
    path.write_text(json.dumps({"apiVersion": "v1", "kind": "List", "items": items}))
    return path


def create(kubectl: Kubectl, *files: Path) -> None:
    """Create the objects of the files; they are known to be valid, so their schema is not asked for first."""
    noted = "--save-config"  # which `apply` needs later, to separate what was removed from a file from what others set
    kubectl("create", "--validate=false", noted, *(f"--filename={file}" for file in files))


def apply(kubectl: Kubectl, file: Path) -> None:
    """Bring the objects to what the file says: what others have set beside it stays, what it said before goes."""
    kubectl("apply", "--validate=false", f"--filename={file}")


def wait_for_crds(kubectl: Kubectl) -> None:
    """Wait until the API server serves the objects of all CRDs; raises ClusterError after 60 s.

    `kubectl wait` fails at once for a CRD so young that it has no conditions (kubernetes/kubernetes#66439).
    """
    wait_for(lambda: _all_established(kubectl), "all CRDs to be established", timeout=60)


def _all_established(kubectl: Kubectl) -> bool:
    crds = json.loads(kubectl("get", "crds", "--output=json"))["items"]
    return all(_is_established(crd.get("status") or {}) for crd in crds)


def _is_established(status: Mapping[str, Any]) -> bool:
    conditions = status.get("conditions") or []
    return any(condition["type"] == "Established" and condition["status"] == "True" for condition in conditions)


def api_ready(authority: Path, url: str = certificates.API_SERVER) -> bool:
    """Return whether the API server, or what stands in front of it at another URL, is ready to serve."""
    try:
        context = ssl.create_default_context(cafile=str(authority))
        return httpx.get(f"{url}/readyz", verify=context, timeout=2, trust_env=False).is_success
    except httpx.TransportError:
        return False
