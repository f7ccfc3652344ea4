"""Options and endpoints that are wrong are refused in words."""

import pytest

from kmc.fixtures.errors import BadOption
from kmc.fixtures.target.ingress import parse


@pytest.mark.parametrize(
    ("text", "host", "port"),
    [
        ("192.0.2.1:8080", "192.0.2.1", 8080),
        ("ingress.example", "ingress.example", 80),
        ("[2001:db8::1]:81", "2001:db8::1", 81),
        ("[2001:db8::1]", "2001:db8::1", 80),
        ("http://192.0.2.1", "192.0.2.1", 80),
        ("https://192.0.2.1", "192.0.2.1", 443),
        ("https://[2001:db8::1]:8443", "2001:db8::1", 8443),
    ],
)
def test_an_endpoint_is_read(text: str, host: str, port: int) -> None:
    endpoint = parse(text)
    assert (endpoint.host, endpoint.port, endpoint.tls) == (host, port, text.startswith("https"))


@pytest.mark.parametrize("text", ["", ":80", "host:", "host:http", "host:0", "host:65536", "ftp://host:21", "://host"])
def test_a_wrong_endpoint_is_refused(text: str) -> None:
    with pytest.raises(BadOption, match="expected HOST:PORT"):
        parse(text)
