"""One size being measured: its record, its folder, and what every phase of it shares.

A phase that fails is recorded as failed, and the next one runs; the record is written after each. What the phases
are belongs in `plan`.
"""

import sys
from collections.abc import Callable, Iterable
from dataclasses import replace
from pathlib import Path

import click

from bench.figures import Figure, Record
from bench.meter import Result
from bench.process import FailedError, in_worker
from bench.sizes import Size


class Session:
    """What is measured on one size. Phases that the record holds already, without an error, are not run again."""

    def __init__(self, size: Size, folder: Path, record: Record) -> None:
        self.size, self.folder, self.record = size, folder, record
        self.home = folder / "home"
        self.settings = dict(size.settings)
        self._done = {(figure.part, figure.facts.get("phase")) for figure in record.figures if not figure.error}

    def phase(
        self, part: str, name: str, work: Callable[[], Iterable[Figure]], *, ready: Callable[[], object] | None = None
    ) -> bool:
        """Measure a phase, after `ready` has made room for it; tell whether its figures stand in the record."""
        if (part, name) in self._done:
            return True
        self.say(f"{part}: {name} …")
        self.record.figures = [one for one in self.record.figures if (one.part, one.facts.get("phase")) != (part, name)]
        try:
            if ready:
                ready()
            figures = list(work())
        except Exception as error:
            what = str(error) if isinstance(error, FailedError) else f"{type(error).__name__}: {error}"
            figures = [Figure(part, name, error=what[:500])]
        self.record.add(replace(one, facts={**one.facts, "phase": name}) for one in figures)
        self.record.save()
        for one in figures:
            self.say(f"  {one.name}: {one.error or shown(one)}")
        return not any(one.error for one in figures)

    def work(
        self,
        part: str,
        function: Callable[..., list[Result]],
        settings: dict[str, str] | None = None,
        /,
        **arguments: object,
    ) -> Callable[[], list[Figure]]:
        """Return what runs a function of `bench.work` in a process of its own."""
        return lambda: in_worker(function, part, self.folder, self.settings | (settings or {}), **arguments)

    def say(self, text: str) -> None:
        """Tell whoever is watching."""
        click.echo(f"[{self.size.name}] {text}", err=True)
        sys.stderr.flush()


def shown(figure: Figure) -> str:
    """Return a figure in a line."""
    parts = [
        "" if figure.wall is None else f"{figure.wall:.3f} s",
        "" if figure.cpu is None else f"{figure.cpu:.3f} s CPU",
        "" if figure.peak is None else f"{figure.peak / 2**20:.0f} MiB",
        "" if figure.rows is None else f"{figure.rows:,} {figure.unit}",
    ]
    return ", ".join(filter(None, parts))
