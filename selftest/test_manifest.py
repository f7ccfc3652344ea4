"""Services in the words of the tests."""

from kmc.fixtures.service.manifest import PROGRESS_DEADLINE, Spec, mount, service_manifest, serving, sidecar
from kmc.fixtures.target.pod_defaults import RESOURCES, RESTRICTED, PodDefaults

IMAGES = {"servingcontainer": "r/serving@sha256:1", "sidecarcontainer": "r/sidecar@sha256:2"}
DEFAULTS = PodDefaults(
    IMAGES, progress_deadline=20, resources={}, security_context={}, pod={"nodeSelector": {"a": "b"}}
)


def test_a_serving_container_declares_its_port_and_a_sidecar_none() -> None:
    app, helper = (container.to_object(DEFAULTS) for container in (serving("app"), sidecar("helper")))
    assert (app["image"], app["ports"]) == ("r/serving@sha256:1", [{"containerPort": 8881}])
    assert (helper["image"], "ports" in helper) == ("r/sidecar@sha256:2", False)


def test_a_sidecar_that_listens_elsewhere_is_told_so() -> None:
    env = sidecar("helper", listen=9000).to_object(DEFAULTS)["env"]
    assert {"name": "LISTEN_PORT", "value": "9000"} in env


def test_an_empty_name_and_image_are_left_out() -> None:
    silent = sidecar("", image="", resources=None, securityContext=None)
    assert silent.to_object(DEFAULTS) == {}


def test_variables_and_fields_add_up() -> None:
    container = sidecar("helper", workingDir="/tmp").with_env(A="1").with_variables({"name": "B", "valueFrom": {}})
    written = container.with_fields(workingDir=None, tty=True).to_object(DEFAULTS)
    assert [variable["name"] for variable in written["env"]] == ["CONTAINER_NAME", "A", "B"]
    assert ("workingDir" in written, written["tty"]) == (False, True)


def test_the_template_carries_the_labels_of_the_service() -> None:
    manifest = service_manifest({"name": "one", "labels": {"kmc.dev/run": "r"}}, Spec((serving(),)), DEFAULTS)
    assert manifest["spec"]["template"]["metadata"]["labels"] == {"kmc.dev/run": "r"}


def test_writing_a_manifest_leaves_the_containers_as_they_were() -> None:
    container = sidecar("helper").with_variables({"name": "B", "value": "2"})
    assert container.to_object(DEFAULTS) == container.to_object(DEFAULTS)


def test_a_mount_has_only_what_was_said() -> None:
    assert mount("v", "/p") == {"name": "v", "mountPath": "/p"}
    assert mount("v", "/p", read_only=True, sub_path="s")["subPath"] == "s"


def test_a_container_that_says_nothing_is_restricted_and_asks_for_little() -> None:
    plain, own = (each.to_object(PodDefaults(IMAGES, 20)) for each in (sidecar(), sidecar(resources={"limits": {}})))
    assert (plain["resources"], plain["securityContext"]) == (RESOURCES, RESTRICTED)
    assert own["resources"] == {"limits": {}}


def test_a_service_that_is_meant_to_fail_has_the_progress_deadline_of_the_run() -> None:
    written = service_manifest({"name": "one"}, Spec((serving(),), fails_soon=True), DEFAULTS)["spec"]["template"]
    assert written["metadata"]["annotations"][PROGRESS_DEADLINE] == "20s"
    assert written["spec"]["nodeSelector"] == {"a": "b"}
