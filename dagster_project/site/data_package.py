"""Writes the data package of a release: a folder of static files that anybody may take away.

The parts are joined here: `tables` writes the rows, `descriptions` what describes them, and `changes` says what changed
since another release.
"""

from pathlib import Path

from dagster_project.config import SQL
from dagster_project.lake.files import storage_errors
from dagster_project.site.changes import compare_releases
from dagster_project.site.descriptions import write_descriptions, write_sums
from dagster_project.site.tables import LIMIT, DataPackage, write_tables

CHANGES = "what-changed.json"


def write_data_package(
    release: Path,
    folder: Path,
    *,
    previous: Path | None = None,
    base_url: str | None = None,
    with_texts: bool = False,
    limit: int = LIMIT,
    memory_limit: int | None = None,
    sql: Path = SQL,
) -> DataPackage:
    """Write the data package of a published file into a new or empty folder, and return what lies there.

    `previous` is the published file that it is compared with. `base_url` is the address at which the folder will lie.
    `with_texts`, the texts whose licence forbids derivatives are part of it. No file with rows is larger than `limit`
    bytes. `memory_limit` is the memory in bytes that DuckDB may use before it writes to the disk; None means DuckDB's
    default.

    Raises:
        ReleaseError: a release cannot be read or was made by another version, or a table does not fit into the limit.
        DiskError: the disk refused to write.
    """
    with storage_errors(folder):
        folder.mkdir(parents=True, exist_ok=True)
        package = write_tables(release, folder, with_texts=with_texts, limit=limit, memory_limit=memory_limit, sql=sql)
        if previous:
            changes = compare_releases(previous, release, sql=sql)
            (folder / CHANGES).write_text(changes.to_json(), encoding="utf-8", newline="\n")
        write_descriptions(package, base_url, CHANGES if previous else None, sql)
        write_sums(package)
    return package
