"""Which lists of containers are accepted: their number, names, ports, images, variables and mounts."""

from typing import Any

import pytest

from kmc.fixtures.requirements import requirement
from kmc.fixtures.service import CONTAINERS, PAIR, SECOND_PORT, Admission, mount, serving, sidecar

PORT = {"containerPort": 8881}
UNSUPPORTED: dict[str, Any] = {
    "lifecycle": {"preStop": {"sleep": {"seconds": 1}}},
    "tty": True,
    "stdin": True,
    "restartPolicy": "Always",
    "volumeDevices": [{"name": "disk", "devicePath": "/dev/disk"}],
}
"""Fields that containers have in Kubernetes, and not in Knative."""


@requirement("MC-ADM-02")
def test_two_containers_with_one_port_are_stored_as_sent(admission: Admission) -> None:
    """Names, order, the one port and what a sidecar says of itself survive."""
    own: dict[str, Any] = {"args": ["--own"], "workingDir": "/own"}
    stored = admission.containers_as_stored(serving("app"), sidecar("helper", env={"OWN": "value"}, **own))
    assert list(stored) == ["app", "helper"]
    assert [port["containerPort"] for port in stored["app"]["ports"]] == [8881]
    assert "ports" not in stored["helper"]
    assert {"name": "OWN", "value": "value"} in stored["helper"]["env"]
    assert {key: stored["helper"].get(key) for key in own} == own


@requirement("MC-ADM-03")
@pytest.mark.parametrize("count", [3, 5, 10])
def test_more_than_two_containers_are_accepted(admission: Admission, count: int) -> None:
    """Knative has no upper bound of its own."""
    sidecars = [sidecar(f"helper-{number}", listen=8882 + number) for number in range(count - 1)]
    assert len(admission.containers_as_stored(serving("app"), *sidecars)) == count


@requirement("MC-ADM-04")
@pytest.mark.parametrize("place", [0, 1, 2])
def test_the_port_may_be_on_any_container(admission: Admission, place: int) -> None:
    """The serving container is chosen by its port, not by its place or name."""
    containers = [sidecar("first"), sidecar("second", listen=8883)]
    containers.insert(place, serving("app"))
    stored = admission.containers_as_stored(*containers)
    assert [name for name, container in stored.items() if "ports" in container] == ["app"]


@requirement("MC-ADM-05")
def test_a_service_without_a_port_is_refused(admission: Admission) -> None:
    """Without a port it is not known which container serves."""
    portless = serving("app", port=None)
    admission.assert_refused(
        portless, sidecar("helper"), because=f"missing field(s): {CONTAINERS}[*].ports", control=PAIR
    )


@requirement("MC-ADM-06")
def test_ports_on_two_containers_are_refused(admission: Admission) -> None:
    """Only one inbound port may be specified."""
    second = sidecar("helper", ports=[{"containerPort": 8882}])
    admission.assert_refused(serving("app"), second, because=SECOND_PORT, control=PAIR)


@requirement("MC-ADM-07")
def test_two_ports_on_one_container_are_refused(admission: Admission) -> None:
    """Only one inbound port may be specified."""
    two = serving("app", port=None, ports=[PORT, {"containerPort": 8889}])
    admission.assert_refused(two, sidecar("helper"), because=SECOND_PORT, control=PAIR)


@requirement("MC-ADM-08")
def test_duplicate_container_names_are_refused(admission: Admission) -> None:
    """The second one is named in the message."""
    because = f'duplicate container name "app": {CONTAINERS}[1].name'
    admission.assert_refused(serving("app"), sidecar("app"), because=because, control=PAIR)


@requirement("MC-ADM-47")
def test_a_duplicate_name_does_not_move_the_errors_of_others(admission: Admission) -> None:
    """The third container has the name of the first, and the second has no image."""
    duplicate = sidecar("app", listen=8883)
    because = f"missing field(s): {CONTAINERS}[1].image"
    admission.assert_refused(serving("app"), sidecar("helper", image=""), duplicate, because=because, control=PAIR)


@requirement("MC-ADM-09")
def test_the_name_queue_proxy_is_refused(admission: Admission) -> None:
    """It is that of Knative's own container."""
    because = f'"queue-proxy" is a reserved container name: {CONTAINERS}[1].name'
    admission.assert_refused(serving("app"), sidecar("queue-proxy"), because=because, control=PAIR)


