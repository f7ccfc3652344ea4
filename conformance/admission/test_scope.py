"""Admission beyond the creation of a Service: Revisions, Configurations, warnings and dry runs."""

from kmc.fixtures.requirements import requirement
from kmc.fixtures.service import Admission, serving, sidecar

CONTAINERS = "spec.template.spec.containers"
PAIR = (serving("app"), sidecar("helper"))


@requirement("MC-ADM-41")
def test_a_configuration_follows_the_same_rules(admission: Admission) -> None:
    """Ports, names and variables are judged as those of a Service are."""
    judge = admission.of_configurations
    second_port = sidecar("helper", ports=[{"containerPort": 8882}])
    because = f"more than one container port is set: {CONTAINERS}[*].ports"
    judge.refuses(serving("app"), second_port, because=because, control=PAIR)
    because = f'duplicate container name "app": {CONTAINERS}[1].name'
    judge.refuses(serving("app"), sidecar("app"), because=because, control=PAIR)
    because = f'"K_SERVICE" is a reserved environment variable: {CONTAINERS}[1].env[1].name'
    judge.refuses(serving("app"), sidecar("helper", env={"K_SERVICE": "mine"}), because=because, control=PAIR)


@requirement("MC-ADM-42")
def test_a_warning_of_insecure_defaults_names_every_container(admission: Admission) -> None:
    """A container that is secured is not among them."""
    field = "securityContext.allowPrivilegeEscalation"
    warnings = admission.warns(*PAIR)
    assert f"{CONTAINERS}[0].{field}" in warnings
    assert f"{CONTAINERS}[1].{field}" in warnings
    secured = sidecar("helper", securityContext={"allowPrivilegeEscalation": False})
    assert f"{CONTAINERS}[1].{field}" not in admission.warns(serving("app"), secured)


@requirement("MC-ADM-43")
def test_a_dry_run_judges_and_stores_nothing(admission: Admission) -> None:
    """Accepted or refused, there is no Service, and nothing that comes of one."""
    because = f"more than one container port is set: {CONTAINERS}[*].ports"
    admission.refuses(serving("app"), sidecar("helper", ports=[{"containerPort": 8882}]), because=because, control=PAIR)
    admission.leaves_nothing()
