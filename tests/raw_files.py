"""Lays answers of a home's raw store as tests need them."""

from collections.abc import Iterable
from pathlib import Path

import pyarrow as pa

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


def scatter(home: Home) -> None:
    """Let the answers lie as older releases left them, each in a file, but for every third, which is a small pack."""
    raw = RawStore(home.raw)
    put_apart(home, raw.list_held())
    for number, (name, body) in enumerate(sorted(raw.read(raw.list_held()))):
        if number % 3:
            raw.remove([name])
            file = home.raw / name[:2] / f"{name}.zst"
            file.parent.mkdir(exist_ok=True)
            file.write_bytes(pa.Codec("zstd").compress(body, asbytes=True))
