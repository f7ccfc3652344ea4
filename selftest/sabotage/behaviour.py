"""Saboteurs of what happens at run time: requests, calls over localhost, files, processes."""

import json
import re
from dataclasses import replace
from typing import Any, ClassVar
from urllib.parse import urlsplit

from kmc.fixtures.clients.http import Answer
from kmc.fixtures.service.containers import ContainerReply
from selftest.sabotage.saboteur import Saboteur


class ManglesRequests(Saboteur):
    """What arrives at the serving container is another request, and what comes back another status."""

    aims = (
        "localhost/test_loopback.py",
        "port_routing/test_requests.py",
        "port_routing/test_route.py",
        "protocols/test_protocols.py",
    )

    def answered(self, method: str, url: str, answer: Answer) -> Answer:
        path = urlsplit(url).path
        if path.startswith("/status/"):
            return replace(answer, status=answer.status + 1)
        if not path.startswith("/echo") or answer.status != 200:
            return replace(answer, status={504: 502, 503: 500}.get(answer.status, answer.status))
        seen = json.loads(answer.body)
        other = "HTTP/1.1" if seen.get("protocol") == "HTTP/2.0" else "HTTP/2.0"
        seen |= {"method": "POST", "host": "elsewhere", "protocol": other}
        seen["headers"] = {"Knative-Serving-Revision": ["it"], "Knative-Serving-Namespace": ["its"]}
        return replace(answer, body=json.dumps(seen))


class GarblesStreams(Saboteur):
    """Messages come back changed, and the events of a stream all at once."""

    aims = (
        "lifecycle/test_websocket.py",
        "protocols/test_protocols.py",
    )

    def heard(self, heard: Any) -> Any:
        if isinstance(heard, str):
            return heard.replace("e", "x")
        if isinstance(heard[0], float):
            return [heard[-1] for _ in heard]
        return [self.heard(each) for each in heard]


class LosesRequests(Saboteur):
    """Every third request to `/` or `/slow` is answered with 502."""

    aims = (
        "autoscaling/test_scale.py",
        "autoscaling/test_scale_to_zero.py",
        "gates/test_switching.py",
        "lifecycle/test_pod_loss.py",
        "probes/test_liveness.py",
        "probes/test_outage.py",
        "probes/test_startup.py",
        "protocols/test_protocols.py",
        "traffic/test_rollout.py",
        "traffic/test_split.py",
    )

    def __init__(self) -> None:
        self._count = 0

    def answered(self, method: str, url: str, answer: Answer) -> Answer:
        if urlsplit(url).path not in ("/", "/slow"):
            return answer
        self._count += 1
        return replace(answer, status=502, body="") if self._count % 3 == 0 else answer


class AnswersFromElsewhere(Saboteur):
    """What a sidecar answered over localhost is said to come from another container, of another pod."""

    aims = (
        "autoscaling/test_scale.py",
        "autoscaling/test_scale_to_zero.py",
        "localhost/test_loopback.py",
        "localhost/test_port_conflict.py",
        "localhost/test_published_example.py",
        "localhost/test_shared_network.py",
        "port_routing/test_requests.py",
        "port_routing/test_route.py",
        "probes/test_readiness.py",
        "protocols/test_protocols.py",
    )
    waits: ClassVar[dict[str, int]] = {**Saboteur.waits, "route_answers": 30}

    def answered(self, method: str, url: str, answer: Answer) -> Answer:
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
    """Calls over localhost fail, once the Services are there, and those that a container makes by itself, too."""

    aims = (
        "autoscaling/test_scale.py",
        "lifecycle/test_draining.py",
        "lifecycle/test_start_order.py",
        "lifecycle/test_termination.py",
        "localhost/test_loopback.py",
        "localhost/test_shared_network.py",
        "port_routing/test_route.py",
        "probes/test_startup.py",
        "protocols/test_protocols.py",
    )

    def answered(self, method: str, url: str, answer: Answer) -> Answer:
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

    aims = (
        "environment/test_isolation.py",
        "security/test_security_context.py",
        "volumes/test_empty_dir.py",
        "volumes/test_gated.py",
        "volumes/test_mounts.py",
    )

    def said(self, name: str, method: str, path: str, said: ContainerReply) -> ContainerReply:
        if path != "/file":
            return said
        if method == "PUT":
            return ContainerReply(200, "")
        return said if said.ok else ContainerReply(200, json.dumps({"content": "leaked", "entries": ["token"]}))


