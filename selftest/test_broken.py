"""Broken Knatives: how faults are declared, put into the source, switched on, and what is made of what was seen."""

import json
import shutil
from collections import Counter
from pathlib import Path
from typing import Any

import pytest

from kmc.clusters.embedded.components import digest
from kmc.clusters.embedded.errors import ClusterError
from kmc.fixtures.requirements import load as requirements
from kmc.fixtures.target.gates import PROBING
from selftest.broken import build, edits, faults
from selftest.broken.faults import SERVING, Edit, Fault, Wrong
from selftest.broken.switching import OtherBuild, Switch, settings

EDIT = Edit("pkg/x/x.go", "return 1\n", "if FAULT {\n\treturn 2\n}\nFOUND")
FAULT = Fault("Doubles", "webhook", "One is two.", [EDIT], ("MC-LOC-01",))
DECLARED = """
- name: Doubles
  does: One is two.
  must: [MC-LOC-01]
  edits: [{file: pkg/x/x.go, find: a, put: b}]
"""


def written(folder: Path, text: str, name: str = "webhook.yaml") -> Path:
    (folder / name).write_text(text)
    return folder


def test_faults_are_read_with_the_part_that_their_file_names(tmp_path: Path) -> None:
    (found,) = faults.load("1.23", written(tmp_path, DECLARED))
    assert (found.name, found.part, found.must) == ("Doubles", "webhook", ["MC-LOC-01"])
    assert faults.load("1.15", written(tmp_path, DECLARED + '  releases: ["1.23"]\n')) == []


@pytest.mark.parametrize(
    ("text", "name", "told"),
    [
        (DECLARED + DECLARED, "webhook.yaml", "more than one fault Doubles"),
        (DECLARED, "kubelet.yaml", "expected the name of a part of Knative"),
        (DECLARED.replace("  must: [MC-LOC-01]\n", ""), "webhook.yaml", "either the requirements that must turn red"),
        (DECLARED.replace("does", "dose"), "webhook.yaml", "dose"),
    ],
)
def test_a_wrong_declaration_is_told(tmp_path: Path, text: str, name: str, told: str) -> None:
    with pytest.raises(Wrong, match=told):
        faults.load("1.23", written(tmp_path, text, name))


def test_the_faults_name_requirements_that_have_tests() -> None:
    judged = {each.id for each in requirements().judged()}
    named = {(fault.name, each) for fault in faults.load("1.23") for each in fault.judged}
    assert {(name, each) for name, each in named if each not in judged} == set()


def test_what_no_edit_can_break_is_named_by_no_fault() -> None:
    reasons = faults.unbreakable()
    judged = {each.id for each in requirements().judged()}
    assert reasons.keys() <= judged
    assert reasons.keys() & {each for fault in faults.load("1.23") for each in fault.judged} == set()


def test_an_or_stands_in_parentheses_where_other_faults_have_an_and() -> None:
    """Else it would bind less than theirs, and they would have no effect."""
    edits_of_all = [(fault.name, edit) for fault in faults.load("1.23") for edit in fault.edits]
    places = Counter((edit.file, edit.find) for _, edit in edits_of_all)
    shared = [(name, edit) for name, edit in edits_of_all if places[edit.file, edit.find] > 1]
    assert [name for name, edit in shared if edit.put.startswith("FOUND ||")] == []


def test_several_faults_stand_at_one_place() -> None:
    first = edits.edited("func x() int {\nreturn 1\n}\n", "A", EDIT)
    both = edits.edited(first, "B", EDIT)
    assert both.count("return 1") == 1
    assert both.index('faultOn("A")') < both.index('faultOn("B")') < both.index("return 1")


@pytest.mark.parametrize(("text", "times"), [("return 3\n", 0), ("return 1\nreturn 1\n", 2)])
def test_an_edit_that_does_not_fit_is_told_with_its_file_and_text(text: str, times: int) -> None:
    with pytest.raises(Wrong) as told:
        edits.edited(text, "Doubles", EDIT)
    assert str(told.value) == (
        f"Doubles: {SERVING}/pkg/x/x.go: expected this to stand there once, and it does {times} times:\nreturn 1\n"
    )


def module(folder: Path) -> Path:
    """Return a module with a file to edit, and the one from which faults are handed on."""
    queue = folder / "pkg/reconciler/revision/resources/queue.go"
    for file, text in (
        (folder / "pkg/x/x.go", "package x\n\nreturn 1\n"),
        (queue, "package resources\n\tx\n\treturn c, nil\n}"),
    ):
        file.parent.mkdir(parents=True)
        file.write_text(text)
    return folder


