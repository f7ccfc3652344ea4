"""Admission beyond Services that are accepted or refused: Configurations, warnings and dry runs."""

from kmc.fixtures.requirements import requirement
from kmc.fixtures.service import CONTAINERS, PAIR, SECOND_PORT, Admission, serving, sidecar


@requirement("MC-ADM-41")
def test_configurations_are_validated_like_services(admission: Admission) -> None:
    """Ports, names and variables follow the same rules."""
    configurations = admission.of_configurations
    reserved = f'"K_SERVICE" is a reserved environment variable: {CONTAINERS}[1].env[1].name'
    for wrong, because in (
        (sidecar("helper", ports=[{"containerPort": 8882}]), SECOND_PORT),
        (sidecar("app"), f'duplicate container name "app": {CONTAINERS}[1].name'),
        (sidecar("helper", env={"K_SERVICE": "mine"}), reserved),
    ):
        configurations.assert_refused(serving("app"), wrong, because=because, control=PAIR)


@requirement("MC-ADM-42")
def test_warnings_about_insecure_defaults_name_every_container(admission: Admission) -> None:
    """A container that is secured is not among them."""
    field = "securityContext.allowPrivilegeEscalation"
    warnings = admission.warnings(serving("app", securityContext=None), sidecar("helper", securityContext=None))
    assert f"{CONTAINERS}[0].{field}" in warnings
    assert f"{CONTAINERS}[1].{field}" in warnings
    secured = sidecar("helper", securityContext={"allowPrivilegeEscalation": False})
    assert f"{CONTAINERS}[1].{field}" not in admission.warnings(serving("app", securityContext=None), secured)


@requirement("MC-ADM-43")
def test_a_dry_run_is_validated_and_stores_nothing(admission: Admission) -> None:
    """Accepted or refused, there is no Service, and nothing that comes of one."""
    second_port = sidecar("helper", ports=[{"containerPort": 8882}])
    admission.assert_refused(serving("app"), second_port, because=SECOND_PORT, control=PAIR)
    admission.assert_nothing_stored()


@requirement("MC-ADM-44")
def test_a_dry_run_finds_what_kubernetes_would_refuse(admission: Admission) -> None:
    """Here the name of a container that Knative accepts and Kubernetes does not."""
    because = "spec.containers[1].name: Invalid value"
    admission.assert_refused(serving("app"), sidecar("Bad_Name"), because=because, control=PAIR)
