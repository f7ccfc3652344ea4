"""A later phase of a run has its handover, and does not outlive the owner of the run."""

import os
import signal
import subprocess
import sys

from selftest.handovers import handed_over

CHILD = """
import sys, time
from kmc.fixtures.run.phase_runs import receive
print(receive(int(sys.argv[1])).lease.run, flush=True)
time.sleep(60)
"""


def _start() -> tuple[subprocess.Popen[str], int]:
    reading, writing = os.pipe()
    process = subprocess.Popen(
        [sys.executable, "-c", CHILD, str(reading)],
        pass_fds=(reading,), process_group=0, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True,
    )  # fmt: skip
    os.close(reading)
    return process, writing


def test_a_phase_has_the_handover_and_ends_with_the_owner() -> None:
    process, writing = _start()
    with process:
        os.write(writing, handed_over().to_json().encode() + b"\n")
        assert process.stdout is not None
        assert process.stdout.readline() == "run\n"
        assert process.poll() is None
        os.close(writing)
        assert process.wait(timeout=20) == -signal.SIGINT
