"""The image registry: one name, `10.88.0.1:5000`, for the host, the pods and containerd; plain http."""

from pathlib import Path

import httpx
import yaml

from kmc.clusters.embedded.paths import Layout
from kmc.clusters.embedded.sandbox import NODE_ADDRESS

REGISTRY = f"{NODE_ADDRESS}:5000"
MIRROR = "mirror.kmc.example:5000"
"""Another name by which the node finds it: for a shape whose policy rewrites images."""
_MANIFESTS = "application/vnd.oci.image.manifest.v1+json, application/vnd.oci.image.index.v1+json"
_DOCKER_MANIFESTS = "application/vnd.docker.distribution.manifest.v2+json"


def registry(programs: Path, layout: Layout) -> list[str]:
    """Write the registry's configuration and return its command line; its images outlive the cluster."""
    layout.registry.mkdir(parents=True, exist_ok=True)
    storage = {"filesystem": {"rootdirectory": str(layout.registry)}, "delete": {"enabled": True}}
    content = {"version": 0.1, "log": {"level": "warn"}, "storage": storage, "http": {"addr": REGISTRY}}
    path = layout.state / "registry.yaml"
    path.write_text(yaml.safe_dump(content))
    # Else it sends traces to a collector on this machine, and its log fills with refused connections.
    return ["env", "OTEL_TRACES_EXPORTER=none", str(programs / "registry"), "serve", str(path)]


def answers() -> bool:
    """Return whether the registry serves."""
    try:
        return httpx.get(f"http://{REGISTRY}/v2/", timeout=2, trust_env=False).is_success
    except httpx.TransportError:
        return False


def has(image: str) -> bool:
    """Return whether the registry holds an image, named by tag or digest."""
    name, _, reference = image.removeprefix(f"{REGISTRY}/").replace("@", ":", 1).partition(":")
    headers = {"Accept": f"{_MANIFESTS}, {_DOCKER_MANIFESTS}"}
    url = f"http://{REGISTRY}/v2/{name}/manifests/{reference}"
    return httpx.head(url, headers=headers, timeout=5, trust_env=False).is_success
