"""Public reports of bugs, and what of the requirement set would notice them: conformance/known-bugs.yaml."""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated

import yaml
from pydantic import ConfigDict, Field, TypeAdapter, with_config

from kmc.fixtures.requirements import FOLDER, Requirements

FILE = FOLDER / "known-bugs.yaml"
Text = Annotated[str, Field(min_length=1)]
Link = Annotated[str, Field(pattern=r"^https://github\.com/(knative|kserve)/[a-z]+/(issues|pull)/[0-9]+$")]


@with_config(ConfigDict(extra="forbid"))
@dataclass(frozen=True)
class KnownBug:
    """A bug that was reported: in which releases, what would notice it, and where that was seen.

    `because` says why nothing would, or not all of it.
    """

    what: Text
    broken: Text
    reports: Annotated[tuple[Link, ...], Field(min_length=1)]
    judged: tuple[Text, ...] = ()
    seen: tuple[Text, ...] = ()
    because: str = ""


@dataclass(frozen=True)
class _File:
    bugs: tuple[KnownBug, ...]


def load(file: Path = FILE) -> tuple[KnownBug, ...]:
    """Read the file.

    Raises:
        ValueError: it has another form.

    """
    return TypeAdapter(_File).validate_python(yaml.safe_load(file.read_text())).bugs


def unaccounted(bugs: Sequence[KnownBug], requirements: Requirements) -> list[str]:
    """Return what is missing: bugs that nothing judges, with no reason why, and requirements that are none."""
    tested = {each.id for each in requirements.judged()}
    silent = [bug for bug in bugs if not bug.judged and not bug.because]
    untested = [(bug, each) for bug in bugs for each in bug.judged if each not in tested]
    return [
        *(f"{bug.what} Nothing judges it, and no reason is given." for bug in silent),
        *(f"{bug.what} It is to be judged by {each}, which has no test." for bug, each in untested),
    ]
