"""The words of the tests about one Service, on a cluster that is made up."""

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, cast

import pytest

from kmc.fixtures.clients.answers import parse
from kmc.fixtures.clients.http import HttpClient
from kmc.fixtures.clients.kinds import Kind, Object
from kmc.fixtures.clients.kube import Reply
from kmc.fixtures.errors import ApiError, BadAnswer, ClaimFailed, NotObserved, Untestable
from kmc.fixtures.service.admission import Admission
from kmc.fixtures.service.manifest import PAIR, Spec
from kmc.fixtures.service.objects import Pod, Resource
from kmc.fixtures.service.service import Service
from kmc.fixtures.target.leases import Lease
from kmc.fixtures.target.target import Target
from kmc.fixtures.timeouts import Timeouts
from selftest.facts import made_up
from selftest.kube_double import KubeDouble

REFUSAL = ApiError(400, "BadRequest", "validation failed: the reason: spec.field")
POD_FORBIDDEN = ApiError(
    400, "BadRequest", 'validation callback failed: dry run failed with pods "p" is forbidden: exceeded quota: few'
)
POD: Object = {
    "metadata": {"name": "p"},
    "spec": {"containers": [{"name": "app", "image": "r/a"}]},
    "status": {},
}
GOOD, BAD = {"good": True}, {"bad": True}


@dataclass
class Api(KubeDouble):
    """Keeps one Service and its revision; refuses the patches for which there is an error."""

    status: Object = field(default_factory=dict)
    pods: str = "[]"
    refusals: Mapping[str, ApiError] = field(default_factory=dict)
    sent: list[tuple[Object, bool]] = field(default_factory=list)

    def get(self, kind: Kind, namespace: str | None, name: str) -> Object:
        status = {"observedGeneration": 1, "latestCreatedRevisionName": "s-1", **self.status}
        spec = {"containers": [{"name": "app"}, {"name": "helper"}]}
        return {"kind": kind.name, "metadata": {"name": name, "generation": 1}, "spec": spec, "status": status}

    def list(self, kind: Kind, namespace: str | None, selector: Any = None, *, fields: str = "") -> list[Object]:
        found: list[Object] = parse(self.pods) if kind.name == "Pod" else []
        return found

    def patch(self, kind: Kind, namespace: str, name: str, change: Any, *, dry_run: bool = False) -> Reply:
        self.sent.append((change, dry_run))
        if error := self.refusals.get(next(iter(change))):
            raise error
        return Reply(change)


def on(api: Api) -> Target:
    timeouts = Timeouts(status=0.3, hold=0.2, obstacle=2)
    return Target(made_up(), api, cast("HttpClient", None), timeouts, cast("Lease", None))


def service(api: Api) -> Service:
    return Service(on(api), "s", Spec(PAIR))


def conditions(*rows: tuple[str, str, str]) -> Object:
    return {"conditions": [{"type": kind, "status": status, "reason": reason} for kind, status, reason in rows]}


def test_a_refused_change_is_a_failure_of_the_target() -> None:
    with pytest.raises(ClaimFailed, match="expected the change of Service s to be accepted, got HTTP 400"):
        service(Api(refusals={"bad": REFUSAL})).patch(BAD)


def test_a_pod_or_revision_that_is_missing_is_a_failure_of_the_target() -> None:
    for found in (service(Api()).pods(), service(Api()).all_pods(), service(Api()).revisions()):
        with pytest.raises(BadAnswer, match="expected an entry number 0"):
            found[0]


def test_what_a_pod_does_not_report_is_a_failure_of_the_target() -> None:
    pod = Pod(parse('{"metadata": {"name": "p"}, "spec": {"containers": [{"name": "app"}]}, "status": {}}'))
    with pytest.raises(BadAnswer, match="'exitCode'"):
        pod.last_termination("app")["exitCode"]
    with pytest.raises(BadAnswer, match="'PORT'"):
        pod.env("app")["PORT"]


def test_a_condition_is_waited_for_by_status_and_reason() -> None:
    api = Api(status=conditions(("Ready", "False", "RevisionFailed"), ("Active", "Unknown", "")))
    assert service(api).wait_condition("Ready", "False").condition("Ready").reason == "RevisionFailed"
    assert service(api).wait_condition("Ready", "False", reason="RevisionFailed")
    assert service(api).wait_revision_condition("Active", "Unknown").name == "s-1"


