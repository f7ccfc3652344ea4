"""Checks a report as a stranger would who has the file, and, where they lie beside it, the journal and attachments."""

import hashlib
import json
from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass, replace
from enum import StrEnum
from pathlib import Path

from kmc.reports import files
from kmc.reports.assemble import report_of, result_of
from kmc.reports.build import JOURNAL
from kmc.reports.files import ReportError
from kmc.reports.journal import JournalError
from kmc.reports.model import Report, formatted, own_digest
from kmc.reports.requirement_set import digest, digest_with_sources, set_digest
from kmc.reports.signature import SignatureError, check, signature_path
from kmc.reports.strict_json import InvalidJson, decode, encode
from kmc.reports.verdict import counts, judge_all, overall


class Code(StrEnum):
    """What kind of thing is wrong with a report."""

    SCHEMA = "schema"  # no report, or a field too many, too few or with a wrong value
    FORM = "form"  # the bytes are not those that the suite writes
    DIGEST = "digest"  # its sha256 is not its own
    REQUIREMENT_SET = "requirement-set"  # the requirements are not those of the set that it names
    DUPLICATE = "duplicate"  # a requirement is there twice
    OUTCOME = "outcome"  # a requirement's result does not follow from its tests
    TOTALS = "totals"
    VERDICT = "verdict"  # a verdict does not follow from the results
    JOURNAL = "journal"  # the journal was changed, or has something else
    ATTACHMENT = "attachment"  # an attachment is missing, or was changed
    SUBMISSION = "submission"  # a file beside the report is missing, or does not follow from it
    SIGNATURE = "signature"  # it is missing, by another key, or of another report


@dataclass(frozen=True)
class Problem:
    """One thing that is wrong, in one line."""

    code: Code
    message: str


@dataclass(frozen=True)
class Verification:
    """What was found wrong, and what could not be checked for want of a file. The report is None when it is none."""

    report: Report | None
    problems: tuple[Problem, ...]
    unchecked: tuple[str, ...] = ()


def verify(file: Path, published: Mapping[str, Collection[str]] | None = None, key: Path | None = None) -> Verification:
    """Check the report in a file. `published` has each sha256 of known requirement sets by `name version`.

    With a public key the report must be signed by it; without one, a signature beside it is not checked.
    Raises ReportError when the file can't be read, or the key is none.
    """
    content = files.read(file)
    try:
        report = decode(Report, content)
    except InvalidJson as error:
        return Verification(None, tuple(Problem(Code.SCHEMA, each) for each in error.problems))
    problems = [
        *_form(content.decode()),
        *_requirements(report, published or {}),
        *_results(report),
        *_verdicts(report),
    ]
    journal = file.with_name(JOURNAL)
    unchecked = [] if journal.exists() else [f"{JOURNAL} is not beside the report"]
    named = f"{report.requirement_set.name} {report.requirement_set.version}"
    if published is not None and named not in published:
        unchecked.append(f"whether {named} was published with the sha256 {report.requirement_set.sha256}")
    if journal.exists():
        problems += _journal(report, journal)
    for result in [*_attachments(report, file.parent, whole=journal.exists()), *_signature(report, file, key)]:
        if isinstance(result, Problem):
            problems.append(result)
        else:
            unchecked.append(result)
    return Verification(report, tuple(problems), tuple(unchecked))


def difference(found: object, expected: object, where: str = "") -> str | None:
    """Return the first place where two JSON values differ, with both values; None when they are equal."""
    if isinstance(found, dict) and isinstance(expected, dict) and found.keys() == expected.keys():
        pairs = [(f"{where}.{key}", found[key], expected[key]) for key in sorted(found)]
    elif isinstance(found, list) and isinstance(expected, list) and len(found) == len(expected):
        pairs = [(f"{where}[{at}]", *both) for at, both in enumerate(zip(found, expected, strict=True))]
    else:
        shown = [f"{value!r:.120}" for value in (found, expected)]
        return None if found == expected else f"{where.lstrip('.')} is {shown[0]}, expected {shown[1]}"
    return next(filter(None, (difference(one, other, place) for place, one, other in pairs)), None)


