import base64

import pytest

from kmc.fixtures.evidence import redaction
from kmc.fixtures.evidence.redaction import redact

TOKEN = "eyJhbGciOiJSUzI1NiJ9.eyJzdWIiOiJrbWMifQ.c2lnbmF0dXJl"  # noqa: S105 - made up


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("> authorization: Basic a2V5OmtleQ==\n> accept: */*", "> authorization: [redacted]\n> accept: */*"),
        ("Proxy-Authorization=abc", "Proxy-Authorization=[redacted]"),
        ('{"Authorization":["Bearer abc"],"Host":"a"}', '{"Authorization":["[redacted]"],"Host":"a"}'),
        ("set-cookie: session=1; Path=/", "set-cookie: [redacted]"),
        ("sent with Bearer abc.def", "sent with Bearer [redacted]"),
        (f"token {TOKEN}.", "token [redacted]."),
        ("an authorization error", "an authorization error"),
    ],
)
def test_credentials_are_hidden_and_nothing_else(text: str, expected: str) -> None:
    assert redact(text) == expected


def test_known_secrets_are_hidden_in_the_forms_they_are_seen_in() -> None:
    seen = f"env PASSWORD=from the Secret, data: {base64.b64encode(b'from the Secret').decode()}"
    assert redact(seen, ["from the Secret", "e"]) == "env PASSWORD=[redacted], data: [redacted]"


def test_a_secret_within_another_leaves_nothing_of_it() -> None:
    assert redact("hunter22", ["hunter", "hunter22"]) == "[redacted]"


KEY = "-----BEGIN PRIVATE KEY-----\nfirst-line-of-the-key\nsecond-line-of-the-key\n-----END PRIVATE KEY-----\n"


def test_a_key_is_hidden_as_it_is_and_line_by_line() -> None:
    redaction.keep_secret(base64.b64encode(KEY.encode()).decode())
    assert "line" not in redact(f"{KEY!r} {KEY} {base64.b64encode(KEY.encode()).decode()}")


def test_what_is_left_of_a_shortened_secret_is_hidden() -> None:
    redaction.keep_secret("0123456789abcdefghijklmnopqrstuvwxyz")
    assert redact("seen '0123456789abcd...uvwxyz and opqrstuvwxyz'") == "seen '[redacted] and [redacted]'"
