"""Creations that wait while the nodes are busy with those before."""

from dataclasses import replace
from typing import Any, cast

import pytest

from kmc.fixtures.clients.http import HttpClient
from kmc.fixtures.clients.kinds import Kind, Object
from kmc.fixtures.service.hold_back import hold_back
from kmc.fixtures.service.manifest import BLOCKED_LABEL
from kmc.fixtures.target.leases import RUN_LABEL, Lease
from kmc.fixtures.target.room import starts_at_once
from kmc.fixtures.target.target import Target
from kmc.fixtures.timeouts import Timeouts
from selftest.facts import made_up
from selftest.kube_double import KubeDouble

ROOM = 60


class Nodes(KubeDouble):
    """Start, or end, one of the pods before each look at those that are pending but the first."""

    def __init__(self, pods: list[Object], *, busy: bool = True) -> None:
        self.pods, self.busy, self.looks = pods, busy, 0

    def list(self, kind: Kind, namespace: str | None, selector: Any = None, *, fields: str = "") -> list[Object]:
        assert fields in ("", "status.phase=Pending")
        if fields:
            if self.busy and self.looks:
                del self.pods[:1]
            self.looks += 1
        phases = ("Pending",) if fields else ("Pending", "Running")
        pods = [pod for pod in self.pods if (selector or {}).keys() <= pod["metadata"]["labels"].keys()]
        return [pod for pod in pods if pod["status"]["phase"] in phases]


def starting(count: int, **labels: str) -> list[Object]:
    status = {"phase": "Pending"}
    return [{"metadata": {"name": f"p-{number}", "labels": labels}, "status": status} for number in range(count)]


def held_back(nodes: Nodes, *, status: float = 30) -> int:
    facts = replace(made_up(), room=ROOM)
    timeouts = Timeouts(status=status)
    hold_back(Target(facts, nodes, cast("HttpClient", None), timeouts, cast("Lease", None)))
    return nodes.looks


def test_a_creation_waits_until_few_enough_pods_are_being_started() -> None:
    assert held_back(Nodes(starting(7, **{RUN_LABEL: "a"}))) == 3
    assert held_back(Nodes(starting(5, **{RUN_LABEL: "another"}))) == 1


def test_pods_of_others_hold_nothing_back() -> None:
    assert held_back(Nodes(starting(9, app="theirs"))) == 1


def test_pods_that_wait_for_an_image_hold_nothing_back() -> None:
    waiting = {"containerStatuses": [{"state": {"waiting": {"reason": "ImagePullBackOff"}}}]}
    pods = [{**pod, "status": {**pod["status"], **waiting}} for pod in starting(9, **{RUN_LABEL: "a"})]
    assert held_back(Nodes(pods)) == 1


def test_a_creation_waits_while_a_pod_of_the_suite_lacks_a_node() -> None:
    scheduled = {"type": "PodScheduled", "status": "False", "reason": "Unschedulable"}
    [pod] = starting(1, **{RUN_LABEL: "a"})
    pod["status"] = {"phase": "Pending", "conditions": [scheduled]}
    assert held_back(Nodes([pod])) == 2
    pod["metadata"]["labels"][BLOCKED_LABEL] = "true"
    assert held_back(Nodes([pod])) == 1


def test_a_creation_waits_for_the_end_of_pods_where_there_is_no_more_room() -> None:
    """Where none of them ends, there is nothing to wait for."""
    running = {"phase": "Running", "containerStatuses": [{"state": {}}]}
    pods = [{**pod, "status": running} for pod in starting(ROOM - 1, **{RUN_LABEL: "a"})]
    assert held_back(Nodes(list(pods))) == 1
    pods[-1]["metadata"]["deletionTimestamp"] = "2026-01-02T03:04:05Z"
    assert held_back(Nodes(pods)) == 3


def test_pods_that_never_start_hold_nothing_back_for_good() -> None:
    assert held_back(Nodes(starting(9, **{RUN_LABEL: "a"}), busy=False), status=0.3) > 1


@pytest.mark.parametrize(("room", "most"), [(None, 12), (0, 4), (60, 6), (600, 60)])
def test_three_are_started_at_once_for_each_core(room: int | None, most: int) -> None:
    assert starts_at_once(room) == most