class LosesAllFiles(Saboteur):
    """No container finds a file, and no mount is what it was to be."""

    aims = SharesAllFiles.aims

    def said(self, name: str, method: str, path: str, said: ContainerReply) -> ContainerReply:
        if path == "/file" and method == "GET":
            return ContainerReply(404, json.dumps({"errno": "ENOENT"}))
        if path == "/mounts":
            mounts = [{**each, "type": "ext4", "options": "rw"} for each in json.loads(said.body)]
            return ContainerReply(200, json.dumps(mounts))
        return said


class SharesAllProcesses(Saboteur):
    """Containers see all processes, variables of the whole namespace, and a terminal; each believes to be another."""

    aims = (
        "environment/test_isolation.py",
        "gates/test_effect.py",
        "localhost/test_shared_network.py",
        "pod_shape/test_containers.py",
        "port_routing/test_requests.py",
        "security/test_security_context.py",
    )

    def said(self, name: str, method: str, path: str, said: ContainerReply) -> ContainerReply:
        if not said.ok:
            return said
        changed: dict[str, Any] = {
            "/processes": [{"command": ["/servingcontainer"]}, {"command": ["/sidecarcontainer"]}],
            "/stdin": {"state": "open", "tty": True},
            "/user": {"uid": 0, "no_new_privs": False, "capabilities": {"bounding": "00000000000000ff"}},
        }
        if path in changed:
            return ContainerReply(200, json.dumps(changed[path]))
        if path == "/env":
            more = {"OTHER_SERVICE_HOST": "10.0.0.1", "K_SERVICE": "other", "PORT": "1"}
            return ContainerReply(200, json.dumps({**json.loads(said.body), **more}))
        if path == "/identity":
            return ContainerReply(
                200, json.dumps({**json.loads(said.body), "container": "other", "args": [], "addresses": [name]})
            )
        return said


class HidesProcesses(Saboteur):
    """Each container sees no process at all, and a pod's name that is none."""

    aims = (
        "environment/test_gated.py",
        "environment/test_isolation.py",
    )

    def said(self, name: str, method: str, path: str, said: ContainerReply) -> ContainerReply:
        if path == "/processes":
            return ContainerReply(200, "[]")
        if path == "/env":
            return ContainerReply(200, json.dumps({**json.loads(said.body), "POD_NAME": "none", "POD_IP": "none"}))
        return said


class ProbesFromAfar(Saboteur):
    """Probes come once in two seconds, from the node, of another path, without headers."""

    aims = (
        "probes/test_readiness.py",
        "probes/test_startup.py",
    )

    def said(self, name: str, method: str, path: str, said: ContainerReply) -> ContainerReply:
        if path != "/requests":
            return said
        told = json.loads(said.body)
        kept = []
        for number, probe in enumerate(told.get("probes", [])):
            second = f"2030-01-01T00:{(2 * number) // 60 % 60:02}:{(2 * number) % 60:02}Z"
            kept.append({**probe, "time": second, "path": "/other", "remote": "10.0.0.1:1", "headers": {}})
        return ContainerReply(200, json.dumps({**told, "probes": kept}))


class CountsRequestsWrongly(Saboteur):
    """Sidecars see the requests from outside, too."""

    aims = ("port_routing/test_requests.py",)

    def said(self, name: str, method: str, path: str, said: ContainerReply) -> ContainerReply:
        if path != "/requests" or name == "app":
            return said
        return ContainerReply(200, json.dumps({"requests": [{"path": "/echo/from-outside"}]}))
