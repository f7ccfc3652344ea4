"""`kmc job`: judge a cluster from within, by a Job."""

import sys
from collections.abc import Callable
from pathlib import Path
from typing import ParamSpec, TypeVar

import click

from kmc.commands.access import on_cluster, told
from kmc.commands.job import cluster, in_pod, pod, words
from kmc.commands.job.cluster import State
from kmc.commands.job.objects import Wanted, as_yaml, objects
from kmc.commands.job.pod import NotJudged
from kmc.fixtures.clients.kube import Kube
from kmc.fixtures.ends import as_ctrl_c
from kmc.fixtures.errors import EXIT_CANNOT_JUDGE, ApiUnavailable, BadOption
from kmc.fixtures.evidence.redaction import redact
from kmc.fixtures.run import options
from kmc.fixtures.run.preflight import require_namespace
from kmc.fixtures.target.images import ImageMap
from kmc.fixtures.timeouts import Timeouts
from kmc.images import suite

P = ParamSpec("P")
T = TypeVar("T")

_INTERRUPTED = 2
_REPORTS = Path("reports/out")
_HANDED_ON = {"ignore_unknown_options": True}


@click.group()
def job() -> None:
    """Judge a cluster from within: the suite runs as a Job, and needs no way in from here but the API server."""


def _made(command: Callable[P, T]) -> Callable[P, T]:
    """Add the options that say what the Job is made of."""
    for option in (
        click.argument("given", nargs=-1, type=click.UNPROCESSED, metavar="[OPTIONS OF kmc run]"),
        click.option("--service-account", metavar="NAME",
            help="An account of the namespace that has the suite's rights (kmc rbac); else one is made."),
        click.option("--image", metavar="IMAGE", help="The suite's own image; else the one in --image-registry."),
        click.option("--run-id", metavar="ID", help="As for kmc run."),
    ):  # fmt: skip
        command = option(command)
    return command


_TO = click.option("--reports", type=click.Path(file_okay=False, path_type=Path), default=_REPORTS, show_default=True,
    help="Where the run's folder goes on this machine.")  # fmt: skip
_RUN = click.option("--run", metavar="ID", help="The Job of this run; needed only where there are several.")


@job.command("run", context_settings=_HANDED_ON)
@on_cluster("job")
@_made
@_TO
def run_command(
    kube: Kube,
    where: str,
    run_id: str | None,
    image: str | None,
    service_account: str | None,
    given: tuple[str, ...],
    reports: Path,
) -> None:
    """Run the suite as a Job, show its progress, copy its reports out, and remove all that was made.

    All other options are handed on to the suite, as in kmc run; files that they name go with them.
    The Job runs in the run's namespace; these credentials must be allowed to make Jobs, roles and bindings.
    The exit code is the suite's; 10 also where the Job's pod does not begin. Ctrl-C leaves the Job running:
    `kmc job attach` takes it up again, also after a lost connection, and `kmc job clean --run ID` ends it.
    """
    wanted = _wanted(where, run_id, image, service_account, given)
    require_namespace(kube, where)
    cluster.make(kube, wanted)
    click.echo(f"Job {where}/{wanted.name}: made; after a lost connection: kmc job attach --run {wanted.run}")
    _attend(kube, where, wanted.run, reports)


@job.command("attach")
@on_cluster("job")
@_RUN
@_TO
def attach_command(kube: Kube, where: str, run: str | None, reports: Path) -> None:
    """Take up a Job again: show its log, copy its reports out, and remove all that was made; as `kmc job run` does."""
    found = {run: cluster.state(kube, where, run)} if run else cluster.jobs(kube, where)
    if len(found) != 1:
        several = (
            f"{len(found)} Jobs: choose one with --run, of {', '.join(found)}" if found else "no Job of kmc job run"
        )
        raise BadOption(f"namespace {where!r} has {several}")
    [(chosen, state)] = found.items()
    if state is State.LOST:
        raise BadOption(f"the Job of run {chosen} in namespace {where!r} {state.value}; kmc job clean removes the rest")
    _attend(kube, where, chosen, reports)


