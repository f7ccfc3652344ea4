"""By which faults in Knative itself a requirement's tests were seen to fail: conformance/kill-matrix.json."""

import json

from kmc.fixtures.requirements import FOLDER

FILE = FOLDER / "kill-matrix.json"


def killers(requirement: str) -> list[str]:
    """Return what was wrong in the Knatives by which the requirement turned red, and what its test said, if known."""
    matrices = json.loads(FILE.read_text()) if FILE.exists() else {}
    return [
        f"{seen['does']} ({', '.join(seen['parts'])} of {release}){_said(seen.get('causes', {}).get(requirement))}"
        for release, matrix in matrices.items()
        for _, seen in sorted(matrix["faults"].items())
        if requirement in seen["kills"]
    ]


def _said(cause: str | None) -> str:
    return f": {cause}" if cause else ""