def _form(text: str) -> Iterator[Problem]:
    """Look at the JSON as it is, not at what was read of it: an older report may lack a field that has a default."""
    value = json.loads(text)
    if value["sha256"] != (expected := own_digest(value)):
        yield Problem(Code.DIGEST, f"sha256 is {value['sha256']}, expected {expected}: the report was changed")
    if text != formatted(value):
        yield Problem(Code.FORM, "spacing, order of keys or repeated keys are not as the suite writes them")


def _requirements(report: Report, published: Mapping[str, Collection[str]]) -> Iterator[Problem]:
    ids = [result.id for result in report.requirements]
    if twice := sorted({each for each in ids if ids.count(each) > 1}):
        yield Problem(Code.DUPLICATE, f"more than once: {', '.join(twice)}")
    if ids != sorted(ids):
        yield Problem(Code.FORM, "the requirements are not in the order of their ids")
    named = report.requirement_set
    if named.sha256 != set_digest(named.profiles):
        yield Problem(Code.REQUIREMENT_SET, "the digest of the set is not that of its profiles")
    known = published.get(f"{named.name} {named.version}")
    if known and named.sha256 not in known:
        digests = " or ".join(sorted(known))
        yield Problem(Code.REQUIREMENT_SET, f"{named.name} {named.version} was published with the sha256 {digests}")
    for profile in sorted({result.profile for result in report.requirements}):
        own = [result.requirement() for result in report.requirements if result.profile is profile]
        if named.profiles.get(profile) not in (digest(own), digest_with_sources(own)):
            yield Problem(
                Code.REQUIREMENT_SET,
                f"the requirements of profile {profile} are not those of the set: one is missing, added or changed",
            )


def _results(report: Report) -> Iterator[Problem]:
    for result in report.requirements:
        expected = result_of(result.requirement(), result.tests, result.evidence, report.run.selection)
        if wrong := difference(encode(result), encode(expected), result.id):
            yield Problem(Code.OUTCOME, f"{wrong}, from its tests")


def _verdicts(report: Report) -> Iterator[Problem]:
    if wrong := difference(dict(report.totals), counts(report.requirements), "totals"):
        yield Problem(Code.TOTALS, wrong)
    profiles = judge_all(report.requirements, report.target, report.run)
    found, expected = (list(map(encode, each)) for each in (report.profiles, profiles))
    if wrong := difference(found, expected, "profiles"):
        yield Problem(Code.VERDICT, wrong)
    verdict, reason = overall(profiles)
    if (report.verdict, report.reason) != (verdict, reason):
        yield Problem(Code.VERDICT, f"verdict is {report.verdict} ({report.reason}), expected {verdict} ({reason})")


def _journal(report: Report, journal: Path) -> Iterator[Problem]:
    try:
        expected = report_of(journal)
    except (JournalError, ReportError) as error:
        yield Problem(Code.JOURNAL, str(error))
        return
    content = [replace(each, sha256="", journal=expected.journal) for each in (report, expected)]
    if wrong := difference(encode(content[0]), encode(content[1])):
        yield Problem(Code.JOURNAL, f"{wrong}, from the journal")
    elif report.journal != expected.journal:
        yield Problem(Code.JOURNAL, "the report was made from another journal than the one beside it")


def _attachments(report: Report, folder: Path, *, whole: bool) -> Iterator[Problem | str]:
    """Find attachments that were changed or, beside a journal, are missing; alone with a report they are unchecked."""
    kept = {
        each.path: each.sha256 for result in report.requirements for test in result.tests for each in test.attachments
    }
    for path, sha256 in sorted(kept.items()):
        if not (folder / path).is_file():
            yield Problem(Code.ATTACHMENT, f"{path} is missing") if whole else f"{path} is not beside the report"
        elif hashlib.sha256(files.read(folder / path)).hexdigest() != sha256:
            yield Problem(Code.ATTACHMENT, f"{path} was changed")


def _signature(report: Report, file: Path, key: Path | None) -> Iterator[Problem | str]:
    envelope = signature_path(file)
    if key is None:
        if envelope.exists():
            yield f"{envelope.name}, for want of a key"
    elif not envelope.exists():
        yield Problem(Code.SIGNATURE, f"{envelope.name} is missing")
    else:
        try:
            check(report, file, files.read(envelope), key)
        except SignatureError as error:
            yield Problem(Code.SIGNATURE, str(error))