@job.command("clean")
@on_cluster("job")
@click.option("--run", metavar="ID", help="Remove this Job, also if it still runs or its reports were not copied.")
def clean_command(kube: Kube, where: str, run: str | None) -> None:
    """Remove what Jobs left that were killed: their objects and rights, and all that the suite in them has created.

    Exit code 1: something could not be removed; 10: the cluster can't be reached.
    """
    found = {run: State.LOST} if run else cluster.jobs(kube, where)
    if not found:
        click.echo(f"namespace {where}: no Jobs")
    clean = True
    for each, state in found.items():
        if state is State.LOST:
            clean &= _removed(kube, where, each)
        else:
            ways = f"kmc job attach --run {each} takes it up, kmc job clean --run {each} removes it"
            click.echo(f"run {each}: left alone, as its Job {state.value}; {ways}")
    sys.exit(0 if clean else 1)


@job.command("manifest", context_settings=_HANDED_ON)
@click.option("--namespace", metavar="NS", default="kmc", show_default=True, help="The namespace of the Job.")
@_made
@told()
def manifest_command(
    namespace: str, run_id: str | None, image: str | None, service_account: str | None, given: tuple[str, ...]
) -> None:
    """Print what `kmc job run` would make, for kubectl or GitOps; `kmc job attach` works for it as well."""
    click.echo(as_yaml(objects(_wanted(namespace, run_id, image, service_account, given))), nl=False)


@job.command("judge", hidden=True, context_settings=_HANDED_ON)
@click.argument("given", nargs=-1, type=click.UNPROCESSED)
def judge_command(given: tuple[str, ...]) -> None:
    """In the pod: be the suite."""
    in_pod.judge(given)


@job.command("deliver", hidden=True)
def deliver_command() -> None:
    """In the pod: hand out the reports when the suite has ended."""
    in_pod.wait_judged()
    in_pod.deliver(sys.stdout)


@job.command("plugin", hidden=True, context_settings=_HANDED_ON)
@click.option("--results", envvar="SONOBUOY_RESULTS_DIR", default=in_pod.SONOBUOY, type=click.Path(path_type=Path))
@click.argument("given", nargs=-1, type=click.UNPROCESSED)
def plugin_command(results: Path, given: tuple[str, ...]) -> None:
    """In a pod of Sonobuoy: judge, and hand over as its plugins do."""
    sys.exit(in_pod.plugin(given, results))


def _wanted(
    namespace: str, run_id: str | None, image: str | None, account: str | None, given: tuple[str, ...]
) -> Wanted:
    read = words.read(given)
    named = ImageMap.read(read.image_map).repository(suite.NAME, read.registry)
    if not image and not named:
        raise BadOption(
            "no image of the suite: say where it is with --image-registry REGISTRY (kmc images build --suite --push "
            "REGISTRY puts it there), or name it with --image"
        )
    return Wanted(
        options.run_id(run_id), namespace, read.system_namespace, image or f"{named}:{suite.tag()}", read.words,
        read.files, account, read.changes_gates, read.pull_secrets,
    )  # fmt: skip


def _attend(kube: Kube, namespace: str, run: str, reports: Path) -> None:
    """See a Job through to its end, and exit as the suite in it did."""
    try:
        with as_ctrl_c():
            pod.wait_begun(kube, namespace, run, click.echo)
            code = pod.follow(kube, namespace, run, click.echo)
            files = in_pod.unpack(pod.delivered(kube, namespace, run), reports)
    except KeyboardInterrupt:
        click.echo(f"the Job goes on: kmc job attach --run {run}, or end it: kmc job clean --run {run}", err=True)
        sys.exit(_INTERRUPTED)
    except ApiUnavailable as error:
        click.echo(redact(f"Error: {error}\nThe Job goes on: kmc job attach --run {run}"), err=True)
        sys.exit(EXIT_CANNOT_JUDGE)
    except NotJudged as error:
        click.echo(redact(f"Error: {error}"), err=True)
        _removed(kube, namespace, run)
        sys.exit(EXIT_CANNOT_JUDGE)
    except ValueError as error:
        click.echo(f"Error: {error}\nThe Job stays: kmc job attach --run {run} tries again", err=True)
        sys.exit(1)
    if files:
        click.echo(f"the reports are in {reports / run}")
    sys.exit(code if _removed(kube, namespace, run) or code else 1)


def _removed(kube: Kube, namespace: str, run: str) -> bool:
    left = cluster.remove(kube, namespace, run, within=Timeouts().deletion)
    if left.objects:
        why = f" ({left.why})" if left.why else ""
        click.echo(redact(f"run {run}: still there: {', '.join(left.objects)}{why}"), err=True)
        return False
    click.echo(f"run {run}: its Job is removed, with all that belonged to it")
    return True