@requirement("MC-ADM-10")
def test_a_sidecar_without_an_image_is_refused(admission: Admission) -> None:
    """Sidecars are validated as the serving container is."""
    because = f"missing field(s): {CONTAINERS}[1].image"
    admission.assert_refused(serving("app"), sidecar("helper", image=""), because=because, control=PAIR)


@requirement("MC-ADM-12")
@pytest.mark.parametrize("name", ["K_SERVICE", "K_CONFIGURATION", "K_REVISION"])
def test_a_sidecar_may_not_set_reserved_variables(admission: Admission, name: str) -> None:
    """Knative sets these in every container."""
    own = sidecar("helper", env={name: "mine", "MINE": "too"})
    allowed = sidecar("helper", env={f"{name}_OF_MINE": "mine", "MINE": "too"})
    because = f'"{name}" is a reserved environment variable: {CONTAINERS}[1].env[1].name'
    admission.assert_refused(serving("app"), own, because=because, control=(serving("app"), allowed))


@requirement("MC-ADM-46")
def test_a_variable_that_is_named_twice_depends_on_the_release(admission: Admission, expected: str) -> None:
    """The API server refuses it where variables are a map in the schema."""
    once = {"name": "TWICE", "value": "1"}
    twice = sidecar("helper").with_variables(once, {"name": "TWICE", "value": "2"})
    if expected == "refused":
        because = f"{CONTAINERS}[1].env[2]: Duplicate value"
        control = (serving("app"), sidecar("helper").with_variables(once))
        admission.assert_refused(serving("app"), twice, because=because, control=control)
    else:
        admission.assert_accepted(serving("app"), twice)


@requirement("MC-ADM-13")
def test_a_sidecar_may_set_the_variable_port(admission: Admission) -> None:
    """PORT is reserved in the serving container only."""
    stored = admission.containers_as_stored(serving("app"), sidecar("helper", env={"PORT": "8890"}))
    assert {"name": "PORT", "value": "8890"} in stored["helper"]["env"]


@requirement("MC-ADM-14")
def test_the_serving_container_may_not_set_the_variable_port(admission: Admission) -> None:
    """Knative sets PORT to the declared port."""
    because = f'"PORT" is a reserved environment variable: {CONTAINERS}[0].env[1].name'
    admission.assert_refused(serving("app", env={"PORT": "8890"}), sidecar("helper"), because=because, control=PAIR)


@requirement("MC-ADM-24")
def test_a_volume_must_be_mounted_by_some_container(admission: Admission) -> None:
    """A mount in the sidecar alone is enough; none at all is not."""
    volumes = [{"name": "data", "emptyDir": {}}]
    mounted = sidecar("helper", volumeMounts=[mount("data", "/data")])
    admission.assert_accepted(serving("app"), mounted, volumes=volumes)
    because = 'volume with name "data" not mounted: spec.template.spec.volumes[0].name'
    admission.assert_refused(*PAIR, because=because, control=PAIR, volumes=volumes)


@requirement("MC-ADM-25")
def test_a_mount_without_a_volume_is_refused(admission: Admission) -> None:
    """The sidecar's mount is named in the message."""
    because = f"volumeMount has no matching volume: {CONTAINERS}[1].volumeMounts[0].name"
    mounted = sidecar("helper", volumeMounts=[mount("data", "/data")])
    admission.assert_refused(serving("app"), mounted, because=because, control=PAIR)


@requirement("MC-ADM-33")
@pytest.mark.parametrize("field", UNSUPPORTED)
def test_unsupported_fields_of_a_sidecar_are_not_stored(admission: Admission, field: str) -> None:
    """The API server drops them, as it does where nobody asks for strict validation."""
    value = UNSUPPORTED[field]
    stored = admission.containers_as_stored(serving("app"), sidecar("helper", **{field: value}))
    assert field not in stored["helper"]


@requirement("MC-ADM-33")
@pytest.mark.parametrize(("field", "value"), [("terminationGracePeriodSeconds", 7), ("hostname", "own")])
def test_unsupported_fields_of_the_pod_are_not_stored(admission: Admission, field: str, value: object) -> None:
    """Knative sets these fields itself."""
    stored = admission.assert_accepted(*PAIR, fields={field: value})
    assert field not in stored["spec"]["template"]["spec"]
