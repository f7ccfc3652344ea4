"""The conformance report, as data. Its published schema, `schema/conformance-report-v1.json`, is generated from it.

Everything in it follows from the journal; keys are sorted and lists have a fixed order, so that two equal runs differ
only in times, ids and the digests of those.
"""

import hashlib
import json
from collections.abc import Mapping
from dataclasses import dataclass, replace
from enum import StrEnum
from pathlib import Path
from typing import Annotated, Any, Final, Literal

from pydantic import Field

from kmc.reports import files
from kmc.reports.files import ReportError
from kmc.reports.records import (
    Attachment,
    Image,
    Implementation,
    Outcome,
    Profile,
    Requirement,
    RequirementSet,
    Suite,
    TargetFacts,
    plain,
)
from kmc.reports.strict_json import (
    Count,
    InvalidJson,
    Seconds,
    Sha256,
    Text,
    Time,
    canonical,
    decode,
    encode,
    schema_of,
)

API_VERSION: Final = "kmc.dev/v1"
KIND: Final = "ConformanceReport"
SCHEMA_ID = "https://kmc.dev/v1/conformance-report.json"

Counts = Annotated[Mapping[Outcome, Count], Field(min_length=len(Outcome), max_length=len(Outcome))]
"""How many requirements had each outcome, zeros included."""


class Verdict(StrEnum):
    """What a profile, or the whole run, comes to."""

    CONFORMANT = "conformant"
    NOT_CONFORMANT = "not conformant"
    PARTIAL = "partial"
    NOT_OFFERED = "not offered"


@dataclass(frozen=True)
class CheckResult:
    """One test of a requirement; its id is empty when no test took part.

    A requirement that warns only has its failures as `warned`.
    """

    test: str
    outcome: Outcome
    cause: str
    detail: str
    start: Time | None
    duration: Seconds
    worker: str | None
    attachments: tuple[Attachment, ...]


@dataclass(frozen=True)
class Observation:
    """A value that a test saw."""

    test: str
    name: Text
    value: object


@dataclass(frozen=True, kw_only=True)
class RequirementResult(Requirement):
    """A requirement and what came of it: the worst of its tests, the cause of that, and the seconds they took."""

    outcome: Outcome
    cause: str
    duration: Seconds
    evidence: tuple[Observation, ...]
    tests: tuple[CheckResult, ...]

    def requirement(self) -> Requirement:
        """Return the requirement alone."""
        return plain(Requirement, self)


@dataclass(frozen=True)
class ProfileResult:
    """The verdict of a profile, why it is that, and how many requirements had each outcome."""

    name: Profile
    verdict: Verdict
    reason: Text
    counts: Counts


@dataclass(frozen=True)
class Run:
    """The run. Its end and exit code are null when it was killed.

    `selection` is what narrowed it below whole profiles; it is empty for a whole run.
    """

    id: Text
    start: Time
    end: Time | None
    exit_code: int | None
    interrupted: bool
    options: Mapping[str, object]
    timeouts: Mapping[str, Seconds]
    selection: tuple[Text, ...]


@dataclass(frozen=True)
class JournalFile:
    """The journal that a report was made from: its digest, its records, and how many a killed writer left torn."""

    sha256: Sha256
    records: Annotated[int, Field(ge=1)]
    torn: Count


@dataclass(frozen=True)
class Report:
    """What a run of the conformance suite found about multi-container Services on one target.

    Times are UTC, durations are seconds. `implementation` is the product in its vendor's words, null when nobody said;
    `target` the cluster as found, null when the run ended before it was looked at. `requirements` are all those of
    every profile that the run covers, in the order of their ids. `residue` are the objects, as kind/namespace/name,
    that clean-up left behind, null when nobody looked. `sha256` is that of the report's canonical JSON (sorted keys,
    no spaces, ASCII) with this field empty.
    """

    api_version: Literal["kmc.dev/v1"]
    kind: Literal["ConformanceReport"]
    implementation: Implementation | None
    suite: Suite
    requirement_set: RequirementSet
    target: TargetFacts | None
    images: tuple[Image, ...]
    verdict: Verdict
    reason: Text
    profiles: tuple[ProfileResult, ...]
    requirements: Annotated[tuple[RequirementResult, ...], Field(min_length=1)]
    totals: Counts
    residue: tuple[Text, ...] | None
    run: Run
    journal: JournalFile
    sha256: Sha256


def sealed(report: Report) -> Report:
    """Return the report with its own digest."""
    return replace(report, sha256=own_digest(encode(report)))


def own_digest(report: Mapping[str, object]) -> str:
    """Return what the `sha256` in the JSON of a report has to be."""
    return hashlib.sha256(canonical({**report, "sha256": ""}).encode()).hexdigest()


def dumps(report: Report) -> str:
    """Return the text of a report file. Raises ReportError when it breaks the schema."""
    text = formatted(encode(report))
    try:
        decode(Report, text)
    except InvalidJson as error:
        raise ReportError(f"the report breaks its own schema: {error}") from error
    return text


def loads(text: str | bytes) -> Report:
    """Return the report of a file's text. Raises ReportError when it is none, or has a field that is not known."""
    try:
        return decode(Report, text)
    except InvalidJson as error:
        raise ReportError(f"is not a conformance report: {error}") from error


def load(file: Path) -> Report:
    """Return the report in a file. Raises ReportError, which names the file, when it is none."""
    content = files.read(file)
    try:
        return loads(content)
    except ReportError as error:
        raise ReportError(f"{file}: {error}") from error


def formatted(report: Mapping[str, object]) -> str:
    """Return the JSON of a report as files have it."""
    return json.dumps(report, indent=2, sort_keys=True, allow_nan=False) + "\n"


def schema() -> dict[str, Any]:
    """Return the JSON Schema of reports."""
    head = {"$schema": "https://json-schema.org/draft/2020-12/schema", "$id": SCHEMA_ID}
    return {**head, **schema_of(Report), "title": KIND}
