"""The Envoy process: started here, given configurations through files, and asked what it serves."""

import asyncio
import itertools
import json
import signal
import time
from collections.abc import Mapping, Sequence
from pathlib import Path

import httpx

from kmc.clusters.embedded.ingress import envoy_config
from kmc.clusters.embedded.ingress.envoy_config import CLUSTERS, LOCAL, PUBLIC, Listen
from kmc.clusters.embedded.ingress.objects import Json

START_SECONDS = 60.0
APPLY_SECONDS = 120.0
"""Within which Envoy serves what it was given: far more than it needs, as all pods may be at work beside it."""
STOP_SECONDS = 5.0
POLL_SECONDS = 0.005

_VERSION_STATS = {
    CLUSTERS: "cluster_manager.cds.version_text",
    PUBLIC: f"http.{PUBLIC}.rds.{PUBLIC}.version_text",
    LOCAL: f"http.{LOCAL}.rds.{LOCAL}.version_text",
}
_STATS = r"\.(version_text|update_rejected|warming_clusters)$"
"""Which statistics are read: there are thousands."""


class EnvoyError(Exception):
    """Envoy did not start, died, or does not serve what it was given."""


class EnvoyRejectedError(EnvoyError):
    """Envoy refused a configuration and keeps the one before; the message has Envoy's reason."""


