import os
import signal
import subprocess
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from kmc.clusters.embedded import processes
from kmc.clusters.embedded.errors import ClusterError
from kmc.clusters.embedded.waits import wait_for


@pytest.fixture
def state(tmp_path: Path) -> Iterator[Path]:
    yield tmp_path
    processes.kill_all(tmp_path)


def _start(name: str, state: Path, script: str) -> int:
    processes.start(name, ["sh", "-c", script], state=state, log=state / f"{name}.log")
    return wait_for(lambda: processes.leader(state, name), f"{name} to run", timeout=5)


def test_a_daemon_is_found_by_its_name_and_its_state_folder(state: Path, tmp_path: Path) -> None:
    pid = _start("a", state, "sleep 60")
    assert processes.leader(state, "a") == pid
    assert processes.leader(state, "b") is None
    assert processes.leader(tmp_path / "other", "a") is None
    assert os.getsid(pid) == pid


def test_children_are_found_but_do_not_lead(state: Path) -> None:
    pid = _start("a", state, "sleep 60 & sleep 60; true")
    children = wait_for(lambda: [item for item in processes.find(state) if item.pid != pid], "children", timeout=5)
    assert not any(item.leads for item in children)


def test_another_cluster_is_seen(state: Path, tmp_path: Path) -> None:
    _start("a", state, "sleep 60")
    assert str(state) in processes.other_states(tmp_path / "other")
    assert str(state) not in processes.other_states(state)


def test_the_containers_of_another_cluster_are_not_ours(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    with subprocess.Popen(["sleep", "60"]) as container:
        cgroups = {container.pid: f"/{processes.cgroup(tmp_path / 'other')}/pod1/c1"}
        monkeypatch.setattr(processes, "_cgroups_of", lambda pid: [cgroups.get(pid, "/")])
        assert [item.pid for item in processes.find(tmp_path / "other")] == [container.pid]
        assert processes.find(tmp_path) == []
        container.kill()


def test_what_has_ended_is_not_waited_for(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """As in a container whose first process does not look after those that lost their parent."""
    with subprocess.Popen(["sleep", "60"]) as own:
        cgroups = {own.pid: f"/{processes.cgroup(tmp_path)}/pod1"}
        monkeypatch.setattr(processes, "_cgroups_of", lambda pid: [cgroups.get(pid, "/")])
        assert [item.pid for item in processes.find(tmp_path)] == [own.pid]
        own.kill()
        os.waitid(os.P_PID, own.pid, os.WEXITED | os.WNOWAIT)
        assert processes.find(tmp_path) == []
        processes.kill_all(tmp_path, timeout=0.1)


def test_a_daemon_is_asked_to_end_before_it_is_killed(state: Path) -> None:
    _start("a", state, "trap 'echo asked; exit' TERM; echo set; while :; do sleep 0.05; done")
    wait_for(lambda: "set" in (state / "a.log").read_text(), "the trap", timeout=5)
    processes.stop(state, ["a"], grace=5)
    assert "asked" in (state / "a.log").read_text()
    assert processes.find(state) == []


def test_what_ignores_the_request_is_killed(state: Path) -> None:
    pid = _start("a", state, "trap '' TERM; echo set; while :; do sleep 0.05; done")
    wait_for(lambda: "set" in (state / "a.log").read_text(), "the trap", timeout=5)
    processes.stop(state, ["a"], grace=0.2)
    assert processes.leader(state, "a") == pid
    processes.kill_all(state)
    assert processes.find(state) == []


def test_a_stranger_with_a_known_id_is_not_signalled(state: Path) -> None:
    with subprocess.Popen(["sleep", "60"]) as stranger:
        processes._signal(stranger.pid, state, signal.SIGKILL)  # noqa: SLF001 the guard itself is what is tested
        time.sleep(0.1)
        assert stranger.poll() is None
        stranger.kill()


def test_a_failing_command_tells_what_it_said() -> None:
    with pytest.raises(ClusterError, match="to say yes, but it ended with 3:\nno"):
        processes.run(["sh", "-c", "echo no >&2; exit 3"], expect="to say yes")


def test_an_interrupted_command_takes_its_children_along(state: Path) -> None:
    def stop(*_: object) -> None:
        raise KeyboardInterrupt

    before = signal.signal(signal.SIGALRM, stop)
    signal.setitimer(signal.ITIMER_REAL, 0.3)
    try:
        with pytest.raises(KeyboardInterrupt):
            processes.run(["sh", "-c", "sleep 60 & wait"], env={processes.STATE_MARK: str(state)})
    finally:
        signal.signal(signal.SIGALRM, before)
    wait_for(lambda: not processes.find(state), "the children to be gone", timeout=5)
