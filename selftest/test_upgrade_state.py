"""The file of --before-upgrade, what it says of the time between, and what is refused."""

from dataclasses import replace
from pathlib import Path
from types import SimpleNamespace

import pytest

from kmc.fixtures.clients.kinds import Kind, Object
from kmc.fixtures.errors import BadOption, ClaimFailed, PreflightFailed, Untestable
from kmc.fixtures.run import upgrading
from kmc.fixtures.run.upgrade_state import State, StateFile, new_file
from kmc.fixtures.service.left import LeftService, Role
from kmc.fixtures.service.manifest import KEEP_ONE_POD, PAIR, Spec
from kmc.fixtures.service.snapshots import Snapshot
from kmc.fixtures.service.watched import Beat, End, Gap, Record, Seen, Watched
from kmc.fixtures.service.ways import Way
from kmc.fixtures.target import leases
from kmc.fixtures.target.leases import Lease
from kmc.main import main
from selftest.facts import made_up
from selftest.kube_double import KubeDouble
from selftest.test_snapshots import snapshot

NOTHING = Snapshot({}, {}, {}, (), (), ())
SPEC = Spec([*PAIR], [], annotations=KEEP_ONE_POD, volumes=[], way=Way.PAST_ACTIVATOR, revision="x")
SERVICES = {Role.FULL: LeftService("kmc-run-full", SPEC, NOTHING)}
STATE = State("0.1", "https://192.0.2.1:6443", Lease("run", "apps", "uid"), "1.15.2", "queue@sha256:1", SERVICES)
GAP = Gap(Role.FULL, "12:03:04", 3.2, 6, "503 'no'")
BEAT = Beat("12:04:00", {Role.FULL: 300}, {Role.FULL: 0.2})
TAKEN_OVER = End("12:05:00", taken_over=True)


def watched(*records: Record) -> Watched:
    return Watched(records)


def test_what_was_written_is_read_but_for_a_line_that_was_cut_off(tmp_path: Path) -> None:
    file = StateFile(tmp_path / "state")
    file.begin(STATE)
    records = (Seen(Role.FULL, "12:00:00", "Ready=True", 1, 1), GAP, BEAT, TAKEN_OVER)
    for record in records:
        file.add(record)
    with file.path.open("ab") as more:
        more.write(b'{"role": "full", "since')
    assert file.state() == STATE
    assert tuple(file.watched().records) == records
    assert [path.name for path in tmp_path.iterdir()] == ["state"]


@pytest.mark.parametrize("content", [None, b"", b"nothing\n", b'{"kind": "state"}\n'])
def test_a_file_that_is_none_is_refused_with_the_way_to_it(tmp_path: Path, content: bytes | None) -> None:
    path = tmp_path / "state"
    if content is not None:
        path.write_bytes(content)
    with pytest.raises(BadOption, match=r"--after-upgrade .*state: .*kmc run --before-upgrade"):
        StateFile(path).state()


def test_a_file_that_is_there_is_not_written_over(tmp_path: Path) -> None:
    (tmp_path / "state").touch()
    with pytest.raises(BadOption, match="the file exists"):
        new_file(str(tmp_path / "state"))
    with pytest.raises(BadOption, match="it can't be written: No such file"):
        new_file(str(tmp_path / "nowhere" / "state"))
    assert new_file(str(tmp_path / "new")) == tmp_path / "new"
    assert not (tmp_path / "new").exists()


@pytest.mark.parametrize(
    ("words", "message"),
    [
        (["--after-upgrade", "absent"], "there is no such file"),
        (["--before-upgrade", "a", "--after-upgrade", "b"], "goes without --profile"),
        (["--before-upgrade", "a", "--profile", "core"], "goes without --profile"),
        (["--after-upgrade", "a", "--allow-cluster-changes"], "goes without --profile"),
        (["--profile", "core,upgrade"], "upgrade is judged by --after-upgrade STATE alone"),
        (["--requirement", "MC-UPG-01"], "it is judged by --after-upgrade STATE alone"),
    ],
)
def test_options_that_contradict_each_other_are_refused(
    words: list[str], message: str, capsys: pytest.CaptureFixture[str]
) -> None:
    with pytest.raises(SystemExit) as ended:
        main(["run", "-n", "0", *words])
    assert ended.value.code == 4
    assert message in capsys.readouterr().err


