"""What is kept of a failed check, from an API that is made up."""

from pathlib import Path
from typing import Any

import pytest
import yaml

from kmc.fixtures.clients import kinds
from kmc.fixtures.clients.kinds import Kind, Object
from kmc.fixtures.clients.kube import Kube
from kmc.fixtures.errors import ApiError
from kmc.fixtures.evidence.transcript import Exchange, Transcript
from kmc.fixtures.run import diagnostics
from kmc.fixtures.run.diagnostics import collect, timeline
from selftest.kube_double import KubeDouble

POD: Object = {
    "kind": "Pod",
    "metadata": {"name": "a-1", "namespace": "apps", "managedFields": [{"manager": "kubelet"}]},
    "status": {
        "conditions": [{"type": "Ready", "status": "False", "lastTransitionTime": "2026-01-02T03:04:07Z"}],
        "containerStatuses": [
            {"name": "app", "restartCount": 0, "state": {"running": {"startedAt": "2026-01-02T03:04:05Z"}}},
            {
                "name": "helper",
                "restartCount": 1,
                "state": {"waiting": {"reason": "CrashLoopBackOff"}},
                "lastState": {
                    "terminated": {"exitCode": 3, "reason": "Error", "finishedAt": "2026-01-02T03:04:06Z"}
                },
            },
        ],
    },
}  # fmt: skip
EVENTS: list[Object] = [
    {
        "metadata": {},
        "involvedObject": {"kind": "Pod", "name": name},
        "type": "Warning",
        "reason": "BackOff",
        "message": f"of {name}",
        "count": 2,
        "lastTimestamp": "2026-01-02T03:04:08Z",
    }
    for name in ("a-1", "ab-1")
]


class FakeKube(KubeDouble):
    """Has one Service with one pod, and no right to read Deployments."""

    def find(self, kind: Kind, namespace: str | None, name: str) -> Object | None:
        return {"metadata": {"name": name, "namespace": namespace}} if kind == kinds.SERVICE else None

    def list(self, kind: Kind, namespace: str | None, selector: Any = None, *, fields: str = "") -> list[Object]:
        if kind == kinds.DEPLOYMENT:
            raise ApiError(403, "Forbidden", "no right to list deployments")
        own = selector == {"serving.knative.dev/service": "a"}
        found = EVENTS if kind == kinds.EVENT else [POD] if kind == kinds.POD and own else []
        return found if namespace == "apps" else []

    def logs(self, namespace: str, pod: str, container: str, **options: str) -> str:
        return f"{namespace}/{pod}/{container} token=secret {options.get('previous', '')}"


@pytest.fixture
def transcript() -> Transcript:
    kept = Transcript()
    kept.add(Exchange("now", "GET", "http://a.example/", "192.0.2.1:80", {"authorization": "secret"}))
    return kept


def collected(folder: Path, transcript: Transcript, kube: Kube | None = None) -> dict[str, str]:
    kube = kube or FakeKube()
    files = collect(kube, "apps", ["a"], transcript, folder, lambda text: text.replace("secret", "[redacted]"))
    return {str(file.relative_to(folder)): file.read_text() for file in files}


def test_everything_of_the_service_is_kept_without_secrets(tmp_path: Path, transcript: Transcript) -> None:
    files = collected(tmp_path, transcript)
    assert list(files) == [
        "requests.txt",
        "a/objects.yaml",
        "a/conditions.txt",
        "a/events.txt",
        "a/a-1.app.log",
        "a/a-1.helper.log",
        "a/a-1.helper.previous.log",
    ]
    assert files["a/a-1.helper.previous.log"] == "apps/a-1/helper token=[redacted] true\n"
    assert "> authorization: [redacted]" in files["requests.txt"]
    assert files["a/events.txt"] == "2026-01-02T03:04:08Z  Pod a-1: Warning BackOff (2 times): of a-1\n"


def test_objects_are_whole_but_for_their_writers(tmp_path: Path, transcript: Transcript) -> None:
    text = collected(tmp_path, transcript)["a/objects.yaml"]
    service, pod = yaml.safe_load_all(text)
    assert (service["kind"], service["apiVersion"]) == ("Service", "serving.knative.dev/v1")
    assert pod["status"] == POD["status"]
    assert "managedFields" not in text
    assert "# deployments can't be read: HTTP 403 Forbidden: no right to list deployments" in text


def test_the_timeline_has_conditions_and_containers_in_order() -> None:
    assert timeline([POD]) == [
        "2026-01-02T03:04:05Z  Pod a-1: app running, 0 restarts",
        "2026-01-02T03:04:06Z  Pod a-1: helper terminated (exit code 3 Error), 1 restarts",
        "2026-01-02T03:04:07Z  Pod a-1: Ready=False",
        "?  Pod a-1: helper waiting (CrashLoopBackOff), 1 restarts",
    ]


def test_whatever_goes_wrong_is_said_and_not_raised(
    tmp_path: Path, transcript: Transcript, monkeypatch: pytest.MonkeyPatch
) -> None:
    def broken(*_: object) -> None:
        raise ZeroDivisionError

    monkeypatch.setattr(FakeKube, "find", broken)
    files = collected(tmp_path, transcript)
    assert list(files) == ["requests.txt", "incomplete.txt"]
    assert "ended early: ZeroDivisionError" in files["incomplete.txt"]


@pytest.mark.parametrize(("bound", "kept"), [("FILES", 2), ("SECONDS", 1)])
def test_it_ends_at_its_bounds(
    tmp_path: Path, transcript: Transcript, monkeypatch: pytest.MonkeyPatch, bound: str, kept: int
) -> None:
    monkeypatch.setattr(diagnostics, bound, {"FILES": 2, "SECONDS": -1.0}[bound])
    files = collected(tmp_path, transcript)
    assert len(files) == kept + 1
    assert files["incomplete.txt"].startswith(f"ended after {kept} files")


def test_of_a_long_text_the_end_is_kept(
    tmp_path: Path, transcript: Transcript, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(diagnostics, "CHARACTERS", 20)
    files = collected(tmp_path, transcript)
    assert files["a/a-1.app.log"] == "(10 characters before this are left out)\npp token=[redacted] \n"


def test_a_folder_that_can_not_be_written_is_not_an_error(tmp_path: Path, transcript: Transcript) -> None:
    (tmp_path / "file").write_text("")
    assert collected(tmp_path / "file" / "folder", transcript) == {}
