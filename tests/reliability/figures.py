"""What a test of reliability has to tell: how often it did its damage, what was lost, and how long mending took.

Each test tells one figure or more. A long run, `python -m tests.reliability`, collects them and writes
`docs/reliability.md`.
"""

import hashlib
import json
import os
from dataclasses import asdict, dataclass
from pathlib import Path

COLLECTED_IN = "RELIABILITY_FIGURES"
"""The environment variable that names the folder of a long run; without it, figures are only printed."""


@dataclass(frozen=True, slots=True)
class Figure:
    """What came of one kind of fault.

    `part` is the chapter of the page. `lost` counts rows, lines or days that should be there afterwards and are not,
    `torn` releases that a reader found broken or mixed. `recovery` is the longest time in seconds from the end of the
    damage to a warehouse that is as it should be; None where nothing had to be mended.
    """

    part: str
    fault: str
    cases: int
    lost: int = 0
    torn: int = 0
    recovery: float | None = None
    outcome: str = ""


def tell(figure: Figure) -> None:
    """Print a figure, and leave it for the long run that asked for it."""
    print(figure)  # noqa: T201
    if folder := os.environ.get(COLLECTED_IN):
        name = hashlib.sha256(f"{figure.part} {figure.fault}".encode()).hexdigest()[:16]
        (Path(folder) / f"{name}.json").write_text(json.dumps(asdict(figure)), encoding="utf-8")
