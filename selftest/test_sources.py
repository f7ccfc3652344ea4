"""The sources of requirements, and what else the suite refers to: all of it can be opened by a stranger."""

import re
from collections.abc import Iterator
from pathlib import Path

import pytest

from kmc import SUITE
from kmc.fixtures.requirements import load
from selftest.test_requirements import ROW, made_up

GIVEN = "https://knative.dev/docs/serving/"
COMMIT = "8998fc816fac2392f2716dc60d7d1bef1072260c"
MADE = {"__pycache__", "out", "build"}
"""Folders of files that are made."""


@pytest.mark.parametrize(
    "link",
    [
        "https://github.com/knative/serving/blob/knative-v1.15.2/pkg/queue/sharedmain/main.go#L395-L404",
        "https://github.com/knative/serving/blob/knative-v1.15.2/config/core/webhooks/defaulting.yaml#L30",
        f"https://github.com/knative/specs/blob/{COMMIT}/specs/serving/runtime-contract.md#file-descriptors",
        "https://github.com/knative/serving/issues/15487",
        "https://github.com/knative/serving/pull/15503",
        "https://knative.dev/docs/serving/configuration/feature-flags/#multiple-containers",
        "https://kubernetes.io/docs/concepts/workloads/pods/#pod-networking",
    ],
)
def test_a_link_that_stays_is_a_source(tmp_path: Path, link: str) -> None:
    assert made_up(tmp_path, ROW.replace(GIVEN, f"'{link}'"))["MC-XXX-01"].sources == (link,)


@pytest.mark.parametrize(
    "link",
    [
        "pkg/queue/sharedmain/main.go:395",
        "http://knative.dev/docs/serving/",
        "https://example.com/docs/serving/",
        "https://knative.dev/blog/",
        "https://knative.dev/docs/serving/ https://knative.dev/docs/eventing/",
        "https://github.com/somebody/serving/blob/knative-v1.15.2/main.go",
        "https://github.com/knative/serving/blob/main/pkg/queue/sharedmain/main.go#L395-L404",
        "https://github.com/knative/serving/blob/master/README.md",
        "https://github.com/knative/serving/blob/release-1.15/README.md",
        "https://github.com/knative/serving/blob/knative-v1.15/README.md",
        f"https://github.com/knative/specs/blob/{COMMIT[:12]}/README.md",
        "https://github.com/knative/serving",
    ],
)
def test_a_link_that_does_not_stay_is_refused_and_what_is_meant_is_said(tmp_path: Path, link: str) -> None:
    with pytest.raises(
        ValueError, match=r"MC-XXX-01 sources 0: .* \(Code and specifications with the tag of a release"
    ):
        made_up(tmp_path, ROW.replace(GIVEN, f"'{link}'"))


@pytest.mark.parametrize(
    ("given", "complaint"),
    [("", r"\[\] should be non-empty"), (f"{GIVEN}, {GIVEN}", "has non-unique elements")],
)
def test_a_requirement_has_sources_and_each_once(tmp_path: Path, given: str, complaint: str) -> None:
    with pytest.raises(ValueError, match=f"MC-XXX-01 sources: .*{complaint}"):
        made_up(tmp_path, ROW.replace(GIVEN, given))


def test_lines_are_given_from_the_first_to_the_last() -> None:
    links = {link for entry in load().by_id.values() for link in entry.sources}
    ranges = {link: re.search(r"#L(\d+)-L(\d+)$", link) for link in links}
    assert any(ranges.values())
    assert [link for link, found in ranges.items() if found and int(found[1]) >= int(found[2])] == []


def files() -> Iterator[Path]:
    root = SUITE.parent
    for entry in root.iterdir():
        if not entry.name.startswith(".") or entry.name in (".ci", ".github"):
            found = (entry, *entry.rglob("*"))
            yield from (file for file in found if file.is_file() and not MADE & set(file.relative_to(root).parts))


def test_nothing_refers_to_a_document_that_is_not_here() -> None:
    word = "catalog" + "ue"
    texts = list(files())
    assert SUITE / "__init__.py" in texts
    assert [file for file in texts if word in file.read_text(errors="ignore").lower()] == []
