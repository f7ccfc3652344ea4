"""What the two containers of a Job's pod do, in processes of this machine."""

import base64
import io
import os
import signal
import subprocess
import sys
import tarfile
import time
from pathlib import Path

import pytest
import yaml

from kmc import SUITE as SUITE_FOLDER
from kmc.commands.job import in_pod

JUDGE = """
import sys
from pathlib import Path
from kmc.commands.job import in_pod
in_pod.FOLDER = Path(sys.argv[1])
in_pod.sys.executable = sys.argv[2]
in_pod.judge(["--profile", "core"])
"""
SUITE = '#!/bin/sh\necho "$@" > words\nmkdir -p run && echo begun > run/journal.jsonl\nexec sleep 60\n'


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    place = tmp_path / "reports"
    place.mkdir()
    monkeypatch.setattr(in_pod, "FOLDER", place)
    return place


def wait_for(file: Path) -> None:
    deadline = time.monotonic() + 30
    while not file.exists():
        assert time.monotonic() < deadline
        time.sleep(0.02)


def delivered() -> str:
    to = io.StringIO()
    in_pod.deliver(to)
    return to.getvalue()


def archive(**files: bytes) -> str:
    buffer = io.BytesIO()
    with tarfile.open(fileobj=buffer, mode="w:gz") as tar:
        for name, content in files.items():
            entry = tarfile.TarInfo(name.replace("__", "../"))
            entry.size = len(content)
            tar.addfile(entry, io.BytesIO(content))
    return base64.b64encode(buffer.getvalue()).decode()


def test_the_end_of_the_suite_is_seen_also_where_it_is_killed(tmp_path: Path, folder: Path) -> None:
    suite = tmp_path / "suite"
    suite.write_text(SUITE)
    suite.chmod(0o755)
    process = subprocess.Popen([sys.executable, "-c", JUDGE, str(folder), str(suite)], cwd=folder)
    waiter = None
    try:
        wait_for(folder / "run" / "journal.jsonl")
        waiter = os.fork()
        if waiter == 0:
            in_pod.wait_judged()
            os._exit(0)
        time.sleep(0.3)
        assert os.waitpid(waiter, os.WNOHANG) == (0, 0)
    finally:
        process.send_signal(signal.SIGKILL)
        process.wait()
    assert os.waitpid(waiter, 0)[1] == 0
    assert (folder / "words").read_text().split() == ["-m", "kmc", "run", "--reports", str(folder), "--profile", "core"]


def test_what_was_handed_out_is_the_same_on_this_machine(tmp_path: Path, folder: Path) -> None:
    (folder / "run" / "diagnostics").mkdir(parents=True)
    (folder / "run" / "journal.jsonl").write_bytes(bytes(range(256)) * 1000)
    (folder / "run" / "diagnostics" / "log.txt").write_text("ä\n")
    (folder / in_pod.LOCK).touch()
    text = delivered()
    assert max(map(len, text.splitlines())) < 16 << 10
    files = in_pod.unpack(text, tmp_path / "out")
    assert {str(file.relative_to(tmp_path / "out")) for file in files} == {
        "run/journal.jsonl", "run/diagnostics/log.txt",
    }  # fmt: skip
    assert (tmp_path / "out/run/journal.jsonl").read_bytes() == (folder / "run/journal.jsonl").read_bytes()


def test_too_much_for_a_log_goes_without_what_is_wanted_less(
    tmp_path: Path, folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(in_pod, "_MOST", 3000)
    for name, size in (("journal.jsonl", 1000), ("allure-results/1.json", 5000), ("diagnostics/a", 1000)):
        file = folder / "run" / name
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_bytes(os.urandom(size))
    in_pod.unpack(delivered(), tmp_path)
    assert (tmp_path / "run/journal.jsonl").exists()
    assert (tmp_path / "run/diagnostics/a").exists()
    assert not (tmp_path / "run/allure-results").exists()
    assert (tmp_path / "allure-results-left-out").exists()


@pytest.mark.parametrize("spoil", [lambda text: text[: len(text) // 2], lambda _: "an error of Python\n"])
def test_a_log_that_is_not_whole_is_refused(tmp_path: Path, folder: Path, spoil: object) -> None:
    (folder / "a").write_bytes(os.urandom(100_000))
    with pytest.raises(ValueError, match="not a whole archive"):
        in_pod.unpack(spoil(delivered()), tmp_path / "out")  # type: ignore[operator]


@pytest.mark.parametrize("name", ["__evil", "/evil"])
def test_no_file_is_written_outside_of_the_folder(tmp_path: Path, name: str) -> None:
    with pytest.raises(ValueError, match="out of the folder"):
        in_pod.unpack(archive(**{name: b"x"}), tmp_path / "out")
    assert not (tmp_path / "evil").exists()


PLUGIN = """
import sys
from pathlib import Path
from kmc.commands.job import in_pod
in_pod.sys.executable = sys.argv[1]
sys.exit(in_pod.plugin(["--profile", "core"], Path(sys.argv[2])))
"""
JUDGED = """#!/bin/sh
test -e "$5/../done" && exit 9
mkdir -p "$5/abc" && echo '<testsuites/>' > "$5/abc/junit.xml" && echo "$@" > "$5/abc/words"
exit 1
"""


@pytest.mark.parametrize(("text", "code", "names"), [
    (JUDGED, 1, {"abc", "abc/junit.xml", "abc/words"}), ("#!/bin/sh\nexit 10\n", 10, set()),
])  # fmt: skip
def test_a_plugin_of_sonobuoy_says_done_when_all_is_there(
    tmp_path: Path, text: str, code: int, names: set[str]
) -> None:
    suite = tmp_path / "suite"
    suite.write_text(text)
    suite.chmod(0o755)
    done = subprocess.run([sys.executable, "-c", PLUGIN, str(suite), str(tmp_path / "results")], check=False)
    assert done.returncode == code
    archive = Path((tmp_path / "results" / "done").read_text())
    with tarfile.open(archive) as tar:
        assert set(tar.getnames()) == names


def test_sonobuoy_is_told_what_its_plugins_tell() -> None:
    """The fields and their values that its documentation of plugins has."""
    definition = yaml.safe_load((SUITE_FOLDER / "clusters" / "sonobuoy.yaml").read_text())
    assert definition["sonobuoy-config"].items() >= {
        "driver": "Job", "plugin-name": "kmc", "result-format": "junit",
    }.items()  # fmt: skip
    assert definition["podSpec"]["serviceAccountName"] == "sonobuoy-serviceaccount"
    assert definition["podSpec"]["containers"] == []
    container = definition["spec"]
    assert container["name"] == "plugin"
    assert container["args"][:3] == ["job", "plugin", "--"]
    assert {"name": "results", "mountPath": "/tmp/sonobuoy/results"} in container["volumeMounts"]
