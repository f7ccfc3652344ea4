"""From what pytest saw of a test to its outcome."""

import json
from types import SimpleNamespace
from typing import Any

import pytest

from kmc.fixtures.errors import ApiError, ApiUnavailable, BadAnswer, NoAnswer, Unreachable, Untestable
from kmc.fixtures.plugin.recording import Recording, status_of
from kmc.fixtures.requirements import SuiteRequirement, load
from kmc.reports.records import Outcome, binding

REQUIREMENT = load()["MC-LOC-01"]
WARNS = next(each for each in load().judged() if binding(Outcome.FAILED, each.profile, each.level) is Outcome.WARNED)


def observed(
    error: Exception | None, when: Any, explanation: str, requirement: SuiteRequirement = REQUIREMENT
) -> tuple[Recording, pytest.TestReport]:
    recording = Recording([requirement])
    recording.begin({})
    info = error and pytest.ExceptionInfo.from_exc_info((type(error), error, error.__traceback__))  # type: ignore[arg-type]
    call: Any = SimpleNamespace(excinfo=info, when=when)
    report = pytest.TestReport("test", ("test.py", 1, "test"), {}, "failed" if error else "passed", None, when)
    recording.observe(call, report, lambda: explanation)
    return recording, report


@pytest.mark.parametrize(
    ("error", "when", "explanation", "outcome", "cause"),
    [
        (AssertionError("no"), "call", "gates moved", "untestable", "gates moved"),
        (AssertionError("no"), "call", "", "failed", "no"),
        (AssertionError("no"), "setup", "gates moved", "untestable", "gates moved"),
        (AssertionError("no"), "teardown", "gates moved", "error", "no"),
        (KeyError("no"), "call", "gates moved", "error", "KeyError: 'no'"),
        (Untestable("no volume"), "setup", "gates moved", "untestable", "no volume"),
        (NoAnswer("cut"), "call", "", "failed", "cut"),
        (BadAnswer("no JSON"), "call", "gates moved", "untestable", "gates moved"),
        (ApiError(404, "NotFound", "gone"), "call", "", "failed", "HTTP 404 NotFound: gone"),
        (ApiError(403, "Forbidden", "quota"), "call", "gates moved", "untestable", "HTTP 403 Forbidden: quota"),
        (ApiUnavailable("503\nlook"), "call", "gates moved", "error", "503"),
        (Unreachable("dead"), "call", "gates moved", "error", "dead"),
        (None, "call", "gates moved", "passed", ""),
    ],
)
def test_only_a_failure_of_the_target_can_be_explained_away(
    error: Exception | None, when: str, explanation: str, outcome: str, cause: str
) -> None:
    seen, report = observed(error, when, explanation)
    assert (seen.outcome, seen.cause) == (outcome, cause)
    assert status_of(report) == (error and (outcome, outcome[0].upper(), outcome.upper()))


def test_a_failure_that_breaks_no_promise_does_not_count_for_pytest() -> None:
    seen, report = observed(AssertionError("no"), "call", "", WARNS)
    assert (seen.outcome, seen.worst, report.outcome) == (Outcome.FAILED, Outcome.WARNED, "skipped")
    assert status_of(report) == ("warned", "w", "WARNED")


def test_a_report_keeps_its_outcome_on_the_way_from_a_worker(pytestconfig: pytest.Config) -> None:
    _, report = observed(AssertionError("no"), "call", "")
    hook = pytestconfig.hook
    sent = json.dumps(hook.pytest_report_to_serializable(config=pytestconfig, report=report))
    arrived = hook.pytest_report_from_serializable(config=pytestconfig, data=json.loads(sent))
    assert status_of(arrived) == ("failed", "F", "FAILED")


def test_a_plain_assert_says_what_it_expects_in_its_own_words() -> None:
    stored = {"runAsNonRoot": True}
    with pytest.raises(AssertionError) as raised:
        assert stored["runAsNonRoot"] is False
    seen, _ = observed(raised.value, "call", "")
    assert seen.cause == 'expected stored["runAsNonRoot"] is False; seen: True is False'


def test_an_assert_with_words_keeps_them() -> None:
    with pytest.raises(AssertionError) as raised:
        assert not REQUIREMENT.id, "expected no identifier"
    seen, _ = observed(raised.value, "call", "")
    assert seen.cause == "expected no identifier"
