"""The words that a run and its report share, and the records of its journal.

Times are UTC in ISO 8601 with milliseconds, durations are seconds.
"""

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass, field, fields
from datetime import UTC, datetime
from enum import StrEnum
from pathlib import Path
from typing import Annotated, Any, TypeVar, cast

from pydantic import Field

from kmc.reports.strict_json import Seconds, Sha256, Text, Time

T = TypeVar("T")


class Outcome(StrEnum):
    """What became of a check. There is no other word."""

    PASSED = "passed"
    FAILED = "failed"
    WARNED = "warned"  # a claim that may be missed does not hold
    INAPPLICABLE = "inapplicable"  # proved from the target: gate off, version outside the range
    UNTESTABLE = "untestable"  # a prerequisite is missing
    EXCLUDED = "excluded"  # by the operator, who gave a reason
    NOT_RUN = "not-run"
    ERROR = "error"  # the suite's own fault


class Profile(StrEnum):
    """A group of requirements that gets a verdict of its own."""

    CORE = "core"
    PROBING = "probing"
    GATED = "gated"
    UPSTREAM = "upstream"  # reported, never failing
    LIMITS = "limits"  # known limitations: reported, never failing
    UPGRADE = "upgrade"  # what an upgrade of Knative leaves as it is: judged alone, by --after-upgrade


class Level(StrEnum):
    """How binding a claim is. Only a `must` can fail; the others are warned about."""

    MUST = "must"
    SHOULD = "should"
    MAY = "may"


SCORED = (Profile.CORE, Profile.PROBING, Profile.GATED, Profile.UPGRADE)
"""The profiles that can fail. The others are shown only."""

USUAL = tuple(profile for profile in Profile if profile is not Profile.UPGRADE)
"""The profiles of a run that says nothing else."""

GATE_OF = {Profile.CORE: "multi-container", Profile.PROBING: "multi-container-probing"}
"""The gate without which a target does not offer a profile at all."""


def binding(outcome: Outcome, profile: Profile, level: Level) -> Outcome:
    """Return the outcome with a failure that breaks no promise turned into a warning."""
    if outcome is Outcome.FAILED and (profile not in SCORED or level is not Level.MUST):
        return Outcome.WARNED
    return outcome


def plain(kind: type[T], value: T) -> T:
    """Return a record of just this kind, from one of a kind that knows more."""
    return kind(**{each.name: getattr(value, each.name) for each in fields(cast("Any", kind))})


@dataclass(frozen=True)
class Requirement:
    """A testable claim.

    `source` has links to where it is said, with a blank between them; `versions` are the Knative versions that it is
    about, empty for all; `gates` the gates it needs, each on or off.
    """

    id: Annotated[str, Field(pattern="^[A-Z][A-Z0-9]*(-[A-Z0-9]+)+$")]
    area: Text
    profile: Profile
    level: Level
    basis: Text
    claim: Text
    source: str
    versions: str = ""
    gates: Mapping[str, bool] = field(default_factory=dict)


@dataclass(frozen=True)
class RequirementSet:
    """A published set of requirements.

    `profiles` has the sha256 of each profile's requirements: of the canonical JSON (sorted keys, no spaces, ASCII) of
    the list of them in the order of their ids, without results and with an empty `source` (the first reports have it of
    the list with sources). `sha256` is that of the canonical JSON of `profiles`.
    """

    name: Text
    version: Text
    profiles: Annotated[Mapping[Profile, Sha256], Field(min_length=1)]
    sha256: Sha256


@dataclass(frozen=True)
class Suite:
    """The suite that ran. `commit` is empty where it is unknown."""

    version: Text
    commit: str


@dataclass(frozen=True)
class Implementation:
    """The product under test, in its vendor's words."""

    organization: Text
    product: Text
    version: Text
    url: str
    contact: tuple[Text, ...] = ()


