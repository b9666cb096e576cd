"""The steps from a source to a release, without Dagster, a module for each.

Each step connects packages that do not know each other. How a day is fetched, parsed and stored belongs in those
packages; which steps a build runs belongs in `build`.
"""

from dagster_project.pipeline.archives import ReadArchive, read_archive
from dagster_project.pipeline.fetching import FetchedDay, fetch, fetch_papers, fetch_source_index, list_undescribed
from dagster_project.pipeline.marks import hash_parsing_code, list_captures, list_stale_days
from dagster_project.pipeline.parsing import ParsedDay, parse, parse_source_index
from dagster_project.pipeline.publishing import publish, repair, tidy
from dagster_project.pipeline.writing import lock_for_writing

__all__ = [
    "FetchedDay",
    "ParsedDay",
    "ReadArchive",
    "fetch",
    "fetch_papers",
    "fetch_source_index",
    "hash_parsing_code",
    "list_captures",
    "list_stale_days",
    "list_undescribed",
    "lock_for_writing",
    "parse",
    "parse_source_index",
    "publish",
    "read_archive",
    "repair",
    "tidy",
]
