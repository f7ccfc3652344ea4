"""The shapes of the embedded cluster: their files, what a cluster is made with, and how a report is judged."""

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest
import yaml
from click.testing import CliRunner

from kmc.clusters import shapes
from kmc.clusters.embedded import gateway, knative, shaping
from kmc.clusters.embedded.api_faults import Faults
from kmc.clusters.embedded.errors import ClusterError
from kmc.clusters.embedded.running import Running
from kmc.clusters.shapes import PLAIN, Gateway, Shape
from kmc.main import main
from kmc.reports.records import Outcome, Residue
from selftest.report_examples import Example, checks, report
from selftest.shapes import main as judge_shapes
from selftest.shapes import problems


@pytest.mark.parametrize("name", shapes.names())
def test_each_file_is_a_shape(name: str) -> None:
    shape = shapes.load(name)
    assert shape.description.endswith(".")
    assert not (shape.cannot_judge and shape.untestable)
    assert shape != Shape(name, shape.description)


def test_a_port_forward_needs_the_rights_that_kmc_rbac_prints_for_it() -> None:
    printed = CliRunner().invoke(main, ["rbac", "--forward-to", "kmc-ingress"]).output
    assert list(yaml.safe_load_all(printed)) == list(shapes.load("forward-only").objects)


def test_a_shape_that_is_not_there_is_refused() -> None:
    with pytest.raises(ClusterError, match=r"no shape 'nonsense'; it has plain, [a-z0-9, -]+restricted"):
        shapes.load("nonsense")


@pytest.mark.parametrize("text", ["description: x\nwhatever: 1\n", "[]", "", "description: x\nruns: many\n"])
def test_a_wrong_file_is_named(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, text: str) -> None:
    (tmp_path / "mine.yaml").write_text(text)
    monkeypatch.setattr(shapes, "FOLDER", tmp_path)
    with pytest.raises(ClusterError, match=r"clusters/shapes/mine\.yaml is wrong"):
        shapes.load("mine")


def test_objects_and_commands_are_given() -> None:
    seen: list[Any] = []

    def kubectl(*words: str) -> str:
        files = [Path(word.partition("=")[2]) for word in words if word.startswith("--filename=")]
        seen.append([json.loads(file.read_text()) for file in files] or list(words))
        return ""

    objects, commands = [{"kind": "Pod", "spec": {"image": "IMAGE"}}], [["delete", "role", "r"]]
    shaping.give(Shape("s", "S.", objects=objects, commands=commands), kubectl, "registry/pause")
    assert seen == [[{"kind": "Pod", "spec": {"image": "registry/pause"}}], ["delete", "role", "r"]]


def test_another_shape_than_the_running_one_is_refused() -> None:
    running = Running("1.23.0", shape="restricted")
    assert str(running) == "1.23.0, shape restricted"
    running.require(None)
    running.require(None, shapes.load("restricted"))
    with pytest.raises(ClusterError, match="of the shape restricted runs, not plain; nothing was changed"):
        running.require(None, PLAIN)


def _config(name: str, folder: Path, shape: Shape) -> dict[str, Any]:
    item = {
        "apiVersion": "v1",
        "kind": "ConfigMap",
        "metadata": {"name": name, "namespace": "knative-serving"},
        "data": {"_example": "a: b"},
    }
    (folder / "resolved.json").write_text(json.dumps([item]))
    _, rest = knative.write_manifests(folder / "resolved.json", folder, "1.23.0", {"gate": "enabled"}, shape)
    [written] = json.loads(rest.read_text())["items"]
    return dict(written)


def test_settings_and_gates_are_those_of_the_shape(tmp_path: Path) -> None:
    settings: Mapping[str, Mapping[str, str | None]] = {
        "config-network": {"ingress-class": None},
        "config-deployment": {"progress-deadline": "1s"},
    }
    shape = Shape("s", "S.", features={"mine": "enabled"}, settings=settings, system_namespace="elsewhere")
    assert "ingress-class" in _config("config-network", tmp_path, PLAIN)["data"]
    assert _config("config-network", tmp_path, shape)["data"] == {"_example": "a: b"}
    assert _config("config-deployment", tmp_path, shape)["data"]["progress-deadline"] == "1s"
    features = _config("config-features", tmp_path, shape)
    assert features["data"] == {"_example": "a: b", "mine": "enabled", "gate": "enabled"}
    assert features["metadata"]["namespace"] == "elsewhere"


