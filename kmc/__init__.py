"""kmc, short for Knative multi-container: the conformance suite, and its command line.

The suite's folders are in this package: in an installed one as they are, in a checkout by links to those beside it.
"""

from pathlib import Path

SUITE = Path(__file__).parent
"""The folder that has the suite's folders, its pytest.ini and its conftest.py."""
