"""Faults at run time: in requests, calls over localhost, files and processes."""

import json
import re
from dataclasses import replace
from typing import ClassVar
from urllib.parse import urlsplit

from kmc.fixtures.clients.http import Answer
from kmc.fixtures.service.containers import ContainerReply
from selftest.sabotage.saboteur import Saboteur


class LosesRequests(Saboteur):
    """Every third request to `/` or `/slow` is answered with 502."""

    test_modules = (
        "autoscaling/test_scale_to_zero.py",
        "gates/test_switching.py",
        "probes/test_liveness.py",
        "probes/test_outage.py",
        "probes/test_startup.py",
        "traffic/test_rollout.py",
        "traffic/test_split.py",
    )

    def __init__(self) -> None:
        self._count = 0

    def on_answer(self, method: str, url: str, answer: Answer) -> Answer:
        if urlsplit(url).path not in ("/", "/slow"):
            return answer
        self._count += 1
        return replace(answer, status=502, body="") if self._count % 3 == 0 else answer


class AnswersFromElsewhere(Saboteur):
    """A sidecar's answer over localhost names another container, of another pod."""

    test_modules = (
        "autoscaling/test_scale_to_zero.py",
        "localhost/test_port_conflict.py",
        "probes/test_readiness.py",
    )
    timeouts: ClassVar[dict[str, int]] = {**Saboteur.timeouts, "route_answers": 30}

    def on_answer(self, method: str, url: str, answer: Answer) -> Answer:
        path = urlsplit(url).path
        if path == "/":
            return replace(answer, body="Something else\n")
        if path != "/call" or answer.status != 200:
            return answer
        passed = json.loads(answer.body)
        body = passed.get("body", "")
        for key in ("container", "pod", "protocol"):
            body = re.sub(rf'"{key}":\s*"[^"]*"', f'"{key}":"other"', body)
        passed["body"] = (
            body.replace("end of the chain", "end").replace("multi-container", "other").replace("neither", "")
        )
        return replace(answer, body=json.dumps(passed))


class CallsNobody(Saboteur):
    """Calls over localhost fail once the Services are ready, also those that a container makes by itself."""

    test_modules = (
        "lifecycle/test_start_order.py",
        "lifecycle/test_termination.py",
        "probes/test_startup.py",
    )

    def on_answer(self, method: str, url: str, answer: Answer) -> Answer:
        path = urlsplit(url).path
        if path == "/background":
            return replace(answer, body=json.dumps({**json.loads(answer.body), "failed": 3}))
        if path == "/slow" and answer.status == 200:
            return replace(answer, body=json.dumps({"then": {"status": 0, "body": "refused"}}))
        if path != "/call" or ("identity" in url and "%2Fcall" not in url):  # whether the sidecar listens
            return answer
        return replace(answer, status=200, body=json.dumps({"status": 0, "body": "", "error": "refused"}))


class SharesAllFiles(Saboteur):
    """Every container can write all files, and finds every file that it looks for."""

    test_modules = ("volumes/test_gated.py",)

    def on_container_reply(self, name: str, method: str, path: str, reply: ContainerReply) -> ContainerReply:
        if path != "/file":
            return reply
        if method == "PUT":
            return ContainerReply(200, "")
        return reply if reply.ok else ContainerReply(200, json.dumps({"content": "leaked", "entries": ["token"]}))


class LosesAllFiles(Saboteur):
    """No container finds a file, and every mount has another type and other options."""

    test_modules = SharesAllFiles.test_modules

    def on_container_reply(self, name: str, method: str, path: str, reply: ContainerReply) -> ContainerReply:
        if path == "/file" and method == "GET":
            return ContainerReply(404, json.dumps({"errno": "ENOENT"}))
        if path == "/mounts":
            mounts = [{**each, "type": "ext4", "options": "rw"} for each in json.loads(reply.body)]
            return ContainerReply(200, json.dumps(mounts))
        return reply


class HidesProcesses(Saboteur):
    """No container sees a process, and the variables with the pod's name and address are wrong."""

    test_modules = ("environment/test_gated.py",)

    def on_container_reply(self, name: str, method: str, path: str, reply: ContainerReply) -> ContainerReply:
        if path == "/processes":
            return ContainerReply(200, "[]")
        if path == "/env":
            return ContainerReply(200, json.dumps({**json.loads(reply.body), "POD_NAME": "none", "POD_IP": "none"}))
        return reply


class ProbesFromAfar(Saboteur):
    """Probes come every two seconds, from the node, for another path, without headers."""

    test_modules = (
        "probes/test_readiness.py",
        "probes/test_startup.py",
    )

    def on_container_reply(self, name: str, method: str, path: str, reply: ContainerReply) -> ContainerReply:
        if path != "/requests":
            return reply
        found = json.loads(reply.body)
        kept = []
        for number, probe in enumerate(found.get("probes", [])):
            second = f"2030-01-01T00:{(2 * number) // 60 % 60:02}:{(2 * number) % 60:02}Z"
            kept.append({**probe, "time": second, "path": "/other", "remote": "10.0.0.1:1", "headers": {}})
        return ContainerReply(200, json.dumps({**found, "probes": kept}))
