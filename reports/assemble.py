"""From a journal to the report: everything that the header promises is in it, also what never ran."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, fields
from itertools import groupby
from pathlib import Path

from kmc.reports.files import ReportError
from kmc.reports.journal import Record, head, read
from kmc.reports.model import (
    API_VERSION,
    KIND,
    CheckResult,
    JournalFile,
    Observation,
    Report,
    RequirementResult,
    Run,
    sealed,
)
from kmc.reports.records import (
    Check,
    Footer,
    Header,
    Image,
    Outcome,
    Plan,
    Requirement,
    Residue,
    TargetFacts,
    Torn,
    binding,
)
from kmc.reports.verdict import counts, judge_all, overall, worst

NEVER_FINISHED = "the run ended before this test had finished"


def report_of(journal: Path) -> Report:
    """Return the report of a journal, however its run ended.

    Raises JournalError when the journal can't be read, ReportError when its records do not belong together.
    """
    return assemble(read(journal), head(journal))


def assemble(records: Sequence[Record], sha256: str) -> Report:
    """Return the report of a journal's records; `sha256` is the digest of the journal file."""
    found = _sort(records)
    header = found.header
    results = _results(found)
    run = _run(header, found.footer)
    profiles = judge_all(results, found.target, run)
    verdict, reason = overall(profiles)
    report = Report(
        api_version=API_VERSION,
        kind=KIND,
        implementation=header.implementation,
        suite=header.suite,
        requirement_set=header.requirement_set,
        target=found.target,
        images=tuple(sorted(set(found.images), key=lambda image: (image.name, image.reference, image.digest))),
        verdict=verdict,
        reason=reason,
        profiles=profiles,
        requirements=tuple(results),
        totals=counts(results),
        residue=None if found.residue is None else tuple(sorted(found.residue.objects)),
        run=run,
        journal=JournalFile(sha256, len(records), sum(isinstance(record.entry, Torn) for record in records)),
        sha256="",
    )
    return sealed(report)


@dataclass
class _Found:
    """A journal's records by kind."""

    header: Header
    target: TargetFacts | None
    residue: Residue | None
    footer: Footer | None
    images: list[Image]
    checks: list[Check]
    planned: set[tuple[str, str]]


def _sort(records: Sequence[Record]) -> _Found:
    header, *others = (record.entry for record in records)
    if not isinstance(header, Header):
        raise ReportError("the journal does not begin with a header")
    found = _Found(header, None, None, None, [], [], set())
    for entry in others:
        match entry:
            case Header():
                raise ReportError("the journal has two headers")
            case TargetFacts():
                found.target = entry
            case Residue():
                found.residue = entry
            case Footer():
                found.footer = entry
            case Image():
                found.images.append(entry)
            case Check():
                found.checks.append(entry)
            case Plan():
                found.planned |= {(planned.requirement, planned.test) for planned in entry.tests}
    return found


def _results(found: _Found) -> list[RequirementResult]:
    requirements = {requirement.id: requirement for requirement in found.header.requirements}
    if len(requirements) < len(found.header.requirements):
        raise ReportError("the header has a requirement twice")
    done = {(check.requirement, check.test) for check in found.checks}
    if unknown := sorted({each for each, _ in done | found.planned} - requirements.keys()):
        raise ReportError(f"tests of requirements that the header does not have: {', '.join(unknown)}")
    missing = [_never_ran(requirement, test) for requirement, test in found.planned - done]
    checks = sorted([*found.checks, *missing], key=lambda check: (check.requirement, check.test, check.start))
    by_id = {key: list(group) for key, group in groupby(checks, key=lambda check: check.requirement)}
    return [_result(requirements[key], by_id.get(key, []), found.header.selection) for key in sorted(requirements)]


def _never_ran(requirement: str, test: str) -> Check:
    return Check(requirement, test, Outcome.NOT_RUN, "", 0.0, "", NEVER_FINISHED)


def result_of(
    requirement: Requirement,
    tests: tuple[CheckResult, ...],
    evidence: tuple[Observation, ...],
    selection: Sequence[str],
) -> RequirementResult:
    """Return what its tests make of a requirement; `selection` is that of the run."""
    outcome = worst(test.outcome for test in tests)
    return RequirementResult(
        **{field.name: getattr(requirement, field.name) for field in fields(Requirement)},
        outcome=outcome,
        cause=_cause(outcome, tests, selection),
        duration=round(sum((test.duration for test in tests), 0.0), 3),
        evidence=evidence,
        tests=tests,
    )


def _result(requirement: Requirement, checks: Sequence[Check], selection: Sequence[str]) -> RequirementResult:
    tests = tuple(_test(requirement, check) for check in checks)
    evidence = (Observation(check.test, each.name, each.value) for check in checks for each in check.evidence)
    return result_of(requirement, tests, tuple(evidence), selection)


def _test(requirement: Requirement, check: Check) -> CheckResult:
    return CheckResult(
        test=check.test,
        outcome=binding(check.outcome, requirement.profile, requirement.level),
        cause=check.cause,
        detail=check.detail,
        start=check.start or None,
        duration=round(check.duration, 3),
        worker=check.worker or None,
        attachments=check.attachments,
    )


def _cause(outcome: Outcome, tests: Iterable[CheckResult], selection: Sequence[str]) -> str:
    causes = [test.cause for test in tests if test.outcome is outcome]
    if causes:
        return next(filter(None, causes), "")
    return f"left out by {', '.join(selection)}" if selection else "the run ended before its tests began"


def _run(header: Header, footer: Footer | None) -> Run:
    return Run(
        id=header.run,
        start=header.start,
        end=footer.end if footer else None,
        exit_code=footer.exit_code if footer else None,
        interrupted=footer is None or footer.interrupted,
        options=header.options,
        timeouts=header.timeouts,
        selection=header.selection,
    )
