"""Faults of admission as a whole: nothing is refused, or no reason is given."""

from typing import ClassVar

from kmc.fixtures.clients.kinds import Object
from kmc.fixtures.errors import ApiError
from selftest.sabotage.saboteur import Call, Saboteur, as_sent

_ADMISSION = (
    "admission/test_containers.py",
    "admission/test_gated.py",
    "environment/test_gated.py",
    "gates/test_switching.py",
    "probes/test_admission.py",
    "volumes/test_gated.py",
)


class AcceptsEverything(Saboteur):
    """Nothing is refused."""

    test_modules = _ADMISSION
    timeouts: ClassVar[dict[str, int]] = {**Saboteur.timeouts, "gates": 5}

    def on_refusal(self, call: Call, error: ApiError) -> Object:
        if call.method not in ("POST", "PATCH") or not call.resource.endswith("serving.knative.dev"):
            raise error
        return as_sent(call) if isinstance(call.body, dict) else {}


class GivesNoReason(Saboteur):
    """Refusals do not name a cause."""

    test_modules = _ADMISSION
    timeouts = AcceptsEverything.timeouts

    def on_refusal(self, call: Call, error: ApiError) -> Object:
        if call.method in ("POST", "PATCH"):
            raise ApiError(error.status, error.reason, "admission webhook denied the request: validation failed")
        raise error
