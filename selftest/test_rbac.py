"""`kmc rbac`: the same rights for any namespace, and for several at once."""

from collections.abc import Iterator
from typing import Any

import pytest
import yaml
from click.testing import CliRunner, Result

from kmc import SUITE
from kmc.main import main


def _rbac(*options: str) -> Result:
    return CliRunner().invoke(main, ["rbac", *options])


def _objects(*options: str) -> list[Any]:
    printed = _rbac(*options)
    assert printed.exit_code == 0, printed.output
    return list(yaml.safe_load_all(printed.output))


def _key(rights: Any) -> tuple[str, str, str]:
    return rights["kind"], rights["metadata"].get("namespace", ""), rights["metadata"]["name"]


def _namespaces(node: Any) -> Iterator[str]:
    for key, value in node.items() if isinstance(node, dict) else enumerate(node) if isinstance(node, list) else ():
        if key == "namespace":
            yield value
        yield from _namespaces(value)


@pytest.mark.parametrize(
    ("options", "file"), [((), "rbac.yaml"), (("--allow-cluster-changes",), "rbac-gates.yaml")], ids=str
)
def test_by_default_it_prints_the_file_that_the_embedded_cluster_uses(options: tuple[str, ...], file: str) -> None:
    assert _rbac(*options).output == (SUITE / "clusters" / file).read_text()


@pytest.mark.parametrize("options", [(), ("--allow-cluster-changes",)], ids=str)
def test_the_namespace_is_the_only_other_thing_in_another_one(options: tuple[str, ...]) -> None:
    here, there = _objects(*options), _objects("--namespace", "team-a", *options)
    assert {each for rights in there for each in _namespaces(rights)} <= {"team-a", "knative-serving"}
    assert [each.get("rules") for each in here] == [each.get("rules") for each in there]
    assert [each["metadata"]["name"] for each in there if each["kind"] == "Namespace"] == (
        [] if options else ["team-a"]
    )


def test_rights_for_one_namespace_replace_none_of_another_s() -> None:
    both = [*_objects("--namespace", "a"), *_objects("--namespace", "b"), *_objects()]
    by_key: dict[tuple[str, str, str], Any] = {}
    for rights in both:
        assert by_key.setdefault(_key(rights), rights) == rights, _key(rights)


def test_no_name_of_a_namespace_is_refused() -> None:
    refused = _rbac("--namespace", "Team A")
    assert (refused.exit_code, "not a name that a namespace can have" in refused.output) == (2, True)


@pytest.mark.parametrize("options", [(), ("--allow-cluster-changes",)], ids=str)
def test_a_knative_elsewhere_is_all_that_changes(options: tuple[str, ...]) -> None:
    here, there = _rbac(*options).output, _rbac("--system-namespace", "elsewhere", *options).output
    assert there == here.replace("namespace: knative-serving\n", "namespace: elsewhere\n") != here
    assert _rbac("--system-namespace", "No Name").exit_code == 2


def test_the_rights_to_forward_are_for_the_namespace_of_the_gateway_and_the_account_of_the_runs() -> None:
    objects = _objects("--forward-to", "edge", "--namespace", "team-a")
    assert {each["metadata"]["namespace"] for each in objects} == {"edge"}
    assert [each["subjects"][0]["namespace"] for each in objects if "subjects" in each] == ["team-a"]
    assert _rbac("--forward-to", "kourier-system").output == (SUITE / "clusters" / "rbac-forward.yaml").read_text()
