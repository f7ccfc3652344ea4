"""Waiting until CRDs are served."""

import json
from typing import Any

from kmc.clusters.embedded.api import wait_for_crds

ESTABLISHED = {"conditions": [{"type": "NamesAccepted", "status": "True"}, {"type": "Established", "status": "True"}]}
NOT_YET = {"conditions": [{"type": "Established", "status": "False"}]}


def test_a_crd_without_conditions_is_waited_for() -> None:
    looks: list[list[dict[str, Any]]] = [
        [{"status": ESTABLISHED}, {}],
        [{"status": ESTABLISHED}, {"status": {"conditions": None}}],
        [{"status": ESTABLISHED}, {"status": NOT_YET}],
        [{"status": ESTABLISHED}, {"status": ESTABLISHED}],
    ]

    def kubectl(*words: str) -> str:
        assert words[:2] == ("get", "crds")
        return json.dumps({"items": looks.pop(0)})

    wait_for_crds(kubectl)
    assert not looks
