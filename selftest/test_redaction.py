import base64

import pytest

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
