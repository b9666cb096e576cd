"""Lays answers of a home's raw store as tests need them."""

from collections.abc import Iterable
from pathlib import Path

from dagster_project.lake.home import Home
from dagster_project.lake.packs import read_pack
from dagster_project.lake.raw import RawStore


def put_apart(home: Home, names: Iterable[str]) -> list[Path]:
    """Put each of some answers in a pack of its own, and return their files."""
    raw, files = RawStore(home.raw), []
    for pack in [read_pack(file) for file in sorted(raw.packs.glob("*/*.parquet"))]:
        for name in sorted(pack.names.intersection(names)):
            body = raw.get(name)
            raw.remove([name])
            before = {*pack.file.parent.glob("*.parquet")}
            raw.put(pack.file.parent.name, [body])
            files += {*pack.file.parent.glob("*.parquet")} - before
    return files
