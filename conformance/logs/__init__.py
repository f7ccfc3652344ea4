"""Logs: each container's output, and what is kept of a container that failed."""
