"""The unprivileged way in: a service account with the rights of `clusters/rbac.yaml`, as an operator would make it."""

from pathlib import Path

from kmc.clusters.embedded import certificates
from kmc.clusters.embedded.api import Kubectl, create
from kmc.clusters.embedded.paths import Layout
from kmc.clusters.shapes import PLAIN

USER_NAMESPACE = "kmc"
_ACCOUNT = "kmc"
_RIGHTS = Path(__file__).parent.parent / "rbac.yaml"


def write_user_kubeconfig(kubectl: Kubectl, layout: Layout, system_namespace: str, server: str) -> None:
    """Apply the rights and write the kubeconfig that has them and no others, for the API at the URL `server`."""
    rights = layout.state / _RIGHTS.name
    rights.write_text(_RIGHTS.read_text().replace(PLAIN.system_namespace, system_namespace))
    create(kubectl, rights)
    token = kubectl("create", "token", _ACCOUNT, f"--namespace={USER_NAMESPACE}", "--duration=8760h").strip()
    authority = (layout.state / "pki" / "ca.crt").read_bytes()
    user = {"token": token}
    certificates.write_kubeconfig(layout.user_kubeconfig, authority, _ACCOUNT, user, USER_NAMESPACE, server)
