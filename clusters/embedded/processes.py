"""Starts, finds and stops the processes of one cluster.

A process is ours when its environment names our state folder (set at the start, inherited by children such as
containerd's shims) or when it runs in a cgroup named after that folder (the containers). Nothing on disk has to be
trusted, so a killed `up` loses nothing. Signals go through a pidfd that is opened before the second look, so a reused
id is never hit.
"""

import hashlib
import os
import select
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import TypeAlias

from kmc.clusters.embedded.errors import ClusterError

Daemon: TypeAlias = "subprocess.Popen[bytes]"

STATE_MARK = "KMC_EMBEDDED_STATE"
NAME_MARK = "KMC_EMBEDDED_NAME"
GO = {"GOGC": "300"}
"""Environment of Go programs that collect garbage less often: a run waits for processor time, not for memory."""
# Those that this command has started: they outlive it, and are found again by their marks.
_DAEMONS: list[Daemon] = []

_QUIET_LOOKS = 3  # a process has no environment to see while it changes its program, so one look can miss it
_SYSTEM_PATH = "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin"


@dataclass(frozen=True)
class Found:
    """One running process of the cluster; `name` is empty for what runs in a container."""

    pid: int
    name: str
    leads: bool
    """Whether it is the daemon itself and not a child of it."""


def cgroup(state: Path) -> str:
    """Return the cgroup, below the root of each hierarchy, that all pods of the cluster live in."""
    return f"kmc-embedded-{hashlib.sha256(str(state).encode()).hexdigest()[:8]}"


def system_environment(extra: Mapping[str, str] | None = None) -> dict[str, str]:
    """Return this process's environment with Python's and the system's program folders on PATH as well."""
    path = f"{os.environ.get('PATH', '')}:{Path(sys.executable).parent}:{_SYSTEM_PATH}"
    return {**os.environ, "PATH": path, **(extra or {})}


def start(name: str, command: Sequence[str], *, state: Path, log: Path) -> Daemon:
    """Start a daemon in a session of its own, its output appended to `log`; it outlives this command."""
    marks = {STATE_MARK: str(state), NAME_MARK: name, **GO}
    with log.open("ab") as output:
        daemon = subprocess.Popen(
            command,
            env=system_environment(marks),
            stdin=subprocess.DEVNULL,
            stdout=output,
            stderr=subprocess.STDOUT,
            start_new_session=True,
            cwd="/",
        )
    _DAEMONS.append(daemon)
    return daemon


def run(
    command: Sequence[str],
    *,
    cwd: Path | None = None,
    env: Mapping[str, str] | None = None,
    stdin: str | None = None,
    expect: str = "to succeed",
) -> str:
    """Run a command to its end and return its standard output; whatever interrupts us ends its whole group.

    Raises ClusterError with the end of its output when it fails.
    """
    with subprocess.Popen(
        command,
        cwd=cwd,
        env=system_environment(env),
        stdin=subprocess.PIPE if stdin is not None else subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        start_new_session=True,
    ) as process:
        try:
            output, errors = process.communicate(stdin)
        except BaseException:
            with suppress(ProcessLookupError):
                os.killpg(process.pid, signal.SIGKILL)
            process.wait()
            raise
    if process.returncode != 0:
        said = (errors or output).strip()[-2000:]
        raise ClusterError(f"expected `{' '.join(command)}` {expect}, but it ended with {process.returncode}:\n{said}")
    return output


def find(state: Path) -> list[Found]:
    """Return every running process of the cluster whose state folder this is."""
    return list(_scan(lambda pid: _ours(pid, state)))


def leader(state: Path, name: str) -> int | None:
    """Return the process id of the named daemon, or None when it does not run."""
    return next((found.pid for found in find(state) if found.leads and found.name == name), None)


def other_states(state: Path) -> set[str]:
    """Return the state folders of running embedded clusters other than this one."""
    marks = (_environment(pid).get(STATE_MARK) for pid in _pids())
    return {mark for mark in marks if mark and mark != str(state)}


def stop(state: Path, names: Sequence[str], *, grace: float) -> None:
    """Ask the named daemons to end and wait up to `grace` seconds for them; who stays is left to `kill_all`."""
    pids = [found.pid for found in find(state) if found.leads and found.name in names]
    for pid in pids:
        _signal(pid, state, signal.SIGTERM)
    deadline = time.monotonic() + grace
    for pid in pids:
        _await_exit(pid, state, deadline)


def kill_all(state: Path, *, timeout: float = 30) -> None:
    """Kill every process of the cluster and wait until none is left; raises ClusterError after `timeout` seconds."""
    deadline = time.monotonic() + timeout
    quiet = 0
    while quiet < _QUIET_LOOKS:
        remaining = find(state)
        quiet = 0 if remaining else quiet + 1
        if remaining and time.monotonic() > deadline:
            ids = ", ".join(f"{found.pid} ({found.name or 'container'})" for found in remaining)
            raise ClusterError(f"expected all processes to end when killed, but these stay: {ids}; see their stacks")
        for found in remaining:
            _signal(found.pid, state, signal.SIGKILL)
        for found in remaining:
            _await_exit(found.pid, state, time.monotonic() + 1)
        time.sleep(0.02)
    _DAEMONS[:] = [daemon for daemon in _DAEMONS if daemon.poll() is None]


def _scan(look: Callable[[int], Found | None]) -> Iterator[Found]:
    for pid in _pids():
        if found := look(pid):
            yield found


def _pids() -> list[int]:
    return [
        int(entry.name) for entry in Path("/proc").iterdir() if entry.name.isdigit() and entry.name != str(os.getpid())
    ]


def _environment(pid: int) -> dict[str, str]:
    try:
        raw = Path(f"/proc/{pid}/environ").read_bytes()
    except OSError:
        return {}
    pairs = (item.partition("=") for item in raw.decode(errors="replace").split("\0"))
    return {key: value for key, _, value in pairs if key}


def _ours(pid: int, state: Path) -> Found | None:
    environment = _environment(pid)
    if environment.get(STATE_MARK) == str(state):
        return Found(pid, environment.get(NAME_MARK, ""), leads=_is_session_leader(pid))
    contained = _in_cgroup(pid, cgroup(state)) and not _has_ended(pid)
    return Found(pid, "", leads=False) if contained else None


def _has_ended(pid: int) -> bool:
    """Whether a process has ended and waits for its parent's look, maybe for good: not every process 1 takes one."""
    try:
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] == "Z"
    except OSError:
        return True


def _is_session_leader(pid: int) -> bool:
    try:
        return os.getsid(pid) == pid
    except ProcessLookupError:
        return False


def _in_cgroup(pid: int, name: str) -> bool:
    return any(path.startswith(f"/{name}/") for path in _cgroups_of(pid))


def _cgroups_of(pid: int) -> list[str]:
    try:
        lines = Path(f"/proc/{pid}/cgroup").read_text().splitlines()
    except OSError:
        return []
    return [line.split(":", 2)[2] for line in lines]


def _signal(pid: int, state: Path, number: signal.Signals) -> None:
    with suppress(ProcessLookupError):
        descriptor = os.pidfd_open(pid)
        try:
            if _ours(pid, state):
                signal.pidfd_send_signal(descriptor, number)
        finally:
            os.close(descriptor)


def _await_exit(pid: int, state: Path, deadline: float) -> None:
    with suppress(ProcessLookupError):
        descriptor = os.pidfd_open(pid)
        try:
            if _ours(pid, state):
                select.select([descriptor], [], [], max(0, deadline - time.monotonic()))
        finally:
            os.close(descriptor)
