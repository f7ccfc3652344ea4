"""How Services are deployed where the cluster has little room."""

from dataclasses import dataclass, field
from typing import Any, cast

import pytest

from kmc.fixtures.clients.http import HttpClient
from kmc.fixtures.clients.kinds import Kind, Object
from kmc.fixtures.clients.kube import Reply
from kmc.fixtures.errors import ApiError, NotObserved, Untestable
from kmc.fixtures.service.admission import Admission
from kmc.fixtures.service.deploy import Deploy
from kmc.fixtures.service.manifest import PAIR, Spec
from kmc.fixtures.service.service import Service
from kmc.fixtures.target.leases import RUN_LABEL, Lease
from kmc.fixtures.target.target import Target
from kmc.fixtures.timeouts import Timeouts
from selftest.facts import made_up
from selftest.kube_double import KubeDouble

NO_NODE = {"type": "PodScheduled", "status": "False", "reason": "Unschedulable", "message": "Insufficient cpu"}
QUOTA = (
    'dry run failed with pods "p" is forbidden: exceeded quota: few, requested: pods=1, used: pods=9, limited: pods=9'
)
NO_ROOM_EVER = QUOTA.replace("limited: pods=9", "limited: pods=0")
POLICY = "dry run failed with policy 'p' with binding 'p' denied request: no: spec.template"


@dataclass
class Crowded(KubeDouble):
    """Has a node for the pods of a Service only when some Services were deleted, and gives them up after a while.

    It refuses creations at first.
    """

    room_after: int = 0
    refusals: list[str] = field(default_factory=list)
    services: list[str] = field(default_factory=list)
    deleted: int = 0
    events: list[Object] = field(default_factory=list)
    looks: int = 0

    def create(self, kind: Kind, namespace: str | None, body: Object, *, dry_run: bool = False) -> Reply:
        if self.refusals:
            raise ApiError(400, "BadRequest", self.refusals.pop(0))
        if not dry_run:
            self.services.append(body["metadata"]["name"])
        return Reply(body)

    def delete(self, kind: Kind, namespace: str, name: str, *, grace: int | None = None) -> bool:
        self.deleted += 1
        return True

    def get(self, kind: Kind, namespace: str | None, name: str) -> Object:
        return {"metadata": {"name": "s", "generation": 1}, "spec": {}, "status": {}}

    def list(self, kind: Kind, namespace: str | None, selector: Any = None, *, fields: str = "") -> list[Object]:
        if kind.name == "Event":
            return [each for each in self.events if fields in ("", f"reason={each['reason']}")]
        if kind.name != "Pod" or not self.services or RUN_LABEL in (selector or {}):
            return []
        self.looks += 1
        has_room = self.deleted >= self.room_after
        status = {"conditions": [{"type": "PodScheduled", "status": "True"} if has_room else NO_NODE]}
        pod = {"metadata": {"name": "p", "labels": {}}, "spec": {"containers": []}, "status": status}
        given_up = not has_room and self.looks % 3 == 0
        return [] if given_up else [pod]


def on(api: Crowded) -> Target:
    timeouts = Timeouts(status=0.3, obstacle=1)
    return Target(made_up(), api, cast("HttpClient", None), timeouts, Lease("run", "kmc", "uid"))


def test_a_service_that_is_to_fail_does_not_wait_for_a_node() -> None:
    """Its short deadline runs from its creation: it is created anew, under another name."""
    api = Crowded(room_after=2)
    service = Deploy(on(api), "test")(*PAIR, fails_soon=True, ready=False)
    assert (api.deleted, len(set(api.services)), service.name) == (2, 3, api.services[-1])


def test_a_service_that_no_node_has_room_for_is_untestable() -> None:
    with pytest.raises(Untestable, match="no node has had room"):
        Deploy(on(Crowded(room_after=1000)), "test")(*PAIR, fails_soon=True, ready=False)


def test_other_services_wait_for_their_node() -> None:
    api = Crowded(room_after=1)
    Deploy(on(api), "test")(*PAIR, ready=False)
    Deploy(on(api), "other")(*PAIR, fails_soon=True, blocked="no node has room", ready=False)
    assert (api.deleted, len(api.services)) == (0, 2)


def event(reason: str, message: str) -> Object:
    return {"involvedObject": {"kind": "Pod", "name": "s-1"}, "reason": reason, "message": message}


@pytest.mark.parametrize(
    ("blocked", "events", "outcome"),
    [
        ("", [], NotObserved),
        ("", [event("FailedScheduling", "0/1 nodes are available")], Untestable),
        ("no node has room", [event("FailedScheduling", "0/1 nodes are available")], NotObserved),
        (
            "no node has room",
            [event("FailedCreate", 'Error creating: pods "p" is forbidden: failed quota')],
            Untestable,
        ),
        ("", [event("FailedCreate", 'Error creating: Pod "p" is invalid: spec.containers[1].name')], NotObserved),
        ("", [event("Unhealthy", "Readiness probe failed")], NotObserved),
    ],
)
def test_what_is_not_seen_of_pods_that_were_kept_from_running_is_untestable(
    blocked: str, events: list[Object], outcome: type[Exception]
) -> None:
    service = Service(on(Crowded(events=events)), "s", Spec(PAIR, blocked=blocked))
    with pytest.raises(outcome, match="Service s: more"):
        service.wait_for(lambda: 1, lambda seen: seen > 1, expect="more")


def test_a_dry_run_waits_for_room_in_a_quota() -> None:
    api = Crowded(refusals=[QUOTA])
    Admission(on(api)).assert_accepted(*PAIR)
    assert api.refusals == []


@pytest.mark.parametrize(("refusal", "asked"), [(QUOTA, 3), (NO_ROOM_EVER, 1), (POLICY, 1)])
def test_what_no_part_of_knative_lets_in_is_untestable(refusal: str, asked: int) -> None:
    """At once, where it can't pass."""
    api = Crowded(refusals=[refusal] * 99)
    with pytest.raises(Untestable, match="no part of Knative"):
        Admission(on(api)).assert_accepted(*PAIR)
    assert asked == min(3, 99 - len(api.refusals))
