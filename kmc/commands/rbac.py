"""`kmc rbac`: the manifest of the rights that the suite needs."""

import re

import click

from kmc import SUITE
from kmc.fixtures.target.settings import SYSTEM_NAMESPACE

_FOLDER = SUITE / "clusters"
NAMESPACE = "kmc"
"""The namespace of the runs that the files are written for."""
_GATEWAY = "kourier-system"
"""The namespace of the gateway that rbac-forward.yaml is written for."""
_LABEL = re.compile(r"[a-z0-9]([-a-z0-9]{0,61}[a-z0-9])?")
_BINDING = re.compile(r"(?<=Binding\nmetadata:\n  name: )\S+")


@click.command()
@click.option("--namespace", metavar="NS", default=NAMESPACE, show_default=True, help="The namespace of the runs.")
@click.option("--system-namespace", metavar="NS", default=SYSTEM_NAMESPACE, show_default=True,
    help="The namespace that Knative Serving was installed into.")  # fmt: skip
@click.option("--forward-to", metavar="NS",
    help="Print what port-forward to a gateway in this namespace needs in addition.")  # fmt: skip
@click.option("--allow-cluster-changes", is_flag=True, help="Print what this option of `kmc run` needs in addition.")
def rbac(namespace: str, system_namespace: str, forward_to: str | None, *, allow_cluster_changes: bool) -> None:
    """Print the rights that the suite needs on a cluster, as a manifest for kubectl.

    It has the namespace, a service account `kmc` in it, and the roles of that account. Apply it with

    \b
        kmc rbac --namespace NS | kubectl apply -f -
        kubectl create token kmc --namespace NS --duration 24h
    """  # noqa: D301 - \b keeps click from filling the lines
    for option, name in (
        ("--namespace", namespace),
        ("--system-namespace", system_namespace),
        ("--forward-to", forward_to or _GATEWAY),
    ):
        if not _LABEL.fullmatch(name):
            raise click.BadParameter(f"{name}: not a name that a namespace can have", param_hint=option)
    if forward_to:
        text = manifest("rbac-forward.yaml", namespace)
        click.echo(text.replace(f"namespace: {_GATEWAY}\n", f"namespace: {forward_to}\n"), nl=False)
        return
    file = "rbac-gates.yaml" if allow_cluster_changes else "rbac.yaml"
    click.echo(manifest(file, namespace, system_namespace), nl=False)


def manifest(name: str, namespace: str, system_namespace: str = SYSTEM_NAMESPACE) -> str:
    """Return a file of rights for runs in a namespace, on a Knative of a namespace.

    Bindings that are not in that namespace are named after it, so that those of two namespaces can exist side by side.
    """
    text = (_FOLDER / name).read_text().replace(f"namespace: {SYSTEM_NAMESPACE}\n", f"namespace: {system_namespace}\n")
    if namespace == NAMESPACE:
        return text
    text = _BINDING.sub(lambda found: f"{found[0]}-{namespace}", text)
    return re.sub(rf"(?<=namespace: ){NAMESPACE}\b|(?<=Namespace\nmetadata:\n  name: ){NAMESPACE}\b", namespace, text)
