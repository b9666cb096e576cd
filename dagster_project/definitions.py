"""Dagster's entry: loads `defs/`, nothing else."""

from dagster_project.defs.location import make_location
from dagster_project.defs.resources import Papers

defs = make_location(Papers())
