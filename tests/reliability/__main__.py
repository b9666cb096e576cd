"""Runs every test of reliability in its long form, and writes `docs/reliability.md` from what they tell.

uv run --group fuzz python -m tests.reliability

Arguments go to pytest: with some, only those tests are run again, and the page keeps the lines of the others.
"""

import json
import os
import platform
import shutil
import subprocess
import sys
from collections.abc import Iterable
from datetime import UTC, datetime
from itertools import groupby
from operator import itemgetter
from pathlib import Path

import duckdb

from tests.reliability.figures import COLLECTED_IN, Figure

CHECKOUT = Path(__file__).parents[2]
FIGURES = CHECKOUT / "build" / "reliability"
PAGE = CHECKOUT / "docs" / "reliability.md"
INTRODUCTION = """# Reliability

What was done to the warehouse, and what came of it. Written by `uv run --group fuzz python -m tests.reliability`, last
on {day}: {machine}. Each line is a test in [`tests/reliability`](../tests/reliability), which fails
when anything is lost or torn; `just damage` runs a short form of each.

*Lost* counts rows, lines or days that should be there afterwards and are not; *torn*, releases that a reader found
broken or mixed. *Recovery* is the longest time from the end of the damage to a warehouse that is as it should be.
[SECURITY.md](../SECURITY.md#recover) lists the commands that bring a home back.
"""


Lines = dict[tuple[str, str], str]
"""The page's line for each fault, by its chapter and its name."""


def write_lines(figures: Iterable[Figure]) -> Lines:
    """Return the lines that say what came of each fault."""
    lines = Lines()
    for one in figures:
        recovery = "" if one.recovery is None else f"{one.recovery:.1f} s"
        line = f"| {one.fault} | {one.cases:,} | {one.outcome} | {one.lost} | {one.torn} | {recovery} |"
        lines[one.part, one.fault] = line
    return lines


def read_lines(page: str) -> Lines:
    """Return the lines of a page that was written before."""
    lines, part = Lines(), ""
    for line in page.splitlines():
        if line.startswith("## "):
            part = line.removeprefix("## ")
        elif line.startswith("| ") and not line.startswith("| fault |"):
            lines[part, line.split(" | ")[0].removeprefix("| ")] = line
    return lines


def make_page(lines: Lines, day: str, machine: str) -> str:
    """Return the page, with a chapter for each part."""
    text = [INTRODUCTION.format(day=day, machine=machine)]
    for part, of_part in groupby(sorted(lines), key=itemgetter(0)):
        text += [
            f"## {part}\n",
            "| fault | cases | outcome | lost | torn | recovery |",
            "|---|---:|---|---:|---:|---:|",
        ]
        text += [*(lines[name] for name in of_part), ""]
    return "\n".join(text)


def machine() -> str:
    """Return what the figures were measured on."""
    return (
        f"{os.cpu_count()} cores, {platform.system()} {platform.machine()}, "
        f"Python {platform.python_version()}, DuckDB {duckdb.__version__}"
    )


def main() -> int:
    """Run the tests, write the page, and return pytest's exit status."""
    shutil.rmtree(FIGURES, ignore_errors=True)
    FIGURES.mkdir(parents=True)
    named = [word for word in sys.argv[1:] if Path(word.partition("::")[0]).exists()]
    places = [] if named else ["tests/reliability"]
    command = [sys.executable, "-m", "pytest", *places, "-m", "long or not long", "-s", *sys.argv[1:]]
    run = subprocess.run(command, cwd=CHECKOUT, env=os.environ | {COLLECTED_IN: str(FIGURES)}, check=False)
    if run.returncode == 0:
        lines = read_lines(PAGE.read_text(encoding="utf-8")) if sys.argv[1:] else Lines()
        lines |= write_lines(Figure(**json.loads(file.read_text(encoding="utf-8"))) for file in FIGURES.glob("*.json"))
        PAGE.write_text(make_page(lines, f"{datetime.now(UTC):%Y-%m-%d}", machine()), encoding="utf-8")
    return run.returncode


if __name__ == "__main__":
    sys.exit(main())
