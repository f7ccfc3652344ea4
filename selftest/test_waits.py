"""Waiting: until a fact holds, and while it keeps holding."""

import itertools

import pytest

from kmc.fixtures.errors import CannotRecover, ClaimFailed, NotObserved
from kmc.fixtures.waits import consistently, eventually


def test_returns_what_was_seen_when_it_holds() -> None:
    counter = itertools.count()
    assert eventually(lambda: next(counter), lambda seen: seen == 2, within=5, expect="two") == 2


def test_says_what_was_expected_and_what_was_seen_when_the_timeout_is_over() -> None:
    states = itertools.chain(["Unknown", "Unknown", "False"], itertools.repeat("False"))
    with pytest.raises(NotObserved) as failure:
        eventually(lambda: next(states), lambda seen: seen == "True", within=1, expect="Ready")
    message = str(failure.value)
    assert message.startswith("expected Ready within 1 s; seen last:")
    assert [line.split(": ")[1] for line in message.splitlines()[1:]] == ["Unknown", "False"]
    assert not failure.value.changing


def test_says_whether_the_state_still_changed_at_the_end() -> None:
    counter = itertools.count()
    with pytest.raises(NotObserved) as failure:
        eventually(lambda: next(counter), lambda _: False, within=1, expect="an end")
    assert failure.value.changing


def test_stops_at_once_where_the_state_cant_recover() -> None:
    looks: list[int] = []
    with pytest.raises(CannotRecover, match="expected Ready, which can't come any more: refused"):
        eventually(lambda: looks.append(1), lambda _: False, within=60, expect="Ready", fatal=lambda _: "refused")
    assert len(looks) == 1


def test_does_not_ask_for_the_fatal_reason_of_a_state_that_holds() -> None:
    assert eventually(lambda: "fine", lambda _: True, within=1, expect="fine", fatal=lambda _: "never") == "fine"


def test_does_not_catch_what_looking_raises() -> None:
    def look() -> None:
        raise KeyError("gone")

    with pytest.raises(KeyError):
        eventually(look, lambda _: True, within=1, expect="anything")


def test_holds_for_the_whole_window() -> None:
    looks: list[int] = []
    consistently(lambda: looks.append(1), lambda _: True, during=0.7, expect="it holds")
    assert len(looks) >= 3


def test_fails_when_a_fact_stops_holding_within_the_window() -> None:
    counter = itertools.count()
    with pytest.raises(ClaimFailed, match=r"expected for 5 s that it is small; seen:\n.*0\n.*1\n.*2"):
        consistently(lambda: next(counter), lambda seen: seen < 2, during=5, expect="it is small")
