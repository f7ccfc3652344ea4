"""What a feature gate allows: refused while the gate is off, with the field named."""

from typing import Any

import pytest

from kmc.fixtures.requirements import requirement
from kmc.fixtures.service import (
    CONTAINERS,
    GATED_VOLUMES,
    MULTI_CONTAINER_OFF,
    NOT_ALLOWED,
    PAIR,
    Admission,
    Spec,
    http_probe,
    mount,
    serving,
    sidecar,
)


@requirement("MC-ADM-20")
def test_a_startup_probe_is_dropped_kept_or_refused_by_release(admission: Admission, expected: str) -> None:
    """Without the gate for sidecars' probes."""
    probed = sidecar("helper", startupProbe=http_probe("startup"))
    if expected == "refused":
        because = f"{NOT_ALLOWED} {CONTAINERS}[1].startupProbe"
        admission.assert_refused(serving("app"), probed, because=because, control=PAIR)
    else:
        stored = admission.containers_as_stored(serving("app"), probed)
        assert ("startupProbe" in stored["helper"]) == (expected == "kept")


@requirement("MC-ADM-28")
def test_an_empty_dir_is_refused_while_its_gate_is_off(admission: Admission) -> None:
    """The volume is named."""
    mounted = serving("app", volumeMounts=[mount("data", "/data")])
    because = "EmptyDir volume support is disabled, but found EmptyDir volume data"
    admission.assert_refused(
        mounted, because=because, control=(serving("app"),), volumes=[{"name": "data", "emptyDir": {}}]
    )


@requirement("MC-ADM-29")
def test_a_field_reference_is_refused_while_its_gate_is_off(admission: Admission) -> None:
    """The variable is named by its place, and one with a plain value is accepted in the same place."""
    reference = {"name": "OWN_NAME", "valueFrom": {"fieldRef": {"fieldPath": "metadata.name"}}}
    referring = sidecar("helper").with_variables(reference)
    plain = sidecar("helper").with_variables({"name": "OWN_NAME", "value": "mine"})
    because = f"{NOT_ALLOWED} {CONTAINERS}[1].env[1].valueFrom.fieldRef"
    admission.assert_refused(serving("app"), referring, because=because, control=(serving("app"), plain))


@requirement("MC-ADM-30")
def test_init_containers_are_refused_while_their_gate_is_off(admission: Admission) -> None:
    """The refusal counts them."""
    because = "pod spec support for init-containers is off, but found 1 init containers"
    first = sidecar("first", args=["write", "/data/file", "text"])
    admission.assert_refused(*PAIR, because=because, control=PAIR, init_containers=(first,))


INIT_CONTAINER_ERRORS: dict[str, tuple[str, dict[str, Any], str]] = {
    "name of a sidecar": ("helper", {}, 'duplicate container name "helper"'),
    "readiness probe": ("first", {"readinessProbe": http_probe()}, "field not allowed in an init container"),
    "liveness probe": ("first", {"livenessProbe": http_probe("live")}, "field not allowed in an init container"),
    "startup probe": ("first", {"startupProbe": http_probe("startup")}, "field not allowed in an init container"),
}
"""What is wrong with an init container: its name and fields, and why they are refused."""


@requirement("MC-ADM-31")
@pytest.mark.parametrize("error", INIT_CONTAINER_ERRORS)
def test_init_containers_with_duplicate_names_or_probes_are_refused(admission: Admission, error: str) -> None:
    """It has ended before any other container starts, so there is nothing to probe."""
    name, fields, because = INIT_CONTAINER_ERRORS[error]
    control = Spec(PAIR, init_containers=(sidecar("first"),))
    admission.assert_refused(*PAIR, because=because, control=control, init_containers=(sidecar(name, **fields),))


@requirement("MC-ADM-48")
def test_the_error_of_an_init_container_is_reported_at_its_place(admission: Admission) -> None:
    """Not at that of a container, whose numbers count from 0 as well."""
    control = Spec(PAIR, init_containers=(sidecar("first"),))
    because = "missing field(s): spec.template.spec.initContainers[0].image"
    wrong = (sidecar("first", image=""),)
    admission.assert_refused(*PAIR, because=because, control=control, init_containers=wrong)


@requirement("MC-ADM-49")
def test_two_init_containers_of_one_name_are_refused(admission: Admission) -> None:
    """As two containers of one name are."""
    first, second = sidecar("first"), sidecar("second")
    control = Spec(PAIR, init_containers=(first, second))
    because = 'duplicate container name "first"'
    admission.assert_refused(*PAIR, because=because, control=control, init_containers=(first, first))


