"""Dagster's entry: what `defs/` holds, nothing else."""

from dagster_project.defs.location import defs

__all__ = ["defs"]
