"""Dagster's entry: what `defs/` holds, nothing else."""

from dagster_project.defs.location import code_location
from dagster_project.defs.papers import Papers

defs = code_location(Papers())
