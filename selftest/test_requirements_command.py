"""`kmc requirements`, as it is typed."""

import json
from dataclasses import replace
from typing import Any

import pytest
from click.testing import CliRunner, Result

from kmc.fixtures.requirements import load
from kmc.main import main
from kmc.reports.records import Profile


def kmc(*arguments: str) -> Result:
    return CliRunner().invoke(main, ["requirements", *arguments])


def parsed(*arguments: str) -> Any:
    return json.loads(kmc(*arguments, "--format", "json").output)


def test_the_list_has_every_requirement_of_the_profile() -> None:
    wanted = [entry.id for entry in load().of_profiles([Profile.PROBING])]
    assert [row["id"] for row in parsed("list", "--profile", "probing")] == wanted != []


def test_a_markdown_list_has_a_row_for_each() -> None:
    lines = kmc("list", "--format", "markdown").output.splitlines()
    assert lines[:2] == ["| id | profile | level | claim |", "| --- | --- | --- | --- |"]
    assert len(lines) == 2 + len(load().by_id)


def test_a_requirement_is_shown_with_its_tests() -> None:
    shown = parsed("show", "mc-rte-02")
    assert shown["claim"] == load()["MC-RTE-02"].claim
    assert shown["tests"]
    assert shown["tests"][0] in kmc("show", "MC-RTE-02", "--format", "markdown").output


def test_sources_are_shown_in_one_piece_each() -> None:
    sources = list(load()["MC-RTE-02"].sources)
    assert parsed("show", "MC-RTE-02")["sources"] == sources
    shown = kmc("show", "MC-RTE-02").output.splitlines()
    assert [line.split() for line in shown if line.startswith(" source ")] == [["source", link] for link in sources]
    assert "<br>".join(sources) in kmc("show", "MC-RTE-02", "--format", "markdown").output


def test_one_that_is_not_there_is_told() -> None:
    answer = kmc("show", "MC-XXX-01")
    assert answer.exit_code == 1
    assert "there is no requirement MC-XXX-01; kmc requirements list has them all" in answer.output


def test_the_coverage_is_counted() -> None:
    found = load()
    report = parsed("coverage")
    assert report["summary"]["accounted"] == report["summary"]["behaviours"] == len(found.behaviours)
    assert {row["id"] for row in report["requirements"]} == {*found.behaviours, *found.by_id}
    assert all(row["by"] for row in report["requirements"])
    assert kmc("coverage").exit_code == 0


def test_a_missing_behaviour_is_told_and_fails(monkeypatch: pytest.MonkeyPatch) -> None:
    found = load()
    monkeypatch.setattr(
        "kmc.commands.requirements.load", lambda: replace(found, behaviours=(*found.behaviours, "MC-XXX-01"))
    )
    answer = kmc("coverage", "--format", "markdown")
    assert answer.exit_code == 1
    assert "| MC-XXX-01 |  | missing |  |" in answer.output
    assert f"{len(found.behaviours)} of {len(found.behaviours) + 1} behaviours accounted for" in answer.output
