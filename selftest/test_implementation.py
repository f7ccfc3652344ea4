from typing import Any

import pytest

from kmc.fixtures.errors import BadOption
from kmc.fixtures.run.implementation import of_mapping

WHOLE = {"organization": "Example", "product": "Serving", "version": "3.1", "url": "https://example.com"}


@pytest.mark.parametrize(
    ("contact", "expected"), [(None, ()), ("a@example.com", ("a@example.com",)), (["a", "b"], ("a", "b"))]
)
def test_an_implementation_is_read(contact: object, expected: tuple[str, ...]) -> None:
    told = WHOLE if contact is None else {**WHOLE, "contact": contact}
    assert of_mapping("here", told).contact == expected


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"version": None}, "here: version is missing"),
        ({"version": 3.1}, "version must be text"),
        ({"product": " "}, "product must be text"),
        ({"url": "example.com"}, "url 'example.com' is not a web address"),
        ({"url": "https://"}, "is not a web address"),
        ({"contact": [1]}, "contact must be text"),
        ({"email": "x"}, "there is no field 'email'"),
    ],
)
def test_what_is_incomplete_or_wrong_is_refused(changes: dict[str, Any], message: str) -> None:
    told = {name: value for name, value in {**WHOLE, **changes}.items() if value is not None}
    with pytest.raises(BadOption, match=message):
        of_mapping("here", told)


@pytest.mark.parametrize("told", [None, [], "Example"])
def test_what_is_no_mapping_is_refused(told: object) -> None:
    with pytest.raises(BadOption, match="expected a mapping with organization, product, version, url, contact"):
        of_mapping("here", told)