class LateNode(Api):
    """Starts the Service's pod when it was looked at four times, and only then Knative says that it is Ready."""

    looks = 0

    def list(self, kind: Kind, namespace: str | None, selector: Any = None, *, fields: str = "") -> list[Object]:
        if kind.name != "Pod":
            return []
        self.looks += 1
        late = self.looks < 4
        self.status = conditions(("Ready", "Unknown" if late else "True", ""))
        state = {"waiting": {"reason": "ContainerCreating"}} if late else {"running": {}}
        return [{**POD, "status": {"containerStatuses": [{"name": "app", "state": state}]}}]


def test_the_time_counts_anew_once_a_busy_node_has_started_the_pods() -> None:
    late = LateNode(status=conditions(("Ready", "Unknown", "")))
    assert service(late).wait_condition("Ready", "True", within=0.2)
    assert late.looks == 4


class Progress(Api):
    """Has a new reason at each of three looks; then it is Ready."""

    looks = 0

    def get(self, kind: Kind, namespace: str | None, name: str) -> Object:
        self.looks += 1
        ready = self.looks > 3
        self.status = conditions(("Ready", "True" if ready else "Unknown", f"Reason{self.looks}"))
        return super().get(kind, namespace, name)


def test_the_time_counts_anew_where_the_state_still_changes() -> None:
    slow = Progress(status=conditions(("Ready", "Unknown", "")))
    assert service(slow).wait_condition("Ready", "True", within=0.4)
    assert slow.looks == 4


def test_a_pod_that_is_never_started_is_a_failure() -> None:
    never = Api(status=conditions(("Ready", "Unknown", "")), pods=json.dumps([POD]))
    with pytest.raises(NotObserved, match="expected Service s: Ready=True within"):
        service(never).wait_condition("Ready", "True", within=0.2)


@pytest.mark.parametrize(
    ("verb", "status", "reason", "expected"),
    [
        ("wait_condition", "True", "", "expected Service s: Ready=True within"),
        ("wait_condition", "False", "Other", r"expected Service s: Ready=False \(Other\) within"),
        ("wait_revision_condition", "True", "", "expected Service s: its latest revision: Ready=True within"),
    ],
)
def test_a_condition_that_does_not_come_is_reported_with_what_was_seen(
    verb: str, status: str, reason: str, expected: str
) -> None:
    api = Api(status=conditions(("Ready", "False", "RevisionFailed")))
    with pytest.raises(NotObserved, match=rf"{expected}(.|\n)*after .* s: Ready=False \(RevisionFailed: \)"):
        getattr(service(api), verb)("Ready", status, reason=reason)


def test_the_pod_of_a_restarted_container_is_found() -> None:
    pods = [{"metadata": {"name": name, "labels": {}}, "spec": {"containers": []},
             "status": {"containerStatuses": [{"name": "mesh", "restartCount": 9},
                                              {"name": "helper", "restartCount": count}]}}
            for name, count in (("old", 0), ("restarted", 2))]  # fmt: skip
    api = Api(pods=str(pods).replace("'", '"'))
    assert service(api).wait_restarted("helper", times=2).name == "restarted"
    with pytest.raises(NotObserved, match=r"3 restarts of helper(.|\n)*\"restarted\": {\"helper\": 2}"):
        service(api).wait_restarted("helper", times=3)


def refused(api: Api, because: str = "the reason: spec.field") -> str:
    stored = Resource({"kind": "Service", "metadata": {"name": "s"}})
    return Admission(on(api)).assert_update_refused(stored, BAD, because=because, control=GOOD)


def test_a_refused_update_counts_beside_a_control_that_is_accepted_by_dry_run() -> None:
    api = Api(refusals={"bad": REFUSAL})
    assert refused(api) == REFUSAL.message
    assert api.sent == [(GOOD, True), (BAD, False)]


def test_a_refused_control_is_a_failure() -> None:
    api = Api(refusals={"bad": REFUSAL, "good": REFUSAL})
    with pytest.raises(ClaimFailed, match="expected the control of the change of Service s to be accepted"):
        refused(api)
    assert api.sent == [(GOOD, True)]


def test_a_control_whose_pod_the_cluster_forbids_was_accepted_by_knative() -> None:
    assert refused(Api(refusals={"bad": REFUSAL, "good": POD_FORBIDDEN})) == REFUSAL.message


