"""A whole run, as its user starts it, on a cluster that is made up: an owner, its workers, and a later phase."""

import json
import os
import re
import signal
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

import pytest
import yaml

from kmc.fixtures.service import NOT_ALLOWED
from kmc.fixtures.target.gates import (
    ADD_CAPABILITIES,
    CLAIMS,
    EMPTY_DIR,
    FEATURES,
    FIELD_REF,
    INIT_CONTAINERS,
    PROBING,
    SECURITY_CONTEXT,
    SHARE_PROCESSES,
    read,
)
from kmc.fixtures.target.settings import SYSTEM_NAMESPACE
from kmc.reports.journal import read as records
from kmc.reports.records import Check, Footer, Header, Outcome, Plan, Residue
from kmc.reports.verify import verify
from selftest.api_double import Api, Handler, kubeconfig, served
from selftest.facts import FOUND

CONFIG = f"/api/v1/namespaces/{SYSTEM_NAMESPACE}/configmaps/{FEATURES}"
# What a Service has that a gate must allow, and the words that refuse it while the gate is off.
REFUSED = {
    EMPTY_DIR: ("emptyDir", "EmptyDir volume support is disabled, but found EmptyDir volume data"),
    INIT_CONTAINERS: ("initContainers", "support for init-containers is off"),
    PROBING: ("readinessProbe", NOT_ALLOWED),
    FIELD_REF: ("fieldRef", NOT_ALLOWED),
    SHARE_PROCESSES: ("shareProcessNamespace", NOT_ALLOWED),
    SECURITY_CONTEXT: ("fsGroup", NOT_ALLOWED),
    ADD_CAPABILITIES: ("CHOWN", NOT_ALLOWED),
    CLAIMS: ("persistentVolumeClaim", "Persistent volume claim support is disabled, but found it"),
}
PREFLIGHT = """
from kmc.fixtures.run import canary, preflight
from selftest.facts import made_up
preflight.inspect = lambda *_: made_up(changeable=True)
canary.Canary.check = lambda self: self.target.facts.endpoint
"""
FULL = """
import resource, shutil
from pathlib import Path
def pytest_runtest_call():
    size = Path("out/one/journal.jsonl").stat().st_size
    resource.setrlimit(resource.RLIMIT_FSIZE, (size, resource.RLIM_INFINITY))
"""
GONE = FULL.replace("    size", '    shutil.rmtree("out/one")\n    return\n    size')


def webhook(handler: Handler) -> bool:
    """Refuse what Knative's webhook refuses for want of a gate."""
    if handler.command != "POST" or not handler.path.partition("?")[0].endswith("/services"):
        return False
    gates = read(handler.api.objects[CONFIG]["data"], FOUND)
    sent = json.dumps(handler.body)
    for key, (field, words) in REFUSED.items():
        if f'"{field}"' in sent and not gates[key].effective:
            denied = f'admission webhook "validation.webhook.serving.knative.dev" denied the request: {words}'
            return handler.refuse(400, "BadRequest", denied)
    return False


def cluster() -> Api:
    features: dict[str, Any] = {
        "metadata": {"name": FEATURES, "namespace": SYSTEM_NAMESPACE, "resourceVersion": "1"},
        "data": {FIELD_REF: "disabled"},
    }
    return Api({CONFIG: features}, answer=webhook)


def start(folder: Path, server: str, *words: str, plugin: str = PREFLIGHT) -> subprocess.Popen[str]:
    (folder / "config").write_text(yaml.safe_dump(kubeconfig(server, namespace="apps")))
    (folder / "made_up.py").write_text(plugin)
    command = [sys.executable, "-m", "kmc", "run", "-p", "made_up", "--kubeconfig", "config",
               "--run-id", "one", "--reports", "out", *words]  # fmt: skip
    path = os.pathsep.join([str(folder), str(Path(__file__).parents[1])])
    environment = {**os.environ, "PYTHONPATH": path}
    return subprocess.Popen(
        command, cwd=folder, env=environment, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True
    )


def journal(folder: Path) -> list[Any]:
    return [record.entry for record in records(folder / "out" / "one" / "journal.jsonl")]


def test_workers_and_a_later_phase_join_the_run_of_its_owner(tmp_path: Path) -> None:
    with served(cluster()) as api:
        process = start(
            tmp_path, api.url, "--requirement=MC-FLG-01,MC-ADM-28", "--requirement-set=1.0",
            "--allow-cluster-changes", "-n", "2", "--verbose",
        )  # fmt: skip
        shown, _ = process.communicate(timeout=300)
        objects, calls = dict(api.objects), api.calls
    assert process.returncode == 0, shown
    entries = journal(tmp_path)
    assert [entry.requirement_set.version for entry in entries if isinstance(entry, Header)] == ["1.0"]
    assert {each.requirement for entry in entries if isinstance(entry, Plan) for each in entry.tests} == {
        "MC-FLG-01",
        "MC-ADM-28",
    }
    checks = {entry.requirement: entry for entry in entries if isinstance(entry, Check)}
    assert {key: check.outcome for key, check in checks.items()} == {
        "MC-FLG-01": Outcome.PASSED,
        "MC-ADM-28": Outcome.PASSED,
    }
    assert {check.worker[:2] for check in checks.values()} == {"gw"}
    assert checks["MC-ADM-28"].evidence[0].value == {EMPTY_DIR: "disabled"}
    assert entries[-2] == Residue(())
    assert isinstance(entries[-1], Footer)
    assert verify(tmp_path / "out" / "one" / "conformance-report.json").problems == ()
    assert list(objects) == [CONFIG]
    assert (objects[CONFIG]["data"], objects[CONFIG]["metadata"]["annotations"]) == ({FIELD_REF: "disabled"}, {})
    assert sum(call.startswith("POST /api/v1/namespaces/apps/configmaps") for call in calls) == 1


