"""Saboteurs of what is deployed: the target runs something else than what it was sent."""

from typing import ClassVar

from kmc.fixtures.clients.kinds import Object
from kmc.fixtures.service.manifest import MAX_SCALE, MIN_SCALE
from selftest.sabotage.saboteur import SERVICES, Call, Saboteur, containers_of, sidecars_of

_PROBES = ("readinessProbe", "livenessProbe", "startupProbe")
_INITIAL_SCALE = "autoscaling.knative.dev/initial-scale"


class RunsNoProbes(Saboteur):
    """No container has the probes that it asks for."""

    aims = (
        "sidecar_readiness", "sidecar_unready", "sidecar_startup", "sidecar_liveness", "sidecar_outage", "rollout",
        "status", "recovery", "sidecar_failure", "failure_reports",
    )  # fmt: skip

    def deployed(self, template: Object) -> None:
        for container in containers_of(template):
            for probe in _PROBES:
                container.pop(probe, None)


class IgnoresWhatSidecarsSay(Saboteur):
    """Of a sidecar only name, image and plain variables count, and nothing of the pod's own fields."""

    aims = (
        "pod_shape", "pod_wiring", "resources", "volumes", "scratch_volumes", "shared_network", "security",
        "environment", "gated_pods", "image_digests", "ending", "draining", "protocols", "scale", "scale_bounds",
        "cold_start_failure", "recovery", "sidecar_failure", "rollout",
    )  # fmt: skip

    def deployed(self, template: Object) -> None:
        spec = template["spec"]
        for container in list(sidecars_of(template)):
            plain = [each for each in container.get("env", []) if "value" in each]
            kept: Object = {key: container[key] for key in ("name", "image") if key in container}
            container.clear()
            container.update(kept, env=plain)
        for container in spec["containers"]:
            container.pop("volumeMounts", None)
        rest: Object = {key: spec[key] for key in ("containers", "serviceAccountName") if key in spec}
        spec.clear()
        spec.update(rest)


class IgnoresAnnotations(Saboteur):
    """Scale and deadlines are what the platform likes."""

    aims = ("scale", "scale_bounds", "scale_to_zero", "resources", "pod_loss", "port_clash", "cold_start_failure")

    def deployed(self, template: Object) -> None:
        template["metadata"]["annotations"] = {}


class MixesContainersUp(Saboteur):
    """Every container has what the others have: variables, user and resources."""

    aims = ("environment", "pod_shape", "security", "resources", "defaulting")

    def deployed(self, template: Object) -> None:
        containers = containers_of(template)
        env = {each["name"]: each for container in containers for each in container.get("env", [])}
        shared = {field: container[field] for container in containers for field in _SHARED if container.get(field)}
        for container in containers:
            own = {each["name"] for each in container.get("env", [])}
            more = [each for name, each in env.items() if name not in own and name not in _OF_PROGRAMS]
            container["env"] = [*container.get("env", []), *more]
            container.update(shared)
        template["spec"]["enableServiceLinks"] = True


_SHARED = ("securityContext", "resources", "envFrom")
_OF_PROGRAMS = ("LISTEN_PORT", "LISTEN_ADDRESS", "FORWARD_PORT", "PORT")


class ServesFromTheWrongContainer(Saboteur):
    """What answers says that it is the next container in the list."""

    aims = (
        "port_routing", "route", "localhost", "shared_network", "defaulting", "gates", "port_clash",
        "cold_start_failure", "changes", "sidecar_readiness",
    )  # fmt: skip

    def deployed(self, template: Object) -> None:
        variables = [each for container in containers_of(template) for each in container.get("env", [])]
        named = [each for each in variables if each["name"] == "CONTAINER_NAME"]
        names = [each["value"] for each in named]
        for number, each in enumerate(named):
            each["value"] = names[number - 1] if len(names) > 1 else f"not-{each['value']}"


