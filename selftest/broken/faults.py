"""The faults, as `faults/*.yaml` declare them: one file for each part of Knative."""

from collections.abc import Mapping, Sequence
from dataclasses import field
from pathlib import Path

import yaml
from pydantic import ConfigDict, TypeAdapter, ValidationError
from pydantic.dataclasses import dataclass as checked

FOLDER = Path(__file__).parent / "faults"
SERVING = "knative.dev/serving"
PROXY = "queue-proxy"
PARTS = ("activator", "autoscaler", "controller", "webhook", PROXY)
RELEASES = ("1.15", "1.23")
"""Those whose source has a fault, where it names no others."""
_STRICT = ConfigDict(extra="forbid")


class Wrong(Exception):
    """A declaration that can't be used; says which, and why."""


@checked(frozen=True, config=_STRICT)
class Edit:
    """One change of one file: what stands there exactly once, and what stands there instead.

    In `put`, FOUND is what was found, and FAULT the expression that is true while the fault is on.
    """

    file: str
    find: str
    put: str
    module: str = SERVING


@checked(frozen=True, config=_STRICT)
class Fault:
    """One mistake of an implementer; `part` is the part of Knative that makes it, the name of its file."""

    name: str
    part: str
    does: str
    """A sentence: what is wrong then."""
    edits: Sequence[Edit]
    must: Sequence[str] = ()
    """The requirements that must turn red."""
    may: Sequence[str] = ()
    """Others that are run as well, since the fault can be seen there."""
    unseen: str = ""
    """Why no test can see it; such a fault names no requirement."""
    gates: Mapping[str, str] = field(default_factory=dict)
    """Gates of config-features that its tests need, where they are not those that the cluster is made with."""
    deployment: Mapping[str, str] = field(default_factory=dict)
    """Values of config-deployment that its tests need."""
    from_preflight: bool = False
    """Whether it is seen only by a run with which it was on from the beginning."""
    releases: Sequence[str] = RELEASES
    also_in: Sequence[str] = ()
    """Further parts that have the code."""

    @property
    def parts(self) -> tuple[str, ...]:
        """All parts that it is switched on in."""
        return (self.part, *self.also_in)

    @property
    def settings(self) -> dict[str, Mapping[str, str]]:
        """What its tests need in Knative's ConfigMaps, by their names."""
        return {"config-features": self.gates, "config-deployment": self.deployment}

    @property
    def judged(self) -> tuple[str, ...]:
        """All requirements that are run with it."""
        return (*self.must, *self.may)


_FAULTS = TypeAdapter(list[Fault])


def load(release: str, folder: Path = FOLDER) -> list[Fault]:
    """Read the faults of a release, such as 1.23. Raises Wrong where a declaration is."""
    found = [fault for file in sorted(folder.glob("*.yaml")) for fault in _read(file)]
    names = [fault.name for fault in found]
    for fault in found:
        if names.count(fault.name) > 1:
            raise Wrong(f"there is more than one fault {fault.name}")
        if bool(fault.must) == bool(fault.unseen):
            raise Wrong(f"{fault.name}: expected either the requirements that must turn red or why none can")
    return [fault for fault in found if release in fault.releases]


def unbreakable() -> Mapping[str, str]:
    """Return requirements that no edit of Knative can break, with the reason."""
    reasons: Mapping[str, str] = yaml.safe_load((FOLDER.parent / "unbroken.yaml").read_text())
    return reasons


def _read(file: Path) -> list[Fault]:
    if file.stem not in PARTS:
        raise Wrong(f"{file.name}: expected the name of a part of Knative, one of {', '.join(PARTS)}")
    entries = yaml.safe_load(file.read_text())
    try:
        return _FAULTS.validate_python([{"part": file.stem, **entry} for entry in entries])
    except (ValidationError, TypeError) as error:
        raise Wrong(f"{file.name}: {error}") from error
