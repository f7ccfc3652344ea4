"""What `python -m selftest.speed` reads off the cluster and the reports."""

from collections.abc import Sequence
from pathlib import Path

import pytest
from click.testing import CliRunner

from kmc.fixtures.run.options import run_id
from kmc.reports.model import Report
from kmc.reports.records import Outcome
from selftest import speed
from selftest.report_examples import Example, check, checks, report
from selftest.speed import Measured, answered_calls, at_least, differences, seconds_of_testing, used_memory

METRICS = """# TYPE apiserver_request_total counter
apiserver_request_total{code="200",verb="GET"} 12
apiserver_request_total{code="0",verb="WATCH"} 3
apiserver_request_terminations_total{code="200"} 5
"""


def test_calls_are_counted_whatever_became_of_them() -> None:
    assert answered_calls(METRICS) == 15


def test_memory_that_can_be_had_is_not_in_use() -> None:
    assert used_memory("MemTotal:  3072 kB\nMemFree:  10 kB\nMemAvailable:  1024 kB\n") == 2


def test_an_outcome_that_is_not_the_first_runs_is_named() -> None:
    before = {"MC-RTE-02": Outcome.PASSED, "MC-ADM-02": Outcome.PASSED}
    now = {"MC-RTE-02": Outcome.FAILED, "MC-ADM-02": Outcome.PASSED, "MC-LOC-01": Outcome.PASSED}
    assert list(differences(before, now)) == ["MC-RTE-02: failed, where it was passed"]
    assert list(differences({}, now)) == []


def test_testing_lasts_from_the_first_test_to_the_last(tmp_path: Path) -> None:
    made = report(tmp_path, Example(checks()))
    longest = max(test.duration for each in made.requirements for test in each.tests)
    assert seconds_of_testing(made) >= longest > 0


def test_more_workers_need_less_time_but_no_less_than_the_longest_test(tmp_path: Path) -> None:
    made = report(tmp_path, Example(checks()))
    alone, crowd = (at_least(made, workers) for workers in (1, 1000))
    assert alone > crowd == at_least(made, 999) > 1


def test_tests_of_a_file_may_wait_for_the_same(tmp_path: Path) -> None:
    def seconds(*requirements: str) -> float:
        made = tuple(check(each, Outcome.PASSED) for each in requirements)
        return at_least(report(tmp_path / "-".join(requirements), Example(made)), 1)

    alone = seconds("MC-ADM-01")
    assert seconds("MC-ADM-01", "MC-ADM-02") == alone > 0
    assert seconds("MC-ADM-01", "MC-RTE-02") == alone + seconds("MC-RTE-02")


def test_each_run_has_a_name_that_a_run_may_have(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    made, runs = report(tmp_path, Example(checks())), []

    def measure(workers: int, words: Sequence[str], file: Path) -> tuple[Measured, Report]:
        runs.append(words[words.index("--run-id") + 1])
        assert file.parent.name == runs[-1]
        return Measured(workers, 0, 0, 0, 0, 0, 0), made

    monkeypatch.setattr(speed, "_measure", measure)
    assert CliRunner().invoke(speed.main, ["--times", "2"]).exit_code == 0
    assert [run_id(each) for each in runs] == runs
    assert len(set(runs)) == len(runs) == 2
