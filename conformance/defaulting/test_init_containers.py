"""What Knative fills in of init containers."""

from kmc.fixtures.requirements import requirement
from kmc.fixtures.service import PAIR, Admission, Facts, Object, mount, resources, sidecar


def _first(stored: Object) -> Object:
    found: Object = stored["spec"]["template"]["spec"]["initContainers"][0]
    return found


@requirement("MC-DEF-11")
def test_unnamed_init_containers_get_distinct_names(admission: Admission) -> None:
    """None is that of a container."""
    stored = admission.assert_accepted(*PAIR, init_containers=(sidecar(""), sidecar("")))
    names = [each["name"] for each in stored["spec"]["template"]["spec"]["initContainers"]]
    assert names == ["init-container-0", "init-container-1"]


@requirement("MC-DEF-12")
def test_an_init_container_gets_the_default_resources(admission: Admission, facts: Facts) -> None:
    """As every other container does."""
    stored = admission.assert_accepted(*PAIR, init_containers=(sidecar("first", resources=None),))
    assert sorted(resources(_first(stored))) == sorted(facts.resource_defaults or ())


@requirement("MC-DEF-13")
def test_read_only_volumes_are_mounted_read_only_in_an_init_container(admission: Admission) -> None:
    """As in every other container."""
    first = sidecar("first", volumeMounts=[mount("settings", "/settings")])
    volumes = [{"name": "settings", "configMap": {"name": "settings"}}]
    stored = admission.assert_accepted(*PAIR, init_containers=(first,), volumes=volumes)
    assert _first(stored)["volumeMounts"][0]["readOnly"] is True
