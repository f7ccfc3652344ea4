"""What the suite says to its user, wherever it is installed."""

import ast
import re
from collections.abc import Iterator
from pathlib import Path

import pytest

from kmc import SUITE

FOLDERS = ("clusters", "commands", "conformance", "fixtures", "images", "reports")
ONLY_IN_A_CHECKOUT = re.compile(
    r"\b(docs|examples|selftest)/|\./run\b|README|SECURITY|CONTRIBUTING|rbac(-gates)?\.yaml"
)
OPENED = {"rbac.yaml", "rbac-gates.yaml", "README.md"}
"""Names of files that code opens or writes (a submission has a README.md), and shows to nobody."""


def _texts(source: Path) -> Iterator[str]:
    """Yield the literals of a module, of its docstrings only those that are the help of a command."""
    tree = ast.parse(source.read_text())
    documented = [
        node for node in ast.walk(tree) if isinstance(node, ast.Module | ast.ClassDef | ast.FunctionDef) and node.body
    ]
    first = {id(node.body[0].value): node for node in documented if isinstance(node.body[0], ast.Expr)}
    strays = {id(node.value) for node in ast.walk(tree) if isinstance(node, ast.Expr)} - set(first)
    for node in ast.walk(tree):
        if not isinstance(node, ast.Constant) or not isinstance(node.value, str) or id(node) in strays:
            continue
        owner = first.get(id(node))
        if owner is None or (
            isinstance(owner, ast.FunctionDef) and owner.decorator_list and "commands" in source.parts
        ):
            yield node.value


@pytest.mark.parametrize("folder", FOLDERS)
def test_no_message_names_a_file_that_only_a_checkout_has(folder: str) -> None:
    sources = list((SUITE / folder).resolve().rglob("*.py"))
    assert sources
    said = {
        f"{source.relative_to(SUITE.parent.resolve())}: {text}"
        for source in sources
        for text in _texts(source)
        if ONLY_IN_A_CHECKOUT.search(text) and text not in OPENED
    }
    assert said == set()
