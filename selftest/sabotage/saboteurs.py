"""All saboteurs, by name."""

from selftest.sabotage import admission, behaviour, deployment, status, upgrade
from selftest.sabotage.saboteur import Saboteur

_MODULES = (admission, deployment, status, behaviour, upgrade)


def every() -> list[type[Saboteur]]:
    """Return all saboteurs, in the order in which they are written."""
    return [
        found
        for room in _MODULES
        for found in vars(room).values()
        if isinstance(found, type) and issubclass(found, Saboteur) and found.__module__ == room.__name__
    ]


def by_name(name: str) -> Saboteur:
    """Return a saboteur by the name of its class; KeyError where there is none."""
    return {found.__name__: found for found in every()}[name]()
