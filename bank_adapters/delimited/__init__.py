"""Delimited files: each bank's own columns, described by its profile and by nothing else."""

__all__: list[str] = []
