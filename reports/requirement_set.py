"""The digests that pin a set of requirements."""

import hashlib
from collections.abc import Iterable, Mapping
from dataclasses import replace

from kmc.reports.records import Profile, Requirement, RequirementSet
from kmc.reports.strict_json import canonical, encode


def digest(requirements: Iterable[Requirement]) -> str:
    """Return the sha256 of what requirements claim, whatever their order. Where it is said is no part of a claim."""
    return digest_with_sources(replace(each, source="") for each in requirements)


def digest_with_sources(requirements: Iterable[Requirement]) -> str:
    """Return the sha256 of requirements with their sources, as the first reports have it."""
    ordered = sorted(requirements, key=lambda each: each.id)
    return hashlib.sha256(canonical([encode(each) for each in ordered]).encode()).hexdigest()


def requirement_set(name: str, version: str, requirements: Iterable[Requirement]) -> RequirementSet:
    """Return the set that all these requirements, of every profile, make up."""
    every = list(requirements)
    profiles = {
        profile: digest(each for each in every if each.profile is profile)
        for profile in Profile
        if any(each.profile is profile for each in every)
    }
    return RequirementSet(name, version, profiles, set_digest(profiles))


def set_digest(profiles: Mapping[Profile, str]) -> str:
    """Return the sha256 of a set from the digests of its profiles."""
    return hashlib.sha256(canonical(dict(profiles)).encode()).hexdigest()
