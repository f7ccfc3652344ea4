"""Fault injection: what a saboteur may change between the suite and a healthy target."""

import copy
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any, ClassVar

from kmc.fixtures.clients.http import Answer
from kmc.fixtures.clients.kinds import Object
from kmc.fixtures.errors import ApiError
from kmc.fixtures.service.containers import ContainerReply

SERVICES = "services.serving.knative.dev"


@dataclass
class Call:
    """A call of the Kubernetes API, as the suite makes it."""

    method: str
    path: str
    query: dict[str, str]
    body: Any

    @property
    def resource(self) -> str:
        """The plural and the API group, as in `pods` and `services.serving.knative.dev`; empty where there is none."""
        if not self.path.startswith(("/api/", "/apis/")):
            return ""
        root, *rest = self.path.lstrip("/").split("/")
        group = rest[0] if root == "apis" else ""
        rest = rest[2:] if root == "apis" else rest[1:]
        plural = rest[2] if rest[:1] == ["namespaces"] and len(rest) > 2 else rest[0]
        return f"{plural}.{group}" if group else plural

    @property
    def dry_run(self) -> bool:
        """Whether nothing is to be stored."""
        return "dryRun" in self.query

    @property
    def template(self) -> Object | None:
        """The template of the Service that the call creates or changes, if it does."""
        if self.dry_run or self.resource != SERVICES or not isinstance(self.body, dict):
            return None
        found: Object | None = self.body.get("spec", {}).get("template")
        return found


class Saboteur:
    """A target that is broken in one way: its docstring says in which.

    `test_modules` are the files, below conformance/, whose tests should notice. `timeouts` are shorter than the suite's
    own, in seconds, since what is waited for will never be seen. `includes_preflight`: preflight is affected, too.
    """

    test_modules: ClassVar[tuple[str, ...]] = ()
    includes_preflight: ClassVar[bool] = False
    timeouts: ClassVar[dict[str, int]] = {"status": 35, "service_ready": 60, "failure": 60, "route_answers": 15}

    def on_call(self, call: Call) -> None:
        """Change a call before it is made, and first of all the template that it deploys."""
        if call.template:
            self.on_deploy(call.template)
        self.on_write(call)

    def on_deploy(self, template: Object) -> None:
        """Change the template of a Service that is about to be created or changed."""

    def on_write(self, call: Call) -> None:
        """Change a call before it is made."""

    def on_refusal(self, call: Call, error: ApiError) -> Object:
        """Answer a call that the API server refused, or raise its error."""
        raise error

    def on_read(self, resource: str, found: Object) -> None:
        """Change an object that was read or written, one at a time."""

    def on_answer(self, method: str, url: str, answer: Answer) -> Answer:
        """Change the answer to an HTTP request; the URL has its parameters."""
        return answer

    def on_container_reply(self, name: str, method: str, path: str, reply: ContainerReply) -> ContainerReply:
        """Change a container's answer about what it sees from inside."""
        return reply


def containers_of(template: Object) -> list[Object]:
    """Return the containers of a template."""
    containers: list[Object] = template["spec"]["containers"]
    return containers


def sidecars_of(template: Object) -> Iterator[Object]:
    """Return the containers of a template that declare no port, unless it is the only one."""
    containers = containers_of(template)
    return (each for each in containers if "ports" not in each and len(containers) > 1)


def as_sent(call: Call) -> Object:
    """Return the body of a call as if it had been stored unchanged."""
    body: Object = copy.deepcopy(call.body)
    body.setdefault("metadata", {}).setdefault("generation", 1)
    return body
