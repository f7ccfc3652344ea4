"""Versions: read from labels, or inferred from the schema."""

from typing import Any

import pytest

from kmc.fixtures.versions import Version, floor_from_crd


@pytest.mark.parametrize("text", ["1.15.2", "v1.15", "knative-v1.15.0", "1.15-vendor.3"])
def test_reads_a_release(text: str) -> None:
    assert Version.parse(text) == Version(1, 15)


@pytest.mark.parametrize("text", ["devel", "", "b85cf85d31", "v1"])
def test_does_not_guess_at_what_is_no_release(text: str) -> None:
    assert Version.parse(text) is None


def test_refuses_what_must_be_a_release() -> None:
    with pytest.raises(ValueError, match="'soon' is not a version"):
        Version.of("soon")


def test_orders_by_number() -> None:
    assert Version.of("1.9") < Version.of("1.12") < Version.of("2.0")


def _crd(pod: dict[str, Any], container: dict[str, Any]) -> dict[str, Any]:
    def properties(**fields: Any) -> dict[str, Any]:
        return {"properties": fields}

    spec = properties(**pod, containers={"items": properties(**container)})
    schema = properties(spec=properties(template=properties(spec=spec)))
    return {"spec": {"versions": [{"name": "v1", "schema": {"openAPIV3Schema": schema}}]}}


@pytest.mark.parametrize(
    ("pod", "container", "floor"),
    [
        ({}, {}, None),
        ({"shareProcessNamespace": {"type": "boolean"}}, {}, "1.12"),
        ({"shareProcessNamespace": {"type": "boolean"}}, {"startupProbe": {"type": "object"}}, "1.15"),
        ({"hostPID": {"type": "boolean"}}, {"startupProbe": {"type": "object"}}, "1.16"),
        ({"volumes": {"items": {"properties": {"hostPath": {"type": "object"}}}}}, {}, "1.17"),
        ({"volumes": {"items": {"properties": {"ephemeral": {"type": "object"}}}}}, {}, "1.23"),
    ],
)
def test_infers_a_floor_from_the_schema(pod: dict[str, Any], container: dict[str, Any], floor: str | None) -> None:
    assert floor_from_crd(_crd(pod, container)) == (Version.of(floor) if floor else None)
