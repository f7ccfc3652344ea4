"""Has the embedded cluster's API server look at every manifest of the project, strictly, as a dry run.

    kmc cluster up && python -m selftest.manifests

Pods that are to run where Pod Security is *restricted* are tried in such a namespace. Exits with 1 if one is refused.
"""

import json
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import click
import yaml

from kmc.clusters.embedded import components
from kmc.clusters.embedded.paths import default_layout
from kmc.commands.job.objects import Wanted, objects
from kmc.commands.rbac import manifest

ROOT = Path(__file__).parents[1]
RESTRICTED = "kmc-restricted"
GATEWAY = "kmc-ingress"
"""The namespace of the gateway: rbac-forward.yaml names that of Kourier."""
_NAMESPACE = {
    "apiVersion": "v1",
    "kind": "Namespace",
    "metadata": {"name": RESTRICTED, "labels": {"pod-security.kubernetes.io/enforce": "restricted"}},
}


def manifests() -> Iterator[tuple[str, Any]]:
    """Yield every object that the project has for a cluster, with where it is from."""
    for name in ("rbac.yaml", "rbac-gates.yaml", "rbac-forward.yaml"):
        text = manifest(name, "kmc").replace("namespace: kourier-system\n", f"namespace: {GATEWAY}\n")
        yield from ((f"clusters/{name}", each) for each in yaml.safe_load_all(text))
    for file in sorted((ROOT / "clusters/embedded/manifests").glob("*.yaml")):
        yield from ((str(file.relative_to(ROOT)), each) for each in yaml.safe_load_all(file.read_text()))
    for file in sorted((ROOT / "clusters/shapes").glob("*.yaml")):
        for each in yaml.safe_load(file.read_text()).get("objects", []):
            yield str(file.relative_to(ROOT)), each
    wanted = Wanted(
        "run", "kmc", "knative-serving", "registry.example/kmc:1", ["-n", "8"], {"a": "b"}, changes_gates=True
    )
    for each in objects(wanted):
        yield "kmc job manifest", each
        if each["kind"] == "Job":
            yield "the pod of kmc job", _pod("job", each["spec"]["template"]["spec"])
    yield "clusters/sonobuoy.yaml", sonobuoy_pod()
    yield "docs/ci/tekton.yaml", tekton_pod()


def sonobuoy_pod() -> Any:
    """Return the pod that Sonobuoy makes of the plugin, without its own container."""
    plugin = yaml.safe_load((ROOT / "clusters/sonobuoy.yaml").read_text())
    volumes = [{"name": "results", "emptyDir": {}}]
    return _pod("sonobuoy", {**plugin["podSpec"], "containers": [plugin["spec"]], "volumes": volumes})


def tekton_pod() -> Any:
    """Return a pod with the step of the Task, which only Tekton's own API knows whole."""
    task, *_ = yaml.safe_load_all((ROOT / "docs/ci/tekton.yaml").read_text())
    security = {"seccompProfile": {"type": "RuntimeDefault"}}
    return _pod("tekton", {"containers": task["spec"]["steps"], "securityContext": security, "restartPolicy": "Never"})


def _pod(name: str, spec: Any) -> Any:
    """Return a pod in the restricted namespace, with its default account: others have to exist."""
    metadata = {"name": name, "namespace": RESTRICTED}
    return {"apiVersion": "v1", "kind": "Pod", "metadata": metadata, "spec": {**spec, "serviceAccountName": "default"}}


@click.command()
def main() -> None:
    """Try each; say which are refused."""
    layout = default_layout()
    kubectl = [str(components.build("kubernetes") / "kubectl"), f"--kubeconfig={layout.admin_kubeconfig}"]
    _run([*kubectl, "apply", "-f", "-"], _NAMESPACE)
    try:
        _run([*kubectl, "wait", "--for=create", f"--namespace={RESTRICTED}", "serviceaccount/default", "--timeout=30s"])
        looked, refused = 0, 0
        for where, each in manifests():
            strict = ["--server-side", "--dry-run=server", "--validate=strict", "--force-conflicts"]
            said = _run([*kubectl, "apply", *strict, "-f", "-"], each, check=False)
            looked, refused = looked + 1, refused + bool(said)
            if said:
                click.echo(f"REFUSED: {where}: {each['kind']} {each['metadata'].get('name')}: {said}")
    finally:
        _run([*kubectl, "delete", "namespace", RESTRICTED, "--wait=false"])
    click.echo(f"{looked} objects, {refused} refused")
    sys.exit(1 if refused else 0)


def _run(command: list[str], given: object = None, *, check: bool = True) -> str:
    """Run a command, and return what it says where it fails."""
    text = json.dumps(given) if given else None
    done = subprocess.run(command, input=text, check=False, capture_output=True, text=True)
    if done.returncode and check:
        raise click.ClickException(done.stderr)
    return done.stderr.strip() if done.returncode else ""


if __name__ == "__main__":
    main()
