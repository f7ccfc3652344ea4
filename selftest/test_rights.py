"""The rights that `kmc rbac` grants are those that the suite asks for, and no others."""

from collections.abc import Iterator, Sequence
from typing import Any

import pytest
import yaml

from kmc import SUITE
from kmc.fixtures.clients.kinds import Kind
from kmc.fixtures.errors import PreflightFailed
from kmc.fixtures.run.rights import CLUSTER, NAMESPACE, OPTIONAL, RIGHTS, SYSTEM, Right, require, tell_missing
from selftest.kube_double import KubeDouble

Row = tuple[str, str, str, str, str, str]
"""Scope, verb, group, plural, subresource, name."""


class Server(KubeDouble):
    """Grants all rights but one."""

    def __init__(self, missing: Right) -> None:
        self.missing = missing
        self.scopes = {NAMESPACE: "apps", SYSTEM: "knative-serving", CLUSTER: None}

    def can_i(self, verb: str, kind: Kind, namespace: str | None, subresource: str = "", name: str = "") -> bool:
        scope = next(scope for scope, place in self.scopes.items() if place == namespace)
        return Right(verb, kind, subresource, scope, name) != self.missing


def granted() -> Iterator[Row]:
    scopes = {("Role", "kmc"): NAMESPACE, ("Role", "kmc-settings"): SYSTEM, ("ClusterRole", "kmc"): CLUSTER}
    for document in yaml.safe_load_all((SUITE / "clusters" / "rbac.yaml").read_text()):
        scope = scopes.get((document["kind"], document["metadata"]["name"]), "")
        for rule in document.get("rules", ()):
            yield from (row for row in _rows(scope, rule))


def _rows(scope: str, rule: Any) -> Iterator[Row]:
    for group in rule["apiGroups"]:
        for resource in rule["resources"]:
            plural, _, subresource = resource.partition("/")
            for verb in rule["verbs"]:
                yield from ((scope, verb, group, plural, subresource, name) for name in rule.get("resourceNames", [""]))


def row(right: Right) -> Row:
    return right.scope, right.verb, right.kind.group, right.kind.plural, right.subresource, right.name


def test_every_right_that_is_granted_is_asked_for_and_the_other_way_round() -> None:
    asked: Sequence[Row] = [row(right) for right in (*RIGHTS, *OPTIONAL)]
    assert sorted(granted()) == sorted(set(asked))
    assert len(asked) == len(set(asked))


@pytest.mark.parametrize("right", RIGHTS, ids=str)
def test_a_right_that_is_needed_is_named_before_anything_is_created(right: Right) -> None:
    with pytest.raises(PreflightFailed) as failure:
        require(Server(right), "apps")
    assert str(failure.value).splitlines()[:2] == ["these rights are missing in namespace 'apps':", f"  {right}"]


@pytest.mark.parametrize("right", OPTIONAL, ids=str)
def test_a_right_that_can_be_done_without_is_named_with_what_that_costs(right: Right) -> None:
    lines: list[str] = []
    tell_missing(Server(right), "apps", "knative-serving", lines.append)
    assert len(lines) == 1
    assert (f"may not {right}" in lines[0], right.without != "", lines[0].endswith(right.without)) == (True, True, True)
