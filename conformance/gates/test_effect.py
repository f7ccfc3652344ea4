"""Gates have the effect that config-features declares."""

import pytest

from kmc.fixtures.requirements import requirement
from kmc.fixtures.service import MULTI_CONTAINER, PROBING, Deploy, Facts, serving


@pytest.mark.parametrize(
    "key",
    [
        pytest.param(MULTI_CONTAINER, marks=requirement("MC-FLG-01")),
        pytest.param(PROBING, marks=requirement("MC-FLG-02")),
    ],
)
def test_a_gate_has_the_effect_of_its_declared_value(facts: Facts, key: str) -> None:
    """A dry run of what the gate allows agrees with the value in config-features, read by Knative's rules."""
    gate = facts.gates[key]
    declared = facts.declared_value(key) == "Enabled"
    assert gate.effective == declared, f"{key} is declared as {gate.declared!r}, and a dry run says otherwise"


@requirement("MC-OFF-05")
def test_a_single_container_works_while_the_gate_is_off(deploy_once: Deploy) -> None:
    """Services with one container do not depend on the gate."""
    service = deploy_once(serving("app"))
    assert service.container("app").identity()["container"] == "app"
