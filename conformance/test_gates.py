"""Feature gates: what config-features says is what the target does."""

from dataclasses import replace

import pytest

from kmc.fixtures.requirements import requirement
from kmc.fixtures.service import MULTI_CONTAINER, PROBING, Admission, Deploy, Facts, serving, sidecar

PROBE = {"httpGet": {"path": "/healthz/ready", "port": 8882}}


@pytest.mark.parametrize(
    "key",
    [
        pytest.param(MULTI_CONTAINER, marks=requirement("MC-FLG-01")),
        pytest.param(PROBING, marks=requirement("MC-FLG-02")),
    ],
)
def test_a_gate_has_the_effect_that_its_value_promises(facts: Facts, key: str) -> None:
    """The value in config-features, read by Knative's rules, and a dry run of what the gate allows agree."""
    gate = facts.gates[key]
    assert gate.proved == gate.reads_as_enabled, f"{key} is declared as {gate.declared!r}, and a dry run says otherwise"


@requirement("MC-ADM-01")
def test_several_containers_are_refused_while_the_gate_is_off(admission: Admission) -> None:
    """The refusal counts the containers, and the same Service with one container is accepted."""
    alone = serving("app")
    for sidecars in ([sidecar("helper")], [sidecar("helper"), sidecar("second", listen=8883)]):
        because = f"multi-container is off, but found {1 + len(sidecars)} containers"
        admission.refuses(alone, *sidecars, because=because, control=(alone,))


@requirement("MC-OFF-05")
def test_a_single_container_works_while_the_gate_is_off(deploy_once: Deploy) -> None:
    """Services with one container do not depend on the gate."""
    service = deploy_once(serving("app"))
    assert service.container("app").identity()["container"] == "app"


@requirement("MC-ADM-19")
@pytest.mark.parametrize("probe", ["readinessProbe", "livenessProbe"])
def test_sidecar_probes_are_refused_while_the_gate_is_off(admission: Admission, probe: str) -> None:
    """The field path names the sidecar's probe."""
    helper = sidecar("helper")
    because = f"must not set the field(s): spec.template.spec.containers[1].{probe}"
    probed = replace(helper, fields={probe: PROBE})
    admission.refuses(serving("app"), probed, because=because, control=(serving("app"), helper))
