"""What is worked out of a record: rates, ratios to the floors, slopes.

Where it is shown belongs in `cli` and `page`.
"""

import math
from collections.abc import Sequence

from bench.figures import DAGSTER, ENGINES, FLOORS, IMPORTS, NEW_DAY, PHASES, QUESTIONS, Figure, Record

FETCH, READ, WRITE, SQL = "bare httpx", "read the raw bytes", "write the Parquet", "the SQL in one script"
ASKED = "bare httpx, all that a build asks for"
WITHOUT = "the same without Dagster"
ON_SPARK = "publish, models on Spark"
PARTS = ("SQL build", "checks", "verify", "rest of publishing")
STEPS = ("fetch", "read raw bytes", "parse", "validate", "write Parquet", *PARTS)
"""The phases of a build, one after the other."""
NEW_DAY_STEPS = ("fetch", "parse", "SQL build", "publish")
FLOOR_OF = {
    "fetch": FETCH,
    "read raw bytes": READ,
    "write Parquet": WRITE,
    "SQL build": SQL,
    "publish": SQL,
}


def ratio(above: float | None, below: float | None) -> float | None:
    """Return how many times the one is the other; None where one is unknown or nothing."""
    return above / below if above is not None and below else None


def to_floor(record: Record, figure: Figure) -> float | None:
    """Return how many times the CPU of its floor a phase takes."""
    if figure.part != PHASES or figure.name not in FLOOR_OF:
        return None
    return ratio(figure.cpu, record.cpu(FLOORS, FLOOR_OF[figure.name]))


def whole_to_floors(record: Record, *, fetched: bool) -> float | None:
    """Return how many times the CPU of its floors the way from raw bytes, or from the fetch, to a release takes."""
    more, floor = (["fetch"], [FETCH]) if fetched else ([], [])
    whole = record.cpu(PHASES, "raw bytes to Parquet", "publish", *more)
    return ratio(whole, record.cpu(FLOORS, READ, WRITE, SQL, *floor))


def build_to_floors(record: Record, name: str = "papers build") -> float | None:
    """Return how many times the CPU of its floors a build takes as a process, imports and dashboard included."""
    return ratio(record.cpu(DAGSTER, name), record.cpu(FLOORS, ASKED, READ, WRITE, SQL))


def run_to_floors(record: Record) -> float | None:
    """Return how many times the CPU of its floors a build takes with Dagster, but without imports and dashboard."""
    whole, started = record.cpu(DAGSTER, "papers build"), record.cpu(IMPORTS, "dagster_project.defs.build")
    page = record.cpu(PHASES, "dashboard")
    if whole is None or started is None or page is None:
        return None
    return ratio(whole - started - page, record.cpu(FLOORS, ASKED, READ, WRITE, SQL))


def to_release(record: Record) -> float | None:
    """Return the seconds of CPU that an entry takes from raw bytes to a release."""
    return ratio(record.cpu(PHASES, "raw bytes to Parquet", "publish"), record.entries)


def dagsters_share(record: Record) -> float | None:
    """Return the part of a build's CPU that is Dagster's: what the same work does not take without it."""
    whole, without = record.cpu(DAGSTER, "papers build"), record.cpu(DAGSTER, WITHOUT)
    return None if whole is None or without is None else 1 - without / whole


def imports_of_unchanged(record: Record) -> float | None:
    """Return the part of a build without news that importing takes."""
    return ratio(record.cpu(IMPORTS, "dagster_project.defs.build"), record.cpu(DAGSTER, "papers build, unchanged"))


def spark_to_duckdb(record: Record) -> float | None:
    """Return how many times the CPU of publishing with DuckDB alone it takes with the models on Spark."""
    return ratio(record.cpu(ENGINES, ON_SPARK), record.cpu(PHASES, "publish"))


def new_day(record: Record, step: str, *, wall: bool = False) -> float | None:
    """Return how many times what a further day takes in a month's lake it takes in this one."""
    month, full = record.find(NEW_DAY, f"{step}, in a month"), record.find(NEW_DAY, f"{step}, in all")
    if month is None or full is None:
        return None
    return ratio(full.wall, month.wall) if wall else ratio(full.cpu, month.cpu)


def per_entry(record: Record, name: str) -> float | None:
    """Return the seconds of CPU that a phase takes for an entry: of those that it was measured on, or of all."""
    figure = record.find(PHASES, name)
    if figure is None:
        return None
    return ratio(figure.cpu, figure.rows if figure.unit == "entries" else record.entries)


def slope(records: Sequence[Record], name: str) -> float | None:
    """Return the power of the entries with which a phase's CPU grows, from the smallest to the largest archive."""
    invented = [record for record in records if record.size.isdigit() and per_entry(record, name)]
    if len(invented) < 2:
        return None
    first, last = invented[0], invented[-1]
    dearer = ratio(per_entry(last, name), per_entry(first, name))
    return 1 + math.log(dearer or 1) / math.log(last.entries / first.entries)


def number(value: float | None, digits: int = 2) -> str:
    """Return a number for a table; empty where there is none."""
    return "" if value is None else f"{value:,.{digits}f}"


def derived(record: Record) -> dict[str, float]:
    """Return the ratios of a size by name, those that its figures tell."""
    told = {
        **{f"{name}, to its floor": _phase_to_floor(record, name) for name in FLOOR_OF},
        "raw bytes to release, to all floors": whole_to_floors(record, fetched=False),
        "fetch to release, to all floors": whole_to_floors(record, fetched=True),
        "`papers build`, to all floors": build_to_floors(record),
        "`papers build` without imports and dashboard, to all floors": run_to_floors(record),
        "the same without Dagster, to all floors": build_to_floors(record, WITHOUT),
        "Dagster's share of a build": dagsters_share(record),
        "publish with models on Spark, to that on DuckDB": spark_to_duckdb(record),
        "imports' share of a build without news": imports_of_unchanged(record),
        **{f"new day: {step}, to that in a month's lake": new_day(record, step) for step in NEW_DAY_STEPS},
    }
    return {name: value for name, value in told.items() if value is not None}


def _phase_to_floor(record: Record, name: str) -> float | None:
    figure = record.find(PHASES, name)
    return None if figure is None else to_floor(record, figure)


def rows(record: Record) -> list[tuple[str, ...]]:
    """Return a table's rows: every figure but the questions, then what is worked out of them."""
    table = [_row(record, figure) for figure in record.figures if figure.part != QUESTIONS]
    return table + [("ratio", name, "", "", "", "", "", "", number(told)) for name, told in derived(record).items()]


def _row(record: Record, figure: Figure) -> tuple[str, ...]:
    if figure.error:
        return (figure.part, figure.name, "failed", figure.error[:60], "", "", "", "", "")
    seconds = figure.wall if figure.wall is not None else figure.cpu
    per_second = ratio(figure.rows, seconds)
    return (
        figure.part,
        figure.name,
        number(figure.wall, 3),
        number(figure.cpu, 3),
        "" if figure.peak is None else f"{figure.peak / 2**20:,.0f}",
        "" if figure.rows is None else f"{figure.rows:,}",
        figure.unit,
        number(per_second, 0),
        number(to_floor(record, figure)),
    )
