"""Writes `docs/performance.md`, and what the README and `docs/scaling.md` repeat, from `docs/performance.json`.

Every number is a figure that was measured, or is worked out of such here. The text stands in the templates of
`prose/`; a sentence of which a figure is missing is left out.
"""

import math
from collections.abc import Iterable, Sequence
from dataclasses import asdict
from functools import cache
from pathlib import Path

import altair as alt
import jinja2

from bench.record import CHECKOUT, KEPT, MEASURED, SIZES, Figure, Record, read_records, write_json

PROSE = Path(__file__).with_name("prose")
PAGE, README, SCALING, PICTURE = (
    CHECKOUT / name for name in ("docs/performance.md", "README.md", "docs/scaling.md", "docs/images/performance.svg")
)
BEGIN, END = "<!-- performance begin -->", "<!-- performance end -->"
PARSING = ["fetch", "read raw bytes", "parse", "validate", "write Parquet"]
PUBLISHING = ["SQL build", "checks", "verify", "rest of publishing"]
STEPS = PARSING + PUBLISHING
ORDER = [*PARSING, "raw bytes to Parquet", *PUBLISHING, "publish"]
"""The steps of a build, and with each sum behind what it adds up."""
HEADS = ["", "wall s", "CPU s", "peak MiB", "rows", "unit", "rows/s", "x floor"]
READ, WRITE, SQL, ASK = "read the raw bytes", "write the Parquet", "the SQL in one script", "bare httpx"
FLOORS = [f"{ASK}, all that a build asks for", READ, WRITE, SQL]
WITHOUT, UNCHANGED, SPARK = "the same without Dagster", "papers build, unchanged", "publish, models on Spark"
RELEASE = ["raw bytes to Parquet", "publish"]
IMPORTS = "papers build, imports alone"
PYTHON, ALIKE = "bare Python", 1.25
"""What shows how fast a machine is, and the most by which that of two may differ so that their times are compared."""
RUN = ["papers build", f"-{IMPORTS}", "-dashboard"]
RATIOS = {
    "fetch, to its floor": (["fetch"], [ASK]),
    "read raw bytes, to its floor": (["read raw bytes"], [READ]),
    "write Parquet, to its floor": (["write Parquet"], [WRITE]),
    "SQL build, to its floor": (["SQL build"], [SQL]),
    "publish, to its floor": (["publish"], [SQL]),
    "raw bytes to release, to all floors": (RELEASE, [READ, WRITE, SQL]),
    "fetch to release, to all floors": (["fetch", *RELEASE], [ASK, READ, WRITE, SQL]),
    "Dagster's share of a build": (["papers build", f"-{WITHOUT}"], ["papers build"]),
    "imports' share of a build without news": ([IMPORTS], [UNCHANGED]),
    "`papers build`, to all floors": (["papers build"], FLOORS),
    "`papers build` without imports and dashboard, to all floors": (RUN, FLOORS),
    "the same without Dagster, to all floors": ([WITHOUT], FLOORS),
    "publish with models on Spark, to that on DuckDB": ([SPARK], ["publish"]),
    "site, written again, to publish": (["site, again"], ["publish"]),
    "new day: fetch, to that in a month's lake": (["fetch, in all"], ["fetch, in a month"]),
    "new day: parse, to that in a month's lake": (["parse, in all"], ["parse, in a month"]),
    "new day: SQL build, to that in a month's lake": (["SQL build, in all"], ["SQL build, in a month"]),
    "new day: publish, to that in a month's lake": (["publish, in all"], ["publish, in a month"]),
}
"""Ratios of CPU time: the figures above the line and those below it; a minus subtracts one."""


def add_cpu(record: Record, names: Iterable[str]) -> float | None:
    """Return the CPU seconds of some figures together; None if one is missing."""
    signed = [(-1 if name.startswith("-") else 1, record.find(name.removeprefix("-"))) for name in names]
    known = [sign * figure.cpu for sign, figure in signed if figure and figure.cpu is not None]
    return sum(known) if len(known) == len(signed) else None


def divide(above: float | None, below: float | None) -> float | None:
    """Return a ratio; None if either number is missing or the lower one is 0."""
    return above / below if above is not None and below else None


def find_ratio(record: Record, name: str) -> float | None:
    """Return one of the ratios of a size; None if a figure is missing."""
    above, below = RATIOS.get(name, ([""], []))
    return divide(add_cpu(record, above), add_cpu(record, below))


def find_cost(record: Record, *names: str) -> float | None:
    """Return the milliseconds of CPU that phases take for an entry, of those they were measured on."""
    figure, cpu = record.find(names[0]), add_cpu(record, names)
    entries = figure.rows if figure and figure.unit == "entries" else record.entries
    cost = divide(cpu, entries)
    return None if cost is None else 1_000 * cost


def list_comparable(records: Iterable[Record]) -> list[Record]:
    """Return the invented archives that were measured on a machine as fast as that of the smallest."""
    invented = [one for one in records if one.size.isdigit()]
    speeds = [add_cpu(one, [PYTHON]) for one in invented]
    ratios = [divide(speed, speeds[0]) or 1 for speed in speeds]
    return [one for one, ratio in zip(invented, ratios, strict=True) if 1 / ALIKE <= ratio <= ALIKE]


def find_power(records: Iterable[Record], name: str) -> float | None:
    """Return the power of the entries with which CPU time grows over the archives that can be compared."""
    costs = [(one.entries, cost) for one in list_comparable(records) if (cost := find_cost(one, name))]
    if len(costs) < 2:
        return None
    (fewest, low), (most, high) = costs[0], costs[-1]
    return 1 + math.log(high / low) / math.log(most / fewest)


