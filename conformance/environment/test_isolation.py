"""What each container sees for itself: its environment, its files, its user."""

import pytest

from kmc.fixtures.requirements import requirement
from kmc.fixtures.service import Deploy, Service, Stored, serving, sidecar

APP_USER, HELPER_USER = 12001, 12002


@pytest.fixture(scope="module")
def settings(stored: Stored) -> tuple[str, str]:
    """A ConfigMap and a Secret, by name."""
    return stored.config_map(greeting="from the ConfigMap"), stored.secret(password="from the Secret")  # noqa: S106


@pytest.fixture(scope="module")
def service(deploy: Deploy, settings: tuple[str, str]) -> Service:
    """Each container has variables and a user of its own; only the sidecar is given the ConfigMap and the Secret."""
    config_map, secret = settings
    return deploy(
        serving("app", env={"OF_THE_APP": "1"}, securityContext={"runAsUser": APP_USER}),
        sidecar(
            "helper",
            env={"OF_THE_HELPER": "1"},
            envFrom=[{"configMapRef": {"name": config_map}}],
            securityContext={"runAsUser": HELPER_USER},
        ).with_variables(
            {"name": "PASSWORD", "valueFrom": {"secretKeyRef": {"name": secret, "key": "password"}}},
        ),
    )


@pytest.fixture(scope="module")
def plain_service(deploy: Deploy, service: Service) -> Service:
    """Containers that run as root, so that nothing but their separation keeps files apart.

    When their pod starts, the Services of another revision are there.
    """
    service.wait_pods(1)
    root = {"runAsUser": 0}
    return deploy(serving("app", securityContext=root), sidecar("helper", securityContext=root))


@requirement("MC-ENV-01")
def test_port_is_set_in_the_serving_container_only(service: Service) -> None:
    """A sidecar that is given no PORT has none."""
    assert service.container("app").env()["PORT"] == "8881"
    assert "PORT" not in service.container("helper").env()


@requirement("MC-ENV-02")
@pytest.mark.parametrize("container", ["app", "helper"])
def test_every_container_knows_what_it_belongs_to(service: Service, container: str) -> None:
    """The names are those of the objects."""
    env = service.container(container).env()
    assert (env["K_SERVICE"], env["K_CONFIGURATION"]) == (service.name, service.name)
    assert env["K_REVISION"] == service.latest.name


@requirement("MC-ENV-03")
def test_variables_are_each_containers_own(service: Service) -> None:
    """Neither sees the other's."""
    app, helper = service.container("app").env(), service.container("helper").env()
    assert ("OF_THE_APP" in app, "OF_THE_HELPER" in app) == (True, False)
    assert ("OF_THE_APP" in helper, "OF_THE_HELPER" in helper) == (False, True)


@requirement("MC-ENV-04")
def test_values_from_elsewhere_reach_only_who_asked(service: Service) -> None:
    """A ConfigMap by envFrom, a Secret's key by valueFrom."""
    app, helper = service.container("app").env(), service.container("helper").env()
    assert (helper["greeting"], helper["PASSWORD"]) == ("from the ConfigMap", "from the Secret")
    assert not {"greeting", "PASSWORD"} & set(app)


@requirement("MC-ENV-05")
@pytest.mark.parametrize("path", ["/tmp/mine", "/mine"])  # noqa: S108 - a path in the container
def test_files_are_each_containers_own(plain_service: Service, path: str) -> None:
    """What one writes to its /tmp or its root is not there in the other."""
    assert plain_service.container("app").write(path, "the app's").ok
    assert plain_service.container("helper").read(path) is None
    assert plain_service.container("helper").write(path, "the helper's").ok
    assert plain_service.container("app").read(path) == "the app's"


@requirement("MC-ENV-07")
def test_each_container_runs_as_its_own_user(service: Service) -> None:
    """The user of one is neither applied to all nor to none."""
    users = (service.container("app").user()["uid"], service.container("helper").user()["uid"])
    assert users == (APP_USER, HELPER_USER)


@requirement("MC-ENV-06")
def test_each_container_sees_its_own_processes_only(plain_service: Service) -> None:
    """Though both run as root."""
    assert "servingcontainer" in plain_service.container("app").programs()
    assert "sidecarcontainer" not in plain_service.container("app").programs()
    assert "sidecarcontainer" in plain_service.container("helper").programs()
    assert "servingcontainer" not in plain_service.container("helper").programs()


@requirement("MC-ENV-08")
def test_a_sidecar_has_neither_input_nor_terminal(plain_service: Service) -> None:
    """What it reads from its standard input is the end."""
    assert plain_service.container("helper").ask("/stdin") == {"state": "eof", "tty": False}


@requirement("MC-ENV-10")
@pytest.mark.parametrize("container", ["app", "helper"])
def test_no_variable_tells_of_other_services(plain_service: Service, container: str) -> None:
    """But of the API server's, though there are others in the namespace."""
    names = [name for name in plain_service.container(container).env() if name.endswith("_SERVICE_HOST")]
    assert names == ["KUBERNETES_SERVICE_HOST"]