class ReordersContainers(Saboteur):
    """The pod has the containers in the reverse order."""

    aims = ("pod_shape", "status", "start_order", "changes", "image_digests", "pod_wiring")

    def deployed(self, template: Object) -> None:
        containers_of(template).reverse()


class NeverScalesDown(Saboteur):
    """One pod always stays."""

    aims = ("scale_to_zero", "cold_start_failure")
    waits: ClassVar[dict[str, int]] = {"scale_to_zero": 75}

    def deployed(self, template: Object) -> None:
        template["metadata"]["annotations"][MIN_SCALE] = "1"


class NeverScalesUp(Saboteur):
    """There is never a second pod."""

    aims = ("scale", "scale_bounds", "pod_loss")
    waits: ClassVar[dict[str, int]] = {**Saboteur.waits, "scale_up": 20}

    def deployed(self, template: Object) -> None:
        annotations: dict[str, str] = template["metadata"]["annotations"]
        annotations.pop(_INITIAL_SCALE, None)
        annotations.update({MIN_SCALE: "1", MAX_SCALE: "1"})


class ScalesTooFar(Saboteur):
    """There are four pods from the start, and requests may be under way four at a time."""

    aims = ("scale", "scale_bounds", "status", "pod_shape")

    def deployed(self, template: Object) -> None:
        template["metadata"]["annotations"].update({MIN_SCALE: "4", MAX_SCALE: "4"})
        template["metadata"]["annotations"].pop(_INITIAL_SCALE, None)
        if "containerConcurrency" in template["spec"]:
            template["spec"]["containerConcurrency"] = 4


class CutsPodsOff(Saboteur):
    """A pod that is deleted is killed at once."""

    aims = ("draining", "pod_loss", "ending", "websocket_drain")

    def sent(self, call: Call) -> None:
        if call.method == "DELETE" and call.resource == "pods":
            call.body["gracePeriodSeconds"] = 0


class LetsPodsLinger(Saboteur):
    """A pod that is to end takes a minute longer than it is given, and a request may take as long."""

    aims = ("ending", "pod_wiring", "protocols")

    def deployed(self, template: Object) -> None:
        template["spec"]["timeoutSeconds"] = template["spec"].get("timeoutSeconds", 300) + 60
        for container in containers_of(template):
            container["env"] = [*container.get("env", []), {"name": "TERM_IGNORE", "value": "true"}]


class DeletesNothing(Saboteur):
    """A Service that is deleted stays; the end of the run, which is not sabotaged, removes it."""

    aims = ("deletion",)
    waits: ClassVar[dict[str, int]] = {"deletion": 15}

    def sent(self, call: Call) -> None:
        if call.method == "DELETE" and call.resource == SERVICES:
            call.body["dryRun"] = ["All"]


class RoutesUnfairly(Saboteur):
    """All traffic goes to the revision that is named last, and every revision answers by the tag of the other."""

    aims = ("traffic", "rollout", "port_routing")

    def sent(self, call: Call) -> None:
        traffic = call.body.get("spec", {}).get("traffic") if isinstance(call.body, dict) else None
        if not traffic:
            return
        for entry, percent in zip(traffic, [0] * (len(traffic) - 1) + [100], strict=True):
            entry["percent"] = percent
        if len(traffic) == 1:
            traffic[0].pop("revisionName", None)
            traffic[0]["latestRevision"] = True

    def told(self, resource: str, found: Object) -> None:
        tagged = [each for each in found.get("status", {}).get("traffic", []) if "tag" in each]
        if resource == SERVICES and tagged:
            urls = [each["url"] for each in tagged]
            for each, url in zip(tagged, [*urls[1:], urls[0]], strict=True):
                each["url"] = url if len(urls) > 1 else found["status"]["url"]


class KeepsTheOldSidecar(Saboteur):
    """A change of the template has no effect."""

    aims = ("changes", "traffic", "rollout", "port_routing", "gate_switching")

    def sent(self, call: Call) -> None:
        if call.method == "PATCH" and call.template:
            call.body = {"metadata": {"annotations": {"kmc.dev/sabotaged": "true"}}}
