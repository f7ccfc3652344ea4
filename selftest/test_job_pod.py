"""`kmc job` on a cluster that is made up: a pod whose log breaks off, one that does not begin, one that is killed."""

import os
import signal
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner, Result

from kmc.commands import access
from kmc.commands.job import in_pod, pod
from kmc.fixtures.clients import kinds
from kmc.fixtures.clients.kube import Kube, Reply
from kmc.fixtures.errors import ApiError, ApiUnavailable
from kmc.fixtures.run import cleanup
from kmc.fixtures.run.cleanup import Left
from kmc.main import main
from selftest.kube_double import KubeDouble
from selftest.test_job_in_pod import archive

LOG = [(f"2026-01-01T00:00:0{n}.000000000Z", f"line {n}") for n in range(6)]


def container(name: str, **state: Any) -> dict[str, Any]:
    return {"name": name, "state": state}


RUNNING = {"phase": "Running", "containerStatuses": [container("suite", running={}), container("reports", running={})]}
ENDED = {
    "phase": "Failed",
    "containerStatuses": [
        container("suite", terminated={"exitCode": 1}), container("reports", terminated={"exitCode": 0}),
    ],
}  # fmt: skip


AWAY = {"phase": "away"}


class Cluster(KubeDouble):
    """Has objects by kind and name, and a pod whose status is the next of a list at each look."""

    def __init__(self) -> None:
        self.objects: dict[tuple[str, str], Any] = {("Namespace", "apps"): {"metadata": {"name": "apps"}}}
        self.pod: list[dict[str, Any] | None] = [RUNNING]
        self.streams: list[Callable[[str], Iterator[bytes]]] = []
        self.since: list[str] = []
        self.refused = ""
        self.log = ""
        self.closed = False

    def close(self) -> None:
        self.closed = True

    def create(self, kind: kinds.Kind, namespace: str | None, body: dict[str, Any], *, dry_run: bool = False) -> Reply:
        if kind.name == self.refused:
            raise ApiError(403, "Forbidden", f"may not create {kind.plural}")
        if (kind.name, body["metadata"]["name"]) in self.objects:
            raise ApiError(409, "AlreadyExists", f"{kind.plural} {body['metadata']['name']!r} already exists")
        self.objects[kind.name, body["metadata"]["name"]] = body
        return Reply(body)

    def delete(self, kind: kinds.Kind, namespace: str, name: str, *, grace: int | None = None) -> bool:
        if kind is kinds.JOB:
            self.pod = [None]
        return self.objects.pop((kind.name, name), None) is not None

    def find(self, kind: kinds.Kind, namespace: str | None, name: str) -> dict[str, Any] | None:
        return self.objects.get((kind.name, name))

    def list(
        self, kind: kinds.Kind, namespace: str | None, selector: Any = None, *, fields: str = ""
    ) -> list[dict[str, Any]]:
        if kind is kinds.POD and selector and "kmc.dev/job" in selector:
            status = self.pod[0]
            if status == AWAY:
                raise ApiUnavailable("no answer from the API server")
            self.pod = self.pod[1:] or self.pod
            return [{"metadata": {"name": "pod"}, "status": status}] if status else []
        found = [each for (name, _), each in self.objects.items() if name == kind.name]
        wanted = (selector or {}).items()
        return [each for each in found if wanted <= each["metadata"].get("labels", {}).items()]

    def logs(self, namespace: str, pod: str, container: str, **options: str) -> str:
        assert (pod, container) == ("pod", "reports")
        return self.log

    def stream(self, _path: str, query: Sequence[tuple[str, str]], *, idle: float) -> Iterator[bytes]:
        assert idle > 0
        self.since.append(dict(query).get("sinceTime", ""))
        return self.streams.pop(0)(self.since[-1]) if self.streams else iter(())


def text_of(lines: list[tuple[str, str]]) -> bytes:
    return "".join(f"{stamp} {text}\n" for stamp, text in lines).encode()


