"""What becomes of a change of gates: which values count, how soon, and what it does to what runs already.

These tests change gates and put them back, each by itself (`--allow-cluster-changes`).
"""

import pytest

from kmc.fixtures.requirements import requirement
from kmc.fixtures.service import (
    MULTI_CONTAINER,
    PROBING,
    Admission,
    Deploy,
    Gates,
    http_probe,
    queue_proxy_env_values,
    serving,
    sidecar,
)

ALONE = (serving("app"),)
PAIR = (serving("app"), sidecar("helper"))
PROBED = (serving("app"), sidecar("helper", readinessProbe=http_probe()))
OFF = "multi-container is off"
NOT_SET = "must not set the field(s): spec.template.spec.containers[1].readinessProbe"


@requirement("MC-OFF-01")
def test_allowed_enables_neither_several_containers_nor_probes(gates: Gates, admission: Admission) -> None:
    """Both gates know enabled and disabled only."""
    gates.set({MULTI_CONTAINER: "Enabled", PROBING: "Allowed"})
    admission.refuses(*PROBED, because=NOT_SET, control=PAIR)
    gates.set({MULTI_CONTAINER: "Allowed"})
    admission.refuses(*PAIR, because=OFF, control=ALONE)


@requirement("MC-OFF-02")
@pytest.mark.parametrize(("on", "off"), [("ENABLED", "DISABLED"), ("enabled", "disabled"), ("eNabLed", "dIsabLed")])
def test_capitals_make_no_difference(gates: Gates, admission: Admission, on: str, off: str) -> None:
    """On and off, in any spelling."""
    gates.set({MULTI_CONTAINER: on, PROBING: off})
    admission.refuses(*PROBED, because=NOT_SET, control=PAIR)
    gates.set({PROBING: on})
    admission.accepts(*PROBED)
    gates.set({MULTI_CONTAINER: off})
    admission.refuses(*PAIR, because=OFF, control=ALONE)


@requirement("MC-OFF-03")
@pytest.mark.parametrize("value", ["false", "true", "off", " enabled", ""])
def test_an_unknown_value_means_the_default(gates: Gates, admission: Admission, value: str) -> None:
    """Several containers are on, and their probes off, whatever the value seems to say."""
    gates.set({MULTI_CONTAINER: value, PROBING: value})
    admission.accepts(*PAIR)
    admission.refuses(*PROBED, because=NOT_SET, control=PAIR)


@requirement("MC-OFF-04")
def test_a_missing_key_means_the_default(gates: Gates, admission: Admission) -> None:
    """Several containers are on, and their probes off."""
    gates.set({MULTI_CONTAINER: None, PROBING: None})
    admission.accepts(*PAIR)
    admission.refuses(*PROBED, because=NOT_SET, control=PAIR)


@requirement("MC-OFF-06")
def test_what_runs_goes_on_and_can_not_be_changed(gates: Gates, deploy_once: Deploy) -> None:
    """Also a change of an annotation is refused, since the whole Service is judged again; it serves all the same."""
    gates.set({MULTI_CONTAINER: "Enabled"})
    service = deploy_once(*PAIR)
    pod = service.pod.uid
    gates.set({MULTI_CONTAINER: "Disabled"})
    change = {"metadata": {"annotations": {"kmc.dev/change": "any"}}}
    assert f"{OFF}, but found 2 containers" in service.patch_refused(change)
    assert {answer.status for answer in service.get_many("/", times=20)} == {200}
    assert service.pod.uid == pod
    gates.set({MULTI_CONTAINER: "Enabled"})
    service.patch(change)


@requirement("MC-OFF-07")
def test_a_change_is_in_effect_within_half_a_minute(gates: Gates, admission: Admission) -> None:
    """Both ways: off, and on again."""
    gates.set({MULTI_CONTAINER: "Enabled"})
    assert gates.set({MULTI_CONTAINER: "Disabled"}) < 30
    admission.refuses(*PAIR, because=OFF, control=ALONE)
    assert gates.set({MULTI_CONTAINER: "Enabled"}) < 30
    admission.accepts(*PAIR)


@requirement("MC-OFF-08")
def test_a_revision_keeps_the_configuration_that_it_was_made_with(gates: Gates, deploy_once: Deploy) -> None:
    """The pod that replaces a deleted one has the same, whatever the gate says by then."""
    gates.set({MULTI_CONTAINER: "Enabled", PROBING: "Disabled"})
    service = deploy_once(*PAIR)
    gates.set({PROBING: "Enabled"})
    service.delete_pod(service.pod)
    service.assert_stays(
        lambda: queue_proxy_env_values(service, "ENABLE_MULTI_CONTAINER_PROBES"),
        lambda values: values <= {"false"},
        expect="no pod has another configuration",
    )
