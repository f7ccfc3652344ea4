"""Has pytest in the checkout load the suite's plugins."""

pytest_plugins = ["kmc.plugins"]
