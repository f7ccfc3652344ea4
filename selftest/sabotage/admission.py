"""Faults of admission: the webhook accepts, refuses, defaults or reports wrongly."""

import copy
from typing import ClassVar

from kmc.fixtures.clients.kinds import Object
from kmc.fixtures.errors import ApiError
from kmc.fixtures.target.gates import FEATURES, MULTI_CONTAINER, PROBING
from selftest.sabotage.saboteur import SERVICES, Call, Saboteur, as_sent, containers_of

_ADMISSION = (
    "admission/test_containers.py",
    "admission/test_fields.py",
    "admission/test_gated.py",
    "admission/test_probes.py",
    "admission/test_scope.py",
    "admission/test_updates.py",
    "defaulting/test_defaults.py",
    "defaulting/test_probes.py",
    "environment/test_gated.py",
    "gates/test_effect.py",
    "gates/test_switching.py",
    "probes/test_admission.py",
    "security/test_security_context.py",
    "volumes/test_empty_dir.py",
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


class FillsNothingIn(Saboteur):
    """Objects are stored as sent: nothing is defaulted, dropped or warned about."""

    test_modules = _ADMISSION

    def on_dry_run(self, call: Call, found: Object) -> Object:
        return as_sent(call)


class ForgetsWhatIsSent(Saboteur):
    """The last of several containers is lost, and of the others all but name and image."""

    test_modules = _ADMISSION

    def on_dry_run(self, call: Call, found: Object) -> Object:
        template = copy.deepcopy(found)["spec"]["template"]
        kept = containers_of(template)
        bare = [{"name": each.get("name", ""), "image": each.get("image", "")} for each in kept]
        template["spec"]["containers"] = bare[:-1] if len(bare) > 1 else bare
        template["spec"].pop("initContainers", None)
        return {**found, "spec": {"template": template}}


class DeclaresOtherGates(Saboteur):
    """config-features declares other gates than those in effect."""

    test_modules: ClassVar[tuple[str, ...]] = (
        "admission/test_gated.py",
        "gates/test_effect.py",
    )
    includes_preflight = True

    def on_read(self, resource: str, found: Object) -> None:
        if resource == "configmaps" and found["metadata"]["name"] == FEATURES:
            data = found.setdefault("data", {})
            probing = data.get(PROBING, "disabled").lower() == "enabled"
            data.update({MULTI_CONTAINER: "disabled", PROBING: "disabled" if probing else "enabled"})


class KeepsWhatIsNotAllowed(Saboteur):
    """A refused update is stored all the same."""

    test_modules: ClassVar[tuple[str, ...]] = (
        "admission/test_containers.py",
        "admission/test_scope.py",
        "admission/test_updates.py",
        "defaulting/test_defaults.py",
    )

    def __init__(self) -> None:
        self._stored = 0

    def on_read(self, resource: str, found: Object) -> None:
        if resource in (SERVICES, "revisions.serving.knative.dev"):
            self._stored += 1
            found["metadata"]["generation"] += self._stored
            found.get("status", {})["observedGeneration"] = found["metadata"]["generation"]
