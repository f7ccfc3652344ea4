"""`python -m kmc`, for callers that have no console script on their PATH."""

from kmc.main import main

main()
