"""The entry points. Everything else about the package is in pyproject.toml.

An installed package adds nothing to other projects' pytest. A checkout (pip install --editable) also registers what
makes `pytest --kubeconfig FILE` work in two words.
"""

import shutil
import sys
from pathlib import Path

from setuptools import setup

entry_points = {"console_scripts": ["kmc = kmc.main:main"]}
if "editable_wheel" in sys.argv:
    entry_points["pytest11"] = ["kmc-checkout = kmc.checkout"]
# What an earlier build left there would be in the package, also tests that were deleted.
shutil.rmtree(Path(__file__).parent / "build" / "lib", ignore_errors=True)
setup(entry_points=entry_points)
