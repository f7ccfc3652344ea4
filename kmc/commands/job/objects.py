"""The objects of a Job that judges: the Job itself, its account and rights, and the files that its options name."""

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import yaml

from kmc import SUITE
from kmc.commands.rbac import NAMESPACE, manifest
from kmc.fixtures.clients.kinds import (
    ACCOUNT,
    BINDING,
    CLUSTER_BINDING,
    CLUSTER_ROLE,
    CONFIG_MAP,
    JOB,
    ROLE,
    Object,
)

KINDS = {each.name: each for each in (JOB, ACCOUNT, ROLE, BINDING, CLUSTER_ROLE, CLUSTER_BINDING, CONFIG_MAP)}

LABEL = "kmc.dev/job"
"""Label of all that belongs to a Job, with the id of its run."""
SPACE = "kmc.dev/job-namespace"
"""Label of the same, with the Job's namespace: some of it is elsewhere."""
SUITE_CONTAINER, REPORTS_CONTAINER = "suite", "reports"
FILES = Path("/files")
"""The folder in the container with the files that options name."""
_TEMPLATE = SUITE / "clusters" / "job.yaml"


@dataclass(frozen=True)
class Wanted:
    """What a Job is made of: the suite's words, with the files that they name."""

    run: str
    namespace: str
    system_namespace: str
    image: str
    words: Sequence[str]
    files: Mapping[str, str] = field(default_factory=dict)
    account: str | None = None
    """A service account that is there; None to make one with the rights that the suite needs."""
    changes_gates: bool = False
    pull_secrets: Sequence[str] = ()

    @property
    def name(self) -> str:
        """The name of the Job: that of nothing which the run itself makes."""
        return name_of(self.run)


def name_of(run: str) -> str:
    """Return the name of a run's Job."""
    return f"conformance-{run}"


def objects(wanted: Wanted) -> list[Object]:
    """Return all objects of the Job, itself last."""
    rights = [] if wanted.account else list(_rights(wanted))
    files = [_files(wanted)] if wanted.files else []
    return [_labelled(each, wanted) for each in (*rights, *files, _job(wanted))]


def _rights(wanted: Wanted) -> Iterator[Object]:
    """Yield what `kmc rbac` prints, with names of the Job's own, so that no two Jobs share any of it."""
    sources = ["rbac.yaml", *(["rbac-gates.yaml"] if wanted.changes_gates else [])]
    for source in sources:
        for each in yaml.safe_load_all(manifest(source, NAMESPACE, wanted.system_namespace)):
            if each["kind"] != "Namespace":
                for named in (
                    each["metadata"],
                    *each.get("subjects", []),
                    *([each["roleRef"]] if "roleRef" in each else []),
                ):
                    _rename(named, wanted)
                yield each


def _rename(named: Object, wanted: Wanted) -> None:
    named["name"] = re.sub(r"^kmc", wanted.name, named["name"])
    if named.get("namespace") == NAMESPACE:
        named["namespace"] = wanted.namespace


def _files(wanted: Wanted) -> Object:
    metadata = {"name": f"{wanted.name}-files", "namespace": wanted.namespace}
    return {"apiVersion": "v1", "kind": "ConfigMap", "metadata": metadata, "data": dict(wanted.files)}


def _job(wanted: Wanted) -> Object:
    job: Object = yaml.safe_load(_TEMPLATE.read_text())
    job["metadata"] |= {"name": wanted.name, "namespace": wanted.namespace}
    pod = job["spec"]["template"]["spec"]
    pod["serviceAccountName"] = wanted.account or wanted.name
    if wanted.pull_secrets:
        pod["imagePullSecrets"] = [{"name": name} for name in wanted.pull_secrets]
    suite, _ = pod["containers"]
    for container in pod["containers"]:
        container["image"] = wanted.image
    suite["args"] = [*suite["args"], "--", "--namespace", wanted.namespace, "--run-id", wanted.run, *wanted.words]
    if wanted.files:
        suite["volumeMounts"] = [*suite["volumeMounts"], {"name": "files", "mountPath": str(FILES)}]
        pod["volumes"].append({"name": "files", "configMap": {"name": f"{wanted.name}-files"}})
    return job


def _labelled(each: Object, wanted: Wanted) -> Object:
    labels = {LABEL: wanted.run, SPACE: wanted.namespace}
    each["metadata"] = {**each["metadata"], "labels": {**each["metadata"].get("labels", {}), **labels}}
    if each["kind"] == JOB.name:
        pod = each["spec"]["template"]["metadata"]
        pod["labels"] = {**pod["labels"], LABEL: wanted.run}
    return each


class _Dumper(yaml.SafeDumper):
    """Writes what is the same object twice, twice: kubectl users read no anchors."""

    def ignore_aliases(self, _data: Any) -> bool:  # noqa: ANN401 - as PyYAML has it
        """Say that nothing is referred to."""
        return True


def as_yaml(each: Sequence[Object]) -> str:
    """Return objects as one manifest."""
    return "---\n".join(yaml.dump(one, Dumper=_Dumper, sort_keys=False, width=120) for one in each)