@requirement("MC-ADM-32")
def test_a_restartable_init_container_is_refused(admission: Admission) -> None:
    """Sidecars of a Service are containers like others."""
    control = Spec(PAIR, init_containers=(sidecar("first"),))
    lasting = sidecar("first", restartPolicy="Always")
    admission.assert_refused(*PAIR, because="restartPolicy", control=control, init_containers=(lasting,))


@requirement("MC-ADM-34")
def test_a_sidecar_may_drop_capabilities_but_not_add_them(admission: Admission) -> None:
    """The sidecar's field is named."""
    adding = sidecar("helper", securityContext={"capabilities": {"add": ["NET_ADMIN"]}})
    dropping = sidecar("helper", securityContext={"capabilities": {"drop": ["ALL"]}})
    because = f"{NOT_ALLOWED} {CONTAINERS}[1].securityContext.capabilities.add"
    admission.assert_refused(serving("app"), adding, because=because, control=(serving("app"), dropping))


@requirement("MC-ADM-37")
@pytest.mark.parametrize(("field", "value"), [("securityContext", {"fsGroup": 65532}), ("shareProcessNamespace", True)])
def test_pod_level_fields_are_refused_while_their_gate_is_off(admission: Admission, field: str, value: object) -> None:
    """The field is named."""
    because = f"{NOT_ALLOWED} spec.template.spec.{field}"
    admission.assert_refused(*PAIR, because=because, control=PAIR, fields={field: value})


@requirement("MC-ADM-50")
@pytest.mark.parametrize("field", ["hostIPC", "hostPID", "hostNetwork"])
def test_the_nodes_namespaces_are_refused_while_their_gates_are_off(admission: Admission, field: str) -> None:
    """With them containers would see more than their pod, and localhost would be the node's."""
    because = f"{NOT_ALLOWED} spec.template.spec.{field}"
    admission.assert_refused(*PAIR, because=because, control=PAIR, fields={field: True})


@pytest.mark.parametrize(
    "kind",
    [
        pytest.param("HostPath", marks=requirement("MC-ADM-51")),
        pytest.param("CSI", marks=requirement("MC-ADM-52")),
        pytest.param("Image", marks=requirement("MC-ADM-54")),
        pytest.param("Ephemeral", marks=requirement("MC-ADM-55")),
    ],
)
def test_a_volume_is_refused_while_its_gate_is_off(admission: Admission, kind: str) -> None:
    """The volume is named."""
    mounted = (serving("app", volumeMounts=[mount("data", "/data", read_only=True)]), sidecar("helper"))
    because = f"{kind} volume support is disabled, but found {kind} volume data"
    control = Spec(mounted, volumes=[{"name": "data", "configMap": {"name": "data"}}])
    admission.assert_refused(
        *mounted, because=because, control=control, volumes=[{"name": "data", **GATED_VOLUMES[kind]}]
    )


@requirement("MC-ADM-53")
def test_mount_propagation_is_refused_while_its_gate_is_off(admission: Admission) -> None:
    """The mount is named by its volume."""
    volumes = [{"name": "data", "configMap": {"name": "data"}}]
    plain = mount("data", "/data", read_only=True)
    wrong, good = (
        sidecar("helper", volumeMounts=[each]) for each in ({**plain, "mountPropagation": "HostToContainer"}, plain)
    )
    because = "Volume Mount Propagation support is disabled, but found volume mount data with mount propagation"
    control = Spec((serving("app"), good), volumes=volumes)
    admission.assert_refused(serving("app"), wrong, because=because, control=control, volumes=volumes)


@requirement("MC-ADM-01")
def test_several_containers_are_refused_while_the_gate_is_off(admission: Admission) -> None:
    """The refusal counts the containers, and the same Service with one container is accepted."""
    alone = serving("app")
    for sidecars in ([sidecar("helper")], [sidecar("helper"), sidecar("second", listen=8883)]):
        because = f"{MULTI_CONTAINER_OFF}, but found {1 + len(sidecars)} containers"
        admission.assert_refused(alone, *sidecars, because=because, control=(alone,))


@requirement("MC-ADM-19")
@pytest.mark.parametrize("probe", ["readinessProbe", "livenessProbe"])
def test_sidecar_probes_are_refused_while_the_gate_is_off(admission: Admission, probe: str) -> None:
    """The field path names the sidecar's probe."""
    because = f"{NOT_ALLOWED} {CONTAINERS}[1].{probe}"
    probed = sidecar("helper").with_fields(**{probe: http_probe()})
    admission.assert_refused(serving("app"), probed, because=because, control=PAIR)
