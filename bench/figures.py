"""What was measured: a figure a phase, a record a size, and the JSON that a record is kept in.

Only what was measured is kept; ratios and rates are worked out where they are shown.
"""

import json
from collections.abc import Collection, Iterable
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any, Self

from dagster_project.config import CHECKOUT
from dagster_project.lake.files import write_atomically

MEASURED = CHECKOUT / "build" / "bench"
"""Where a run leaves its records, a file a size."""
KEPT = CHECKOUT / "docs" / "performance.json"
"""The records that the page was written from."""
PREPARATION, PHASES, FLOORS, IMPORTS = "preparation", "phases", "floors", "imports"
DAGSTER, NEW_DAY, QUICK, FILES, QUESTIONS = "papers build", "one new day", "quick start", "files", "questions"
ENGINES = "engines"
"""The parts that figures belong to."""
SIZES = ("sample", "shared", "1", "10", "100", "1000")


@dataclass(frozen=True, slots=True)
class Figure:
    """What a phase took. `wall` and `cpu` are seconds, `cpu` user and system of it and all its children.

    `peak` is the most memory in bytes that its process held at once with all its children (resident set; pages that
    processes share count in each). `rows` is what it went through, in `unit`. A phase that failed has `error` alone.
    """

    part: str
    name: str
    wall: float | None = None
    cpu: float | None = None
    peak: int | None = None
    rows: int | None = None
    unit: str = ""
    facts: dict[str, Any] = field(default_factory=dict)
    error: str = ""


@dataclass(slots=True)
class Record:
    """All figures of a size, in the order in which they were measured.

    `commit` is that of the code; a run that went on at others names them all, one after the other.
    """

    size: str
    day: str
    commit: str
    machine: dict[str, Any]
    digests: int = 0
    entries: int = 0
    settings: dict[str, str] = field(default_factory=dict)
    figures: list[Figure] = field(default_factory=list)

    def add(self, figures: Iterable[Figure]) -> None:
        """Add figures; of one part and name, the last stays."""
        for figure in figures:
            self.figures = [one for one in self.figures if (one.part, one.name) != (figure.part, figure.name)]
            self.figures.append(figure)

    def of(self, part: str) -> list[Figure]:
        """Return the figures of a part."""
        return [figure for figure in self.figures if figure.part == part]

    def find(self, part: str, name: str) -> Figure | None:
        """Return a figure; None when it was not measured, or failed."""
        return next((figure for figure in self.of(part) if figure.name == name and not figure.error), None)

    def cpu(self, part: str, *names: str) -> float | None:
        """Return the CPU seconds of some figures together; None when one of them is missing."""
        found = [self.find(part, name) for name in names]
        spent = [figure.cpu for figure in found if figure is not None and figure.cpu is not None]
        return sum(spent) if spent and len(spent) == len(names) else None

    def fact(self, part: str, name: str, fact: str) -> float | None:
        """Return a number that a figure tells beside what it took; None when it was not measured."""
        figure = self.find(part, name)
        return None if figure is None else figure.facts.get(fact)

    def go_on(self, commit: str, again: Collection[str]) -> None:
        """Take up a run at a commit, with the figures of phases that are to be measured `again` left out."""
        self.commit = " ".join(dict.fromkeys([*self.commit.split(), commit]))
        self.figures = [figure for figure in self.figures if figure.facts.get("phase") not in again]

    @classmethod
    def read(cls, told: dict[str, Any]) -> Self:
        """Return the record that JSON tells of."""
        return cls(**told | {"figures": [Figure(**figure) for figure in told["figures"]]})

    def save(self, folder: Path = MEASURED) -> None:
        """Write the record to the file of its size."""
        text = as_json(asdict(self))
        write_atomically(folder / f"{self.size}.json", lambda file: file.write(text.encode()))


def as_json(told: object) -> str:
    """Return JSON that differs in few lines where little has changed."""
    return json.dumps(told, ensure_ascii=False, indent=1) + "\n"


def measured(folder: Path = MEASURED) -> list[Record]:
    """Return the records that runs have left, smallest size first."""
    files = [folder / f"{size}.json" for size in SIZES]
    return [Record.read(json.loads(file.read_text(encoding="utf-8"))) for file in files if file.exists()]


def kept(file: Path = KEPT) -> list[Record]:
    """Return the records that the page was written from, smallest size first."""
    told = json.loads(file.read_text(encoding="utf-8")) if file.exists() else []
    return [Record.read(one) for one in told]


def together(older: Iterable[Record], newer: Iterable[Record]) -> list[Record]:
    """Return the newest record of each size, smallest first."""
    by_size = {record.size: record for record in [*older, *newer]}
    return [by_size[size] for size in SIZES if size in by_size]
