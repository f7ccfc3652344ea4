"""From what pytest saw of a test to its outcome."""

from types import SimpleNamespace
from typing import Any

import pytest

from kmc.fixtures.errors import ApiError, ApiUnavailable, BadAnswer, NoAnswer, Unreachable, Untestable
from kmc.fixtures.plugin import recording
from kmc.fixtures.requirements import SuiteRequirement, load

CLAIM: SuiteRequirement = load().by_id["MC-LOC-01"]


def observed(error: Exception | None, when: str, explanation: str) -> recording.Recording:
    item: Any = SimpleNamespace(stash=pytest.Stash())
    recording.begin(item)
    info = error and pytest.ExceptionInfo.from_exc_info((type(error), error, None))  # type: ignore[arg-type]
    call: Any = SimpleNamespace(excinfo=info, when=when)
    report: Any = SimpleNamespace(longreprtext="")
    recording.observe(item, call, report, [CLAIM], lambda: explanation)
    return item.stash[recording.RECORD]  # type: ignore[no-any-return]


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
    seen = observed(error, when, explanation)
    assert (seen.outcome, seen.cause) == (outcome, cause)
