"""What a saboteur may change of what passes between the suite and a target that is well."""

import copy
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any, ClassVar

from kmc.fixtures.clients.http import Answer
from kmc.fixtures.clients.kinds import Object
from kmc.fixtures.clients.kube import ApiError
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
        """The plural and the API group, as in `pods` and `services.serving.knative.dev`; empty for what has none."""
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

    `aims` are the files whose tests it is meant for, below conformance/. `waits` are shorter budgets, in seconds, for
    what will never be seen. `from_the_start`: whether preflight is deceived, too.
    """

    aims: ClassVar[tuple[str, ...]] = ()
    from_the_start: ClassVar[bool] = False
    waits: ClassVar[dict[str, int]] = {"status": 35, "service_ready": 60, "failure": 60, "route_answers": 15}

    def before(self, call: Call) -> None:
        """Change a call before it is made, and first of all the template that it deploys."""
        if call.template:
            self.deployed(call.template)
        self.sent(call)

    def deployed(self, template: Object) -> None:
        """Change the template of a Service that is about to be created or changed."""

    def sent(self, call: Call) -> None:
        """Change a call before it is made."""

    def refused(self, call: Call, error: ApiError) -> Object:
        """Answer a call that was refused, or refuse it."""
        raise error

    def told(self, resource: str, found: Object) -> None:
        """Change an object that was read or written, one at a time."""

    def judged(self, call: Call, found: Object) -> Object:
        """Change what a dry run says would be stored."""
        return found

    def log(self, call: Call, text: str) -> str:
        """Change a container's log."""
        return text

    def answered(self, method: str, url: str, answer: Answer) -> Answer:
        """Change the answer to an HTTP request; the URL has its parameters."""
        return answer

    def said(self, name: str, method: str, path: str, said: ContainerReply) -> ContainerReply:
        """Change what a container, looked at from within, says."""
        return said

    def heard(self, heard: Any) -> Any:
        """Change what came back by gRPC or WebSocket, or when the events of a stream came."""
        return heard


def containers_of(template: Object) -> list[Object]:
    """Return the containers of a template."""
    containers: list[Object] = template["spec"]["containers"]
    return containers


def sidecars_of(template: Object) -> Iterator[Object]:
    """Return the containers of a template that declare no port, unless it is the only one."""
    containers = containers_of(template)
    return (each for each in containers if "ports" not in each and len(containers) > 1)


def as_sent(call: Call) -> Object:
    """Return the body of a call as an object that was stored so."""
    body: Object = copy.deepcopy(call.body)
    body.setdefault("metadata", {}).setdefault("generation", 1)
    return body