def test_the_source_gets_faults_a_switch_and_the_handing_on(tmp_path: Path) -> None:
    folder = module(tmp_path)
    edits.apply([FAULT], {SERVING: folder}, "abc")
    assert 'if faultOn("Doubles") {' in (folder / "pkg/x/x.go").read_text()
    assert (folder / "pkg/x/fault_on.go").read_text().startswith("package x\n")
    assert "faultHandedOn()" in (folder / "pkg/reconciler/revision/resources/queue.go").read_text()
    assert 'const build = "abc"' in (folder / "pkg/broken/build.go").read_text()


def test_a_file_that_is_gone_is_told(tmp_path: Path) -> None:
    folder = module(tmp_path)
    (folder / "pkg/x/x.go").unlink()
    with pytest.raises(Wrong, match=r"Doubles: .*x\.go"):
        edits.apply([FAULT], {SERVING: folder}, "abc")


class Kubectl:
    """Answers as the switches of one pod of each part would."""

    def __init__(self, build: str = "abc") -> None:
        self.build = build
        self.asked: list[str] = []

    def __call__(self, *words: str) -> str:
        if words[0] == "get" and words[1] == "pods":
            return json.dumps({"items": [{"metadata": {"name": words[3].removeprefix("--selector=app=")}}]})
        pod, _, query = words[2].rpartition("pods/")[2].partition(":9876/proxy/?")
        self.asked.append(f"{pod} {query}")
        return json.dumps({"build": self.build})


def fault(part: str, **more: Any) -> Fault:
    return Fault("Doubles", part, "One is two.", [EDIT], ("MC-LOC-01",), **more)


def test_a_fault_is_switched_on_in_its_parts_and_off_again() -> None:
    kubectl = Kubectl()
    with Switch(kubectl, "abc").on(fault("webhook", also_in=["controller"])):
        assert kubectl.asked == ["webhook fault=Doubles", "controller fault=Doubles"]
    assert kubectl.asked[2:] == ["webhook fault=", "controller fault="]


def interrupted(switch: Switch) -> None:
    with switch.on(FAULT):
        raise KeyboardInterrupt


def test_it_is_switched_off_whatever_happens() -> None:
    kubectl = Kubectl()
    with pytest.raises(KeyboardInterrupt):
        interrupted(Switch(kubectl, "abc"))
    assert kubectl.asked == ["webhook fault=Doubles", "webhook fault="]


def test_a_fault_of_queue_proxy_is_handed_on_by_the_controller() -> None:
    kubectl = Kubectl()
    with Switch(kubectl, "abc").on(fault("queue-proxy")):
        assert kubectl.asked == ["controller fault=&handedOn=Doubles"]
    assert kubectl.asked[1:] == ["controller fault="]


def test_another_build_is_refused() -> None:
    with pytest.raises(OtherBuild, match="controller has other faults than the present ones"):
        Switch(Kubectl("old"), "abc").require_build()


def test_a_healthy_knative_is_refused() -> None:
    def kubectl(*words: str) -> str:
        if words[1] == "pods":
            return Kubectl()(*words)
        raise ClusterError("connection refused")

    with pytest.raises(OtherBuild, match="controller has no switch for faults"):
        Switch(kubectl, "abc").require_build()


def test_a_release_is_built_from_edited_copies_until_the_faults_change(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(build, "module_folder", lambda *_: module(tmp_path / "upstream"))
    release = build.prepare("1.23", [FAULT], tmp_path / "copies")
    assert release.name == "1.23"
    copy = tmp_path / "copies/1.23"
    assert f"replace {SERVING} => ./serving" in (copy / "go.mod").read_text()
    assert release.component.source == copy
    first = digest(release.component, "1")
    assert digest(build.prepare("1.23", [FAULT], tmp_path / "copies").component, "1") == first
    shutil.rmtree(tmp_path / "upstream")
    other = Fault("Other", "webhook", "", [EDIT], ("MC-LOC-01",))
    assert digest(build.prepare("1.23", [other], tmp_path / "copies").component, "1") != first
    assert 'faultOn("Doubles")' not in (copy / "serving/pkg/x/x.go").read_text()


def test_settings_are_as_the_cluster_was_made_afterwards() -> None:
    patches: list[Any] = []

    def kubectl(*words: str) -> str:
        patches.append((words[2], json.loads(words[-1].partition("=")[2])["data"]))
        return ""

    needed = fault("webhook", gates={"a": "enabled", PROBING: "disabled"}, deployment={"b": "c"}).settings
    with settings(kubectl, needed):
        assert patches == [
            ("config-features", {"a": "enabled", PROBING: "disabled"}),
            ("config-deployment", {"b": "c"}),
        ]
    assert patches[2:] == [("config-features", {"a": None, PROBING: "enabled"}), ("config-deployment", {"b": None})]
    with settings(kubectl, fault("webhook").settings):
        assert len(patches) == 4
