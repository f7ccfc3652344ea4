"""What a run that switches on one fault after the other (one_by_one.py) shares with the program that starts it."""

RELEASE, FAULTS = "KMC_BROKEN_RELEASE", "KMC_BROKEN_FAULTS"
SEEN = "KMC_BROKEN_SEEN"
"""The variables that tell it of the release, its faults, and the file that gets a line of JSON for each of them."""
KILLED = ("failed", "warned")
"""The outcomes of a requirement whose tests have noticed a fault."""
