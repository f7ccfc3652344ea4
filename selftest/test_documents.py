"""The documents: their links lead somewhere, and what they say of commands, options and timeouts is so."""

import argparse
import re
import shlex
from collections.abc import Iterator
from itertools import takewhile
from pathlib import Path

import click
import pytest

from kmc.commands.run import option_parser
from kmc.fixtures.timeouts import Timeouts
from kmc.main import main

CHECKOUT = Path(__file__).parents[1]
FOLDERS = ("", "docs/", "clusters/", "clusters/kind/", "examples/", "images/")
DOCUMENTS = sorted(file for folder in FOLDERS for file in CHECKOUT.glob(f"{folder}*.md"))
REFERENCE = (CHECKOUT / "docs" / "reference.md").read_text()
PYTESTS_OWN = {"-n", "-k", "-x", "-v", "-p", "--pdb", "--help"}

_LINK = re.compile(r"\[[^\]]*\]\(([^)\s]+)\)")
_CODE = re.compile(r"^```.*?^```", re.MULTILINE | re.DOTALL)
_HEADING = re.compile(r"^#+ (.+)$", re.MULTILINE)
_COMMAND = re.compile(r"^[$#] (?:\w+=\S+ )*(kmc (?:.*\\\n)*.*)$", re.MULTILINE)


def named(document: Path) -> str:
    return str(document.relative_to(CHECKOUT))


def links(document: Path) -> list[str]:
    found = _LINK.findall(_CODE.sub("", document.read_text()))
    return [link for link in found if not link.startswith(("http:", "https:"))]


def anchors(document: Path) -> set[str]:
    """Return the anchors that GitHub gives to a document's headings."""
    headings = _HEADING.findall(_CODE.sub("", document.read_text()))
    return {re.sub(r"[^\w\- ]", "", heading.lower()).replace(" ", "-") for heading in headings}


def is_broken(document: Path, link: str) -> bool:
    path, _, anchor = link.partition("#")
    target = (document.parent / path).resolve() if path else document
    if not target.exists():
        return True
    return bool(anchor) and anchor not in anchors(target)


def commands(document: Path) -> list[str]:
    """Return the commands of the suite that a document shows, each in one line."""
    blocks = _CODE.findall(document.read_text())
    return [command.replace("\\\n", " ") for block in blocks for command in _COMMAND.findall(block)]


def unknown(command: str) -> Iterator[str]:
    """Yield what is wrong with a command: a word that is no command, or an option that it does not have."""
    words = list(takewhile("|".__ne__, shlex.split(command, comments=True)))[1:]
    found: click.Command = main
    while isinstance(found, click.Group) and words and not words[0].startswith("-"):
        name = words.pop(0)
        below = found.get_command(click.Context(found), name)
        if below is None:
            yield name
            return
        found = below
    options = {option for parameter in found.params for option in parameter.opts} | {"--help", "--version"}
    if found.name == "run" or found.context_settings.get("ignore_unknown_options"):
        options |= set(option_parser()._option_string_actions) | PYTESTS_OWN  # noqa: SLF001 - no public list
    yield from (word for word in words if word.startswith("-") and word.partition("=")[0] not in options)


@pytest.mark.parametrize("document", DOCUMENTS, ids=named)
def test_links_lead_somewhere(document: Path) -> None:
    assert [link for link in links(document) if is_broken(document, link)] == []


@pytest.mark.parametrize("document", DOCUMENTS, ids=named)
def test_commands_exist_with_their_options(document: Path) -> None:
    wrong = {command: list(unknown(command)) for command in commands(document)}
    assert {command: words for command, words in wrong.items() if words} == {}


@pytest.mark.parametrize("document", DOCUMENTS, ids=named)
def test_no_path_of_a_machine_is_shown(document: Path) -> None:
    assert re.findall(r"(?<![\w.~])/(?:home|root|tmp|work)/\S*", document.read_text()) == []


def test_a_broken_link_and_a_wrong_command_are_noticed(tmp_path: Path) -> None:
    document = tmp_path / "some.md"
    links_of_all_kinds = "[a](#a-head-ing) [b](none.md) [c](#none)"
    document.write_text(f"# A `head`, ing\n{links_of_all_kinds}\n```console\n$ kmc report sing X\n```\n")
    assert [link for link in links(document) if is_broken(document, link)] == ["none.md", "#none"]
    assert [list(unknown(command)) for command in commands(document)] == [["sing"]]
    assert list(unknown("kmc run --requirement MC-LOC-01 --requirements X -n 2")) == ["--requirements"]


def test_the_reference_has_every_option_of_a_run() -> None:
    shown = [action for action in option_parser()._actions if action.help != argparse.SUPPRESS]  # noqa: SLF001
    options = [option for action in shown for option in action.option_strings]
    assert [option for option in options if option != "-h" and f"`{option}" not in REFERENCE] == []


def test_the_reference_has_every_timeout_with_its_seconds() -> None:
    missing = {
        name: value for name, value in Timeouts().to_json().items() if f"| `{name}` | {value:g} |" not in REFERENCE
    }
    assert missing == {}


def test_the_reference_has_every_command() -> None:
    assert [name for name in main.list_commands(click.Context(main)) if f"`kmc {name}" not in REFERENCE] == []
