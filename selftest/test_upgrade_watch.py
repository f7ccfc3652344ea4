"""The light load while Knative is upgraded: which times without an answer it tells."""

from collections.abc import Iterator

import pytest

from kmc.fixtures.errors import NoAnswer, Unreachable
from kmc.fixtures.run.watch import Load
from kmc.fixtures.service.left import Role
from kmc.fixtures.service.watched import Gap, Record


def gaps(*answers: str | Exception | None, tunnel: bool = False) -> list[Record]:
    """Have a Service answer so, None for a good answer, and return what was written down."""
    written: list[Record] = []
    coming: Iterator[str | Exception | None] = iter(answers)

    def ask() -> str | None:
        answer = next(coming)
        if isinstance(answer, Exception):
            raise answer
        return answer

    load = Load(Role.FULL, ask, written.append, tunnel)
    for _ in answers:
        load.once()
    load.close()
    assert load.asked == len(answers)
    return written


def test_good_answers_are_not_told() -> None:
    assert gaps(None, None, None) == []


def test_each_time_without_an_answer_is_told_once_with_its_last_failure() -> None:
    found = gaps(None, "503 'busy'", NoAnswer("cut off\nmore"), None, None, "200 'wrong'", None)
    assert [(each.unanswered, each.last) for each in found if isinstance(each, Gap)] == [
        (2, "NoAnswer: cut off"),
        (1, "200 'wrong'"),
    ]


def test_one_that_lasts_to_the_end_is_told() -> None:
    assert [each.unanswered for each in gaps(None, "503 ''", "503 ''") if isinstance(each, Gap)] == [2]


@pytest.mark.parametrize(
    ("failures", "tunnel", "unreached"),
    [
        ([Unreachable("no")], True, True),
        ([Unreachable("no")], False, False),
        ([Unreachable("no"), "503 ''"], True, False),
        ([Unreachable("no"), NoAnswer("cut")], True, False),
    ],
)
def test_only_a_tunnel_that_broke_excuses_a_gap(
    failures: list[str | Exception], *, tunnel: bool, unreached: bool
) -> None:
    first, last = gaps(None, *failures, None, "503 ''", tunnel=tunnel)
    assert isinstance(first, Gap)
    assert isinstance(last, Gap)
    assert (first.unreached, last.unreached) == (unreached, False)  # each is judged by itself
