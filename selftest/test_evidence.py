"""What a test has seen is in its report, and in no other's."""

from concurrent.futures import Future
from threading import Event

import pytest

from kmc.fixtures.evidence import gathered
from kmc.fixtures.evidence.gathered import Gathered, saw
from kmc.fixtures.evidence.threads import Workers, in_background
from kmc.fixtures.evidence.transcript import Exchange
from kmc.reports.records import Evidence


def exchange(number: int, body: str = "secret\n") -> Exchange:
    return Exchange("now", "GET", f"http://a.example/{number}", "192.0.2.1:80", {}, status=200, body=body)


def hide(text: str) -> str:
    return text.replace("secret", "[redacted]")


def names(test: Gathered) -> list[str]:
    return [each.name for each in test.evidence(hide)]


def test_what_was_seen_is_told_with_the_last_requests_and_without_secrets() -> None:
    test = gathered.begin()
    saw("a secret", {"list": ["secret", 1, None]})
    for number in range(5):
        gathered.asked(exchange(number))
    found = test.evidence(hide)
    assert found[0] == Evidence("a [redacted]", {"list": ["[redacted]", 1, None]})
    assert [each.value["asked"] for each in found[1:]] == [f"GET http://a.example/{number}" for number in (2, 3, 4)]  # type: ignore[index]
    assert found[1].value["body"] == "[redacted]"  # type: ignore[index]


def test_a_request_without_an_answer_tells_its_error() -> None:
    test = gathered.begin()
    gathered.asked(Exchange("now", "GET", "http://a.example/", "192.0.2.1:80", {}, error="ReadTimeout"))
    (found,) = test.evidence(hide)
    assert found.value == {"asked": "GET http://a.example/", "dialled": "192.0.2.1:80", "error": "ReadTimeout"}


def test_evidence_is_bounded_and_ends_with_its_test() -> None:
    test = gathered.begin()
    for number in range(gathered.MOST + 1):
        saw("x", number)
    saw("long", "y" * 10_000)
    found = test.evidence(hide)
    assert len(found) == gathered.MOST
    assert found[-1].value == "y" * gathered.CHARACTERS
    assert gathered.begin().evidence(hide) == ()


def outliving(name: str) -> tuple[Event, Future[None]]:
    """Begin work that sees something, and asks, only once it is released."""
    released = Event()

    def work() -> None:
        assert released.wait(10)
        saw(name, 1)
        gathered.asked(exchange(7))

    return released, in_background(work)


def test_a_thread_that_outlives_its_test_gathers_for_that_test() -> None:
    first = gathered.begin()
    released, task = outliving("late")
    second = gathered.begin()
    released.set()
    assert task.exception(10) is None
    saw("own", 1)
    assert (names(first), names(second)) == (["late", "request"], ["own"])


def test_a_later_test_that_asks_for_the_result_has_what_led_to_it() -> None:
    first = gathered.begin()
    released, task = outliving("late")
    second = gathered.begin()
    released.set()
    task.result(10)
    task.result(10)
    assert names(first) == names(second) == ["late", "request"]


def test_the_first_test_has_what_led_to_a_result_once() -> None:
    test = gathered.begin()
    released, task = outliving("late")
    released.set()
    task.result(10)
    assert names(test) == ["late", "request"]


def test_what_went_wrong_in_the_background_is_raised_where_the_result_is_asked_for() -> None:
    def work() -> None:
        saw("why", 1)
        raise LookupError("gone")

    task = in_background(work)
    test = gathered.begin()
    with pytest.raises(LookupError, match="gone"):
        task.result(10)
    assert names(test) == ["why"]


def test_a_pool_works_for_the_test_that_hands_it_work() -> None:
    first = gathered.begin()
    with Workers(1) as pool:
        pool.submit(saw, "of the first", 1).result(10)
        second = gathered.begin()
        list(pool.map(saw, ["of the second"], [1]))
    assert (names(first), names(second)) == (["of the first"], ["of the second"])
