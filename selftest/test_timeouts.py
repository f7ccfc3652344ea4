"""The timeouts, and how they are changed."""

import pytest

from kmc.fixtures.errors import BadOption
from kmc.fixtures.timeouts import Timeouts


def test_an_override_changes_one_timeout() -> None:
    changed = Timeouts().with_overrides(["service_ready=300", "hold=2.5"])
    assert (changed.service_ready, changed.hold, changed.request) == (300.0, 2.5, Timeouts().request)


def test_an_unknown_name_is_refused_with_the_known_ones() -> None:
    with pytest.raises(BadOption, match=r"no timeout is called 'ready'; there are api, .*service_ready"):
        Timeouts().with_overrides(["ready=3"])


@pytest.mark.parametrize("value", ["", "soon", "0", "-1", "inf", "nan"])
def test_what_is_no_positive_number_is_refused(value: str) -> None:
    with pytest.raises(BadOption, match="expected NAME=SECONDS"):
        Timeouts().with_overrides([f"hold={value}"])
