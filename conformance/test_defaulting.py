"""Defaulting: what the platform fills in where the user said nothing."""

from fixtures.admission import Admission
from fixtures.manifest import serving, sidecar
from fixtures.requirements import requirement


@requirement("MC-DEF-01")
def test_unnamed_containers_get_distinct_names(admission: Admission) -> None:
    """Each gets a number of its own."""
    stored = admission.accepts(serving(""), sidecar(""), sidecar("", listen=8883))
    names = [container["name"] for container in stored["spec"]["template"]["spec"]["containers"]]
    assert names == ["user-container-0", "user-container-1", "user-container-2"]


@requirement("MC-DEF-02")
def test_a_default_name_is_not_one_that_the_user_chose(admission: Admission) -> None:
    """A number that is taken is passed over."""
    stored = admission.accepts(serving("user-container-0"), sidecar(""))
    names = [container["name"] for container in stored["spec"]["template"]["spec"]["containers"]]
    assert names == ["user-container-0", "user-container-1"]


@requirement("MC-DEF-04")
def test_only_the_serving_container_gets_a_readiness_probe(admission: Admission) -> None:
    """The default probe asks for a TCP connection to the serving port."""
    app, helper = admission.accepts(serving("app"), sidecar("helper"))["spec"]["template"]["spec"]["containers"]
    assert app["readinessProbe"] == {"successThreshold": 1, "tcpSocket": {"port": 0}}
    assert "readinessProbe" not in helper
