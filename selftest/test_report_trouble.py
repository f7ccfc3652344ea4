"""`kmc report` with files that are none of its own, and where there is no room: a line says so, and no more happens."""

import os
import resource
import subprocess
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from click.testing import Result

from kmc.reports.build import build
from selftest.report_commands import kmc_report
from selftest.report_examples import Example, checks, write

OTHER_FILES: dict[str, bytes] = {
    "empty": b"",
    "binary": bytes(range(256)) * 40,
    "a journal": b'{"at":"2026-01-02T03:04:05.678Z","data":{}}\n',
    "other JSON": b'{"apiVersion": "v1", "kind": "Pod", "metadata": {"name": "a"}}',
    "a list": b"[1, 2]",
    "deep": b"[" * 100_000,
    "YAML": b"apiVersion: v1\nkind: Config\n",
    "HTML": b"<!DOCTYPE html>\n<title>Sign in</title>\n",
    "UTF-16": "{}".encode("utf-16"),
}


def verify(file: Path) -> Result:
    return kmc_report("verify", file)


def refusal(result: Result) -> str:
    """Return the one line that says what is wrong."""
    assert isinstance(result.exception, SystemExit), result.exception
    assert result.exit_code in (1, 2)
    assert "Traceback" not in result.output
    (line,) = [line for line in result.output.splitlines() if line.startswith("Error: ")]
    return line


@pytest.fixture
def good(tmp_path: Path) -> Path:
    """Return a report, which has a key beside it."""
    file = build(write(tmp_path / "run", Example(checks())))[1].report
    assert kmc_report("new-key", tmp_path / "run" / "key").exit_code == 0
    return file


@pytest.fixture
def commands(good: Path) -> dict[str, Callable[[Path], Result]]:
    """Return each command as something to do with a file."""
    key = good.with_name("key")
    return {
        "badge": lambda file: kmc_report("badge", file),
        "render": lambda file: kmc_report("render", file),
        "table": lambda file: kmc_report("table", good, file),
        "compare, before": lambda file: kmc_report("compare", file, good),
        "compare, after": lambda file: kmc_report("compare", good, file),
        "sign": lambda file: kmc_report("sign", file, "--key", key),
        "sign, the key": lambda file: kmc_report("sign", good, "--key", file),
    }


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    folder = tmp_path / "other"
    folder.mkdir()
    return folder


@contextmanager
def room_for(size: int) -> Iterator[None]:
    """Let no file grow beyond a size, as on a disk that is full."""
    soft, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (size, hard))
    try:
        yield
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, (soft, hard))


@pytest.mark.parametrize("name", OTHER_FILES)
def test_another_file_is_refused_by_every_command(
    commands: dict[str, Callable[[Path], Result]], folder: Path, name: str
) -> None:
    (folder / "file").write_bytes(OTHER_FILES[name])
    for run in commands.values():
        assert f"{folder / 'file'}" in refusal(run(folder / "file"))
    assert [each.name for each in folder.iterdir()] == ["file"]


@pytest.mark.parametrize("name", OTHER_FILES)
def test_another_file_does_not_verify(folder: Path, name: str) -> None:
    (folder / "file").write_bytes(OTHER_FILES[name])
    result = kmc_report("verify", folder / "file")
    assert (result.exit_code, type(result.exception)) == (1, SystemExit)
    assert all(line.startswith(f"{folder / 'file'}: schema: ") for line in result.output.splitlines())


@pytest.mark.parametrize("name", OTHER_FILES)
def test_another_key_or_signature_is_no_crash(good: Path, folder: Path, name: str) -> None:
    (folder / "file").write_bytes(OTHER_FILES[name])
    good.with_name(f"{good.name}.dsse.json").write_bytes(OTHER_FILES[name])
    for key in (folder / "file", good.with_name("key.pub")):
        result = kmc_report("verify", good, "--key", key)
        assert (result.exit_code, type(result.exception)) == (1, SystemExit)
        assert f"{good}: signature: " in result.output


@pytest.mark.parametrize("name", OTHER_FILES)
def test_another_journal_is_refused(folder: Path, name: str) -> None:
    (folder / "journal.jsonl").write_bytes(OTHER_FILES[name])
    assert f"{folder / 'journal.jsonl'}:" in refusal(kmc_report("build", folder))
    assert [each.name for each in folder.iterdir()] == ["journal.jsonl"]


