"""Which values of single fields are accepted: of ports, images, mounts and security contexts."""

import pytest

from kmc.fixtures.requirements import requirement
from kmc.fixtures.service import CONTAINERS, NOT_ALLOWED, PAIR, Admission, Container, Spec, mount, serving, sidecar

SETTINGS = [{"name": "settings", "configMap": {"name": "settings"}}]


def _with_port(**port: object) -> Container:
    return serving("app", port=None, ports=[{"containerPort": 8881, **port}])


@requirement("MC-ADM-11")
def test_a_malformed_image_of_a_sidecar_is_refused(admission: Admission) -> None:
    """A reference has a grammar, and the sidecar's is read as the serving container's is."""
    because = f"Failed to parse image reference: {CONTAINERS}[1].image"
    admission.assert_refused(serving("app"), sidecar("helper", image="Not an image"), because=because, control=PAIR)


@requirement("MC-ADM-15")
@pytest.mark.parametrize("port", [8008, 8012, 8013, 8022, 9090, 9091])
def test_a_port_of_queue_proxy_is_refused(admission: Admission, port: int) -> None:
    """Knative's own container listens there; a neighbouring number is free."""
    because = f"{port} is a reserved port: {CONTAINERS}[0].ports.containerPort"
    control = (_with_port(containerPort=8112), sidecar("helper"))
    admission.assert_refused(_with_port(containerPort=port), sidecar("helper"), because=because, control=control)


@requirement("MC-ADM-16")
@pytest.mark.parametrize("port", [-1, 65536])
def test_a_port_out_of_range_is_refused(admission: Admission, port: int) -> None:
    """A port is a number of 16 bits; the highest is legal."""
    because = f"expected 0 <= {port} <= 65535: {CONTAINERS}[0].ports.containerPort"
    control = (_with_port(containerPort=65535), sidecar("helper"))
    admission.assert_refused(_with_port(containerPort=port), sidecar("helper"), because=because, control=control)


@requirement("MC-ADM-17")
def test_protocols_other_than_tcp_are_refused(admission: Admission) -> None:
    """All that Knative forwards runs over TCP."""
    because = f"invalid value: UDP: {CONTAINERS}[0].ports.protocol"
    control = (_with_port(protocol="TCP"), sidecar("helper"))
    admission.assert_refused(_with_port(protocol="UDP"), sidecar("helper"), because=because, control=control)


@requirement("MC-ADM-18")
@pytest.mark.parametrize("legal", ["", "http1", "h2c"])
def test_a_port_may_only_be_named_http1_or_h2c(admission: Admission, legal: str) -> None:
    """It is left out, or one of two words."""
    because = f"Port name web is not allowed: {CONTAINERS}[0].ports"
    control = (_with_port(**({"name": legal} if legal else {})), sidecar("helper"))
    admission.assert_refused(_with_port(name="web"), sidecar("helper"), because=because, control=control)


@requirement("MC-ADM-26")
def test_duplicate_mount_paths_in_a_container_are_refused(admission: Admission, expected: str) -> None:
    """In two containers they are accepted."""
    _assert_a_second_mount_refused(admission, "/d", because=expected)


@requirement("MC-ADM-26")
def test_mount_paths_that_mean_the_same_are_refused(admission: Admission) -> None:
    """A slash at the end makes no other path."""
    because = f'"/d/" must be unique: {CONTAINERS}[1].volumeMounts[1].mountPath'
    _assert_a_second_mount_refused(admission, "/d/", because=because)


def _assert_a_second_mount_refused(admission: Admission, path: str, *, because: str) -> None:
    once = [mount("settings", "/d")]
    twice = sidecar("helper", volumeMounts=[*once, mount("settings", path, sub_path="file")])
    control = Spec((serving("app", volumeMounts=once), sidecar("helper", volumeMounts=once)), volumes=SETTINGS)
    admission.assert_refused(serving("app"), twice, volumes=SETTINGS, because=because, control=control)


@requirement("MC-ADM-27")
@pytest.mark.parametrize("path", ["/", "/dev", "/dev/log"])
def test_a_sidecar_may_not_mount_over_reserved_paths(admission: Admission, path: str) -> None:
    """The root and the devices are not for volumes."""
    because = f'mountPath "{path}" is a reserved path: {CONTAINERS}[1].volumeMounts[0].mountPath'
    reserved = sidecar("helper", volumeMounts=[mount("settings", path)])
    allowed = sidecar("helper", volumeMounts=[mount("settings", "/device")])
    control = Spec((serving("app"), allowed), volumes=SETTINGS)
    admission.assert_refused(serving("app"), reserved, volumes=SETTINGS, because=because, control=control)


@requirement("MC-ADM-35")
def test_a_sidecar_is_never_privileged(admission: Admission, expected: str) -> None:
    """Releases whose API has the field refuse it, others drop it."""
    privileged = sidecar("helper", securityContext={"privileged": True, "runAsUser": 12001})
    if expected == "refused":
        because = f"{NOT_ALLOWED} {CONTAINERS}[1].securityContext.privileged"
        control = (serving("app"), sidecar("helper", securityContext={"runAsUser": 12001}))
        admission.assert_refused(serving("app"), privileged, because=because, control=control)
    else:
        context = admission.containers_as_stored(serving("app"), privileged)["helper"]["securityContext"]
        assert context.get("privileged") is None
        assert context["runAsUser"] == 12001


@requirement("MC-ADM-36")
@pytest.mark.parametrize("field", ["runAsUser", "runAsGroup"])
@pytest.mark.parametrize("value", [-1, 2147483648])
def test_a_user_or_group_out_of_range_is_refused(admission: Admission, field: str, value: int) -> None:
    """Both are numbers of 31 bits; the highest is legal."""
    because = f"expected 0 <= {value} <= 2147483647: {CONTAINERS}[1].securityContext.{field}"
    wrong = sidecar("helper", securityContext={field: value})
    right = sidecar("helper", securityContext={field: 2147483647})
    admission.assert_refused(serving("app"), wrong, because=because, control=(serving("app"), right))


@requirement("MC-ADM-38")
def test_a_refusal_reports_the_errors_of_all_containers(admission: Admission) -> None:
    """Each with the place of its container in the list."""
    no_image = sidecar("helper", image="")
    reserved = sidecar("second", listen=8883, env={"K_SERVICE": "mine"})
    message = admission.assert_refused(
        serving("app"),
        no_image,
        reserved,
        because=f"missing field(s): {CONTAINERS}[1].image",
        control=(serving("app"), sidecar("helper"), sidecar("second", listen=8883)),
    )
    assert f'"K_SERVICE" is a reserved environment variable: {CONTAINERS}[2].env[2].name' in message
