"""What a target tells: reading it, and missing something in it."""

import pytest

from kmc.fixtures.clients.answers import StrictDict, by_name, parse
from kmc.fixtures.errors import BadAnswer

TOLD = parse('{"items": [{"name": "app", "ports": [8881]}], "pairs": [[1]]}')


def test_what_is_there_is_read_as_from_any_json() -> None:
    assert TOLD == {"items": [{"name": "app", "ports": [8881]}], "pairs": [[1]]}
    assert TOLD["items"][0]["ports"][-1] == 8881
    assert TOLD["items"][0].get("image", "none") == "none"


@pytest.mark.parametrize(
    ("miss", "words"),
    [
        (lambda: TOLD["item"], "expected 'item' in the target's answer, found only items, pairs"),
        (lambda: TOLD["items"][0]["image"], "expected 'image' in the target's answer, found only name, ports"),
        (lambda: TOLD["items"][1], "expected an entry number 1 in the target's answer, found 1"),
        (lambda: TOLD["items"][0]["ports"][1], "expected an entry number 1 in the target's answer, found 1"),
        (lambda: parse("[]")[0], "expected an entry number 0 in the target's answer, found 0"),
        (lambda: StrictDict()["instrument-pod"], "'instrument-pod' in the target's answer, found only nothing"),
        (lambda: by_name([("app", 1), ("app", 2)]), "a name once only in what the target lists, found ['app', 'app']"),
        (lambda: by_name([("app", 1)])["helper"], "expected 'helper' in the target's answer, found only app"),
        (lambda: parse("<html>", "GET /"), "GET /: expected JSON, got '<html>'"),
    ],
)
def test_what_is_missed_is_a_bad_answer(miss: object, words: str) -> None:
    with pytest.raises(BadAnswer) as caught:
        miss()  # type: ignore[operator]
    assert words in str(caught.value)