@dataclass(frozen=True)
class Header:
    """The first record of a run.

    `requirements` are all those of every profile that the run covers, also those that a narrower selection leaves out;
    `selection` names what narrows it (`-k routing`, a test's id), each entry readable, and is empty for a whole run.
    """

    run: Text
    start: Time
    suite: Suite
    requirement_set: RequirementSet
    requirements: tuple[Requirement, ...]
    options: Mapping[str, object]
    timeouts: Mapping[str, Seconds]
    selection: tuple[Text, ...] = ()
    implementation: Implementation | None = None


@dataclass(frozen=True)
class Planned:
    """A collected test of a requirement; a test of two requirements is planned twice."""

    requirement: str
    test: str


@dataclass(frozen=True)
class Plan:
    """The collected tests. Several plans in a journal (one of each worker) add up."""

    tests: tuple[Planned, ...]


@dataclass(frozen=True)
class Gate:
    """A feature gate as found.

    `declared` is the text in the cluster, null where absent or unreadable; `effective` whether it is on, null where
    that can't be known; `how` how that was found.
    """

    declared: str | None
    effective: bool | None
    how: Text


@dataclass(frozen=True)
class Node:
    """A node of the target."""

    name: Text
    architecture: str
    os: str
    runtime: str
    kubelet: str


@dataclass(frozen=True)
class Ingress:
    """Where requests go in: the ingress class and the address dialled."""

    ingress_class: str
    endpoint: str


@dataclass(frozen=True)
class TargetFacts:
    """The cluster under test as preflight found it, and how the version of Knative was read."""

    kubernetes: Text
    knative: Text
    knative_from: Text
    namespace: Text
    ingress: Ingress
    nodes: tuple[Node, ...]
    gates: Mapping[str, Gate]


@dataclass(frozen=True)
class Image:
    """An image that was deployed, with the digest that Knative resolved, empty where it resolved none."""

    name: Text
    reference: Text
    digest: str


@dataclass(frozen=True)
class Evidence:
    """A value that was observed, as JSON."""

    name: Text
    value: object


_SEGMENT = r"(\.|(\.?[^/.]|\.\.[^/])[^/]*)"
"""A name in a path that is not `..`."""
RelativePath = Annotated[str, Field(pattern=f"^{_SEGMENT}(/{_SEGMENT})*$")]


@dataclass(frozen=True)
class Attachment:
    """A file kept with the run; `path` is relative to the run's folder."""

    name: Text
    path: RelativePath
    sha256: Sha256
    media_type: Text


@dataclass(frozen=True)
class Check:
    """One test of one requirement, finished. `cause` is one line, empty when it passed; `worker` as xdist names it."""

    requirement: str
    test: str
    outcome: Outcome
    start: Time
    duration: Seconds
    worker: str = "main"
    cause: str = ""
    detail: str = ""
    evidence: tuple[Evidence, ...] = ()
    attachments: tuple[Attachment, ...] = ()


@dataclass(frozen=True)
class Note:
    """What a journal of suite 0.1 may have beside the others. It takes no part in a verdict, and is written no more."""

    topic: str
    data: Mapping[str, object]


@dataclass(frozen=True)
class Residue:
    """Objects that were there after clean-up and not before, as `kind/namespace/name`."""

    objects: tuple[Text, ...]


@dataclass(frozen=True)
class Footer:
    """The last record: the run ended by itself, or was interrupted."""

    end: Time
    exit_code: int
    interrupted: bool = False


@dataclass(frozen=True)
class Torn:
    """Bytes of a record whose writer was killed, or had no room, while it wrote; `size` of them are left."""

    size: int


def now() -> str:
    """Return the present time as journals write it."""
    return datetime.now(UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")


def attachment(run: Path, file: Path, media_type: str) -> Attachment:
    """Describe a file below the run's folder. Raises ValueError when it is not below it."""
    content = hashlib.sha256(file.read_bytes()).hexdigest()
    return Attachment(file.name, file.relative_to(run).as_posix(), content, media_type)
