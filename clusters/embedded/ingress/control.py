"""The control loop: what the API server says goes to Envoy, and what Envoy serves goes into the status."""

import asyncio
import logging
from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass, field

import httpx

from kmc.clusters.embedded.ingress import envoy_config
from kmc.clusters.embedded.ingress.backends import Backend, BackendMissingError, Directory, Ref
from kmc.clusters.embedded.ingress.envoy import EnvoyRejectedError
from kmc.clusters.embedded.ingress.kube import INGRESSES, RETRY_SECONDS, SERVICES, SLICES, Mirror, patch_status
from kmc.clusters.embedded.ingress.objects import Json, by_service, identity, key, ours
from kmc.clusters.embedded.ingress.routes import Routing, objection, references, route
from kmc.clusters.embedded.ingress.status import SERVED, Verdict, status_of

_log = logging.getLogger(__name__)


@dataclass
class Controller:
    """Serves the Ingresses of one class; `apply` makes Envoy serve clusters and the two listeners' virtual hosts.

    `accepted` holds what is served by `namespace/name`: of each Ingress its newest generation whose backends were
    found. Until those of a newer one are found the older one stays, so that no request is lost on the way.
    `rejected` holds Envoy's reasons against an Ingress, by its uid and generation.
    """

    api: httpx.AsyncClient
    apply: Callable[[Mapping[str, Json], Sequence[Json], Sequence[Json]], Awaitable[None]]
    ingress_class: str
    service: str
    """The Service in front of it, as NAMESPACE/NAME."""
    accepted: dict[str, Json] = field(default_factory=dict)
    rejected: dict[tuple[str, int], str] = field(default_factory=dict)

    def start(self, tasks: asyncio.TaskGroup) -> None:
        """Work for ever. A task raises EnvoyError when Envoy can't be brought to serve anything any more."""
        changed = asyncio.Event()
        mirrors = {path: Mirror(self.api, path, changed) for path in (INGRESSES, SERVICES, SLICES)}
        for mirror in mirrors.values():
            tasks.create_task(mirror.follow())
        tasks.create_task(self._run(mirrors, changed))

    async def _run(self, mirrors: Mapping[str, Mirror], changed: asyncio.Event) -> None:
        while True:
            await changed.wait()
            changed.clear()
            if all(mirror.synced for mirror in mirrors.values()):
                await self._catch_up({path: mirror.objects for path, mirror in mirrors.items()}, changed)

    async def _catch_up(self, seen: Mapping[str, Mapping[str, Json]], changed: asyncio.Event) -> None:
        directory = Directory(seen[SERVICES], by_service(seen[SLICES].values()))
        ingresses = {key(ingress): ingress for ingress in ours(seen[INGRESSES].values(), self.ingress_class)}
        verdicts = await self.serve(ingresses, directory)
        reports = (self._report(ingress, verdicts[name]) for name, ingress in ingresses.items())
        failures = [result for result in await asyncio.gather(*reports, return_exceptions=True) if result]
        for failure in failures:
            _log.warning("a status could not be written, trying again: %r", failure)
        if failures:
            await asyncio.sleep(RETRY_SECONDS)
            changed.set()

    async def _report(self, ingress: Json, verdict: Verdict) -> None:
        status = status_of(ingress, verdict, self.service)
        if status:
            await patch_status(self.api, ingress, status)
            ingress["status"] = status  # until the watch brings it, so as not to write it twice
            generation, words = ingress["metadata"]["generation"], (verdict.status, verdict.reason, verdict.message)
            _log.info("%s generation %s: Ready is %s", key(ingress), generation, " ".join(filter(None, words)))

    async def serve(self, ingresses: Mapping[str, Json], directory: Directory) -> dict[str, Verdict]:
        """Bring Envoy up to date with the Ingresses, oldest first, and say of each how it stands."""
        self.accepted = {
            name: old
            for name, old in self.accepted.items()
            if name in ingresses and ingresses[name]["metadata"]["uid"] == old["metadata"]["uid"]
        }
        verdicts = {name: self._examine(ingress, directory) for name, ingress in ingresses.items()}
        fresh = {name: ingress for name, ingress in ingresses.items() if verdicts[name] == SERVED}
        try:
            routing = await self._apply(list(ingresses), self.accepted | fresh, directory)
            self.accepted |= fresh
        except EnvoyRejectedError:
            routing = await self._sift(list(ingresses), fresh, directory)
            verdicts |= {name: self._examine(ingress, directory) for name, ingress in fresh.items()}
        return verdicts | {name: Verdict("False", "HostTaken", why) for name, why in routing.refused.items()}

    def _examine(self, ingress: Json, directory: Directory) -> Verdict:
        if identity(ingress) in self.rejected:
            return Verdict("False", "Rejected", self.rejected[identity(ingress)])
        if key(ingress) in self.accepted and identity(ingress) == identity(self.accepted[key(ingress)]):
            return SERVED
        return examine(ingress, directory)

    async def _sift(self, order: list[str], fresh: Mapping[str, Json], directory: Directory) -> Routing:
        """Find out which Ingress Envoy refuses, so that it alone is not served."""
        for name, ingress in fresh.items():
            try:
                await self._apply(order, self.accepted | {name: ingress}, directory)
                self.accepted[name] = ingress
            except EnvoyRejectedError as error:
                _log.warning("%s: %s", name, error)
                self.rejected[identity(ingress)] = str(error)
        return await self._apply(order, self.accepted, directory)

    async def _apply(self, order: list[str], chosen: Mapping[str, Json], directory: Directory) -> Routing:
        served = [chosen[name] for name in order if name in chosen]
        routing = route(served)
        refs = sorted(set().union(*(references(ingress) for ingress in served)))
        clusters = {ref.name: envoy_config.cluster(ref, _find(ref, directory)) for ref in refs}
        await self.apply(clusters, routing.public, routing.local)
        return routing


def examine(ingress: Json, directory: Directory) -> Verdict:
    """Decide whether an Ingress can be served now. Endpoints must be there too, or its first requests would fail."""
    complaint = objection(ingress)
    if complaint:
        return Verdict("False", "NotSupported", complaint)
    for ref in sorted(references(ingress)):
        try:
            backend = directory.find(ref)
        except BackendMissingError as error:
            return Verdict("Unknown", "BackendMissing", str(error))
        if not backend.endpoints:
            message = f"Service {ref.namespace}/{ref.service} has no ready endpoint for its port {ref.port}"
            return Verdict("Unknown", "NoEndpoints", message)
    return SERVED


def _find(ref: Ref, directory: Directory) -> Backend:
    """Find a backend of an Ingress that is served already: one that went away since has no endpoints."""
    try:
        return directory.find(ref)
    except BackendMissingError:
        return Backend((), http2=False)
