"""emptyDir volumes: how long they live, on which medium, and where they may be mounted."""

from collections.abc import Mapping

import pytest

from kmc.fixtures.requirements import requirement
from kmc.fixtures.service import GREETING, Admission, Deploy, Object, Service, Spec, mount, serving, sidecar

MEMORY = {"medium": "Memory", "sizeLimit": "8Mi"}


OFTEN_WRITTEN = ["/tmp", "/var/log"]  # noqa: S108 - paths in the containers
"""Paths that containers often write to. Knative 1.12 takes no mounts there."""


@pytest.fixture(scope="module")
def service(deploy: Deploy) -> Service:
    """An emptyDir of each kind, in both containers."""
    return _with_volumes(deploy, {"/disk": {}, "/memory": MEMORY})


@pytest.fixture(scope="module")
def at_often_written_paths(deploy: Deploy) -> Service:
    """An emptyDir at each of these paths, in both containers."""
    return _with_volumes(deploy, {path: {} for path in OFTEN_WRITTEN})


def _with_volumes(deploy: Deploy, volumes: Mapping[str, Object]) -> Service:
    names = {path: path.strip("/").replace("/", "-") for path in volumes}
    mounts = [mount(name, path) for path, name in names.items()]
    return deploy(
        serving("app", volumeMounts=mounts),
        sidecar("helper", volumeMounts=mounts),
        volumes=[{"name": names[path], "emptyDir": source} for path, source in volumes.items()],
    )


@requirement("MC-VOL-04")
@pytest.mark.parametrize("container", ["app", "helper"])
def test_an_empty_dir_can_be_in_memory(service: Service, container: str) -> None:
    """It is a tmpfs of the size that was set."""
    found = service.container(container).mount("/memory")
    assert found["type"] == "tmpfs"
    assert "size=8192k" in found["options"]


@requirement("MC-VOL-04")
def test_an_unknown_medium_is_refused(admission: Admission) -> None:
    """The known ones are Memory, and the node's own."""
    app = serving("app", volumeMounts=[mount("data", "/data")])
    because = "invalid value: Disk: spec.template.spec.volumes[0].emptyDir.medium"
    wrong, right = ([{"name": "data", "emptyDir": {"medium": medium}}] for medium in ("Disk", "Memory"))
    control = Spec((app, sidecar("helper")), volumes=right)
    admission.assert_refused(app, sidecar("helper"), volumes=wrong, because=because, control=control)


@requirement("MC-VOL-10")
@pytest.mark.parametrize("path", OFTEN_WRITTEN)
def test_an_empty_dir_can_be_shared_at_tmp_and_var_log(at_often_written_paths: Service, path: str) -> None:
    """What one container writes there, the other reads."""
    service = at_often_written_paths
    assert service.container("helper").write(f"{path}/shared", f"by the helper in {path}").ok
    assert service.container("app").read(f"{path}/shared") == f"by the helper in {path}"


@requirement("MC-VOL-03")
def test_an_empty_dir_lives_as_long_as_its_pod(service: Service) -> None:
    """A restarted container finds what it wrote; a container of a new pod finds nothing."""
    assert service.container("helper").write("/disk/kept", "by the helper").ok
    pod = service.pod
    service.container("helper").send("POST", "/exit", {"code": "1"})
    service.wait_restarted("helper")
    service.wait_body(GREETING)
    assert service.container("helper").read("/disk/kept") == "by the helper"
    service.delete_pod(pod)
    service.wait_pod_gone(pod)
    service.wait_body(GREETING)
    assert service.container("helper").identity()["pod"] != pod.name
    assert service.container("helper").read("/disk/kept") is None
