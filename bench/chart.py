"""The picture of how each phase grows: CPU per entry against the size of the archive, both by powers of ten."""

from collections.abc import Sequence
from pathlib import Path

import altair as alt

from bench.figures import Record
from bench.show import STEPS, per_entry
from dagster_project.config import CHECKOUT

PICTURE = CHECKOUT / "docs" / "images" / "performance.svg"
COLOURS = ["#1b6ca8", "#7f7f7f", "#d95f02", "#e7a500", "#2a9d4e", "#c2185b", "#6a3d9a", "#00897b", "#8d6e63"]
SHAPES = ["circle", "square", "cross", "diamond", "triangle-up", "triangle-down", "circle", "square", "diamond"]
TENS = [10.0**power for power in range(-6, 10)]


def points(records: Sequence[Record]) -> list[dict[str, object]]:
    """Return a point a phase and size: entries, and milliseconds of CPU for each."""
    found = []
    for record in records:
        for step in STEPS:
            cost = per_entry(record, step)
            if cost and cost > 0 and record.entries:
                found.append({"phase": step, "entries": record.entries, "ms": 1_000 * cost})
    return found


def draw(records: Sequence[Record], picture: Path = PICTURE) -> Path:
    """Draw the picture; the ending of its name says how: `.svg` or `.png`."""
    shown = points(records)
    phases = [step for step in STEPS if any(point["phase"] == step for point in shown)]
    chart = (
        alt.Chart(alt.Data(values=shown))
        .mark_line(point=alt.OverlayMarkDef(size=70, filled=True), strokeWidth=2)
        .encode(
            x=alt.X(
                "entries:Q", scale=alt.Scale(type="log", nice=False, padding=20), title="entries in the archive"
            ).axis(format=",", values=TENS),
            y=alt.Y("ms:Q", scale=alt.Scale(type="log"), title="milliseconds of CPU an entry").axis(
                format="~g", values=TENS
            ),
            color=alt.Color("phase:N", scale=alt.Scale(domain=phases, range=COLOURS[: len(phases)]), title=None),
            shape=alt.Shape("phase:N", scale=alt.Scale(domain=phases, range=SHAPES[: len(phases)]), title=None),
        )
        .properties(width=640, height=420, title="A level line costs the same an entry, however large the archive is")
        .configure(background="white", font="sans-serif", axis={"labelFontSize": 12, "titleFontSize": 13})
        .configure_legend(labelFontSize=13, symbolSize=90)
        .configure_title(fontSize=15, anchor="start")
    )
    picture.parent.mkdir(parents=True, exist_ok=True)
    chart.save(picture, scale_factor=2 if picture.suffix == ".png" else 1)
    return picture
