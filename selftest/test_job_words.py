"""What `kmc job run` makes of the suite's words, and of which objects a Job consists."""

from pathlib import Path
from typing import Any

import pytest
import yaml
from click.testing import CliRunner, Result

from kmc.commands.job import words
from kmc.fixtures.errors import BadOption
from kmc.images import suite
from kmc.main import main

GIVEN = ("--image-registry", "registry.example/kmc")


def manifest(*given: str) -> Result:
    return CliRunner().invoke(main, ["job", "manifest", "--run-id", "x1", *given])


def objects(*given: str) -> dict[tuple[str, str], Any]:
    printed = manifest(*GIVEN, *given)
    assert printed.exit_code == 0, printed.output
    found = list(yaml.safe_load_all(printed.output))
    return {(each["kind"], each["metadata"]["name"]): each for each in found}


def pod(*given: str) -> Any:
    return objects(*given)["Job", "conformance-x1"]["spec"]["template"]["spec"]


def rules(found: Any) -> list[Any]:
    return [each["rules"] for each in found if "rules" in each]


def test_words_of_the_suite_are_handed_on_as_they_are() -> None:
    given = ("--profile", "core", "-n", "4", "-k", "not websocket", "--timeout", "hold=3", "--allow-cluster-changes")
    read = words.read(given)
    assert (read.words, read.files, read.changes_gates) == (given, {}, True)


@pytest.mark.parametrize("form", ["--baseline {}", "--baseline={}"])
def test_a_file_goes_with_the_job(tmp_path: Path, form: str) -> None:
    file = tmp_path / "known failures.yaml"
    file.write_text("failures: []\n")
    given = ["--baseline", str(file)] if " " in form.format("") else [f"--baseline={file}"]
    [_, *rest] = pod(*given)["volumes"][1:]
    suite_container = pod(*given)["containers"][0]
    assert suite_container["args"][-2:] == ["--baseline", "/files/baseline-known_failures.yaml"]
    assert {"name": "files", "mountPath": "/files"} in suite_container["volumeMounts"]
    assert rest == [{"name": "files", "configMap": {"name": "conformance-x1-files"}}]
    assert objects(*given)["ConfigMap", "conformance-x1-files"]["data"] == {
        "baseline-known_failures.yaml": "failures: []\n"
    }


@pytest.mark.parametrize("word", ["--embedded", "--before-upgrade=state", "--after-upgrade", "--knative", "--shape=x"])
def test_what_has_no_meaning_in_a_pod_is_refused(word: str) -> None:
    with pytest.raises(BadOption, match="not for a Job"):
        words.read((word,))


def test_a_file_that_is_not_there_is_named() -> None:
    refused = manifest(*GIVEN, "--ca-file", "absent.pem")
    assert (refused.exit_code, "--ca-file absent.pem: can't be read" in refused.output) == (2, True), refused.output


def test_the_image_is_in_the_registry_or_where_the_map_or_the_option_says(tmp_path: Path) -> None:
    names = tmp_path / "map.yaml"
    names.write_text("kmc: registry.corp/team/the-suite\n")
    for given, image in [
        ((), f"registry.example/kmc/kmc:{suite.tag()}"),
        (("--image-map", str(names)), f"registry.corp/team/the-suite:{suite.tag()}"),
        (("--image", "here/mine:1"), "here/mine:1"),
    ]:
        assert {each["image"] for each in pod(*given)["containers"]} == {image}
    assert "no image of the suite" in manifest("--profile", "core").output


def test_the_job_has_the_rights_of_kmc_rbac_under_names_of_its_own() -> None:
    for namespace in ("kmc", "elsewhere", "settings"):
        printed = CliRunner().invoke(main, ["rbac", "--namespace", namespace]).output
        made = objects("--namespace", namespace)
        assert rules(made.values()) == rules(yaml.safe_load_all(printed))
        for (kind, name), each in made.items():
            assert name.startswith("conformance-x1")
            assert each["metadata"]["labels"] == {"kmc.dev/job": "x1", "kmc.dev/job-namespace": namespace}
            if kind.endswith("Binding"):
                role = each["roleRef"]
                assert (role["kind"], role["name"]) in made
                assert each["subjects"] == [
                    {"kind": "ServiceAccount", "name": "conformance-x1", "namespace": namespace}
                ]
        assert "Namespace" not in {kind for kind, _ in made}


def test_gates_are_changed_with_the_rights_for_that_only() -> None:
    assert ("Role", "conformance-x1-gates") not in objects()
    assert objects("--allow-cluster-changes")["Role", "conformance-x1-gates"]["metadata"]["namespace"] == (
        "knative-serving"
    )


def test_an_account_that_is_there_is_taken_and_no_rights_are_made() -> None:
    made = objects("--service-account", "mine")
    assert list(made) == [("Job", "conformance-x1")]
    assert made["Job", "conformance-x1"]["spec"]["template"]["spec"]["serviceAccountName"] == "mine"


def test_the_pod_may_run_where_policies_are_restricted() -> None:
    made = pod("--image-pull-secret", "pull")
    assert made["securityContext"] == {"runAsNonRoot": True, "seccompProfile": {"type": "RuntimeDefault"}}
    assert made["imagePullSecrets"] == [{"name": "pull"}]
    for container in made["containers"]:
        assert container["securityContext"] == {
            "allowPrivilegeEscalation": False,
            "readOnlyRootFilesystem": True,
            "capabilities": {"drop": ["ALL"]},
        }
        assert {"requests", "limits"} <= container["resources"].keys()


def test_nothing_of_the_job_is_named_as_what_its_run_makes() -> None:
    """Else the run would take its own pod for something that it has left behind."""
    assert not any(f"{name}-".startswith("kmc-x1-") for _, name in objects())
    assert "kmc.dev/run" not in manifest(*GIVEN).output


def test_a_wrong_run_id_is_refused() -> None:
    refused = CliRunner().invoke(main, ["job", "manifest", *GIVEN, "--run-id", "Not A Name"])
    assert (refused.exit_code, "expected up to 12 of a-z" in refused.output) == (2, True)
