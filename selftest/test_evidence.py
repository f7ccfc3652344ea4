from kmc.fixtures.evidence import collected
from kmc.fixtures.evidence.transcript import Exchange
from kmc.reports.records import Evidence


def exchange(number: int) -> Exchange:
    return Exchange("now", "GET", f"http://a.example/{number}", "192.0.2.1:80", {}, status=200, body="secret\n")


def hide(text: str) -> str:
    return text.replace("secret", "[redacted]")


def test_what_was_seen_is_told_with_the_last_requests_and_without_secrets() -> None:
    collected.begin()
    collected.saw("a secret", {"list": ["secret", 1, None]})
    found = collected.collected([exchange(number) for number in range(5)], hide)
    assert found[0] == Evidence("a [redacted]", {"list": ["[redacted]", 1, None]})
    assert [each.value["asked"] for each in found[1:]] == [f"GET http://a.example/{number}" for number in (2, 3, 4)]  # type: ignore[index]
    assert found[1].value["body"] == "[redacted]"  # type: ignore[index]


def test_a_request_without_an_answer_tells_its_error() -> None:
    collected.begin()
    lost = Exchange("now", "GET", "http://a.example/", "192.0.2.1:80", {}, error="ReadTimeout")
    (found,) = collected.collected([lost], hide)
    assert found.value == {"asked": "GET http://a.example/", "dialled": "192.0.2.1:80", "error": "ReadTimeout"}


def test_evidence_is_bounded_and_ends_with_its_test() -> None:
    for number in range(collected.MOST + 1):
        collected.saw("x", number)
    collected.saw("long", "y" * 10_000)
    found = collected.collected([], hide)
    assert len(found) == collected.MOST
    assert found[-1].value == "y" * collected.CHARACTERS
    collected.begin()
    assert collected.collected([], hide) == ()
