"""The conformance report, as data. `schema/conformance-report-v1.json` is its published shape.

Everything in it follows from the journal; keys are sorted and lists have a fixed order, so that two equal runs differ
only in times, ids and the digests of those.
"""

import hashlib
import json
from collections.abc import Mapping
from dataclasses import dataclass, fields, replace
from enum import StrEnum
from functools import cache
from importlib.resources import files
from pathlib import Path

from jsonschema import Draft202012Validator

from kmc.reports.codec import DecodeError, canonical, decode, encode
from kmc.reports.records import (
    Attachment,
    Image,
    Implementation,
    Outcome,
    Profile,
    Requirement,
    RequirementSet,
    Suite,
    Target,
)

API_VERSION = "kmc.dev/v1"
KIND = "ConformanceReport"


class ReportError(Exception):
    """A report can't be made or read; the message says why."""


class Verdict(StrEnum):
    """What a profile, or the whole run, comes to."""

    CONFORMANT = "conformant"
    NOT_CONFORMANT = "not conformant"
    PARTIAL = "partial"
    NOT_OFFERED = "not offered"


@dataclass(frozen=True)
class CheckResult:
    """One test of a requirement. A requirement that warns only has its failures as `warned`."""

    test: str
    outcome: Outcome
    cause: str
    detail: str
    start: str | None
    duration: float
    worker: str | None
    attachments: tuple[Attachment, ...]


@dataclass(frozen=True)
class Observation:
    """A value that a test saw."""

    test: str
    name: str
    value: object


@dataclass(frozen=True, kw_only=True)
class RequirementResult(Requirement):
    """A requirement and what came of it: the worst of its tests, the cause of that, and the seconds they took."""

    outcome: Outcome
    cause: str
    duration: float
    evidence: tuple[Observation, ...]
    tests: tuple[CheckResult, ...]

    def requirement(self) -> Requirement:
        """Return the requirement alone."""
        return Requirement(**{field.name: getattr(self, field.name) for field in fields(Requirement)})


@dataclass(frozen=True)
class ProfileResult:
    """The verdict of a profile, why it is that, and how many requirements had each outcome."""

    name: Profile
    verdict: Verdict
    reason: str
    counts: Mapping[str, int]


@dataclass(frozen=True)
class Run:
    """The run. `end` and `exit_code` are unknown when it was killed."""

    id: str
    start: str
    end: str | None
    exit_code: int | None
    interrupted: bool
    options: Mapping[str, object]
    timeouts: Mapping[str, float]
    selection: tuple[str, ...]


@dataclass(frozen=True)
class JournalFile:
    """The journal that a report was made from: its digest, its records, and how many of them are torn."""

    sha256: str
    records: int
    torn: int


@dataclass(frozen=True)
class Report:
    """A conformance report. `sha256` is that of its canonical JSON with this field empty.

    `residue` is None when nobody looked, `target` when the run ended before preflight did.
    """

    api_version: str
    kind: str
    implementation: Implementation | None
    suite: Suite
    requirement_set: RequirementSet
    target: Target | None
    images: tuple[Image, ...]
    verdict: Verdict
    reason: str
    profiles: tuple[ProfileResult, ...]
    requirements: tuple[RequirementResult, ...]
    totals: Mapping[str, int]
    residue: tuple[str, ...] | None
    run: Run
    journal: JournalFile
    sha256: str = ""


def own_digest(report: Report) -> str:
    """Return what the `sha256` of a report has to be."""
    return hashlib.sha256(canonical(encode(replace(report, sha256=""))).encode()).hexdigest()


def dumps(report: Report) -> str:
    """Return the text of a report file. Raises ReportError when it breaks the schema."""
    value = encode(report)
    if breaches := schema_breaches(value):
        raise ReportError(f"the report breaks its own schema: {'; '.join(breaches)}")
    return json.dumps(value, indent=2, sort_keys=True, allow_nan=False) + "\n"


def loads(text: str) -> Report:
    """Return the report of a file's text. Raises ReportError when it is none, or has a field that is not known."""
    try:
        value = json.loads(text, parse_constant=_refuse)
    except ValueError as error:
        raise ReportError(f"is not JSON: {error}") from error
    if breaches := schema_breaches(value):
        raise ReportError("; ".join(breaches))
    try:
        return decode(Report, value)
    except DecodeError as error:
        raise ReportError(str(error)) from error


def schema_breaches(value: object) -> list[str]:
    """Return what in a JSON value breaks the schema, a line each."""
    errors = sorted(_validator().iter_errors(value), key=lambda error: error.json_path)
    return [f"{error.json_path}: {error.message.splitlines()[0][:300]}" for error in errors]


def schema_path() -> Path:
    """Return where the JSON Schema of reports is."""
    return Path(str(files("reports") / "schema" / "conformance-report-v1.json"))


def _refuse(constant: str) -> None:
    raise ValueError(f"{constant} is no JSON number")


@cache
def _validator() -> Draft202012Validator:
    return Draft202012Validator(json.loads(schema_path().read_text(encoding="utf-8")))