class Envoy:
    """A running Envoy, and what it was given last.

    One worker thread: an answer of the listener then proves what every request will meet.
    """

    def __init__(self, binary: Path, state: Path, listen: Listen) -> None:
        """Prepare an Envoy whose files go into the folder `state`."""
        state = state.absolute()
        self._log, self._ready = state / "envoy.log", state / "ready"
        self._binary, self._state, self._listen = binary, state, listen
        self._versions = itertools.count(1)
        self._clusters: dict[str, Json] = {}
        self._hosts: dict[str, Sequence[Json]] = {}
        self._process: asyncio.subprocess.Process | None = None
        socket = httpx.AsyncHTTPTransport(uds=str(envoy_config.admin_socket(state)))
        self._admin = httpx.AsyncClient(transport=socket, base_url="http://envoy", timeout=APPLY_SECONDS)
        self._probe = httpx.AsyncClient(timeout=2, trust_env=False, verify=False)  # noqa: S501 - of this machine

    async def start(self) -> None:
        """Start Envoy with nothing to serve; when both listeners answer write `ready` and return. Raises EnvoyError."""
        self._ready.unlink(missing_ok=True)
        (self._state / "xds").mkdir(parents=True, exist_ok=True)
        envoy_config.admin_socket(self._state).unlink(missing_ok=True)
        self._write(CLUSTERS, envoy_config.clusters_response([], "0"))
        for name in (PUBLIC, LOCAL):
            self._write(name, envoy_config.routes_response(name, [], "0"))
        bootstrap = self._state / "bootstrap.json"
        bootstrap.write_text(json.dumps(envoy_config.bootstrap(self._listen, self._state), indent=1))
        # Envoy must not outlive this process, however that ends, or the next one could not listen.
        command = ["setpriv", "--pdeathsig", "KILL", str(self._binary), "--config-path", str(bootstrap)]
        options = ["--concurrency", "1", "--disable-hot-restart", "--log-level", "warning"]
        with self._log.open("wb") as log:
            self._process = await asyncio.create_subprocess_exec(
                *command, *options, stdout=log, stderr=log, stdin=asyncio.subprocess.DEVNULL, start_new_session=True
            )
        for name in (PUBLIC, LOCAL):
            await self._answers(name, "0", START_SECONDS)
        self._ready.touch()

    async def died(self) -> None:
        """Wait for the end of Envoy, then raise EnvoyError with the end of its log."""
        if self._process:
            code = await self._process.wait()
            raise EnvoyError(f"Envoy ended with status {code}; its log {self._log} ends with: {self._log_tail()}")

    async def stop(self) -> None:
        """Stop Envoy and wait until it is gone."""
        self._ready.unlink(missing_ok=True)
        if self._process and self._process.returncode is None:
            self._process.send_signal(signal.SIGTERM)
            try:
                await asyncio.wait_for(self._process.wait(), STOP_SECONDS)
            except TimeoutError:
                self._process.kill()
                await self._process.wait()
        await self._admin.aclose()
        await self._probe.aclose()

    async def apply(self, clusters: Mapping[str, Json], public: Sequence[Json], local: Sequence[Json]) -> None:
        """Make Envoy serve this; return when it does. Raises EnvoyRejectedError when it won't.

        Clusters that are no longer wanted stay until no route leads to them.
        """
        if any(self._clusters.get(name) != cluster for name, cluster in clusters.items()):
            await self._set_clusters({**self._clusters, **clusters})
        wanted = {PUBLIC: public, LOCAL: local}
        changed = {name: hosts for name, hosts in wanted.items() if self._hosts.get(name, []) != hosts}
        if changed:
            await self._set_routes(changed)
        if self._clusters.keys() != clusters.keys():
            await self._set_clusters(clusters)

    async def _set_clusters(self, clusters: Mapping[str, Json]) -> None:
        version = str(next(self._versions))
        await self._load({CLUSTERS: envoy_config.clusters_response(list(clusters.values()), version)})
        self._clusters = dict(clusters)

    async def _set_routes(self, routes: Mapping[str, Sequence[Json]]) -> None:
        version = str(next(self._versions))
        await self._load({name: envoy_config.routes_response(name, hosts, version) for name, hosts in routes.items()})
        for name in routes:
            await self._answers(name, version, APPLY_SECONDS)
        self._hosts |= routes

    async def _load(self, responses: Mapping[str, Json]) -> None:
        """Write resource files and wait until Envoy has taken them."""
        rejected = _rejections(await self._stats())
        for name, response in responses.items():
            self._write(name, response)
        wanted = {_VERSION_STATS[name]: response["version_info"] for name, response in responses.items()}
        deadline = time.monotonic() + APPLY_SECONDS
        while time.monotonic() < deadline:
            stats = await self._stats()
            if _rejections(stats) > rejected:
                raise EnvoyRejectedError(f"Envoy refused its {' and '.join(responses)}: {self._log_tail()}")
            if wanted.items() <= stats.items() and not stats["cluster_manager.warming_clusters"]:
                return
            await asyncio.sleep(POLL_SECONDS)
        raise EnvoyError(f"Envoy did not read its {' and '.join(responses)} in {APPLY_SECONDS} s: {self._log_tail()}")

    async def _stats(self) -> dict[str, str | int]:
        answer = await self._admin.get("/stats", params={"format": "json", "filter": _STATS})
        return {stat["name"]: stat["value"] for stat in answer.json()["stats"] if "name" in stat}

    async def _answers(self, name: str, version: str, seconds: float) -> None:
        """Wait until the listener itself answers with this version of its routes."""
        url = f"{self._listen.scheme(name)}://{self._listen.reached_at}:{self._listen.ports()[name]}/"
        seen = "nothing"
        deadline = time.monotonic() + seconds
        while time.monotonic() < deadline:
            if self._process and self._process.returncode is not None:
                raise EnvoyError(f"Envoy ended with status {self._process.returncode}: {self._log_tail()}")
            try:
                seen = (await self._probe.get(url, headers={"host": envoy_config.VERSION_HOST})).text
            except httpx.HTTPError as error:
                seen = repr(error)
            if seen == version:
                return
            await asyncio.sleep(POLL_SECONDS)
        raise EnvoyError(
            f"{url} should serve version {version} of its routes within {seconds} s, "
            f"last answer: {seen}; {self._log_tail()}"
        )

    def _write(self, name: str, response: Json) -> None:
        path = envoy_config.resource_file(self._state, name)
        draft = path.with_suffix(".draft")
        draft.write_text(json.dumps(response))
        draft.rename(path)

    def _log_tail(self) -> str:
        return " | ".join(self._log.read_text(errors="replace").splitlines()[-5:])


def _rejections(stats: Mapping[str, str | int]) -> int:
    return sum(int(value) for key, value in stats.items() if key.endswith("update_rejected"))
