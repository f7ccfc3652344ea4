"""What preflight makes of the settings of a target."""

import pytest

from kmc.fixtures.run.preflight import always_schedulable
from kmc.fixtures.versions import Releases


@pytest.mark.parametrize(
    ("value", "release", "set_"),
    [
        ("true", "1.21.0", True),
        ("True", "1.21.0", True),
        ("false", "1.21.0", False),
        (None, "1.21.0", False),
        ("true", "1.20.1", False),
    ],
)
def test_that_pods_are_always_schedulable_is_a_setting_since_1_21(
    value: str | None, release: str, *, set_: bool
) -> None:
    declared = {} if value is None else {"pod-is-always-schedulable": value}
    assert always_schedulable(declared, Releases.named(release)) == set_
