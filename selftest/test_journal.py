import hashlib
import multiprocessing
import os
import signal
from dataclasses import replace
from pathlib import Path

import pytest

from kmc.reports.journal import TEXT_LIMIT, Journal, JournalError, read
from kmc.reports.records import (
    Check,
    Evidence,
    Footer,
    Gate,
    Header,
    Image,
    Ingress,
    Level,
    Node,
    Outcome,
    Plan,
    Planned,
    Profile,
    Requirement,
    Residue,
    Suite,
    TargetFacts,
    Torn,
    now,
)
from kmc.reports.requirement_set import requirement_set

ROUTING = Requirement("MC-RTE-02", "port routing", Profile.CORE, Level.MUST, "doc", "It answers.", "RH:76", "", {})
HEADER = Header(
    run="run-1",
    start="2026-01-02T03:04:05.678Z",
    suite=Suite("0.1.0", ""),
    requirement_set=requirement_set("knative", "1.15", [ROUTING]),
    requirements=(ROUTING,),
    options={"kubeconfig": None},
    timeouts={"ready": 60.0},
)
CHECK = Check("MC-RTE-02", "test_routing.py::test_it", Outcome.PASSED, "2026-01-02T03:04:06.000Z", 1.5)


@pytest.fixture
def journal(tmp_path: Path) -> Journal:
    journal = Journal(tmp_path / "run" / "journal.jsonl")
    journal.header(HEADER)
    return journal


def write_many(path: Path, worker: int) -> None:
    for number in range(200):
        Journal(path).image(Image(f"{worker} {number}", "x" * (number * 37 % 9000 + 1), ""))


def write_until_killed(path: Path) -> None:
    while True:
        Journal(path).image(Image("load", "x" * 50_000, ""))


def test_every_record_is_read_back_as_it_was_written(journal: Journal) -> None:
    target = TargetFacts(
        "1.37.2",
        "1.15.2",
        "label",
        "kmc",
        Ingress("embedded", "127.0.0.1:80"),
        (Node("n", "amd64", "linux", "containerd", "v1.37.2"),),
        {"multi-container": Gate(None, effective=True, how="dry run")},
    )
    entries = [
        Plan((Planned("MC-RTE-02", "t"),)),
        target,
        Image("sidecar", "r/s", "sha256:0"),
        CHECK,
        Residue(("Pod/kmc/a",)),
        Footer("2026-01-02T03:05:00.000Z", 0),
    ]
    for word, entry in zip(("plan", "target", "image", "check", "residue", "footer"), entries, strict=True):
        getattr(journal, word)(entry)
    assert [record.entry for record in read(journal.path)] == [HEADER, *entries]
    assert {record.pid for record in read(journal.path)} == {os.getpid()}


def test_eight_processes_do_not_mix_their_records(journal: Journal) -> None:
    context = multiprocessing.get_context("spawn")
    writers = [context.Process(target=write_many, args=(journal.path, worker)) for worker in range(8)]
    for writer in writers:
        writer.start()
    for writer in writers:
        writer.join()
    images = [record.entry for record in read(journal.path) if isinstance(record.entry, Image)]
    assert len(images) == len(set(images)) == 8 * 200


def test_a_killed_writer_leaves_a_readable_journal(journal: Journal) -> None:
    writer = multiprocessing.get_context("spawn").Process(target=write_until_killed, args=(journal.path,))
    writer.start()
    while len(read(journal.path)) < 20:
        assert writer.is_alive()
    assert writer.pid is not None
    os.kill(writer.pid, signal.SIGKILL)
    writer.join()
    journal.check(CHECK)
    assert read(journal.path)[-1].entry == CHECK


def test_a_torn_last_line_is_reported_and_closed_by_the_next_writer(journal: Journal) -> None:
    journal.check(CHECK)
    journal.path.write_bytes(journal.path.read_bytes()[:-40])
    assert [type(record.entry) for record in read(journal.path)] == [Header, Torn]
    journal.check(CHECK)
    assert [type(record.entry) for record in read(journal.path)] == [Header, Torn, Check]


@pytest.mark.parametrize("line", [0, 1, 2])
def test_every_changed_byte_is_found(journal: Journal, line: int) -> None:
    journal.check(CHECK)
    journal.check(CHECK)
    content = journal.path.read_bytes()
    lines = content.split(b"\n")
    start = sum(len(each) + 1 for each in lines[:line])
    for at in range(start, start + len(lines[line])):
        journal.path.write_bytes(content[:at] + bytes([content[at] ^ 1]) + content[at + 1 :])
        with pytest.raises(JournalError):
            read(journal.path)


