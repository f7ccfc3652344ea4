"""Takes the rights that `kmc rbac --allow-cluster-changes` prints away on the embedded cluster, and has preflight look.

    kmc cluster up && python -m selftest.rights

It takes one verb of one rule at a time. Each must be named before anything is created: as missing where no run can do
without it, else with what that costs. Exits with 1 where one goes unnoticed. The rights are then those of `kmc rbac`.
"""

import copy
import json
import subprocess
import sys
from collections.abc import Callable, Iterator
from typing import Any

import click
import yaml

from kmc import SUITE
from kmc.clusters.embedded.paths import default_layout
from kmc.fixtures.clients.kube import Kube
from kmc.fixtures.errors import NotObserved, PreflightFailed
from kmc.fixtures.run import permission, rights
from kmc.fixtures.target.settings import SYSTEM_NAMESPACE
from kmc.fixtures.timeouts import Timeouts
from kmc.fixtures.waits import eventually

NAMESPACE = "kmc"
SECONDS = 10.0
FILES = [SUITE / "clusters" / name for name in ("rbac.yaml", "rbac-gates.yaml")]


@click.command()
def main() -> None:
    """Take each right away in turn; say which are not missed."""
    layout = default_layout()
    timeouts = Timeouts()
    kube = Kube.connect(layout.user_kubeconfig, None, timeout=timeouts.api, patience=timeouts.api_retries)
    always, to_change_gates = (list(yaml.safe_load_all(file.read_text())) for file in FILES)
    try:
        unnoticed = _unnoticed(always, lambda: _said(kube))
        for document in to_change_gates:
            _kubectl("apply", document)
        unnoticed += _unnoticed(to_change_gates, lambda: _said_of_gates(kube))
    finally:
        for document in always:
            _kubectl("apply", document)
        for document in to_change_gates:
            _kubectl("delete", document)
        kube.close()
    sys.exit(1 if unnoticed else 0)


def _unnoticed(documents: list[Any], said: Callable[[], str]) -> list[str]:
    """Take each right of some documents away in turn; return those that are not missed."""
    eventually(said, lambda words: not words, within=SECONDS, expect="no right to be missing")
    unnoticed = []
    for role, words in _without_one(documents):
        _kubectl("apply", role)
        seen = _is_named(said, words)
        unnoticed += [] if seen else [words]
        click.echo(f"{'named' if seen else 'NOT NAMED'}: {words} of {role['kind']} {role['metadata']['name']}")
        _kubectl("apply", next(each for each in documents if _is(each, role)))
    return unnoticed


def _is_named(said: Callable[[], str], words: str) -> bool:
    """Return whether preflight names a right, as soon as the API server knows that it was taken away."""
    try:
        eventually(said, lambda seen: words in seen, within=SECONDS, expect=words)
    except NotObserved:
        return False
    return True


def _said(kube: Kube) -> str:
    """Return what preflight says of rights that are missing."""
    lines: list[str] = []
    try:
        rights.require(kube, NAMESPACE)
    except PreflightFailed as error:
        lines += str(error).splitlines()
    rights.tell_missing(kube, NAMESPACE, SYSTEM_NAMESPACE, lines.append)
    return "\n".join(lines)


def _said_of_gates(kube: Kube) -> str:
    """Return what preflight says of rights that are missing to change gates."""
    try:
        permission.check_gate_changes_allowed(kube, SYSTEM_NAMESPACE, force=False)
    except PreflightFailed as error:
        return str(error)
    return ""


def _without_one(documents: list[Any]) -> Iterator[tuple[Any, str]]:
    """Yield each role with one verb on one resource, or on one name of it, less, and the words that name it."""
    for document in documents:
        for number, rule in enumerate(document.get("rules", ())):
            for resource in rule["resources"]:
                for verb in rule["verbs"]:
                    for name in rule.get("resourceNames", [""]):
                        yield _less(document, number, resource, verb, name), _words(rule, resource, verb, name)


def _less(document: Any, number: int, resource: str, verb: str, name: str) -> Any:
    role = copy.deepcopy(document)
    rule = role["rules"].pop(number)
    of_resource = {**rule, "resources": [resource]}
    others = [each for each in rule["resources"] if each != resource]
    verbs = [each for each in rule["verbs"] if each != verb]
    names = [each for each in rule.get("resourceNames", ()) if each != name]
    role["rules"] += [{**rule, "resources": others}] if others else []
    role["rules"] += [{**of_resource, "verbs": verbs}] if verbs else []
    role["rules"] += [{**of_resource, "verbs": [verb], "resourceNames": names}] if names else []
    return role


def _words(rule: Any, resource: str, verb: str, name: str) -> str:
    plural, _, subresource = resource.partition("/")
    group = f".{rule['apiGroups'][0]}" if rule["apiGroups"][0] else ""
    return f"{verb} {plural}{group}{f'/{subresource}' if subresource else ''}{f' {name}' if name else ''}"


def _is(document: Any, role: Any) -> bool:
    return bool(document["kind"] == role["kind"] and document["metadata"] == role["metadata"])


def _kubectl(verb: str, document: Any) -> None:
    command = ["kubectl", "--kubeconfig", str(default_layout().admin_kubeconfig), verb, "--filename", "-"]
    subprocess.run(command, input=json.dumps(document), check=True, text=True, stdout=subprocess.DEVNULL)


if __name__ == "__main__":
    main()