def test_the_gateway_is_the_one_of_the_shape() -> None:
    way_in = Gateway("c", "istio-system", "istio-ingressgateway", "NodePort", https=True)
    made = list(gateway.objects(way_in, "pause", namespace_exists=True))
    names = [(item["kind"], item["metadata"]["name"]) for item in made]
    assert ("Namespace", "istio-system") not in names
    assert ("Service", "istio-ingressgateway-local") in names
    assert made[0]["spec"]["type"] == "NodePort"
    assert [port["port"] for port in made[0]["spec"]["ports"]] == [80, 443]


def test_a_gateway_pod_stands_behind_the_service_alone() -> None:
    made = list(gateway.objects(Gateway(pod=True), "pause", namespace_exists=False))
    selected = [item["spec"].get("selector") for item in made if item["kind"] == "Service"]
    assert selected == [{"app": "ingress"}, None]
    [pod] = [item for item in made if item["kind"] == "Pod"]
    assert pod["metadata"]["labels"] == {"app": "ingress"}
    slices = [item["metadata"]["name"] for item in made if item["kind"] == "EndpointSlice"]
    assert slices == ["ingress-local"]


def test_only_a_load_balancer_has_an_address() -> None:
    seen: list[tuple[str, ...]] = []

    def kubectl(*words: str) -> str:
        seen.append(words)
        return ""

    gateway.give_address(kubectl, Gateway(service_type="NodePort"))
    assert seen == []
    gateway.give_address(kubectl, Gateway())
    assert seen[0][:3] == ("patch", "service", "ingress")


def test_faults_are_the_same_for_the_same_seed_and_no_others_for_another() -> None:
    def chosen(seed: int) -> list[int | None]:
        faults = Faults(0.05, seed)
        return [faults.choose(f"GET /{number % 100}") for number in range(2000)]

    assert chosen(1) == chosen(1)
    assert chosen(1) != chosen(2)
    assert {fault for fault in chosen(1) if fault is not None} == {0, 429, 500, 503, 504}
    assert 60 < sum(fault is not None for fault in chosen(1)) < 140


KNOWING = Shape("s", "S.", untestable={"MC-RTE-02": "it was"})


def test_what_a_shape_names_may_be_untestable(tmp_path: Path) -> None:
    assert list(problems(KNOWING, report(tmp_path, Example(checks(MC_RTE_02=Outcome.UNTESTABLE))))) == []


@pytest.mark.parametrize(
    ("shape", "outcomes", "problem"),
    [
        (PLAIN, {"MC_RTE_02": Outcome.UNTESTABLE}, "MC-RTE-02 untestable: it was untestable"),
        (KNOWING, {"MC_ADM_02": Outcome.UNTESTABLE}, "MC-ADM-02 untestable: it was untestable"),
        (KNOWING, {"MC_RTE_02": Outcome.FAILED}, "MC-RTE-02 failed: it was failed"),
        (
            Shape("s", "S.", untestable={"MC-RTE-02": "other"}),
            {"MC_RTE_02": Outcome.UNTESTABLE},
            "MC-RTE-02 untestable",
        ),
        (PLAIN, {"MC_RTE_02": Outcome.ERROR}, "MC-RTE-02 error: it was error"),
        (PLAIN, {"MC_LOC_01": Outcome.WARNED}, "MC-LOC-01 warned: it was warned"),
    ],
)
def test_other_outcomes_are_problems(tmp_path: Path, shape: Shape, outcomes: dict[str, Outcome], problem: str) -> None:
    [found] = problems(shape, report(tmp_path, Example(checks(**outcomes))))
    assert found.startswith(problem)


def test_a_known_limitation_is_none(tmp_path: Path) -> None:
    assert list(problems(PLAIN, report(tmp_path, Example(checks(MC_LIF_05=Outcome.WARNED))))) == []


def test_what_is_left_behind_is_a_problem(tmp_path: Path) -> None:
    left = Example(checks(), residue=Residue(("service/kmc/a",)))
    assert list(problems(PLAIN, report(tmp_path, left))) == ["left behind: service/kmc/a"]


def test_reports_of_an_earlier_run_are_not_taken_for_those_of_this_one(tmp_path: Path) -> None:
    (tmp_path / "quota").mkdir()
    ended = CliRunner().invoke(judge_shapes, ["--reports", str(tmp_path), "restricted", "quota"])
    assert ended.exit_code == 2
    assert "has reports of an earlier run of quota" in " ".join(ended.output.split())
