"""The command line of the ingress controller."""

import argparse
import asyncio
import logging
import signal
import sys
from pathlib import Path

from kmc.clusters.embedded.ingress.control import Controller
from kmc.clusters.embedded.ingress.envoy import Envoy, EnvoyError
from kmc.clusters.embedded.ingress.envoy_config import Listen, Tls
from kmc.clusters.embedded.ingress.kube import connect

_log = logging.getLogger(__name__)


def main() -> int:
    """Serve Knative Ingresses with Envoy until SIGTERM or SIGINT; return the exit status.

    The file `ready` in the state folder exists while Envoy answers.
    """
    parser = argparse.ArgumentParser(prog="python -m kmc.clusters.embedded.ingress", description=main.__doc__)
    parser.add_argument("--kubeconfig", type=Path, required=True)
    parser.add_argument("--envoy", type=Path, required=True, help="Envoy's binary")
    parser.add_argument("--state", type=Path, required=True, help="folder for its files")
    parser.add_argument("--address", required=True, help="address to listen on")
    parser.add_argument("--public-port", type=int, default=80, help="port for external hosts (%(default)s)")
    parser.add_argument("--local-port", type=int, default=8081, help="port for all hosts (%(default)s)")
    parser.add_argument("--ingress-class", required=True, help="serve Ingresses of this class")
    parser.add_argument(
        "--service", required=True, help="the Service before it, NAMESPACE/NAME; NAME-local for all hosts"
    )
    parser.add_argument("--certificate", type=Path, help="speak https at the public port; a PEM file")
    parser.add_argument("--key", type=Path, help="the certificate's key; a PEM file")
    parser.add_argument("--redirect-port", type=int, help="answer there that https is wanted")
    options = parser.parse_args()
    logging.basicConfig(level=logging.INFO, format="%(asctime)s %(message)s")
    logging.getLogger("httpx").setLevel(logging.WARNING)
    return asyncio.run(_run(options))


async def _run(options: argparse.Namespace) -> int:
    tls = Tls(options.certificate, options.key, options.redirect_port) if options.certificate else None
    listen = Listen(options.address, options.public_port, options.local_port, tls)
    envoy = Envoy(options.envoy, options.state, listen)
    work = asyncio.create_task(_serve(envoy, options))
    for number in (signal.SIGTERM, signal.SIGINT):
        asyncio.get_running_loop().add_signal_handler(number, work.cancel)
    try:
        return await work
    except asyncio.CancelledError:
        return 0
    finally:
        await envoy.stop()


async def _serve(envoy: Envoy, options: argparse.Namespace) -> int:
    """Work until Envoy fails; return the exit status."""
    try:
        async with connect(options.kubeconfig) as api, asyncio.TaskGroup() as tasks:
            await envoy.start()
            tasks.create_task(envoy.died())
            Controller(api, envoy.apply, options.ingress_class, options.service).start(tasks)
    except* EnvoyError as group:
        for error in group.exceptions:
            _log.error("%s", error)
    return 1


if __name__ == "__main__":
    sys.exit(main())