def test_every_gap_fails_and_is_told() -> None:
    watched(BEAT, TAKEN_OVER).require_answers(Role.FULL)
    watched(replace(GAP, role=Role.SPLIT), BEAT, TAKEN_OVER).require_answers(Role.FULL)
    with pytest.raises(ClaimFailed, match=r"300 requests .*gaps: 3\.2 s from 12:03:04 on \(6 requests; the last: 503"):
        watched(GAP, BEAT, End("12:05:00", taken_over=False)).require_answers(Role.FULL)


def test_what_was_not_watched_to_the_end_is_untestable() -> None:
    for records in ((BEAT,), (BEAT, End("12:05:00", taken_over=False)), ()):
        with pytest.raises(Untestable, match="nobody watched all the time"):
            watched(*records).require_answers(Role.FULL)
    with pytest.raises(Untestable, match="the tunnel to the ingress broke"):
        watched(replace(GAP, unreached=True), BEAT, TAKEN_OVER).require_answers(Role.FULL)


class Kube(KubeDouble):
    """Has the lease that was left, and the image of queue-proxy."""

    server = "https://192.0.2.9:6443"

    def __init__(self, uid: str, image: str) -> None:
        self.lease = {"metadata": {"uid": uid}}
        self.config = {"data": {"queue-sidecar-image": image}}

    def find(self, kind: Kind, namespace: str | None, name: str) -> Object | None:
        return self.config if name == "config-deployment" else self.lease


@pytest.mark.parametrize(
    ("uid", "image", "knative", "message"),
    [
        ("another", "queue@sha256:2", "1.16.0", "has nothing of the run run, .*this is another cluster, or they were"),
        ("uid", "queue@sha256:1", "1.15.2", "Knative is 1.15.2, as it was when the Services were left"),
        ("uid", "queue@sha256:2", "1.16.0", ""),
        ("uid", "queue@sha256:2", "1.15.2", ""),  # a release that was built anew
    ],
)
def test_only_what_was_left_there_and_upgraded_since_is_judged(
    uid: str, image: str, knative: str, message: str
) -> None:
    kube = Kube(uid, image)
    if not message:
        upgrading.require_upgraded(kube, made_up(knative=knative), STATE)
        return
    with pytest.raises(PreflightFailed, match=message):
        upgrading.require_upgraded(kube, made_up(knative=knative), STATE)


def test_a_lease_of_the_same_name_is_no_proof() -> None:
    kube = Kube("another", "")
    assert leases.is_lost(kube, STATE.lease)


def test_rest_is_what_lasts(monkeypatch: pytest.MonkeyPatch) -> None:
    times = iter(range(0, 200, 5))
    monkeypatch.setattr(upgrading, "time", SimpleNamespace(monotonic=lambda: float(next(times))))
    rest = upgrading.Rest()
    assert not rest.lasts(now=True)  # seen at 0 s and 5 s
    assert not rest.lasts(now=False)
    assert [rest.lasts(now=True) for _ in range(3)] == [False, False, True]


@pytest.mark.parametrize(
    ("queue_proxy", "pods_before", "still"),
    [("queue:1", 1, True), (None, 1, True), ("queue:2", 1, False), ("queue:1", 0, False)],
)
def test_all_is_still_when_pods_are_replaced_and_no_more_than_before(
    queue_proxy: str | None, pods_before: int, *, still: bool
) -> None:
    now = snapshot()
    before = replace(now, pods=now.pods[:pods_before])
    left = replace(STATE, services={Role.FULL: LeftService("s", SPEC, before)})
    assert upgrading.is_still({Role.FULL: now}, left, queue_proxy) is still


def test_a_run_that_names_no_file_has_none_to_read() -> None:
    with pytest.raises(ValueError, match="expected --after-upgrade to name a file"):
        StateFile.named(None)