def whole(_since: str) -> Iterator[bytes]:
    yield text_of(LOG)


def broken(_since: str) -> Iterator[bytes]:
    yield text_of(LOG[:4])[:-10]
    raise ApiUnavailable("the connection was reset")


@pytest.fixture
def made_up(monkeypatch: pytest.MonkeyPatch) -> Cluster:
    kube = Cluster()
    monkeypatch.setattr(Kube, "connect", lambda *_, **__: kube)
    monkeypatch.setattr(access, "first_contact", lambda _: "v1")
    monkeypatch.setattr(pod, "_PAUSE", 0.0)
    kube.log = archive(**{"x1/junit.xml": b"<testsuites/>"})
    monkeypatch.setattr(pod, "replace", lambda kube, **_: kube)  # a longer timeout, which it has not
    monkeypatch.setattr(cleanup, "remove", lambda *_, **__: Left())
    return kube


def job(*words: str) -> Result:
    return CliRunner().invoke(main, ["job", *words])


def run(folder: Path, *more: str) -> Result:
    return job("run", "--image-registry", "registry.example", "--run-id", "x1", "--reports", str(folder), *more)


def test_the_whole_way(made_up: Cluster, tmp_path: Path) -> None:
    made_up.pod, made_up.streams = [RUNNING, RUNNING, ENDED], [whole]
    done = run(tmp_path)
    assert done.exit_code == 1, done.output
    assert [line for line in done.output.splitlines() if line.startswith("line")] == [text for _, text in LOG]
    assert (tmp_path / "x1/junit.xml").exists()
    assert list(made_up.objects) == [("Namespace", "apps")]
    assert made_up.closed


def test_a_connection_that_breaks_shows_each_line_once(made_up: Cluster, tmp_path: Path) -> None:
    made_up.pod, made_up.streams = [RUNNING, RUNNING, RUNNING, ENDED], [broken, whole]
    done = run(tmp_path)
    assert [line for line in done.output.splitlines() if line.startswith("line")] == [text for _, text in LOG]
    assert made_up.since[:2] == ["", LOG[2][0]]


def test_what_was_made_goes_where_the_rest_is_refused(made_up: Cluster, tmp_path: Path) -> None:
    made_up.refused = "ClusterRole"
    done = run(tmp_path)
    assert (done.exit_code, "may not create clusterroles" in done.output) == (10, True), done.output
    assert list(made_up.objects) == [("Namespace", "apps")]


def test_a_pod_that_can_t_begin_is_said_and_nothing_stays(made_up: Cluster, tmp_path: Path) -> None:
    waiting = {"reason": "CreateContainerConfigError", "message": "image has non-numeric user"}
    made_up.pod = [{"phase": "Pending", "containerStatuses": [container("suite", waiting=waiting)]}]
    done = run(tmp_path)
    assert (done.exit_code, "image has non-numeric user" in done.output) == (10, True), done.output
    assert list(made_up.objects) == [("Namespace", "apps")]


def test_an_unwhole_delivery_leaves_the_job(made_up: Cluster, tmp_path: Path) -> None:
    made_up.log = "half"
    made_up.pod, made_up.streams = [RUNNING, RUNNING, ENDED], [whole]
    done = run(tmp_path)
    assert (done.exit_code, "kmc job attach --run x1 tries again" in done.output) == (1, True), done.output
    assert ("Job", "conformance-x1") in made_up.objects


def left(made_up: Cluster, tmp_path: Path) -> None:
    """Have a Job there whose `kmc job run` was killed."""
    made_up.streams = [lambda _: (_ for _ in ()).throw(KeyboardInterrupt())]
    assert run(tmp_path).exit_code == 2


def test_a_request_to_end_leaves_the_job_as_ctrl_c_does(made_up: Cluster, tmp_path: Path) -> None:
    def ended(_since: str) -> Iterator[bytes]:
        os.kill(os.getpid(), signal.SIGTERM)
        yield b""

    made_up.streams = [ended]
    done = run(tmp_path)
    assert (done.exit_code, "kmc job clean --run x1" in done.output) == (2, True), done.output
    assert signal.getsignal(signal.SIGTERM) is signal.SIG_DFL