def test_what_is_no_file_is_refused_by_every_command(
    commands: dict[str, Callable[[Path], Result]], folder: Path
) -> None:
    for run in [*commands.values(), verify]:
        assert "does not exist" in refusal(run(folder / "none"))
        what = "has no conformance-report.json" if run is verify else "is a directory"
        assert what in refusal(run(folder))
        assert "/proc/self/mem: can't be read: Input/output error" in refusal(run(Path("/proc/self/mem")))
    for place in (folder, folder / "none"):
        assert str(place) in refusal(kmc_report("build", place))
    (folder / "journal.jsonl").mkdir()
    assert "can't be read: Is a directory" in refusal(kmc_report("build", folder))


def test_a_folder_in_place_of_the_signature_is_said(good: Path) -> None:
    good.with_name(f"{good.name}.dsse.json").mkdir()
    assert "can't be read: Is a directory" in refusal(kmc_report("verify", good, "--key", good.with_name("key.pub")))
    assert "can't be written: Is a directory" in refusal(kmc_report("sign", good, "--key", good.with_name("key")))


@pytest.mark.parametrize(
    "arguments",
    [
        ["build", "{run}"],
        ["sign", "{run}/conformance-report.json", "--key", "{run}/key"],
        ["new-key", "{run}/another"],
        ["render", "{run}/conformance-report.json", "--output", "{run}/certificate.html"],
        ["badge", "{run}/conformance-report.json", "--output", "{run}/badge.json"],
        ["table", "{run}/conformance-report.json", "--format", "html", "--output", "{run}/table.html"],
        ["schema", "--output", "{run}/schema.json"],
    ],
)
def test_a_full_disk_leaves_everything_as_it_was(good: Path, arguments: list[str]) -> None:
    before = {each: each.read_bytes() for each in good.parent.rglob("*") if each.is_file()}
    words = [word.format(run=good.parent) for word in arguments]
    with room_for(50):
        assert "can't be written: File too large" in refusal(kmc_report(*words))
    assert {each: each.read_bytes() for each in good.parent.rglob("*") if each.is_file()} == before
    assert kmc_report(*words).exit_code == 0


def test_a_file_that_had_no_room_is_whole_or_as_it_was(good: Path) -> None:
    page = good.with_name("certificate.html")
    page.write_text("an old one")
    with room_for(good.stat().st_size + 1):
        assert f"{page}: can't be written" in refusal(kmc_report("build", good.parent))
    assert page.read_text() == "an old one"
    assert kmc_report("verify", good).exit_code == 0


def test_a_folder_that_can_not_be_made_is_said(good: Path) -> None:
    (good.parent / "allure-results").rename(good.parent / "other")
    (good.parent / "allure-results").write_text("a file")
    assert "allure-results: can't be written: File exists" in refusal(kmc_report("build", good.parent))


def test_foreign_files_among_allures_results_are_left_alone(good: Path) -> None:
    for name, content in OTHER_FILES.items():
        (good.parent / "allure-results" / f"{name}-result.json").write_bytes(content)
    (good.parent / "allure-results" / "folder-result.json").mkdir()
    assert kmc_report("build", good.parent).exit_code == 0


def test_a_pipe_is_written_to_and_not_replaced(good: Path, folder: Path) -> None:
    os.mkfifo(folder / "pipe")
    reader = os.open(folder / "pipe", os.O_RDONLY | os.O_NONBLOCK)
    assert kmc_report("badge", good, "-o", folder / "pipe").exit_code == 0
    assert os.read(reader, 4096).decode() == kmc_report("badge", good).output
    assert (folder / "pipe").is_fifo()
    os.close(reader)


def test_no_key_is_made_where_its_other_half_can_not_be(folder: Path) -> None:
    (folder / "key.pub").write_text("another's")
    assert f"{folder / 'key.pub'}: can't be written: File exists" in refusal(kmc_report("new-key", folder / "key"))
    assert [each.name for each in folder.iterdir()] == ["key.pub"]


@pytest.mark.parametrize("arguments", [["render", "{}"], ["compare", "{}", "{}"], ["verify", "{}"], ["schema"]])
def test_a_full_standard_output_is_said_in_a_line(good: Path, arguments: list[str]) -> None:
    words = [word.format(good) for word in arguments]
    with Path("/dev/full").open("w") as full:
        done = subprocess.run(
            [sys.executable, "-m", "kmc", "report", *words],
            stdout=full, stderr=subprocess.PIPE, text=True, check=False,
        )  # fmt: skip
    assert done.returncode == 1
    assert done.stderr.endswith("Error: standard output: No space left on device\n")
    assert "Exception" not in done.stderr
