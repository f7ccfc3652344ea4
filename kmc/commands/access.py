"""How commands reach a cluster: the options that say which, the connection, and what is said where there is none."""

import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import wraps
from pathlib import Path
from typing import Concatenate, ParamSpec

import click

from kmc.fixtures.clients.kube import Kube
from kmc.fixtures.errors import EXIT_CANNOT_JUDGE, BadOption, CallFailed, PreflightFailed
from kmc.fixtures.evidence.redaction import redact
from kmc.fixtures.run.preflight import first_contact
from kmc.fixtures.timeouts import Timeouts

P = ParamSpec("P")

FILE = click.Path(exists=True, path_type=Path)
_OPTIONS = (
    click.option("--namespace", metavar="NS", help="As for kmc run."),
    click.option("--kube-context", metavar="NAME", help="As for kmc run."),
    click.option("--kubeconfig", type=FILE, help="As for kmc run."),
)


@contextmanager
def told() -> Iterator[None]:
    """Have what goes wrong in the block, or in a function that this decorates, said in a line."""
    try:
        yield
    except BadOption as error:
        raise click.UsageError(str(error)) from error
    except (CallFailed, PreflightFailed) as error:
        click.echo(redact(f"Error: {error}"), err=True)
        sys.exit(EXIT_CANNOT_JUDGE)


def on_cluster(
    purpose: str, *, asked: bool = True
) -> Callable[[Callable[Concatenate[Kube, str, P], None]], Callable[..., None]]:
    """Give a command the cluster and the namespace that its options name, as its first two arguments.

    `asked`: whether the API server has to answer before the command begins.
    """

    def decorate(command: Callable[Concatenate[Kube, str, P], None]) -> Callable[..., None]:
        @wraps(command)
        @told()
        def wrapped(
            kubeconfig: Path | None,
            kube_context: str | None,
            namespace: str | None,
            *args: P.args,
            **kwargs: P.kwargs,
        ) -> None:
            timeouts = Timeouts()
            kube = Kube.connect(kubeconfig, kube_context, timeout=timeouts.api, patience=timeouts.api_retries)
            kube.purpose = purpose
            try:
                if asked:
                    first_contact(kube)
                command(kube, namespace or kube.context_namespace, *args, **kwargs)
            finally:
                kube.close()

        reached: Callable[..., None] = wrapped
        for option in _OPTIONS:
            reached = option(reached)
        return reached

    return decorate
