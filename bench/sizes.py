"""What is measured on: the bundled sample, the real archives beside the checkout, and invented archives.

How an invented day is made belongs in `archive`.
"""

import datetime as dt
import os
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

from bench.archive import Archive
from bench.figures import SIZES
from dagster_project.config import CHECKOUT, PACKAGE
from dagster_project.sources.attempt import Source


@dataclass(frozen=True, slots=True)
class Size:
    """A size by its name; a number is how many times 360 digests."""

    name: str

    @property
    def times(self) -> int:
        """How many times 360 digests; 0 for what is real."""
        return int(self.name) if self.name.isdigit() else 0

    @property
    def archive(self) -> Archive:
        """The invented archive."""
        return Archive(self.times)

    @property
    def folder(self) -> Path | None:
        """The folder of what is real: `digests/` and `api/`."""
        if self.times:
            return None
        beside = os.environ.get("PAPERS_SHARED_DATA") or CHECKOUT.parent / "shared" / "data"
        return PACKAGE / "sample" if self.name == "sample" else Path(beside).resolve()

    @property
    def is_there(self) -> bool:
        """Whether it can be measured on this machine."""
        return self.folder is None or self.folder.is_dir()

    @property
    def days(self) -> dict[Source, list[dt.date]]:
        """The days to fetch, by source."""
        if self.folder is None:
            return {"digest": self.archive.days}
        digests = [dt.date(*map(int, file.with_suffix("").parts[-3:])) for file in self.folder.glob("digests/*/*/*.md")]
        payloads = [dt.date.fromisoformat(folder.name) for folder in (self.folder / "api").iterdir() if folder.is_dir()]
        return {"digest": sorted(digests), "huggingface": sorted(payloads)}

    @property
    def can_be_built(self) -> bool:
        """Whether `papers build` takes all of its days: it asks for none before the real archive began."""
        return self.times <= 1

    @property
    def is_served(self) -> bool:
        """Whether it is fetched over HTTP; larger ones are put into the raw store as they are made."""
        return self.times <= 10

    @property
    def settings(self) -> dict[str, str]:
        """The settings, as an environment, that all of its phases run with."""
        return {"PAPERS_MEMORY_LIMIT": "4GB"} if self.times >= 10 else {}


def sizes() -> dict[str, Size]:
    """Return every size by name, smallest first."""
    return {name: Size(name) for name in SIZES}


def write_digests(days: Iterable[tuple[dt.date, bytes]], folder: Path) -> None:
    """Write digests where a server looks for them: `folder/YYYY/MM/DD.md`."""
    for day, body in days:
        file = folder / f"{day:%Y/%m/%d}.md"
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_bytes(body)