def test_ctrl_c_leaves_the_job_and_attach_takes_it_up(made_up: Cluster, tmp_path: Path) -> None:
    left(made_up, tmp_path)
    assert ("Job", "conformance-x1") in made_up.objects
    made_up.pod, made_up.streams = [RUNNING, RUNNING, RUNNING, ENDED], [whole]
    done = job("attach", "--reports", str(tmp_path))
    assert (done.exit_code, (tmp_path / "x1/junit.xml").exists()) == (1, True), done.output
    assert list(made_up.objects) == [("Namespace", "apps")]


def test_attach_without_a_job_is_a_wrong_use(made_up: Cluster) -> None:
    assert made_up.objects
    done = job("attach")
    assert (done.exit_code, "no Job of kmc job run" in done.output) == (2, True), done.output


@pytest.mark.parametrize(("status", "stays"), [(RUNNING, True), (ENDED, True), (None, False)])
def test_clean_removes_lost_jobs_and_no_others(
    made_up: Cluster,
    tmp_path: Path,
    status: dict[str, Any] | None,
    stays: bool,  # noqa: FBT001 - a parameter of the test
) -> None:
    left(made_up, tmp_path)
    made_up.pod = [status]
    done = job("clean")
    assert done.exit_code == 0, done.output
    assert (("Job", "conformance-x1") in made_up.objects, "left alone" in done.output) == (stays, stays)
    if stays:
        assert job("clean", "--run", "x1").exit_code == 0
    assert list(made_up.objects) == [("Namespace", "apps")]


def test_a_namespace_that_is_not_there_is_named(made_up: Cluster, tmp_path: Path) -> None:
    made_up.objects.clear()
    done = run(tmp_path)
    assert (done.exit_code, "kubectl create namespace apps" in done.output) == (10, True), done.output


def test_a_job_that_is_there_is_left_as_it_is(made_up: Cluster, tmp_path: Path) -> None:
    there = {("ServiceAccount", "conformance-x1"), ("Job", "conformance-x1")}
    made_up.objects |= {each: {"metadata": {"name": each[1]}} for each in there}
    done = run(tmp_path)
    assert (done.exit_code, "kmc job attach --run x1 takes it up" in done.output) == (2, True), done.output
    assert there <= made_up.objects.keys()


def test_the_reports_of_a_real_archive_are_unpacked(tmp_path: Path) -> None:
    assert in_pod.unpack(archive(a=b"1"), tmp_path) == [tmp_path / "a"]


def test_a_container_of_reports_that_was_ended_is_said(made_up: Cluster, tmp_path: Path) -> None:
    evicted = {**ENDED, "containerStatuses": ENDED["containerStatuses"][:1]}
    made_up.pod, made_up.streams = [RUNNING, RUNNING, evicted], [whole]
    done = run(tmp_path)
    assert (done.exit_code, "did not hand out the reports" in done.output) == (10, True), done.output


def test_a_pod_that_vanishes_is_said_and_the_rest_removed(made_up: Cluster, tmp_path: Path) -> None:
    made_up.pod, made_up.streams = [RUNNING, RUNNING, None], [whole]
    done = run(tmp_path)
    assert (done.exit_code, "the pod of the Job is gone" in done.output) == (10, True), done.output
    assert list(made_up.objects) == [("Namespace", "apps")]


def test_an_api_server_that_stays_away_leaves_the_job(made_up: Cluster, tmp_path: Path) -> None:
    made_up.pod, made_up.streams = [RUNNING, RUNNING, AWAY], [broken]
    done = run(tmp_path)
    assert (done.exit_code, "The Job goes on: kmc job attach --run x1" in done.output) == (10, True), done.output
    assert ("Job", "conformance-x1") in made_up.objects
