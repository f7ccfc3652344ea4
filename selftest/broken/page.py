"""The kill matrix as a page: docs/results/kill-matrix.md."""

import json
from collections.abc import Iterable, Iterator, Mapping
from itertools import chain
from pathlib import Path
from typing import Any

from kmc.commands.kills import FILE
from kmc.fixtures.requirements import load as requirements
from kmc.reports.markdown import escaped
from selftest.broken import faults
from selftest.broken.matrix import Matrix
from selftest.broken.runs import CHECKOUT

PAGE = CHECKOUT / "docs" / "results" / "kill-matrix.md"
_HEAD = """# Kill matrix: which tests see which fault in Knative itself

Knative was built from its own source with the faults below in it, each behind a switch, and run on the
[embedded cluster](../../clusters/README.md). With a fault on, the tests of some requirements ran; all of them had
passed on such a build with no fault on. What *must* turn red is declared with the fault, in
`selftest/broken/faults/`. Made by

```console
# python -m selftest.broken
```
"""


def write(file: Path = FILE) -> None:
    """Write the page anew from the matrix."""
    kept: Mapping[str, Any] = json.loads(file.read_text())
    matrices = [Matrix.read(release, file) for release in sorted(kept)]
    PAGE.write_text("\n".join([_HEAD, *chain.from_iterable(map(_release, matrices)), *_unbroken(matrices), ""]))


def _release(matrix: Matrix) -> Iterator[str]:
    states = [seen.state for seen in matrix.faults.values()]
    killed = states.count("killed")
    yield f"## Knative {matrix.release}\n"
    share = f"{killed / max(1, len(states)):.0%}"
    known = faults.load(matrix.release)
    left = [each for each in known if not each.unseen and each.name not in matrix.faults]
    yield f"{len(states)} faults were run, of which {killed} were killed where they should be ({share})."
    if left:
        yield f"{len(left)} more are declared and were not run yet."
    agreeing = sum(seen.runs > 1 for seen in matrix.faults.values())
    yield f"The last two runs of a fault came to the same kills in {agreeing} of them.\n"
    yield "| part | fault | what is wrong | killed by | also by | not by | what a test said |"
    yield "| --- | --- | --- | --- | --- | --- | --- |"
    for name, seen in sorted(matrix.faults.items(), key=lambda item: (item[1].parts[0], item[0])):
        must = set(seen.must)
        cells = (
            sorted(must.intersection(seen.kills)),
            sorted(set(seen.kills) - must),
            sorted(must.difference(seen.kills)),
        )
        said = escaped(next(filter(None, map(seen.causes.get, (*cells[0], *cells[1]))), ""))
        yield f"| {', '.join(seen.parts)} | {name} | {seen.does} | {' | '.join(map(', '.join, cells))} | {said} |"
    if unseen := [fault for fault in known if fault.unseen]:
        yield "\n### What no test can see\n"
        yield from (f"- {fault.name}: {fault.does} {fault.unseen}" for fault in unseen)
    if left:
        yield "\n### Declared and not run yet\n"
        yield from (f"- {fault.name}: {fault.does}" for fault in left)
    yield ""


def _unbroken(matrices: Iterable[Matrix]) -> Iterator[str]:
    yield "## Requirements of core and probing that no fault was seen to break, on any release\n"
    killed = {each for matrix in matrices for seen in matrix.faults.values() for each in seen.kills}
    unbroken = [
        each for each in requirements().judged() if each.profile in {"core", "probing"} and each.id not in killed
    ]
    reasons = faults.unbreakable()
    yield from (f"- {each.id}: {each.claim} {reasons.get(each.id, '')}".rstrip() for each in unbroken)
