"""How many pods there is room for, and workers that wait for room."""

import multiprocessing
import tempfile
import time
from multiprocessing.synchronize import Event
from pathlib import Path
from typing import Any

import pytest

from kmc.fixtures.plugin.room import Slot
from kmc.fixtures.target import room


def node(cpu: str, pods: str, **spec: Any) -> dict[str, Any]:
    return {"spec": spec, "status": {"allocatable": {"cpu": cpu, "pods": pods}}}


def quota(**hard: str) -> dict[str, Any]:
    names = {name.replace("_", "."): amount for name, amount in hard.items()}
    return {"status": {"hard": names, "used": {"pods": "2"}}}


@pytest.mark.parametrize(
    ("nodes", "quotas", "most", "expected"),
    [
        ([], [], None, None),
        ([node("2", "110")], [], None, 60),
        ([node("2", "110"), node("2", "110")], [], None, 120),
        ([node("64", "17")], [], None, 15),
        ([node("2", "110"), node("2", "110", unschedulable=True)], [], None, 60),
        ([node("2", "110"), node("2", "110", taints=[{"key": "k", "effect": "NoSchedule"}])], [], None, 60),
        ([node("2", "110")], [quota(pods="22")], None, 20),
        ([], [quota(requests_cpu="300m")], None, 10),
        ([node("2", "110")], [], 12, 12),
        ([], [], 12, 12),
    ],
)
def test_nodes_quotas_and_the_operator_limit_the_room(
    nodes: list[Any], quotas: list[Any], most: int | None, expected: int | None
) -> None:
    assert room.pods(nodes, quotas, most) == expected


def hold(folder: str, worker: str, taken: Event, over: Event) -> None:
    tempfile.tempdir = folder
    slot = Slot("run", worker, room.PODS_PER_WORKER)
    slot.take()
    taken.set()
    over.wait(60)
    slot.give_back()


def test_a_worker_waits_until_another_gives_its_slot_back(tmp_path: Path) -> None:
    context = multiprocessing.get_context("spawn")
    events = [(context.Event(), context.Event()) for _ in range(2)]
    workers = [
        context.Process(target=hold, args=(str(tmp_path), f"gw{number}", *pair)) for number, pair in enumerate(events)
    ]
    (first_taken, first_over), (second_taken, second_over) = events
    workers[0].start()
    assert first_taken.wait(60)
    workers[1].start()
    time.sleep(1)
    assert not second_taken.is_set()
    first_over.set()
    assert second_taken.wait(60)
    second_over.set()
    for worker in workers:
        worker.join(60)


def test_there_is_a_slot_for_each_worker_where_there_is_room(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path))
    held = [Slot("run", worker, 2 * room.PODS_PER_WORKER) for worker in ("gw0", "gw1")]
    for slot in held:
        slot.take()
    assert len(list(tmp_path.iterdir())) == 2
    for slot in held:
        slot.give_back()
