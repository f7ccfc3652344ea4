"""An API server that some calls fail at: a server in front of it, which breaks the share of them that a shape asks for.

Which calls break depends on the seed, the method, the path and how often that was called, not on time: two runs that
ask for the same meet the same.
"""

import argparse
import asyncio
import json
import random
import ssl
import sys
from collections import Counter
from collections.abc import Sequence
from contextlib import suppress
from pathlib import Path

from kmc.clusters.embedded.sandbox import NODE_ADDRESS
from kmc.clusters.shapes import ApiFaults

_PORT = 6444
URL = f"https://{NODE_ADDRESS}:{_PORT}"
_BEHIND = (NODE_ADDRESS, 6443)
_EOF = 'failed calling webhook "webhook.serving.knative.dev": failed to call webhook: Post "https://webhook": EOF'
_ANSWERS = {
    429: ("TooManyRequests", "the server is busy", "Retry-After: 1\r\n"),
    500: ("InternalError", f"Internal error occurred: {_EOF}", ""),
    503: ("ServiceUnavailable", "the server is currently unable to handle the request", ""),
    504: ("Timeout", "the server was unable to return a response in the time allotted", ""),
}
_CUT = 0
"""Stands among the faults for a call that is passed on, but whose answer never arrives."""
_LONGEST_HEAD = 64 * 1024


def command(faults: ApiFaults, pki: Path) -> Sequence[str]:
    """Return the command line of the server for a cluster whose certificates are in `pki`."""
    options = [f"--pki={pki}", f"--share={faults.share}", f"--seed={faults.seed}"]
    return [sys.executable, "-P", "-m", __spec__.name, *options]


class Faults:
    """Chooses the calls that go wrong, and how."""

    def __init__(self, share: float, seed: int) -> None:
        """Let `share` of all calls go wrong, the same ones for the same seed."""
        self._share, self._seed = share, seed
        self._seen: Counter[str] = Counter()

    def choose(self, call: str) -> int | None:
        """Return what becomes of a call, METHOD and path: None where it is let through, else a status or `_CUT`."""
        self._seen[call] += 1
        dice = random.Random(f"{self._seed} {call} {self._seen[call]}")  # noqa: S311 - to be repeated
        return dice.choice([_CUT, *_ANSWERS]) if dice.random() < self._share else None


def main(words: Sequence[str]) -> None:
    """Serve until the process is ended."""
    parser = argparse.ArgumentParser(prog=f"python -m {__spec__.name}", description=__doc__)
    parser.add_argument("--pki", type=Path, required=True, help="folder of the cluster's certificates")
    parser.add_argument("--share", type=float, required=True, help="how many calls go wrong, from 0 to 1")
    parser.add_argument("--seed", type=int, required=True)
    options = parser.parse_args(words)
    asyncio.run(_serve(options.pki, Faults(options.share, options.seed)))


async def _serve(pki: Path, faults: Faults) -> None:
    ours = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
    ours.load_cert_chain(pki / "apiserver.crt", pki / "apiserver.key")
    theirs = ssl.create_default_context(cafile=str(pki / "ca.crt"))

    async def answer(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        with suppress(OSError, asyncio.IncompleteReadError, ssl.SSLError):
            await _answer(reader, writer, faults, theirs)
        writer.close()

    server = await asyncio.start_server(answer, NODE_ADDRESS, _PORT, ssl=ours, limit=_LONGEST_HEAD)
    await server.serve_forever()


async def _answer(
    reader: asyncio.StreamReader, writer: asyncio.StreamWriter, faults: Faults, context: ssl.SSLContext
) -> None:
    """Answer one call; every connection carries one."""
    head = await reader.readuntil(b"\r\n\r\n")
    first, rest = head.split(b"\r\n", 1)
    fault = faults.choose(b" ".join(first.split(b" ")[:2]).decode("latin-1"))
    if fault:
        writer.write(_refusal(fault))
        await writer.drain()
        return
    behind_reader, behind_writer = await asyncio.open_connection(*_BEHIND, ssl=context)
    behind_writer.write(first + b"\r\n" + _single(rest))
    upward = asyncio.create_task(_copy(reader, behind_writer))
    try:
        if fault == _CUT:
            await behind_reader.read(1)
        else:
            await _copy(behind_reader, writer)
    finally:
        upward.cancel()
        behind_writer.close()


def _single(headers: bytes) -> bytes:
    """Ask for the end of the connection after the answer, unless the call wants it for another protocol."""
    lines = headers.split(b"\r\n")
    if any(line.lower().startswith(b"upgrade:") for line in lines):
        return headers
    return b"\r\n".join(
        [b"Connection: close", *(line for line in lines if not line.lower().startswith(b"connection:"))]
    )


async def _copy(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    while part := await reader.read(_LONGEST_HEAD):
        writer.write(part)
        await writer.drain()


def _refusal(status: int) -> bytes:
    reason, message, headers = _ANSWERS[status]
    said = {"status": "Failure", "message": message, "reason": reason, "code": status}
    body = json.dumps({"kind": "Status", "apiVersion": "v1", "metadata": {}, **said})
    return (
        f"HTTP/1.1 {status} {reason}\r\nContent-Type: application/json\r\n{headers}"
        f"Content-Length: {len(body)}\r\nConnection: close\r\n\r\n{body}"
    ).encode()


if __name__ == "__main__":
    main(sys.argv[1:])
