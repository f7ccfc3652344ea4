"""Changes of gates: which values count, how soon, and what becomes of Services that run already.

Each of these tests changes gates and puts them back (`--allow-cluster-changes`).
"""

import pytest

from kmc.fixtures.requirements import requirement
from kmc.fixtures.service import (
    CONTAINERS,
    MULTI_CONTAINER,
    MULTI_CONTAINER_OFF,
    NOT_ALLOWED,
    PAIR,
    PROBING,
    QUEUE_PROXY,
    Admission,
    Deploy,
    Gates,
    Service,
    http_probe,
    serving,
    sidecar,
)

SINGLE = (serving("app"),)
PROBED = (serving("app"), sidecar("helper", readinessProbe=http_probe()))
PROBING_OFF = f"{NOT_ALLOWED} {CONTAINERS}[1].readinessProbe"


@requirement("MC-OFF-01")
def test_allowed_enables_neither_several_containers_nor_probes(gates: Gates, admission: Admission) -> None:
    """Both gates know enabled and disabled only."""
    gates.set({MULTI_CONTAINER: "Enabled", PROBING: "Allowed"})
    admission.assert_refused(*PROBED, because=PROBING_OFF, control=PAIR)
    gates.set({MULTI_CONTAINER: "Allowed"})
    admission.assert_refused(*PAIR, because=MULTI_CONTAINER_OFF, control=SINGLE)


@requirement("MC-OFF-02")
@pytest.mark.parametrize(("on", "off"), [("ENABLED", "DISABLED"), ("enabled", "disabled"), ("eNabLed", "dIsabLed")])
def test_values_of_gates_are_case_insensitive(gates: Gates, admission: Admission, on: str, off: str) -> None:
    """Both on and off."""
    gates.set({MULTI_CONTAINER: on, PROBING: off})
    admission.assert_refused(*PROBED, because=PROBING_OFF, control=PAIR)
    gates.set({PROBING: on})
    admission.assert_accepted(*PROBED)
    gates.set({MULTI_CONTAINER: off})
    admission.assert_refused(*PAIR, because=MULTI_CONTAINER_OFF, control=SINGLE)


@requirement("MC-OFF-03")
@pytest.mark.parametrize("value", ["false", "true", "off", " enabled", ""])
def test_an_unknown_value_means_the_default(gates: Gates, admission: Admission, value: str) -> None:
    """Several containers are accepted and their probes are not, whatever the value seems to say."""
    gates.set({MULTI_CONTAINER: value, PROBING: value})
    admission.assert_accepted(*PAIR)
    admission.assert_refused(*PROBED, because=PROBING_OFF, control=PAIR)


@requirement("MC-OFF-04")
def test_a_missing_key_means_the_default(gates: Gates, admission: Admission) -> None:
    """Several containers are accepted, and their probes are not."""
    gates.set({MULTI_CONTAINER: None, PROBING: None})
    admission.assert_accepted(*PAIR)
    admission.assert_refused(*PROBED, because=PROBING_OFF, control=PAIR)


@requirement("MC-OFF-06")
def test_running_service_serves_but_rejects_updates_while_gate_is_off(
    gates: Gates, admission: Admission, deploy_once: Deploy
) -> None:
    """Even a change of an annotation is refused, since the whole Service is validated; removing the sidecar is not."""
    gates.set({MULTI_CONTAINER: "Enabled"})
    service = deploy_once(*PAIR)
    pod = service.pod.uid
    gates.set({MULTI_CONTAINER: "Disabled"})
    change = {"metadata": {"annotations": {"kmc.dev/change": "any"}}}
    without_sidecar = [{"op": "remove", "path": "/spec/template/spec/containers/1"}]
    because = f"{MULTI_CONTAINER_OFF}, but found 2 containers"
    admission.assert_update_refused(service.object, change, because=because, control=without_sidecar)
    assert {answer.status for answer in service.get_many("/", times=20)} == {200}
    assert service.pod.uid == pod
    gates.set({MULTI_CONTAINER: "Enabled"})
    service.patch(change)


@requirement("MC-OFF-07")
def test_a_change_takes_effect_within_30_seconds(gates: Gates, admission: Admission) -> None:
    """Both ways: off, and on again."""
    gates.set({MULTI_CONTAINER: "Enabled"})
    assert gates.set({MULTI_CONTAINER: "Disabled"}) < 30
    admission.assert_refused(*PAIR, because=MULTI_CONTAINER_OFF, control=SINGLE)
    assert gates.set({MULTI_CONTAINER: "Enabled"}) < 30
    admission.assert_accepted(*PAIR)


@requirement("MC-OFF-08")
def test_a_revision_keeps_the_gate_it_was_created_with(gates: Gates, deploy_once: Deploy) -> None:
    """The pod that replaces a deleted one has the same setting, whatever the gate says by then."""
    gates.set({MULTI_CONTAINER: "Enabled", PROBING: "Disabled"})
    service = deploy_once(*PAIR)
    gates.set({PROBING: "Enabled"})
    service.delete_pod(service.pod)
    service.assert_stays(
        lambda: _probing_of_queue_proxies(service),
        lambda values: values <= {"false"},
        expect="no pod has another setting",
    )


def _probing_of_queue_proxies(service: Service) -> set[str]:
    """Return whether queue-proxy runs sidecars' probes, in all pods of the latest revision, ready or not."""
    found = [pod.env(QUEUE_PROXY) for pod in service.pods() if QUEUE_PROXY in pod.containers]
    return {env["ENABLE_MULTI_CONTAINER_PROBES"] for env in found if "ENABLE_MULTI_CONTAINER_PROBES" in env}