def test_another_spelling_of_the_last_line_is_found(journal: Journal) -> None:
    journal.path.write_bytes(journal.path.read_bytes().replace(b'":', b'": ', 1))
    with pytest.raises(JournalError, match=":1: its sha256 does not match: it was changed"):
        read(journal.path)


@pytest.mark.parametrize(
    ("old", "new"), [(b"}\n", b"\n"), (b'"}\n', b'"\n'), (b"}\n", b"}\n\n"), (b"\n", b""), (b'{"at"', b'"at"')]
)
def test_a_line_that_was_cut_later_is_told_from_a_torn_one(journal: Journal, old: bytes, new: bytes) -> None:
    journal.check(CHECK)
    journal.path.write_bytes(journal.path.read_bytes().replace(old, new, 1))
    with pytest.raises(JournalError, match=r":[123]: "):
        read(journal.path)


def test_a_torn_line_that_grew_is_found(journal: Journal) -> None:
    with journal.path.open("ab") as file:
        file.write(b'{"at":"2026')
    journal.check(CHECK)
    journal.path.write_bytes(journal.path.read_bytes().replace(b'"2026\n', b'"20260\n'))
    with pytest.raises(JournalError, match=":3: does not follow the line before it"):
        read(journal.path)


def test_a_line_of_a_newer_version_is_refused(journal: Journal) -> None:
    line = journal.path.read_bytes().replace(b'"format":2', b'"format":3')
    own = hashlib.sha256(line[:-67] + b'"}').hexdigest().encode()
    journal.path.write_bytes(line[:-67] + own + b'"}\n')
    with pytest.raises(JournalError, match=r"\$.format: input should be 1 or 2, found 3"):
        read(journal.path)


def test_a_journal_begins_with_its_header(journal: Journal) -> None:
    journal.check(CHECK)
    header, check = journal.path.read_bytes().splitlines(keepends=True)
    for content in (check, check + header):
        journal.path.write_bytes(content)
        with pytest.raises(JournalError, match="does not begin with a header"):
            read(journal.path)


def test_a_full_disk_is_said_with_the_path() -> None:
    with pytest.raises(JournalError, match=r"^/dev/full: can't be written: No space left on device"):
        Journal(Path("/dev/full")).check(CHECK)


def test_overlong_text_is_cut_and_says_so(journal: Journal) -> None:
    long = "x" * (TEXT_LIMIT + 7)
    journal.check(
        Check(
            "MC-RTE-02",
            "t",
            Outcome.FAILED,
            now(),
            0.0,
            cause="two\n lines",
            detail=long,
            evidence=(Evidence("body", long), Evidence("status", 503)),
        )
    )
    check = read(journal.path)[-1].entry
    assert isinstance(check, Check)
    assert check.cause == "two lines"
    assert check.detail.endswith("… (7 more characters)")
    assert str(check.evidence[0].value).endswith("more characters)")
    assert check.evidence[1].value == 503


def test_text_that_no_file_can_hold_is_replaced(journal: Journal) -> None:
    seen = Evidence("output", {"te\udcffxt": ["a\udcff", "é"]})
    journal.check(replace(CHECK, evidence=(seen,)))
    assert read(journal.path)[-1].entry == replace(CHECK, evidence=(Evidence("output", {"te?xt": ["a?", "é"]}),))


def test_a_second_header_is_refused(journal: Journal) -> None:
    with pytest.raises(JournalError, match="use another run id"):
        journal.header(HEADER)


def test_a_record_before_the_header_is_refused(tmp_path: Path) -> None:
    with pytest.raises(JournalError, match="the header is written first"):
        Journal(tmp_path / "journal.jsonl").check(CHECK)


@pytest.mark.parametrize(
    ("content", "message"),
    [
        (b"", "does not begin with a header"),
        (b"{}\n", ":1: is not a line of a journal"),
        (b"[1]\n", ":1: is not a line of a journal"),
        (b"<html>\n", "the last line is complete"),
    ],
)
def test_other_files_are_refused(tmp_path: Path, content: bytes, message: str) -> None:
    (tmp_path / "file").write_bytes(content)
    with pytest.raises(JournalError, match=message):
        read(tmp_path / "file")


def test_an_absent_file_is_refused(tmp_path: Path) -> None:
    with pytest.raises(JournalError, match="can't be read: No such file"):
        read(tmp_path / "file")
