"""The sources of requirements, and what else the suite refers to: all of it can be opened by a stranger."""

import os
import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest

from kmc import SUITE
from kmc.clusters.embedded.releases import releases
from kmc.fixtures.requirements import load
from selftest.test_requirements import ROW, made_up

GIVEN = "https://knative.dev/docs/serving/"
COMMIT = "8998fc816fac2392f2716dc60d7d1bef1072260c"
MADE = {"__pycache__", "out", "build"}
"""Folders of files that are made."""
LINES = re.compile(r"https://github\.com/knative/([a-z]+)/blob/([^/]+)/([^#]+)#L(\d+)(?:-L(\d+))?")
MOST_LINES = 40
"""As many lines as a source may name: the lines that show the claim, and not the file or the long test around them."""


@dataclass(frozen=True)
class Lines:
    """A link to lines of upstream's code; one line is its own last."""

    link: str
    repository: str
    at: str
    path: str
    first: int
    last: int

    @property
    def module(self) -> str:
        """What the folder of this version is called where Go keeps modules, as a pattern."""
        if release := re.fullmatch(r"knative-v1\.(\d+)\.(\d+)", self.at):
            return f"{self.repository}@v0.{int(release[1]) + 27}.{release[2]}"
        return f"{self.repository}@*-{self.at[:12]}"


def all_lines() -> list[Lines]:
    """Return each link to lines that a requirement has."""
    links = sorted({link for entry in load().by_id.values() for link in entry.sources})
    found = [match for link in links if (match := LINES.fullmatch(link))]
    return [Lines(each[0], each[1], each[2], each[3], int(each[4]), int(each[5] or each[4])) for each in found]


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


def test_lines_are_given_from_the_first_to_the_last_and_are_few() -> None:
    assert all_lines()
    assert [each.link for each in all_lines() if not 0 <= each.last - each.first < MOST_LINES] == []


def test_code_of_serving_is_of_a_minor_release_that_the_embedded_cluster_runs() -> None:
    known = {f"knative-v{release.name}" for release in releases()}
    serving = [each for each in all_lines() if each.repository == "serving"]
    assert [each.link for each in serving if each.at.rpartition(".")[0] not in known] == []


def cut_off(text: list[str], lines: Lines) -> bool:
    """Whether a file lacks some of the lines, or they begin or end amiss, as those of another version do."""
    named = [line.strip() for line in text[lines.first - 1 : lines.last]]
    return len(named) <= lines.last - lines.first or named[0] in ("", "}", ")") or not named[-1]


def test_lines_are_whole_in_the_releases_that_this_machine_has_the_code_of() -> None:
    go = Path(os.environ.get("GOPATH") or Path.home() / "go")
    modules = Path(os.environ.get("GOMODCACHE") or go / "pkg" / "mod") / "knative.dev"
    found = [(each, folder) for each in all_lines() for folder in modules.glob(each.module)]
    if not found:
        pytest.skip(f"no release of Knative that a source names is below {modules}: build an embedded cluster first")
    there = [(each, folder / each.path) for each, folder in found]
    assert [each.link for each, file in there if not file.is_file()] == []
    assert [each.link for each, file in there if cut_off(file.read_text().splitlines(), each)] == []


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
