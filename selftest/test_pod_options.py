"""Options for clusters that ask something of every pod."""

import pytest

from kmc.fixtures.errors import BadOption
from kmc.fixtures.run.pod_options import pod_fields, resources
from kmc.fixtures.target.pod_defaults import RESOURCES


def test_without_options_pods_have_the_suites_defaults() -> None:
    assert (pod_fields([], [], []), resources([])) == ({}, RESOURCES)


def test_the_options_become_fields_of_the_pod() -> None:
    fields = pod_fields(["disk=ssd"], ["dedicated=tests:NoSchedule", "spot"], ["pull"])
    assert fields == {
        "nodeSelector": {"disk": "ssd"},
        "tolerations": [
            {"key": "dedicated", "operator": "Equal", "value": "tests", "effect": "NoSchedule"},
            {"key": "spot", "operator": "Exists"},
        ],
        "imagePullSecrets": [{"name": "pull"}],
    }


def test_resources_change_only_what_they_name() -> None:
    changed = resources(["requests.cpu=10m", "limits.ephemeral-storage=1Gi"])
    assert changed["requests"] == {**RESOURCES["requests"], "cpu": "10m"}
    assert changed["limits"] == {**RESOURCES["limits"], "ephemeral-storage": "1Gi"}


@pytest.mark.parametrize("entry", ["cpu=10m", "requests.cpu", "wishes.cpu=1", "requests.cpu=much", "requests.=1"])
def test_wrong_resources_are_refused(entry: str) -> None:
    with pytest.raises(BadOption, match="--resources"):
        resources([entry])


@pytest.mark.parametrize("toleration", ["", "=x", "key:Never", "key:"])
def test_a_wrong_toleration_is_refused(toleration: str) -> None:
    with pytest.raises(BadOption, match="--toleration"):
        pod_fields([], [toleration], [])


def test_a_wrong_node_selector_is_refused() -> None:
    with pytest.raises(BadOption, match="--node-selector disk: expected KEY=VALUE"):
        pod_fields(["disk"], [], [])
