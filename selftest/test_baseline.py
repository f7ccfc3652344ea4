from datetime import date
from pathlib import Path

import pytest

from kmc.fixtures.errors import BadOption
from kmc.fixtures.requirements import load
from kmc.fixtures.run.baseline import Comparison, Expected, compare, lines, read
from kmc.reports.records import Check, Outcome, Planned

TODAY = date(2026, 6, 1)
ENTRY = {
    "requirement": "MC-RTE-02",
    "reason": "the router takes the first port",
    "link": "https://tracker.example/1",
    "expires": "2026-06-01",
}
LISTED = (Expected("MC-RTE-02", "why", "https://tracker.example/1", TODAY),)


def written(folder: Path, *entries: dict[str, str]) -> Path:
    file = folder / "baseline.yaml"
    rows = ["\n    ".join(f"{name}: {value}" for name, value in entry.items()) for entry in entries]
    file.write_text("failures:\n" + "".join(f"  - {row}\n" for row in rows))
    return file


def check(requirement: str, outcome: Outcome) -> Check:
    return Check(requirement, "test", outcome, "2026-01-02T03:04:05.678Z", 1.0)


def test_an_entry_is_read_and_counts_on_its_last_day(tmp_path: Path) -> None:
    (entry,) = read(written(tmp_path, ENTRY), load(), TODAY)
    assert (entry.requirement, entry.expires) == ("MC-RTE-02", TODAY)


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"requirement": "MC-XXX-01"}, "MC-XXX-01: there is no such requirement"),
        ({"expires": "2026-05-31"}, "MC-RTE-02: expired on 2026-05-31"),
        ({"expires": "soon"}, "expires 'soon' is not a date"),
        ({"reason": ""}, "MC-RTE-02: reason missing"),
        ({"until": "x"}, "there is no field until"),
    ],
)
def test_a_wrong_entry_is_refused(tmp_path: Path, changes: dict[str, str], message: str) -> None:
    with pytest.raises(BadOption, match=message):
        read(written(tmp_path, {**ENTRY, **changes}), load(), TODAY)


def test_an_entry_may_stand_there_once(tmp_path: Path) -> None:
    with pytest.raises(BadOption, match="MC-RTE-02: listed twice"):
        read(written(tmp_path, ENTRY, ENTRY), load(), TODAY)


@pytest.mark.parametrize(
    "text", ["", "[]", "text", "failures: [1]", "failures: [text]", "failures: 1", "other: []", ": :"]
)
def test_what_is_no_baseline_is_refused(tmp_path: Path, text: str) -> None:
    (tmp_path / "b.yaml").write_text(text)
    with pytest.raises(BadOption, match="Expected a list `failures`"):
        read(tmp_path / "b.yaml", load(), TODAY)


@pytest.mark.parametrize(
    ("outcomes", "comparison"),
    [
        ([("MC-RTE-02", Outcome.FAILED), ("MC-ADM-02", Outcome.PASSED)], Comparison(("MC-RTE-02",), (), ())),
        (
            [("MC-RTE-02", Outcome.FAILED), ("MC-ADM-02", Outcome.FAILED)],
            Comparison(("MC-RTE-02",), ("MC-ADM-02",), ()),
        ),
        ([("MC-RTE-02", Outcome.FAILED), ("MC-RTE-02", Outcome.PASSED)], Comparison(("MC-RTE-02",), (), ())),
        ([("MC-RTE-02", Outcome.ERROR)], Comparison((), ("MC-RTE-02",), ())),
        ([("MC-RTE-02", Outcome.FAILED), ("MC-RTE-02", Outcome.ERROR)], Comparison((), ("MC-RTE-02",), ())),
        ([("MC-RTE-02", Outcome.UNTESTABLE)], Comparison((), ("MC-RTE-02",), ())),
        ([("MC-RTE-02", Outcome.PASSED)], Comparison((), (), ("MC-RTE-02",))),
        ([("MC-RTE-02", Outcome.INAPPLICABLE)], Comparison((), (), ())),
        ([], Comparison((), (), ())),
    ],
)
def test_a_baseline_excuses_listed_failures_and_nothing_else(
    outcomes: list[tuple[str, Outcome]], comparison: Comparison
) -> None:
    found = compare(LISTED, [], [check(*each) for each in outcomes])
    assert found == comparison
    assert found.excuses == (not comparison.unexpected and not comparison.stale)


def test_a_test_that_never_ran_is_not_excused() -> None:
    planned = [Planned("MC-RTE-02", "test"), Planned("MC-RTE-02", "lost")]
    found = compare(LISTED, planned, [check("MC-RTE-02", Outcome.FAILED)])
    assert found == Comparison((), ("MC-RTE-02",), ())


@pytest.mark.parametrize(
    ("comparison", "pytests", "expected"),
    [
        (Comparison(("a",), (), ()), 1, 0),
        (Comparison((), (), ()), 0, 0),
        (Comparison((), (), ()), 1, 1),
        (Comparison(("a",), ("b",), ()), 1, 1),
        (Comparison((), (), ("a",)), 0, 1),
    ],
)
def test_the_exit_code_is_0_for_listed_failures_only(comparison: Comparison, pytests: int, expected: int) -> None:
    assert comparison.exit_code(pytests) == expected


def test_each_finding_is_said_in_a_line() -> None:
    shown = lines(Comparison(("MC-RTE-02",), ("MC-ADM-02",), ("MC-LOC-01",)), LISTED)
    assert shown == [
        "expected   MC-RTE-02: why (https://tracker.example/1, until 2026-06-01)",
        "unexpected MC-ADM-02",
        "stale      MC-LOC-01 does not fail now: remove its entry",
        "unexpected failures or stale entries: exit code 1",
    ]
