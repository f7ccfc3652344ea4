"""Faults in what is deployed: the target runs something else than the Service asks for."""

from typing import ClassVar

from kmc.fixtures.clients.kinds import Object
from kmc.fixtures.service.manifest import MIN_SCALE
from selftest.sabotage.saboteur import SERVICES, Call, Saboteur, containers_of, sidecars_of

_PROBES = ("readinessProbe", "livenessProbe", "startupProbe")


class RunsNoProbes(Saboteur):
    """All probes are dropped."""

    test_modules = (
        "probes/test_liveness.py",
        "probes/test_never_ready.py",
        "probes/test_outage.py",
        "probes/test_readiness.py",
        "probes/test_startup.py",
        "status/test_conditions.py",
        "status/test_crashes.py",
        "status/test_start_failures.py",
        "traffic/test_rollout.py",
    )

    def on_deploy(self, template: Object) -> None:
        for container in containers_of(template):
            for probe in _PROBES:
                container.pop(probe, None)


class IgnoresSidecarFields(Saboteur):
    """A sidecar's fields are dropped but for name, image and plain variables, and most fields of the pod."""

    test_modules = (
        "autoscaling/test_cold_start.py",
        "environment/test_gated.py",
        "lifecycle/test_termination.py",
        "pod_shape/test_additions.py",
        "status/test_start_failures.py",
        "traffic/test_rollout.py",
        "volumes/test_gated.py",
    )

    def on_deploy(self, template: Object) -> None:
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
    """All annotations are dropped: scale and deadlines are the platform's defaults."""

    test_modules = (
        "autoscaling/test_cold_start.py",
        "autoscaling/test_scale_to_zero.py",
        "localhost/test_port_conflict.py",
    )

    def on_deploy(self, template: Object) -> None:
        template["metadata"]["annotations"] = {}


class ServesFromTheWrongContainer(Saboteur):
    """Every container reports the name of its neighbour in the list."""

    test_modules = (
        "autoscaling/test_cold_start.py",
        "localhost/test_port_conflict.py",
        "probes/test_readiness.py",
    )

    def on_deploy(self, template: Object) -> None:
        variables = [each for container in containers_of(template) for each in container.get("env", [])]
        named = [each for each in variables if each["name"] == "CONTAINER_NAME"]
        names = [each["value"] for each in named]
        for number, each in enumerate(named):
            each["value"] = names[number - 1] if len(names) > 1 else f"not-{each['value']}"


class ReordersContainers(Saboteur):
    """The pod has the containers in the reverse order."""

    test_modules = (
        "lifecycle/test_start_order.py",
        "pod_shape/test_additions.py",
        "status/test_conditions.py",
    )

    def on_deploy(self, template: Object) -> None:
        containers_of(template).reverse()


class NeverScalesDown(Saboteur):
    """One pod always stays."""

    test_modules = (
        "autoscaling/test_cold_start.py",
        "autoscaling/test_scale_to_zero.py",
    )
    timeouts: ClassVar[dict[str, int]] = {"scale_to_zero": 75}

    def on_deploy(self, template: Object) -> None:
        template["metadata"]["annotations"][MIN_SCALE] = "1"


class CutsPodsOff(Saboteur):
    """A pod that is deleted is killed at once."""

    test_modules = ("lifecycle/test_termination.py",)

    def on_write(self, call: Call) -> None:
        if call.method == "DELETE" and call.resource == "pods":
            call.body["gracePeriodSeconds"] = 0


class LetsPodsLinger(Saboteur):
    """Terminating pods, and requests, take up to a minute longer than allowed."""

    test_modules = (
        "lifecycle/test_termination.py",
        "pod_shape/test_additions.py",
    )

    def on_deploy(self, template: Object) -> None:
        template["spec"]["timeoutSeconds"] = template["spec"].get("timeoutSeconds", 300) + 60
        for container in containers_of(template):
            container["env"] = [*container.get("env", []), {"name": "TERM_IGNORE", "value": "true"}]


class RoutesUnfairly(Saboteur):
    """All traffic goes to the revision that is named last, and every revision answers by the tag of the other."""

    test_modules = (
        "traffic/test_rollout.py",
        "traffic/test_split.py",
    )

    def on_write(self, call: Call) -> None:
        traffic = call.body.get("spec", {}).get("traffic") if isinstance(call.body, dict) else None
        if not traffic:
            return
        for entry, percent in zip(traffic, [0] * (len(traffic) - 1) + [100], strict=True):
            entry["percent"] = percent
        if len(traffic) == 1:
            traffic[0].pop("revisionName", None)
            traffic[0]["latestRevision"] = True

    def on_read(self, resource: str, found: Object) -> None:
        tagged = [each for each in found.get("status", {}).get("traffic", []) if "tag" in each]
        if resource == SERVICES and tagged:
            urls = [each["url"] for each in tagged]
            for each, url in zip(tagged, [*urls[1:], urls[0]], strict=True):
                each["url"] = url if len(urls) > 1 else found["status"]["url"]


class KeepsTheOldSidecar(Saboteur):
    """A change of the template has no effect."""

    test_modules = (
        "gates/test_switching.py",
        "traffic/test_rollout.py",
        "traffic/test_split.py",
    )

    def on_write(self, call: Call) -> None:
        if call.method == "PATCH" and call.template:
            call.body = {"metadata": {"annotations": {"kmc.dev/sabotaged": "true"}}}
