"""The cluster's own certificate authority, and the kubeconfigs of those who speak to the API server.

The certificates are trustme's: valid for centuries, and for servers and clients alike.
"""

import os
from base64 import b64encode
from pathlib import Path

import trustme
import yaml

from kmc.clusters.embedded.sandbox import NODE_ADDRESS

API_SERVER = f"https://{NODE_ADDRESS}:6443"
NODE_NAME = "kmc"
_SERVICE_ADDRESS = "10.96.0.1"
_NAMES = (
    "kubernetes",
    "kubernetes.default",
    "kubernetes.default.svc",
    "kubernetes.default.svc.cluster.local",
    NODE_ADDRESS,
    _SERVICE_ADDRESS,
)
GATEWAY_HOSTS = "*.kmc.example.com"
"""The hosts of Services in the namespace `kmc`, for a gateway that serves https."""
_NOBODY = "kmc"
"""The organization of those who need none. Kubernetes takes it for a group; this one has no rights."""
_IDENTITIES = {
    "admin": ("kmc-admin", "system:masters"),
    "controller-manager": ("system:kube-controller-manager", _NOBODY),
    "scheduler": ("system:kube-scheduler", _NOBODY),
    "kubelet": (f"system:node:{NODE_NAME}", "system:nodes"),
    "kube-proxy": ("system:kube-proxy", _NOBODY),
    "coredns": ("kmc:coredns", _NOBODY),
}
"""The common name and the organization, which Kubernetes takes for user and group, of each kubeconfig."""


def write_all(folder: Path, state: Path) -> None:
    """Write authority, server and client certificates to `folder` and each identity's kubeconfig to `state`."""
    folder.mkdir(parents=True, exist_ok=True)
    authority = trustme.CA(organization_name=_NOBODY, organization_unit_name="kmc-embedded-ca")
    ca_pem = authority.cert_pem.bytes()
    _write_pair(folder, "ca", ca_pem, authority.private_key_pem.bytes())
    for name, organization in (("apiserver", _NOBODY), ("apiserver-kubelet-client", "system:masters")):
        issued = authority.issue_cert(*_NAMES, common_name="kube-apiserver", organization_name=organization)
        _write_pair(folder, name, issued.cert_chain_pems[0].bytes(), issued.private_key_pem.bytes())
    issued = authority.issue_cert(GATEWAY_HOSTS, common_name="gateway", organization_name=_NOBODY)
    _write_pair(folder, "gateway", issued.cert_chain_pems[0].bytes(), issued.private_key_pem.bytes())
    # Tokens are signed with a key alone, of the form that the API server can take the public half of.
    _write_secret(folder / "service-accounts.key", authority.issue_cert("service-accounts").private_key_pem.bytes())
    for identity, (name, organization) in _IDENTITIES.items():
        issued = authority.issue_cert(identity, common_name=name, organization_name=organization)
        user = {
            "client-certificate-data": _encoded(issued.cert_chain_pems[0].bytes()),
            "client-key-data": _encoded(issued.private_key_pem.bytes()),
        }
        write_kubeconfig(state / f"{identity}.kubeconfig", ca_pem, identity, user)


def write_kubeconfig(
    path: Path,
    ca_pem: bytes,
    name: str,
    user: dict[str, str],
    namespace: str = "default",
    server: str = API_SERVER,
) -> None:
    """Write a self-contained kubeconfig that only its owner can read."""
    cluster = {"server": server, "certificate-authority-data": _encoded(ca_pem)}
    content = {
        "apiVersion": "v1",
        "kind": "Config",
        "clusters": [{"name": "kmc-embedded", "cluster": cluster}],
        "users": [{"name": name, "user": user}],
        "contexts": [{"name": name, "context": {"cluster": "kmc-embedded", "user": name, "namespace": namespace}}],
        "current-context": name,
    }
    _write_secret(path, yaml.safe_dump(content, sort_keys=False).encode())


def _encoded(content: bytes) -> str:
    return b64encode(content).decode()


def _write_pair(folder: Path, name: str, certificate: bytes, key: bytes) -> None:
    (folder / f"{name}.crt").write_bytes(certificate)
    _write_secret(folder / f"{name}.key", key)


def _write_secret(path: Path, content: bytes) -> None:
    descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
    with os.fdopen(descriptor, "wb") as file:
        file.write(content)
