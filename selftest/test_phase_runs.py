"""A later phase of a run is told what it must know, and does not outlive the first process."""

import json
import os
import signal
import subprocess
import sys

CHILD = """
import sys, time
from kmc.fixtures.run.phase_runs import told
print(told(int(sys.argv[1]))["run"], flush=True)
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


def test_a_phase_is_told_and_ends_with_the_first_process() -> None:
    process, writing = _start()
    with process:
        os.write(writing, json.dumps({"run": "one"}).encode() + b"\n")
        assert process.stdout is not None
        assert process.stdout.readline() == "one\n"
        assert process.poll() is None
        os.close(writing)
        assert process.wait(timeout=20) == -signal.SIGINT
