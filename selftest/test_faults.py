"""Whose fault it is."""

import pytest

from kmc.fixtures.errors import (
    ApiError,
    ApiUnavailable,
    BadAnswer,
    ClaimFailed,
    NoAccess,
    NoAnswer,
    NotObserved,
    PreflightFailed,
    Unreachable,
    Untestable,
)
from kmc.fixtures.faults import Fault, before_the_run, fault_of, refused

KNATIVES = 'admission webhook "validation.webhook.serving.knative.dev" denied the request: validation failed: no'
OTHERS = 'admission webhook "validate.kyverno.svc-fail" denied the request: no'
RIGHTS = 'services.serving.knative.dev is forbidden: User "me" cannot create resource "services"'
KNATIVES_HOOK = 'admission webhook "validation.webhook.serving.knative.dev" denied the request:'
POD = f"{KNATIVES_HOOK} validation callback failed: dry run failed with"
FORBIDDEN_PODS = [
    f'{POD} pods "dry-run-validationx" is forbidden: violates PodSecurity "restricted:latest": …: spec.template',
    f'{POD} pods "dry-run-validationx" is forbidden: exceeded quota: few, requested: pods=1: spec.template',
    f"{POD} {OTHERS}: spec.template",
    f"{POD} policy 'injected' with binding 'injected' denied request: JSON Patch: add operation does not apply",
    f'{POD} Internal error occurred: failed calling webhook "sidecar-injector.example.com": EOF: spec.template',
    f"{POD} etcdserver: request timed out: spec.template",
]
INVALID_POD = f'{POD} Pod "dry-run-validationx" is invalid: spec.containers[1].name: Invalid value: "A": spec.template'
QUOTA = 'services.serving.knative.dev "a" is forbidden: exceeded quota: few, requested: 1, used: 1, limited: 1'
POLICY = (
    "services.serving.knative.dev \"a\" is forbidden: ValidatingAdmissionPolicy 'p' with binding 'b' denied request"
)


@pytest.mark.parametrize(
    ("error", "fault"),
    [
        (ClaimFailed("no"), Fault.TARGET),
        (NotObserved("no"), Fault.TARGET),
        (AssertionError("no"), Fault.TARGET),
        (BadAnswer("no JSON"), Fault.TARGET),
        (NoAnswer("reset"), Fault.TARGET),
        (ApiError(404, "NotFound", 'revisions "a" not found'), Fault.TARGET),
        (ApiError(400, "BadRequest", KNATIVES), Fault.TARGET),
        (ApiError(403, "Forbidden", KNATIVES), Fault.TARGET),
        (ApiError(422, "Invalid", "spec.template: Invalid value"), Fault.TARGET),
        (ApiError(400, "BadRequest", OTHERS), Fault.OBSTACLE),
        (ApiError(403, "Forbidden", RIGHTS), Fault.OBSTACLE),
        (ApiError(403, "Forbidden", QUOTA), Fault.OBSTACLE),
        (ApiError(422, "Invalid", POLICY), Fault.OBSTACLE),
        *((ApiError(400, "BadRequest", message), Fault.OBSTACLE) for message in FORBIDDEN_PODS),
        (ApiError(400, "BadRequest", INVALID_POD), Fault.TARGET),
        (Untestable("no volume"), Fault.OBSTACLE),
        (ApiError(401, "Unauthorized", "Unauthorized"), Fault.SUITE),
        (ApiError(409, "Conflict", "the object has been modified"), Fault.SUITE),
        (ApiUnavailable("503"), Fault.SUITE),
        (NoAccess("no token"), Fault.SUITE),
        (Unreachable("refused"), Fault.SUITE),
        (KeyError("no"), Fault.SUITE),
    ],
)
def test_the_fault_follows_from_what_happened(error: Exception, fault: Fault) -> None:
    assert fault_of(error) is fault


@pytest.mark.parametrize(
    ("error", "meaning"),
    [
        (ApiError(400, "BadRequest", KNATIVES), ClaimFailed),
        (ApiError(403, "Forbidden", QUOTA), Untestable),
        (ApiError(409, "Conflict", "changed"), ApiError),
    ],
)
def test_a_refusal_means_what_its_judge_makes_of_it(error: ApiError, meaning: type[Exception]) -> None:
    found = refused(error, "a Service to be accepted")
    assert type(found) is meaning
    assert error.message in str(found)


@pytest.mark.parametrize(
    "error", [ApiUnavailable("away"), ApiError(404, "NotFound", "away"), BadAnswer("away"), ClaimFailed("away")]
)
def test_before_the_run_nothing_counts_against_the_target(error: Exception) -> None:
    with pytest.raises(PreflightFailed, match="away"), before_the_run():
        raise error
