"""The pytest plugin that puts a saboteur between the suite and the target, from the first test on.

It is loaded by `PYTEST_PLUGINS=selftest.sabotage.wire` with the saboteur's name in `KMC_SABOTEUR`, so that xdist's
workers load it too. Preflight is left alone as a rule, since the tests have to notice.
"""

import copy
import json
import os
from collections.abc import Mapping, Sequence
from typing import Any
from urllib.parse import urlencode

import pytest

from kmc.fixtures.clients.http import Answer, HttpClient
from kmc.fixtures.clients.kube import Kube
from kmc.fixtures.errors import ApiError
from kmc.fixtures.service.containers import ContainerClient, ContainerReply
from selftest.sabotage.saboteur import Call, Saboteur
from selftest.sabotage.saboteurs import by_name

_SABOTEUR = pytest.StashKey[Saboteur]()
_BEGUN = pytest.StashKey[bool]()


def pytest_configure(config: pytest.Config) -> None:
    """Begin at once if the saboteur affects preflight, too."""
    saboteur = config.stash[_SABOTEUR] = by_name(os.environ["KMC_SABOTEUR"])
    if saboteur.includes_preflight:
        begin(saboteur)


@pytest.hookimpl(tryfirst=True)
def pytest_runtest_protocol(item: pytest.Item) -> None:
    """Begin with the first test."""
    saboteur = item.config.stash[_SABOTEUR]
    if not (saboteur.includes_preflight or item.config.stash.get(_BEGUN, False)):
        item.config.stash[_BEGUN] = True
        begin(saboteur)


def begin(saboteur: Saboteur) -> None:
    """Pass all calls and requests through the saboteur from now on."""
    _api(saboteur)
    _http(saboteur)
    _inside(saboteur)


def _api(saboteur: Saboteur) -> None:
    send = Kube._send  # noqa: SLF001 - the one place where all calls pass

    def sabotaged(
        kube: Kube, method: str, path: str, *, query: Sequence[tuple[str, str]] = (), body: Any = None, **rest: Any
    ) -> tuple[str, tuple[str, ...]]:
        call = Call(method, path, dict(query), copy.deepcopy(body))
        saboteur.on_call(call)
        try:
            text, warnings = send(kube, call.method, call.path, query=list(call.query.items()), body=call.body, **rest)
        except ApiError as error:
            return json.dumps(saboteur.on_refusal(call, error)), ()
        if path.endswith("/log"):
            return text, warnings
        if call.dry_run and call.method == "POST":
            return text, warnings
        found = json.loads(text)
        for each in found.get("items", [found]) if found.get("kind") != "Status" else []:
            saboteur.on_read(call.resource, each)
        return json.dumps(found), warnings

    Kube._send = sabotaged  # type: ignore[method-assign,assignment]  # noqa: SLF001


def _http(saboteur: Saboteur) -> None:
    request = HttpClient.request

    def sabotaged(client: HttpClient, method: str, url: str, **options: Any) -> Answer:
        answer = request(client, method, url, **options)
        whole = f"{url}?{urlencode(options['params'])}" if options.get("params") else url
        return saboteur.on_answer(method, whole, answer)

    HttpClient.request = sabotaged  # type: ignore[method-assign,assignment]


def _inside(saboteur: Saboteur) -> None:
    send = ContainerClient.send

    def sabotaged(
        inside: ContainerClient, method: str, path: str, params: Mapping[str, str] | None = None, body: str = ""
    ) -> ContainerReply:
        return saboteur.on_container_reply(inside.name, method, path, send(inside, method, path, params, body))

    ContainerClient.send = sabotaged  # type: ignore[method-assign,assignment]