def find_milliseconds(record: Record, name: str) -> float | None:
    """Return the wall time of a figure."""
    figure = record.find(name)
    return None if figure is None or figure.wall is None else 1_000 * figure.wall


def list_shares(record: Record) -> dict[str, float]:
    """Return the CPU seconds of the steps of a build, dearest first."""
    spent = {name: add_cpu(record, [name]) or 0 for name in STEPS}
    return {name: spent[name] for name in sorted(STEPS, key=lambda name: -spent[name]) if spent[name] > 0}


def list_models(record: Record) -> list[tuple[str, int, list[float | None]]]:
    """Return the models that take most with either engine: name, rows, and wall time with DuckDB and with Spark."""
    figures = [record.find("publish"), record.find(SPARK)]
    engines = [{one["name"]: one for one in figure.facts["models"]} if figure else {} for figure in figures]
    models = [
        (name, one["rows"], [engine[name]["wall"] if name in engine else None for engine in engines])
        for name, one in (engines[0] | engines[1]).items()
    ]
    return sorted(models, key=lambda model: -max(wall or 0 for wall in model[2]))


def sort_steps(figures: Iterable[Figure]) -> list[Figure]:
    """Return figures in the order of a build."""
    return sorted(figures, key=lambda one: ORDER.index(one.name) if one.name in ORDER else len(ORDER))


def write_number(value: float | None, digits: int = 0) -> str:
    """Return a number for a table; empty if there is none."""
    return "" if value is None else f"{value:,.{digits}f}"


def write_seconds(value: float) -> str:
    """Return a time as a person says it."""
    if value < 0.1:
        return f"{1_000 * value:.1f} ms"
    if value < 100:
        return f"{value:.2f} s" if value < 10 else f"{value:.1f} s"
    return f"{value / 60:,.1f} min"


def write_memory(value: int) -> str:
    """Return an amount of memory as a person says it."""
    return f"{value / 2**20:,.0f} MiB" if value < 2**30 else f"{value / 2**30:.1f} GiB"


def write_cells(record: Record, figure: Figure | None) -> list[str]:
    """Return the cells of a figure under `HEADS`."""
    if figure is None or figure.error:
        return [figure.name, "failed", *[""] * 6] if figure else [""] * 8
    numbers = [(figure.wall, 3), (figure.cpu, 3), (divide(figure.peak, 2**20), 0), (figure.rows, 0)]
    speed = divide(figure.rows, figure.cpu if figure.wall is None else figure.wall)
    floor = write_number(find_ratio(record, f"{figure.name}, to its floor"), 2)
    return [figure.name, *(write_number(*number) for number in numbers), figure.unit, write_number(speed), floor]


def write_sentence(name: str, subject: object) -> str:
    """Return a sentence of `prose/sentences.md`; empty if it says nothing, or lacks a figure that it would show."""
    try:
        return str(getattr(load_prose().get_template("sentences.md").module, name)(subject)).strip()
    except (jinja2.UndefinedError, TypeError):
        return ""


@cache
def load_prose() -> jinja2.Environment:
    """Return the templates of `prose/`, with this module's functions as functions and filters."""
    prose = jinja2.Environment(  # noqa: S701 - Markdown, of figures of our own
        loader=jinja2.FileSystemLoader(PROSE), trim_blocks=True, lstrip_blocks=True, undefined=jinja2.StrictUndefined
    )
    known = {name: value for name, value in globals().items() if callable(value) or name.isupper()}
    prose.globals |= known
    prose.filters |= known | {
        "code": "`{}`".format,
        "count": "{:,}".format,
        "memory": write_memory,
        "percent": "{:.0%}".format,
        "say": lambda record, name: write_sentence(name, record),
        "seconds": write_seconds,
        "times": "{:.2f}".format,
    }
    prose.tests |= {
        "costed": lambda record: find_cost(record, *RELEASE),
        "having": lambda record, name: record.find(name) is not None,
        "of_mart": lambda name: ":" in name,
    }
    return prose


def write_template(name: str, records: Sequence[Record], text: str = "") -> str:
    """Return what a template says of records; if a text is given, with that in place of what is between its marks."""
    said = load_prose().get_template(name).render(records=records).strip() + "\n"
    before, _, rest = text.partition(BEGIN)
    return f"{before}{BEGIN}\n{said}{END}{rest.partition(END)[2]}" if text else said


def draw(records: Sequence[Record], picture: Path = PICTURE) -> Path:
    """Draw how the cost of each step grows with the archive, over those that can be compared."""
    points = [
        {"phase": step, "entries": one.entries, "ms": find_cost(one, step)}
        for one in list_comparable(records)
        for step in STEPS
    ]
    chart = alt.Chart.from_json((PROSE / "chart.json").read_text(encoding="utf-8"))
    chart.data = alt.Data(values=[point for point in points if (point["ms"] or 0) > 0])
    chart.save(picture)
    return picture


def write() -> list[Path]:
    """Keep what runs have measured in place of what is kept of the same sizes, and write all that is made of it."""
    by_size = {record.size: record for record in read_records(KEPT, *MEASURED.glob("*.json"))}
    records = [by_size[size] for size in SIZES if size in by_size]
    texts = {
        KEPT: write_json([asdict(record) for record in records]),
        PAGE: write_template("page.md", records),
        README: write_template("short.md", records, README.read_text(encoding="utf-8")),
        SCALING: write_template("scaling.md", records, SCALING.read_text(encoding="utf-8")),
    }
    for file, text in texts.items():
        file.write_text(text, encoding="utf-8")
    return [*texts, draw(records)]
