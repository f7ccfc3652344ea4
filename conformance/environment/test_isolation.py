"""What each container has for itself: variables, files, user, processes."""

import pytest

from kmc.fixtures.requirements import requirement
from kmc.fixtures.service import PAIR, RESTRICTED, Deploy, Facts, Service, Stored, serving, sidecar


@pytest.fixture(scope="module")
def settings(stored: Stored) -> tuple[str, str]:
    """A ConfigMap and a Secret, by name."""
    return stored.config_map(greeting="from the ConfigMap"), stored.secret(password="from the Secret")  # noqa: S106


@pytest.fixture(scope="module")
def service(deploy: Deploy, facts: Facts, settings: tuple[str, str]) -> Service:
    """Each container has variables and a user of its own; only the sidecar is given the ConfigMap and the Secret."""
    config_map, secret = settings
    app_user, helper_user, _ = facts.users
    return deploy(
        serving("app", env={"OF_THE_APP": "1"}, securityContext={**RESTRICTED, "runAsUser": app_user}),
        sidecar(
            "helper",
            env={"OF_THE_HELPER": "1"},
            envFrom=[{"configMapRef": {"name": config_map}}],
            securityContext={**RESTRICTED, "runAsUser": helper_user},
        ).with_variables(
            {"name": "PASSWORD", "valueFrom": {"secretKeyRef": {"name": secret, "key": "password"}}},
        ),
    )


@pytest.fixture(scope="module")
def same_user(deploy: Deploy, service: Service) -> Service:
    """Containers that run as the same user, so that nothing but their separation keeps files apart.

    When their pod starts, the Services of another revision are there.
    """
    service.wait_pods(1)
    return deploy(*PAIR)


@requirement("MC-ENV-01")
def test_port_is_set_in_the_serving_container_only(service: Service) -> None:
    """A sidecar has none, unless it sets its own."""
    assert service.env("app")["PORT"] == "8881"
    assert "PORT" not in service.env("helper")


@requirement("MC-ENV-02")
@pytest.mark.parametrize("container", ["app", "helper"])
def test_every_container_has_the_names_of_its_service_and_revision(service: Service, container: str) -> None:
    """In K_SERVICE, K_CONFIGURATION and K_REVISION."""
    env = service.env(container)
    assert (env["K_SERVICE"], env["K_CONFIGURATION"]) == (service.name, service.name)
    assert env["K_REVISION"] == service.latest.name


@requirement("MC-ENV-03")
def test_variables_are_not_shared(service: Service) -> None:
    """Neither container sees the other's."""
    app, helper = service.env("app"), service.env("helper")
    assert ("OF_THE_APP" in app, "OF_THE_HELPER" in app) == (True, False)
    assert ("OF_THE_APP" in helper, "OF_THE_HELPER" in helper) == (False, True)


@requirement("MC-ENV-04")
def test_config_maps_and_secrets_reach_only_their_container(service: Service) -> None:
    """A ConfigMap by envFrom, a Secret's key by valueFrom."""
    app, helper = service.env("app"), service.env("helper")
    assert (helper["greeting"], helper["PASSWORD"]) == ("from the ConfigMap", "from the Secret")
    assert not {"greeting", "PASSWORD"} & set(app)


@requirement("MC-ENV-05")
def test_files_are_not_shared(same_user: Service) -> None:
    """What one writes to its /tmp is not seen by the other."""
    same_user.require_no_shared_mounts("app", "helper")
    path = "/tmp/mine"  # noqa: S108 - a path in the container
    assert same_user.container("app").write(path, "the app's").ok
    assert same_user.container("helper").read(path) is None
    assert same_user.container("helper").write(path, "the helper's").ok
    assert same_user.container("app").read(path) == "the app's"


@requirement("MC-ENV-07")
def test_each_container_runs_as_its_own_user(service: Service, facts: Facts) -> None:
    """Each has the one that its own securityContext names."""
    service.require_as_written("app", "securityContext.runAsUser")
    service.require_as_written("helper", "securityContext.runAsUser")
    users = (service.container("app").user()["uid"], service.container("helper").user()["uid"])
    assert users == facts.users[:2]


@requirement("MC-ENV-06")
def test_each_container_sees_its_own_processes_only(same_user: Service) -> None:
    """Though both run as the same user."""
    same_user.require_pod_as_written("shareProcessNamespace")
    assert "servingcontainer" in same_user.container("app").programs()
    assert "sidecarcontainer" not in same_user.container("app").programs()
    assert "sidecarcontainer" in same_user.container("helper").programs()
    assert "servingcontainer" not in same_user.container("helper").programs()


@requirement("MC-ENV-08")
def test_a_sidecar_has_neither_stdin_nor_a_terminal(same_user: Service) -> None:
    """Its standard input is at its end."""
    assert same_user.container("helper").ask("/stdin") == {"state": "eof", "tty": False}


@requirement("MC-ENV-10")
@pytest.mark.parametrize("container", ["app", "helper"])
def test_no_variable_names_another_service(same_user: Service, container: str) -> None:
    """Only the API server's is named, though there are others in the namespace."""
    names = [name for name in same_user.env(container) if name.endswith("_SERVICE_HOST")]
    assert names == ["KUBERNETES_SERVICE_HOST"]
