"""The variables by which a run is told which faults to switch on one after the other (one_by_one.py)."""

RELEASE, FAULTS = "KMC_BROKEN_RELEASE", "KMC_BROKEN_FAULTS"
SEEN = "KMC_BROKEN_SEEN"
"""The file that gets a line of JSON for each fault."""
