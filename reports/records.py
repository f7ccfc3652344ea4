"""The words of a run's journal, as data. Times are UTC in ISO 8601 with milliseconds, durations are seconds."""

import hashlib
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from enum import StrEnum
from pathlib import Path

from kmc.reports.codec import canonical, encode


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


class Level(StrEnum):
    """How binding a claim is. Only a `must` can fail; the others are warned about."""

    MUST = "must"
    SHOULD = "should"
    MAY = "may"


@dataclass(frozen=True)
class Requirement:
    """A testable claim. `gates` are the gates it needs, each on (True) or off (False)."""

    id: str
    area: str
    profile: Profile
    level: Level
    basis: str
    claim: str
    source: str
    versions: str = ""
    gates: Mapping[str, bool] = field(default_factory=dict)


@dataclass(frozen=True)
class RequirementSet:
    """A published set: `profiles` has the digest of each profile's requirements, `sha256` the digest of those."""

    name: str
    version: str
    profiles: Mapping[str, str]
    sha256: str


def digest(requirements: Iterable[Requirement]) -> str:
    """Return the sha256 of requirements, whatever their order."""
    ordered = sorted(requirements, key=lambda each: each.id)
    return hashlib.sha256(canonical(encode(ordered)).encode()).hexdigest()


def requirement_set(name: str, version: str, requirements: Iterable[Requirement]) -> RequirementSet:
    """Return the set that all these requirements, of every profile, make up."""
    every = list(requirements)
    profiles = {
        str(profile): digest(each for each in every if each.profile is profile)
        for profile in Profile
        if any(each.profile is profile for each in every)
    }
    return RequirementSet(name, version, profiles, set_digest(profiles))


def set_digest(profiles: Mapping[str, str]) -> str:
    """Return the sha256 of a set from the digests of its profiles."""
    return hashlib.sha256(canonical(dict(profiles)).encode()).hexdigest()


@dataclass(frozen=True)
class Suite:
    """The suite that ran. `commit` is empty where it is unknown."""

    version: str
    commit: str


@dataclass(frozen=True)
class Implementation:
    """The product under test, in its vendor's words."""

    organization: str
    product: str
    version: str
    url: str
    contact: tuple[str, ...] = ()


@dataclass(frozen=True)
class Header:
    """The first record of a run.

    `requirements` are all those of every profile that the run covers, also those that a narrower selection leaves out;
    `selection` names what narrows it (`-k routing`, a test's id), each entry readable, and is empty for a whole run.
    """

    run: str
    start: str
    suite: Suite
    requirement_set: RequirementSet
    requirements: tuple[Requirement, ...]
    options: Mapping[str, object]
    timeouts: Mapping[str, float]
    selection: tuple[str, ...] = ()
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
    """A feature gate as found: the declared text (None: absent or unreadable), whether it is on, how that was told."""

    declared: str | None
    effective: bool | None
    how: str


@dataclass(frozen=True)
class Node:
    """A node of the target."""

    name: str
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
class Target:
    """The cluster under test as preflight found it. `knative_from` tells how its version was read."""

    kubernetes: str
    knative: str
    knative_from: str
    namespace: str
    ingress: Ingress
    nodes: tuple[Node, ...]
    gates: Mapping[str, Gate]


@dataclass(frozen=True)
class Image:
    """An image that was deployed, with the digest that Knative resolved."""

    name: str
    reference: str
    digest: str


@dataclass(frozen=True)
class Evidence:
    """A value that was observed, as JSON."""

    name: str
    value: object


@dataclass(frozen=True)
class Attachment:
    """A file kept with the run; `path` is relative to the run's folder."""

    name: str
    path: str
    sha256: str
    media_type: str


@dataclass(frozen=True)
class Check:
    """One test of one requirement, finished. `cause` is one line, empty when it passed; `worker` as xdist names it."""

    requirement: str
    test: str
    outcome: Outcome
    start: str
    duration: float
    worker: str = "main"
    cause: str = ""
    detail: str = ""
    evidence: tuple[Evidence, ...] = ()
    attachments: tuple[Attachment, ...] = ()


@dataclass(frozen=True)
class Note:
    """Anything else worth keeping. It takes no part in a verdict."""

    topic: str
    data: Mapping[str, object]


@dataclass(frozen=True)
class Residue:
    """Objects that were there after clean-up and not before, as `kind/namespace/name`."""

    objects: tuple[str, ...]


@dataclass(frozen=True)
class Footer:
    """The last record: the run ended by itself, or (`interrupted`) was told to."""

    end: str
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
