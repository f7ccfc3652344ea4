"""Gates that a run has switched are restored, whenever and however it ended."""

from datetime import UTC, datetime
from typing import Any, cast

import pytest

from kmc.fixtures.clients.kinds import Kind, Object
from kmc.fixtures.clients.kube import Reply
from kmc.fixtures.errors import ApiError, PreflightFailed, Untestable
from kmc.fixtures.run.permission import check_gate_changes_allowed, restore_gates_of_dead_runs
from kmc.fixtures.service.gate_changes import Gates
from kmc.fixtures.target import lease_watch
from kmc.fixtures.target.gate_switch import BEFORE, GatesHeld, holder, restore, reverted, switch
from kmc.fixtures.target.gates import FEATURES
from kmc.fixtures.target.leases import RENEWED, Lease
from kmc.fixtures.target.settings import SYSTEM_NAMESPACE
from kmc.fixtures.target.target import Target
from kmc.fixtures.timeouts import Timeouts
from selftest.cluster_double import Cluster
from selftest.facts import made_up

FOUND = {"multi-container": "enabled", "other": "as it was"}
WANTED = {"multi-container": "disabled", "multi-container-probing": "enabled"}
LEASE = ("apps", "kmc-one")


def _cluster(**changes: Any) -> Any:
    cluster = Cluster(FOUND, **changes)
    cluster.add(*LEASE, annotations={RENEWED: datetime.now(UTC).isoformat()})
    return cluster


@pytest.fixture
def dead(monkeypatch: pytest.MonkeyPatch) -> None:
    """A moment without renewal is enough for a run to be dead."""
    monkeypatch.setattr(lease_watch, "EXPIRES_AFTER", 0.0)


class _Renewed(Cluster):
    """A cluster in which the lease is renewed all the time."""

    def get(self, kind: Kind, namespace: str | None, name: str) -> Object:
        annotations = self.objects[LEASE]["metadata"]["annotations"]
        annotations[RENEWED] += "0"
        return super().get(kind, namespace, name)


def _holder(cluster: Cluster) -> str:
    return holder(cluster.objects[SYSTEM_NAMESPACE, FEATURES])


def test_a_switch_declares_the_values_and_leaves_the_others() -> None:
    cluster = _cluster()
    switch(cluster, *LEASE, WANTED, system=SYSTEM_NAMESPACE)
    assert cluster.declared == {**FOUND, **WANTED}
    assert _holder(cluster) == "apps/kmc-one"


def test_what_was_there_comes_back_and_what_was_absent_goes() -> None:
    cluster = _cluster()
    switch(cluster, *LEASE, WANTED, system=SYSTEM_NAMESPACE)
    switch(cluster, *LEASE, {"multi-container": "Allowed"}, system=SYSTEM_NAMESPACE)
    restore(cluster, *LEASE)
    assert cluster.declared == FOUND
    assert _holder(cluster) == ""
    assert BEFORE not in cluster.objects[LEASE]["metadata"]["annotations"]


def test_a_knative_elsewhere_is_switched_and_restored_there() -> None:
    cluster = _cluster()
    cluster.add("elsewhere", FEATURES, data={"multi-container": "enabled"})
    switch(cluster, *LEASE, WANTED, system="elsewhere")
    assert cluster.declared == FOUND
    assert cluster.objects["elsewhere", FEATURES]["data"] == WANTED
    restore(cluster, *LEASE)
    assert cluster.objects["elsewhere", FEATURES]["data"] == {"multi-container": "enabled"}
    assert set(cluster.objects[LEASE]["metadata"]["annotations"]) == {RENEWED}


@pytest.mark.parametrize("killed_before", [1, 2, 3, 4, 5])
def test_a_run_killed_at_any_write_can_be_restored(killed_before: int) -> None:
    cluster = _cluster(fail_before_write=killed_before)
    with pytest.raises(KeyboardInterrupt):
        _whole_life(cluster)
    restore(cluster, *LEASE)
    assert cluster.declared == FOUND
    assert _holder(cluster) == ""


def _whole_life(cluster: Cluster) -> None:
    switch(cluster, *LEASE, WANTED, system=SYSTEM_NAMESPACE)
    restore(cluster, *LEASE)
    switch(cluster, *LEASE, WANTED, system=SYSTEM_NAMESPACE)


def test_a_later_change_by_the_operator_is_not_undone() -> None:
    cluster = _cluster(fail_before_write=4)
    with pytest.raises(KeyboardInterrupt):  # restored, but the lease still has its record
        _whole_life(cluster)
    cluster.patch(cast("Any", None), SYSTEM_NAMESPACE, FEATURES, {"data": {"multi-container": "operator's"}})
    restore(cluster, *LEASE)
    assert cluster.declared["multi-container"] == "operator's"


def test_gates_held_by_another_run_are_refused_and_left() -> None:
    cluster = _cluster()
    cluster.add("elsewhere", "kmc-two")
    switch(cluster, *LEASE, WANTED, system=SYSTEM_NAMESPACE)
    with pytest.raises(GatesHeld, match="apps/kmc-one"):
        switch(cluster, "elsewhere", "kmc-two", {"multi-container": "Enabled"}, system=SYSTEM_NAMESPACE)
    restore(cluster, "elsewhere", "kmc-two")
    assert cluster.declared == {**FOUND, **WANTED}


@pytest.mark.usefixtures("dead")
def test_the_next_run_restores_what_a_dead_one_left() -> None:
    cluster = _cluster()
    switch(cluster, *LEASE, WANTED, system=SYSTEM_NAMESPACE)
    restore_gates_of_dead_runs(cluster, SYSTEM_NAMESPACE, print)
    assert cluster.declared == FOUND


