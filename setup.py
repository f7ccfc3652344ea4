"""The entry points. Everything else about the package is in pyproject.toml.

An installed package adds nothing to other projects' pytest. A checkout (pip install --editable) also registers what
makes `pytest --kubeconfig FILE` work in two words.
"""

import sys

from setuptools import setup

entry_points = {"console_scripts": ["kmc = kmc.main:main"]}
if "editable_wheel" in sys.argv:
    entry_points["pytest11"] = ["kmc-checkout = kmc.checkout"]
setup(entry_points=entry_points)
