"""The Kubernetes API: lists that are kept up to date by a watch, and status updates."""

import asyncio
import json
import logging
import ssl
from asyncio import Event
from http import HTTPStatus
from pathlib import Path

import httpx
from kubernetes import client, config

from kmc.clusters.embedded.ingress.objects import Json, key

INGRESSES = "/apis/networking.internal.knative.dev/v1alpha1/ingresses"
SERVICES = "/api/v1/services"
SLICES = "/apis/discovery.k8s.io/v1/endpointslices"

RETRY_SECONDS = 0.5
WATCH_SECONDS = 300

_log = logging.getLogger(__name__)


class _ExpiredError(Exception):
    """The watch can't go on from here; a new list is needed."""


def connect(kubeconfig: Path) -> httpx.AsyncClient:
    """Return a client for the API server of the kubeconfig's current context."""
    settings = client.Configuration()
    config.load_kube_config(str(kubeconfig), client_configuration=settings, persist_config=False)
    context = ssl.create_default_context(cafile=settings.ssl_ca_cert)
    if settings.cert_file:
        context.load_cert_chain(settings.cert_file, settings.key_file)
    headers = {setting["key"]: setting["value"] for setting in settings.auth_settings().values()}
    # A watch is silent for as long as nothing happens, and the server ends it after WATCH_SECONDS.
    timeout = httpx.Timeout(10, read=WATCH_SECONDS + 30)
    return httpx.AsyncClient(base_url=settings.host, verify=context, headers=headers, timeout=timeout, trust_env=False)


class Mirror:
    """All objects of a kind, by `namespace/name`, as last heard from the API server."""

    def __init__(self, api: httpx.AsyncClient, path: str, changed: Event) -> None:
        """Prepare a mirror of what is listed at `path`; `changed` is set whenever it changes."""
        self.objects: dict[str, Json] = {}
        self.synced = False
        self._api, self._path, self._changed = api, path, changed

    async def follow(self) -> None:
        """Keep the objects up to date for ever: list once, then watch; list again when the watch has lost its place.

        Outlives restarts of the API server, and waits for the kind when that isn't installed yet.
        """
        version = None
        while True:
            try:
                version = version or await self._list()
                version = await self._watch(version)
            except _ExpiredError as error:
                _log.info("%s: listing again: %s", self._path, error)
                version = None
                await asyncio.sleep(RETRY_SECONDS)
            except httpx.HTTPError as error:
                if self.synced:
                    _log.warning("%s: trying again after %r", self._path, error)
                await asyncio.sleep(RETRY_SECONDS)

    async def _list(self) -> str:
        answer = _checked(await self._api.get(self._path)).json()
        self.objects = {key(item): item for item in answer["items"]}
        self.synced = True
        self._changed.set()
        version: str = answer["metadata"]["resourceVersion"]
        return version

    async def _watch(self, version: str) -> str:
        query = {
            "watch": "true",
            "allowWatchBookmarks": "true",
            "resourceVersion": version,
            "timeoutSeconds": str(WATCH_SECONDS),
        }
        async with self._api.stream("GET", self._path, params=query) as answer:
            if answer.status_code == HTTPStatus.GONE:
                raise _ExpiredError(f"resourceVersion {version} is too old")
            if answer.is_error:
                await answer.aread()
            async for line in _checked(answer).aiter_lines():
                version = self._take(json.loads(line))
        return version

    def _take(self, event: Json) -> str:
        obj: Json = event["object"]
        if event["type"] == "ERROR":
            raise _ExpiredError(obj.get("message", "the watch ended with an error"))
        if event["type"] == "DELETED":
            self.objects.pop(key(obj), None)
        elif event["type"] != "BOOKMARK":
            self.objects[key(obj)] = obj
        if event["type"] != "BOOKMARK":
            self._changed.set()
        version: str = obj["metadata"]["resourceVersion"]
        return version


async def patch_status(api: httpx.AsyncClient, ingress: Json, status: Json) -> None:
    """Set the status of an Ingress; one that is gone by now is left alone. Raises httpx.HTTPError."""
    namespace, name = ingress["metadata"]["namespace"], ingress["metadata"]["name"]
    path = INGRESSES.replace("/ingresses", f"/namespaces/{namespace}/ingresses/{name}/status")
    headers = {"content-type": "application/merge-patch+json"}
    answer = await api.patch(path, content=json.dumps({"status": status}), headers=headers)
    if answer.status_code != HTTPStatus.NOT_FOUND:
        _checked(answer)


def _checked(answer: httpx.Response) -> httpx.Response:
    """Return an answer that is none of an error; else raise with the server's words, which httpx leaves out."""
    if answer.is_error:
        request = answer.request
        raise httpx.HTTPStatusError(
            f"{request.method} {request.url.path} was answered {answer.status_code}: {answer.text}",
            request=request,
            response=answer,
        )
    return answer
