"""The unprivileged way in: a service account with the rights of `clusters/rbac.yaml`, as an operator would make it."""

from pathlib import Path

from kmc.clusters.embedded import certificates
from kmc.clusters.embedded.api import Kubectl, create
from kmc.clusters.embedded.paths import Layout

USER_NAMESPACE = "kmc"
_ACCOUNT = "kmc"
_RIGHTS = Path(__file__).parent.parent / "rbac.yaml"


def write_user_kubeconfig(kubectl: Kubectl, layout: Layout) -> None:
    """Apply the rights and write the kubeconfig that has them and no others."""
    create(kubectl, _RIGHTS)
    token = kubectl("create", "token", _ACCOUNT, f"--namespace={USER_NAMESPACE}", "--duration=8760h").strip()
    authority = (layout.state / "pki" / "ca.crt").read_bytes()
    certificates.write_kubeconfig(layout.user_kubeconfig, authority, _ACCOUNT, {"token": token}, USER_NAMESPACE)
