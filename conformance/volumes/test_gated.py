"""Volumes where a gate allows them: shared with init containers, persistent, and of the kinds added since."""

import pytest

from kmc.fixtures.requirements import requirement
from kmc.fixtures.service import (
    GATED_VOLUMES,
    ON_NO_NODE,
    PAIR,
    Admission,
    Container,
    Deploy,
    Spec,
    mount,
    serving,
    sidecar,
)

SHARED = [mount("data", "/data")]


def _pvc(*, read_only: bool) -> list[dict[str, object]]:
    return [{"name": "data", "persistentVolumeClaim": {"claimName": "papers", "readOnly": read_only}}]


def _mounting(*, read_only: bool) -> tuple[Container, Container]:
    mounts = [mount("data", "/data", read_only=read_only)]
    return serving("app", volumeMounts=mounts), sidecar("helper", volumeMounts=mounts)


@requirement("MC-VOL-08")
def test_all_containers_see_what_an_init_container_wrote(deploy: Deploy) -> None:
    """It ends before any other container starts."""
    first = sidecar("first", args=["write", "/data/file", "by the init container"], volumeMounts=SHARED)
    service = deploy(
        serving("app", volumeMounts=SHARED),
        sidecar("helper", volumeMounts=SHARED),
        init_containers=[first],
        volumes=[{"name": "data", "emptyDir": {}}],
    )
    assert service.container("app").read("/data/file") == "by the init container"
    assert service.container("helper").read("/data/file") == "by the init container"


@requirement("MC-VOL-09")
def test_a_persistent_volume_is_mounted_where_declared(deploy: Deploy) -> None:
    """Once in the pod, and read-only where declared. Whether the claim can be bound does not depend on Knative."""
    reading = sidecar("helper", volumeMounts=[mount("data", "/data", read_only=True)])
    writing = serving("app", volumeMounts=[mount("data", "/data")])
    service = deploy(writing, sidecar("second", listen=8883), reading, volumes=_pvc(read_only=False), ready=False)
    template = service.template
    assert [volume["name"] for volume in template.spec["volumes"] if "persistentVolumeClaim" in volume] == ["data"]
    mounted = {
        name: [each.get("readOnly", False) for each in container.get("volumeMounts", []) if each["name"] == "data"]
        for name, container in template.containers.items()
    }
    assert {name: mounted.get(name) for name in ("app", "second", "helper")} == {
        "app": [False],
        "second": [],
        "helper": [True],
    }


@requirement("MC-VOL-09")
def test_a_read_only_pvc_needs_read_only_mounts(admission: Admission) -> None:
    """In every container."""
    because = "volume is readOnly but volume mount is not: spec.template.spec.containers[1].volumeMounts[0].readOnly"
    app = serving("app", volumeMounts=[mount("data", "/data", read_only=True)])
    writing = sidecar("helper", volumeMounts=SHARED)
    control = Spec(_mounting(read_only=True), volumes=_pvc(read_only=True))
    admission.assert_refused(app, writing, volumes=_pvc(read_only=True), because=because, control=control)


@requirement("MC-VOL-11")
@pytest.mark.parametrize("read_only", [False, True])
def test_a_pvc_is_refused_while_its_gate_is_off(admission: Admission, *, read_only: bool) -> None:
    """The claim is named."""
    because = "Persistent volume claim support is disabled, but found persistent volume claim papers"
    mounting = _mounting(read_only=read_only)
    admission.assert_refused(*mounting, volumes=_pvc(read_only=read_only), because=because, control=PAIR)


@requirement("MC-VOL-12")
def test_a_writable_pvc_is_refused_while_the_write_gate_is_off(admission: Admission) -> None:
    """The claim is named, and accepted where it is read-only."""
    because = "Persistent volume write support is disabled, but found persistent volume claim papers"
    control = Spec(_mounting(read_only=True), volumes=_pvc(read_only=True))
    admission.assert_refused(
        *_mounting(read_only=False), volumes=_pvc(read_only=False), because=because, control=control
    )


@pytest.mark.parametrize(
    ("kind", "read_only"),
    [
        pytest.param("HostPath", True, marks=requirement("MC-VOL-13")),
        pytest.param("CSI", True, marks=requirement("MC-VOL-14")),
        pytest.param("Image", True, marks=requirement("MC-VOL-15")),
        pytest.param("Ephemeral", False, marks=requirement("MC-VOL-16")),
    ],
)
def test_a_volume_is_mounted_where_declared(deploy: Deploy, kind: str, *, read_only: bool) -> None:
    """Once in the pod; a mount that says nothing else is read-only where the volume is none of the pod's own."""
    service = deploy(
        serving("app", volumeMounts=SHARED, resources=ON_NO_NODE),
        sidecar("second", listen=8883),
        sidecar("helper", volumeMounts=[mount("data", "/files", read_only=True)]),
        volumes=[{"name": "data", **GATED_VOLUMES[kind]}],
        blocked="no node has room",
        ready=False,
    )
    template = service.template
    field = next(iter(GATED_VOLUMES[kind]))
    assert [volume["name"] for volume in template.spec["volumes"] if field in volume] == ["data"]
    mounted = {
        name: [(each["mountPath"], each.get("readOnly", False)) for each in container.get("volumeMounts", [])]
        for name, container in template.containers.items()
    }
    assert ("/data", read_only) in mounted["app"]
    assert ("/files", True) in mounted["helper"]
    assert not {"/data", "/files"} & {path for path, _ in mounted["second"]}


@requirement("MC-VOL-17")
def test_mount_propagation_is_the_mounts_own(deploy: Deploy) -> None:
    """That of one container is not another's."""
    propagating = {**mount("data", "/data"), "mountPropagation": "HostToContainer"}
    service = deploy(
        serving("app", volumeMounts=SHARED),
        sidecar("helper", volumeMounts=[propagating]),
        volumes=[{"name": "data", "emptyDir": {}}],
    )
    mounts = {name: service.template.containers[name]["volumeMounts"] for name in ("app", "helper")}
    own = {name: [each.get("mountPropagation") for each in of if each["name"] == "data"] for name, of in mounts.items()}
    assert own == {"app": [None], "helper": ["HostToContainer"]}


@requirement("MC-VOL-17")
def test_mounts_may_not_propagate_to_the_node(admission: Admission) -> None:
    """The mount is named by its place."""
    because = (
        "mount propagation should be set to None or HostToContainer: "
        "spec.template.spec.containers[1].volumeMounts[0].mountPropagation"
    )
    volumes = [{"name": "data", "emptyDir": {}}]
    wrong, good = (
        sidecar("helper", volumeMounts=[{**mount("data", "/data"), "mountPropagation": how}])
        for how in ("Bidirectional", "HostToContainer")
    )
    admission.assert_refused(
        serving("app"), wrong, volumes=volumes, because=because, control=Spec((serving("app"), good), volumes=volumes)
    )
