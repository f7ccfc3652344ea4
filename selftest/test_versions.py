"""Releases: read from labels or inferred from the schema, and what changed in them."""

from typing import Any

import pytest

from kmc.fixtures.versions import Change, Releases, Version, from_crd

MINOR = Releases(Version(1, 15), Version(1, 16))


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("1.15.2", Releases(Version(1, 15, 2), Version(1, 15, 3))),
        ("knative-v1.15.0", Releases(Version(1, 15), Version(1, 15, 1))),
        ("v1.15", MINOR),
        ("1.15-vendor.3", MINOR),
    ],
)
def test_reads_a_release_and_any_patch_where_none_is_named(text: str, found: Releases) -> None:
    assert Releases.named(text) == found


@pytest.mark.parametrize("text", ["devel", "", "b85cf85d31", "v1"])
def test_does_not_guess_at_what_is_no_release(text: str) -> None:
    assert Releases.named(text) is None


def test_refuses_what_must_be_a_release() -> None:
    with pytest.raises(ValueError, match="'soon' is not a version"):
        Version.of("soon")


def test_orders_by_number() -> None:
    assert Version.of("1.9") < Version.of("1.12") < Version.of("1.12.1") < Version.of("1.12.10") < Version.of("2.0")


def test_is_written_as_people_write_it() -> None:
    assert [str(Version.of(text)) for text in ("1.15", "1.15.0", "v1.15.3")] == ["1.15", "1.15", "1.15.3"]
    assert str(Change.of(["1.20", "1.18.2", "1.19.7"])) == "1.18.2 and 1.19.7 and 1.20"


@pytest.mark.parametrize(
    ("change", "reached", "not_reached"),
    [
        ("1.17", ["1.17", "1.17.0", "1.18.3", "2.0.0"], ["1.16", "1.16.9", "0.26.1"]),
        ("1.15.3", ["1.15.3", "1.15.4", "1.16", "1.16.0"], ["1.15.2", "1.14", "1.14.9"]),
        (["1.15.3", "1.16.1"], ["1.15.3", "1.16.1", "1.17", "1.23.0"], ["1.14", "1.15.2", "1.16.0"]),
        (["1.15.3", "1.17"], ["1.15.3", "1.17.0"], ["1.15.2", "1.16", "1.16.4"]),
    ],
)
def test_a_change_is_in_what_comes_after_it(change: Any, reached: list[str], not_reached: list[str]) -> None:
    assert {text: Change.of(change).reached(Releases.named(text)) for text in reached + not_reached} == {
        **dict.fromkeys(reached, True),
        **dict.fromkeys(not_reached, False),
    }


@pytest.mark.parametrize(
    ("change", "found"),
    [
        ("1.15.3", MINOR),
        (["1.15.3", "1.16.1"], Releases(Version(1, 16), Version(1, 17))),
        ("1.20", Releases(Version(1, 19), Version(1, 23))),
        (["1.15.3", "1.17"], Releases(Version(1, 15, 4), Version(1, 19))),
        ("1.24", Releases(Version(1, 23))),
    ],
)
def test_whether_a_change_is_there_can_be_unclear(change: Any, found: Releases) -> None:
    assert Change.of(change).reached(found) is None


def test_a_target_that_tells_nothing_is_taken_for_one_of_the_newest() -> None:
    assert Change.of("1.99").reached(None)


def test_a_change_has_one_release_of_each_minor() -> None:
    with pytest.raises(ValueError, match=r"1.15 and 1.15.3 are of the same minor"):
        Change.of(["1.15.3", "1.16.1", "1.15"])


def _crd(pod: dict[str, Any], container: dict[str, Any]) -> dict[str, Any]:
    def properties(**fields: Any) -> dict[str, Any]:
        return {"properties": fields}

    spec = properties(**pod, containers={"items": properties(**container)})
    schema = properties(spec=properties(template=properties(spec=spec)))
    return {"spec": {"versions": [{"name": "v1", "schema": {"openAPIV3Schema": schema}}]}}


def _volumes(kind: str) -> dict[str, Any]:
    return {"volumes": {"items": {"properties": {kind: {"type": "object"}}}}}


@pytest.mark.parametrize(
    ("pod", "container", "found"),
    [
        ({}, {}, None),
        ({"shareProcessNamespace": {"type": "boolean"}}, {}, ("1.12", "1.15")),
        ({"shareProcessNamespace": {"type": "boolean"}}, {"startupProbe": {"type": "object"}}, ("1.15", "1.16")),
        ({"hostPID": {"type": "boolean"}}, {"startupProbe": {"type": "object"}}, ("1.16", "1.17")),
        (_volumes("hostPath"), {}, ("1.17", "1.18")),
        (_volumes("image"), {}, ("1.19", "1.23")),
        (_volumes("ephemeral"), {}, ("1.23", None)),
    ],
)
def test_infers_the_releases_from_the_schema(
    pod: dict[str, Any], container: dict[str, Any], found: tuple[str, str | None] | None
) -> None:
    expected = found and Releases(Version.of(found[0]), Version.of(found[1]) if found[1] else None)
    assert from_crd(_crd(pod, container)) == expected
