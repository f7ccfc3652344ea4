"""Life cycle: how containers and pods start, restart and end, and what that costs requests."""
