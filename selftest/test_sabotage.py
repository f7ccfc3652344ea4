"""The saboteurs themselves: which tests should notice them, and what they change."""

from pathlib import Path
from typing import Any

import pytest

from kmc import conformance
from kmc.commands.coverage import coverage
from kmc.commands.kills import killers
from kmc.fixtures.requirements import load
from kmc.fixtures.service.manifest import KEEP_ONE_POD, MIN_SCALE, Spec, service_manifest, serving, sidecar
from kmc.fixtures.target.images import SERVING, SIDECAR
from kmc.fixtures.target.pod_defaults import PodDefaults
from selftest.sabotage.__main__ import summary
from selftest.sabotage.deployment import IgnoresSidecarFields, RunsNoProbes, ServesFromTheWrongContainer
from selftest.sabotage.saboteur import Call, Saboteur
from selftest.sabotage.saboteurs import by_name, every

SUITE = Path(conformance.__path__[0])
FILES = {str(file.relative_to(SUITE)) for file in SUITE.glob("*/test_*.py")}
SERVICES = "/apis/serving.knative.dev/v1/namespaces/kmc/services"


def call(**query: str) -> Call:
    probed = sidecar("helper", readinessProbe={"tcpSocket": {"port": 8882}}, command=["/own"])
    defaults = PodDefaults({SERVING: "s", SIDECAR: "c"}, progress_deadline=20)
    return Call("POST", SERVICES, query, service_manifest({"name": "x"}, Spec((serving("app"), probed)), defaults))


def containers(call: Call) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = call.body["spec"]["template"]["spec"]["containers"]
    return found


LIMITATIONS = {"environment/test_init_containers.py"}
"""Files of nothing but a limitation that every Knative has: their tests are seen to fail in every run."""


def test_every_file_of_the_suite_was_seen_to_fail() -> None:
    listed = {module for saboteur in every() for module in saboteur.test_modules}
    broken = {test.partition("::")[0] for each in coverage(load()) if killers(each.id) for test in each.tests}
    seen = listed | {file.partition("conformance/")[2] for file in broken}
    assert seen | LIMITATIONS == FILES
    assert not seen & LIMITATIONS


def test_every_saboteur_says_what_is_broken() -> None:
    assert [found for found in every() if not found.__doc__ or found.__doc__ == Saboteur.__doc__] == []
    assert isinstance(by_name("RunsNoProbes"), RunsNoProbes)


@pytest.mark.parametrize(
    ("path", "resource"),
    [
        (f"{SERVICES}/app", "services.serving.knative.dev"),
        ("/api/v1/namespaces/kmc/services", "services"),
        ("/api/v1/namespaces/kmc/pods/p/log", "pods"),
        ("/api/v1/namespaces/kmc", "namespaces"),
        ("/api/v1/nodes", "nodes"),
        ("/version", ""),
    ],
)
def test_a_calls_resource_is_known_by_its_path(path: str, resource: str) -> None:
    assert Call("GET", path, {}, None).resource == resource


def test_a_saboteur_changes_what_is_deployed_and_nothing_else() -> None:
    deployed, dry_run = call(), call(dryRun="All")
    for saboteur in (RunsNoProbes(), IgnoresSidecarFields()):
        saboteur.on_call(deployed)
        saboteur.on_call(dry_run)
    assert containers(deployed)[1] == {
        "name": "helper",
        "image": "c",
        "env": [{"name": "CONTAINER_NAME", "value": "helper"}],
    }
    assert containers(dry_run) == containers(call(dryRun="All"))
    annotations = call().body["spec"]["template"]["metadata"]["annotations"]
    assert deployed.body["spec"]["template"]["metadata"]["annotations"] == {
        **annotations,
        MIN_SCALE: KEEP_ONE_POD[MIN_SCALE],
    }


def test_containers_are_given_the_names_of_their_neighbours() -> None:
    sent = call()
    ServesFromTheWrongContainer().on_call(sent)
    assert [each["env"][0]["value"] for each in containers(sent)] == ["helper", "app"]


def test_the_summary_lists_what_never_failed_and_what_ended_in_an_error() -> None:
    outcomes = {
        "One": {"a": {"outcome": "failed", "cause": ""}, "b": {"outcome": "passed", "cause": ""}},
        "Two": {"b": {"outcome": "inapplicable", "cause": ""}, "c": {"outcome": "error", "cause": "KeyError: 'x'"}},
    }
    assert summary(outcomes) == (
        3,
        [
            "inapplicable, passed with One, Two: b",
            "ends in an error with Two: c: KeyError: 'x'",
            "error with Two: c",
        ],
    )
