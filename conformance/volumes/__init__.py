"""Volumes: shared where they are mounted, and nowhere else."""
