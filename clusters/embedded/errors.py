"""The one error that the embedded cluster raises on purpose."""


class ClusterError(Exception):
    """Something a person can act on; the text says what was expected, what was seen and what to do."""
