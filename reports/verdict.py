"""How outcomes become verdicts. Nothing here looks at anything but outcomes and the gates of the target."""

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence

from kmc.reports.model import ProfileResult, RequirementResult, Run, Verdict
from kmc.reports.records import GATE_OF, SCORED, Gate, Outcome, Profile, TargetFacts

_WORST_FIRST = (
    Outcome.ERROR,
    Outcome.FAILED,
    Outcome.UNTESTABLE,
    Outcome.NOT_RUN,
    Outcome.WARNED,
    Outcome.PASSED,
    Outcome.EXCLUDED,
    Outcome.INAPPLICABLE,
)
UNSETTLED = frozenset({Outcome.ERROR, Outcome.UNTESTABLE, Outcome.NOT_RUN, Outcome.EXCLUDED})
"""The outcomes that say nothing about the target."""


def worst(outcomes: Iterable[Outcome]) -> Outcome:
    """Return the outcome of a requirement from those of its tests; not-run when it has none."""
    return min(outcomes, key=_WORST_FIRST.index, default=Outcome.NOT_RUN)


def counts(results: Iterable[RequirementResult]) -> dict[Outcome, int]:
    """Return how many requirements had each outcome, zeros included."""
    found = Counter(result.outcome for result in results)
    return {outcome: found[outcome] for outcome in Outcome}


def judge_all(results: Sequence[RequirementResult], target: TargetFacts | None, run: Run) -> tuple[ProfileResult, ...]:
    """Return the verdict of every profile that a run covers."""
    gates = target.gates if target else {}
    covered = [profile for profile in Profile if any(result.profile is profile for result in results)]
    return tuple(_judge(profile, results, gates, _narrowed(run)) for profile in covered)


def overall(profiles: Iterable[ProfileResult]) -> tuple[Verdict, str]:
    """Return the verdict of the run, and why: that of core, unless another scored profile is worse."""
    scored = {profile.name: profile for profile in profiles if profile.name in SCORED}
    for verdict in (Verdict.NOT_CONFORMANT, Verdict.PARTIAL):
        for profile in scored.values():
            if profile.verdict is verdict:
                return verdict, f"{profile.name}: {profile.reason}"
    if Profile.CORE not in scored:
        return Verdict.PARTIAL, "the profile core was not run"
    core = scored[Profile.CORE]
    return core.verdict, core.reason


def _judge(
    profile: Profile, results: Sequence[RequirementResult], gates: Mapping[str, Gate], partial: str
) -> ProfileResult:
    """Return the verdict of one profile, from all results of the run. `partial` says why the run is not whole.

    A profile whose gate is off is not offered, provided that the claims on its being off (the refusals) hold. Where the
    run switched the gate on, it is judged as any other.
    """
    own = [result for result in results if result.profile is profile]
    gate = GATE_OF.get(profile, "")
    off = gate in gates and gates[gate].effective is False
    switched = off and any(
        result.gates.get(gate) is True and result.outcome is not Outcome.INAPPLICABLE for result in own
    )
    refusals = [result for result in results if off and result.gates.get(gate) is False]
    failed = [result.id for result in own + refusals if result.outcome is Outcome.FAILED]
    unsettled = _unsettled(own + refusals)
    if failed:
        verdict, reason = Verdict.NOT_CONFORMANT, f"failed: {', '.join(sorted(set(failed)))}"
    elif partial or unsettled:
        verdict, reason = Verdict.PARTIAL, partial or unsettled
    elif switched:
        verdict, reason = Verdict.CONFORMANT, f"{_held(own)}, with the gate {gate} switched on"
    elif off:
        verdict, reason = Verdict.NOT_OFFERED, f"the gate {gate} is off ({gates[gate].how})"
    elif all(result.outcome is Outcome.INAPPLICABLE for result in own):
        verdict, reason = Verdict.NOT_OFFERED, "no requirement applies to this target"
    else:
        verdict, reason = Verdict.CONFORMANT, _held(own)
    return ProfileResult(profile, verdict, reason, counts(own))


def _held(results: Iterable[RequirementResult]) -> str:
    warned = sum(result.outcome is Outcome.WARNED for result in results)
    others = f"{warned} other does not" if warned == 1 else f"{warned} others do not"
    return f"every requirement that must hold does; {others}" if warned else "every requirement that applies holds"


def _narrowed(run: Run) -> str:
    """Say why a run can't speak for whole profiles; empty when it can."""
    if run.selection:
        return f"only a selection ran: {', '.join(run.selection)}"
    return "the run was interrupted" if run.interrupted else ""


def _unsettled(results: Iterable[RequirementResult]) -> str:
    """Say which requirements have a test, or are themselves, without a true outcome; empty when none has."""
    open_ids: dict[Outcome, set[str]] = {}
    for result in results:
        for outcome in {result.outcome, *(test.outcome for test in result.tests)} & UNSETTLED:
            open_ids.setdefault(outcome, set()).add(result.id)
    return "; ".join(f"{outcome}: {', '.join(sorted(open_ids[outcome]))}" for outcome in Outcome if outcome in open_ids)
