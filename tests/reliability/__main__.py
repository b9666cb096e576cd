"""Runs every test of reliability in its long form, and writes `docs/reliability.md` from what they tell.

uv run --group fuzz python -m tests.reliability

Arguments go to pytest: with some, only those tests are run again, and the page keeps the figures of the others.
"""

import json
import os
import platform
import shutil
import subprocess
import sys
from collections import defaultdict
from datetime import UTC, datetime
from pathlib import Path

import duckdb

from tests.reliability.figures import COLLECTED_IN, Figure

CHECKOUT = Path(__file__).parents[2]
FIGURES = CHECKOUT / "build" / "reliability"
PAGE = CHECKOUT / "docs" / "reliability.md"
INTRODUCTION = """# Reliability

What was done to the warehouse, and what came of it. Written by `uv run --group fuzz python -m tests.reliability` from
its last long run: {day}, {machine}. Each line is a test in [`tests/reliability`](../tests/reliability), which fails
when anything is lost or torn; `just damage` runs a short form of each.

*Lost* counts rows, lines or days that should be there afterwards and are not; *torn*, releases that a reader found
broken or mixed. *Recovery* is the longest time from the end of the damage to a warehouse that is as it should be.
[SECURITY.md](../SECURITY.md#recover) lists the commands that bring a home back.
"""


def page(figures: list[Figure], day: str, machine: str) -> str:
    """Return the page that says what came of each fault."""
    parts = defaultdict[str, list[Figure]](list)
    for figure in sorted(figures, key=lambda figure: (figure.part, figure.fault)):
        parts[figure.part].append(figure)
    lines = [INTRODUCTION.format(day=day, machine=machine)]
    for part, results in parts.items():
        lines += [
            f"## {part}\n",
            "| fault | cases | outcome | lost | torn | recovery |",
            "|---|---:|---|---:|---:|---:|",
        ]
        for one in results:
            recovery = "" if one.recovery is None else f"{one.recovery:.1f} s"
            lines.append(f"| {one.fault} | {one.cases:,} | {one.outcome} | {one.lost} | {one.torn} | {recovery} |")
        lines.append("")
    return "\n".join(lines)


def machine() -> str:
    """Return what the figures were measured on."""
    return (
        f"{os.cpu_count()} cores, {platform.system()} {platform.machine()}, "
        f"Python {platform.python_version()}, DuckDB {duckdb.__version__}"
    )


def main() -> int:
    """Run the tests, write the page, and return pytest's exit status."""
    if not sys.argv[1:]:
        shutil.rmtree(FIGURES, ignore_errors=True)
    FIGURES.mkdir(parents=True, exist_ok=True)
    command = [sys.executable, "-m", "pytest", "tests/reliability", "-m", "long or not long", "-s", *sys.argv[1:]]
    run = subprocess.run(command, cwd=CHECKOUT, env=os.environ | {COLLECTED_IN: str(FIGURES)}, check=False)
    if run.returncode == 0:
        figures = [Figure(**json.loads(file.read_text(encoding="utf-8"))) for file in FIGURES.glob("*.json")]
        PAGE.write_text(page(figures, f"{datetime.now(UTC):%Y-%m-%d}", machine()), encoding="utf-8")
    return run.returncode


if __name__ == "__main__":
    sys.exit(main())
