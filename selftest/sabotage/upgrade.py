"""Faults that an upgrade of Knative may bring to Services that were there before.

Whoever watches over them must see some of these, so the saboteur is there from the first command on:

    export PYTEST_PLUGINS=selftest.sabotage.wire KMC_SABOTEUR=UpgradesBadly
    kmc run --embedded --before-upgrade STATE   and in another terminal, after an upgrade:
    python -m selftest.sabotage UpgradesBadly -- --embedded --after-upgrade STATE
"""

import json
import re
import sys
from collections import Counter
from dataclasses import replace
from typing import ClassVar

from kmc.fixtures.clients.http import Answer
from kmc.fixtures.clients.kinds import Object
from kmc.fixtures.service.containers import ContainerReply
from selftest.sabotage.saboteur import SERVICES, Call, Saboteur

_LEFT = re.compile(r"\bkmc-[a-z0-9-]+?-(several|full|split|zero)\b")
_OF_SERVICE = "serving.knative.dev/service"


class UpgradesBadly(Saboteur):
    """Services are not answered and not Ready at times, are written anew, lose their files and can't be changed."""

    test_modules = ("upgrade/test_as_left.py", "upgrade/test_still_works.py")
    includes_preflight = True
    timeouts: ClassVar[dict[str, int]] = {**Saboteur.timeouts, "deletion": 20, "pods_gone": 30}

    def __init__(self) -> None:
        self._times: Counter[str] = Counter()
        self._after = any(word.startswith("--after-upgrade") for word in sys.argv)

    def on_answer(self, method: str, url: str, answer: Answer) -> Answer:
        found = _LEFT.search(url)
        if not found or "?" in url or not (found[1] == "zero" or self._now_and_then("answer", 4)):
            return answer
        return replace(answer, status=503, body="upgrading")

    def on_container_reply(self, name: str, method: str, path: str, reply: ContainerReply) -> ContainerReply:
        if path == "/requests":
            return replace(reply, body=json.dumps({**json.loads(reply.body), "probes": []}))
        return replace(reply, status=404, body='{"errno": "ENOENT"}') if path == "/file" else reply

    def on_write(self, call: Call) -> None:
        if call.resource != SERVICES or not _LEFT.search(call.path):
            return
        if call.method == "DELETE":
            call.method, call.body = "GET", None
        spec = (call.body or {}).get("spec", {})
        if any(each.get("tag") == "pinned" for each in spec.get("traffic", [])):
            spec["template"] = {"metadata": {"annotations": {"made-by": "an-upgrade"}}}
        for container in spec.get("template", {}).get("spec", {}).get("containers", []):
            if call.path.endswith("-full"):
                container["env"] = [each for each in container.get("env", []) if each["name"] != "RESPONSE"]

    def on_read(self, resource: str, found: Object) -> None:
        metadata = found.get("metadata", {})
        if not _LEFT.search(str(metadata.get("name"))):
            return
        if resource == SERVICES:
            self._at_times_not_ready(found, 5)
        if resource == "pods":
            self._at_times_not_ready(found, 7)
            if self._now_and_then("moved", 9):
                metadata["labels"][_OF_SERVICE] = re.sub(
                    "-(several|full|split)$", "-zero", metadata["labels"][_OF_SERVICE]
                )
        if self._after:
            self._write_anew(resource, found)

    def _write_anew(self, resource: str, found: Object) -> None:
        if resource == SERVICES:
            found["spec"]["template"]["spec"]["timeoutSeconds"] = 77
            found.get("status", {})["url"] = "http://elsewhere.example.com"
        if resource == "deployments.apps":
            for container in found["spec"]["template"]["spec"]["containers"]:
                container.setdefault("env", []).append({"name": "UPGRADED", "value": "yes"})
        if resource == "pods":
            found["metadata"]["uid"] += "-new"
            for each in found.get("status", {}).get("containerStatuses", []):
                each["restartCount"] = 1

    def _at_times_not_ready(self, found: Object, every: int) -> None:
        for each in found.get("status", {}).get("conditions", []):
            if each["type"] == "Ready" and self._now_and_then(found.get("kind", "pod"), every):
                each.update(status="Unknown", reason="Upgrading", message="It is upgraded.")

    def _now_and_then(self, what: str, every: int) -> bool:
        self._times[what] += 1
        return self._times[what] % every == 0