def test_what_is_refused_for_its_pod_only_was_accepted_by_knative() -> None:
    with pytest.raises(ClaimFailed, match="but Knative accepted it"):
        refused(Api(refusals={"bad": POD_FORBIDDEN}))


def test_an_update_that_is_accepted_is_a_failure() -> None:
    with pytest.raises(ClaimFailed, match=r"expected the change of Service s to be refused because of .*, but Knative"):
        refused(Api())


def test_an_update_that_is_refused_for_another_reason_is_a_failure() -> None:
    with pytest.raises(ClaimFailed, match="expected a refusal because of 'another reason', got HTTP 400"):
        refused(Api(refusals={"bad": REFUSAL}), because="another reason")


class Failing(Api):
    """Has a pod whose container helper is restarted whenever it fails, and whose node has the logs that are planned."""

    def __init__(self, *planned: str) -> None:
        super().__init__()
        self.planned, self.failed = list(planned), 0

    def fail(self) -> None:
        self.failed += 1

    def list(self, kind: Kind, namespace: str | None, selector: Any = None, *, fields: str = "") -> list[Object]:
        statuses = [{"name": "helper", "restartCount": 4 + self.failed}]
        ready = {"conditions": [{"type": "Ready", "status": "True"}], "containerStatuses": statuses}
        return [{**POD, "status": ready}] if kind.name == "Pod" else []

    def logs(self, namespace: str, pod: str, container: str, **options: str) -> str:
        assert options == {"previous": "true"}
        return self.planned.pop(0)


REMOVED = "unable to retrieve container logs for containerd://0123"


def test_a_log_that_the_node_has_removed_is_made_once_more() -> None:
    kept, removed = Failing("the log"), Failing(REMOVED, "the log")
    assert {service(each).log_of_failure("helper", each.fail) for each in (kept, removed)} == {"the log"}
    assert (kept.failed, removed.failed) == (1, 2)


def test_a_node_that_keeps_no_log_is_no_failure_of_the_service() -> None:
    api = Failing(REMOVED, REMOVED, REMOVED)
    with pytest.raises(Untestable, match="keeps no log of a container that has failed: unable to retrieve"):
        service(api).log_of_failure("helper", api.fail)


class Scaling(Api):
    """Has a pod that has taken two requests at once, and another one whose containers are still being made."""

    def list(self, kind: Kind, namespace: str | None, selector: Any = None, *, fields: str = "") -> list[Object]:
        states: dict[str, Object] = {"old": {"running": {}}, "new": {"waiting": {"reason": "ContainerCreating"}}}
        pods = [
            {**POD, "metadata": {"name": name}, "status": {"containerStatuses": [{"name": "app", "state": state}]}}
            for name, state in states.items()
        ]
        return pods if kind.name == "Pod" else []

    def logs(self, namespace: str, pod: str, container: str, **options: str) -> str:
        if pod != "old":
            raise ApiError(400, "BadRequest", f'container "{container}" in pod "{pod}" is waiting to start')
        took = {"event": "request", "path": "/slow", "time": "2026-01-01T00:00:02Z", "seconds": 1}
        return "\n".join([json.dumps(took)] * 2)


def test_requests_are_counted_while_another_pod_is_being_started() -> None:
    assert service(Scaling()).in_flight_peaks("app", "/slow") == {"old": 2}


@dataclass
class Changed(Api):
    """Has a revision for each generation of the Service, named after it, and keeps which were read."""

    generation: int = 1
    read: list[str] = field(default_factory=list)
    selected: list[str] = field(default_factory=list)

    def get(self, kind: Kind, namespace: str | None, name: str) -> Object:
        now = self.generation
        self.status = {"observedGeneration": now, "latestCreatedRevisionName": f"s-{now}"}
        found = super().get(kind, namespace, name)
        found["metadata"]["generation"] = now
        if kind.name == "Revision":
            self.read.append(name)
        return found

    def list(self, kind: Kind, namespace: str | None, selector: Any = None, *, fields: str = "") -> list[Object]:
        self.selected.append(selector["serving.knative.dev/revision"])
        return []


def test_pods_are_those_of_the_present_generations_revision_which_is_read_once() -> None:
    api = Changed()
    changed = service(api)
    for generation in (1, 1, 2, 2):
        api.generation = generation
        changed.pods()
    assert api.selected == ["s-1", "s-1", "s-2", "s-2"]
    assert api.read == ["s-1", "s-2"]