def test_the_last_line_counts_the_tests_of_all_phases_and_those_whose_gates_could_not_be_set(tmp_path: Path) -> None:
    unable = "from kmc.fixtures.service.gate_changes import Gates\nfrom kmc.fixtures.errors import Untestable\n"
    unable += "switch = Gates.set\ndef refuse(self, wanted):\n if 'multi-container' in wanted: raise Untestable('no')\n"
    unable += " switch(self, wanted)\nGates.set = refuse\n"
    ids = "MC-FLG-01,MC-ADM-01,MC-ADM-28"
    with served(cluster()) as api:
        process = start(
            tmp_path, api.url, f"--requirement={ids}", "--allow-cluster-changes", "-n", "0", plugin=PREFLIGHT + unable
        )
        shown, _ = process.communicate(timeout=300)
    assert "phase 2 of 2: " in shown, shown
    assert f"--requirement {ids}" in shown.replace("\n", " ")
    last = shown.splitlines()[-1]
    assert re.search(r"^=+ 1 passed, \d+ deselected, 2 untestable in ", last), shown


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGHUP])
def test_a_run_that_is_told_to_end_leaves_nothing_and_reports(tmp_path: Path, number: signal.Signals) -> None:
    waiting = "import time, pathlib\ndef pytest_runtest_call():\n pathlib.Path('waits').touch()\n time.sleep(300)\n"
    with served(cluster()) as api:
        process = start(tmp_path, api.url, "--requirement=MC-FLG-01", "-n", "0", plugin=PREFLIGHT + waiting)
        end = time.monotonic() + 200
        while not (tmp_path / "waits").exists() and time.monotonic() < end:
            time.sleep(0.2)
        held = [path for path in api.objects if path != CONFIG]
        process.send_signal(number)
        shown, _ = process.communicate(timeout=200)
        left = [path for path in api.objects if path != CONFIG]
    assert (process.returncode, held, left) == (2, ["/api/v1/namespaces/apps/configmaps/kmc-one"], []), shown
    assert "interrupted: removing all that run one created" in shown
    footer = journal(tmp_path)[-1]
    assert isinstance(footer, Footer)
    assert footer.interrupted
    assert verify(tmp_path / "out" / "one" / "conformance-report.json").problems == ()


def test_a_run_that_is_interrupted_twice_still_cleans_up(tmp_path: Path) -> None:
    waiting = "import time, pathlib\ndef pytest_runtest_call():\n pathlib.Path('waits').touch()\n time.sleep(300)\n"
    with served(cluster()) as api:
        process = start(tmp_path, api.url, "--requirement=MC-FLG-01", "-n", "1", plugin=PREFLIGHT + waiting)
        end = time.monotonic() + 200
        while not (tmp_path / "waits").exists() and time.monotonic() < end:
            time.sleep(0.2)
        process.send_signal(signal.SIGINT)
        time.sleep(0.5)
        process.send_signal(signal.SIGINT)
        shown, _ = process.communicate(timeout=200)
        left = [path for path in api.objects if path != CONFIG]
    assert (process.returncode, left) == (2, []), shown
    assert "Aborted!" not in shown
    footer = journal(tmp_path)[-1]
    assert isinstance(footer, Footer)
    assert footer.interrupted
    assert re.search(r"^=+ .*1 not-run in ", shown, re.MULTILINE), shown


@pytest.mark.parametrize(("trouble", "workers"), [(FULL, 0), (FULL, 2), (GONE, 0), (GONE, 2)])
def test_a_run_whose_files_can_t_be_written_any_more_ends_and_leaves_nothing(
    tmp_path: Path, trouble: str, workers: int
) -> None:
    with served(cluster()) as api:
        process = start(
            tmp_path, api.url, "--requirement=MC-FLG-01,MC-ADM-01", "-n", str(workers), plugin=PREFLIGHT + trouble
        )
        shown, _ = process.communicate(timeout=200)
        left = [path for path in api.objects if path != CONFIG]
    assert (process.returncode, left) == (1, []), shown
    assert "the run ends here, since its files can't be written: " in shown
    assert "choose another folder with --reports DIR" in shown
    unclear = ("INTERNALERROR", "Traceback", "bug of the suite", "PluggyTeardownRaisedWarning")
    assert [word for word in unclear if word in shown] == [], shown