def test_the_next_run_leaves_one_that_lives() -> None:
    cluster = _Renewed(FOUND)
    cluster.add(*LEASE, annotations={RENEWED: "0"})
    switch(cluster, *LEASE, WANTED, system=SYSTEM_NAMESPACE)
    with pytest.raises(PreflightFailed, match="'one' in namespace 'apps' is changing the gates"):
        restore_gates_of_dead_runs(cluster, SYSTEM_NAMESPACE, print)
    assert cluster.declared == {**FOUND, **WANTED}


def test_a_lost_lease_is_told() -> None:
    cluster = _cluster()
    switch(cluster, *LEASE, WANTED, system=SYSTEM_NAMESPACE)
    del cluster.objects[LEASE]
    with pytest.raises(PreflightFailed, match="their earlier states are unknown"):
        restore_gates_of_dead_runs(cluster, SYSTEM_NAMESPACE, print)


@pytest.mark.usefixtures("dead")
def test_who_may_not_restore_is_told_who_may() -> None:
    cluster = _cluster()
    switch(cluster, *LEASE, WANTED, system=SYSTEM_NAMESPACE)
    cluster.allowed = False
    with pytest.raises(PreflightFailed, match=r"kmc rbac .* prints: kmc clean --namespace apps"):
        restore_gates_of_dead_runs(cluster, SYSTEM_NAMESPACE, print)


def test_a_value_that_comes_back_is_named_with_who_has_written_it() -> None:
    cluster = _cluster()
    switch(cluster, *LEASE, WANTED, system=SYSTEM_NAMESPACE)
    assert reverted(cluster, WANTED, system=SYSTEM_NAMESPACE) == ""
    features = cluster.objects[SYSTEM_NAMESPACE, FEATURES]
    features["data"] = {**FOUND, "multi-container-probing": "enabled"}
    assert reverted(cluster, WANTED, system=SYSTEM_NAMESPACE) == (
        "multi-container was set to 'disabled' in config-features of knative-serving, and somebody else has set it to "
        "'enabled'"
    )
    fields: Object = {"f:data": {"f:multi-container": {}}}
    features["metadata"]["managedFields"] = [
        {"manager": "kmc", "time": "2026-01-01T00:00:00Z", "fieldsV1": fields},
        {"manager": "argocd-controller", "time": "2026-01-01T00:00:09Z", "fieldsV1": fields},
    ]
    assert "somebody else (argocd-controller) has set" in reverted(cluster, WANTED, system=SYSTEM_NAMESPACE)


def test_gates_that_are_set_back_at_once_are_no_success_and_no_failure_of_the_target() -> None:
    class Operator(Cluster):
        def create(self, kind: Kind, namespace: str | None, body: Object, *, dry_run: bool = False) -> Reply:
            return Reply({})

        def patch(self, kind: Kind, namespace: str, name: str, change: Any, *, dry_run: bool = False) -> Reply:
            before = dict(self.declared)
            reply = super().patch(kind, namespace, name, change)
            if namespace == SYSTEM_NAMESPACE:
                self.objects[namespace, name]["data"] = before
            return reply

    cluster = Operator(FOUND)
    cluster.add(*LEASE)
    target = Target(made_up(), cluster, cast("Any", None), Timeouts(gates=1), Lease("one", "apps", "uid"))
    changes = Gates(target)
    with pytest.raises(Untestable, match=r"multi-container was set to 'disabled' .* has set it to 'enabled'"):
        changes.set(WANTED)


def test_untouched_gates_need_nothing() -> None:
    cluster = _cluster()
    restore_gates_of_dead_runs(cluster, SYSTEM_NAMESPACE, print)
    restore(cluster, *LEASE)
    assert cluster.writes == 0


def test_a_change_at_the_same_time_is_not_overwritten(monkeypatch: pytest.MonkeyPatch) -> None:
    cluster = _cluster()
    stale = cluster.find(None, SYSTEM_NAMESPACE, FEATURES)
    cluster.patch(None, SYSTEM_NAMESPACE, FEATURES, {"data": {"other": "new"}})
    monkeypatch.setattr(cluster, "get", lambda *_: stale)
    with pytest.raises(ApiError, match="409"):
        switch(cluster, *LEASE, WANTED, system=SYSTEM_NAMESPACE)


def _service(containers: int) -> Any:
    template = {"spec": {"containers": [{"name": str(number)} for number in range(containers)]}}
    return {"metadata": {"namespace": "shop", "name": f"with-{containers}"}, "spec": {"template": template}}


def _permission(cluster: Cluster, *, force: bool = False) -> None:
    check_gate_changes_allowed(cluster, SYSTEM_NAMESPACE, force=force)


def test_others_services_forbid_a_change() -> None:
    with pytest.raises(PreflightFailed, match="shop/with-2\nGive --allow-cluster-changes twice"):
        _permission(_cluster(services=[_service(1), _service(2)]))


def test_told_twice_it_may() -> None:
    _permission(_cluster(services=[_service(2)]), force=True)


def test_services_of_one_container_are_no_hindrance() -> None:
    _permission(_cluster(services=[_service(1)]))


def test_missing_rights_forbid_a_change() -> None:
    with pytest.raises(PreflightFailed, match=r"`kmc rbac --namespace NS --allow-cluster-changes` prints"):
        _permission(_cluster(allowed=False), force=True)


def test_unseen_services_forbid_a_change(monkeypatch: pytest.MonkeyPatch) -> None:
    def forbidden(*_: Any) -> None:
        raise ApiError(403, "Forbidden", "services is forbidden")

    cluster = _cluster()
    monkeypatch.setattr(cluster, "list", forbidden)
    with pytest.raises(PreflightFailed, match=r"have to list services\.serving\.knative\.dev in all namespaces"):
        _permission(cluster)
