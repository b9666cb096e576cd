"""Writes `docs/performance.md` and the README's lines from the figures that are kept in `docs/performance.json`.

No figure is written by hand: each is one that was measured, or is worked out of such in `show`. What people write of
them, such as what was tried and dropped, stands in `prose/`.
"""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import asdict
from pathlib import Path

from bench import machine, short
from bench.chart import PICTURE, draw
from bench.figures import (
    DAGSTER,
    ENGINES,
    FILES,
    FLOORS,
    IMPORTS,
    KEPT,
    NEW_DAY,
    PHASES,
    PREPARATION,
    QUESTIONS,
    QUICK,
    Figure,
    Record,
    as_json,
    kept,
    measured,
    together,
)
from bench.show import ON_SPARK, PARTS, STEPS, derived, number, per_entry, ratio, slope, spark_to_duckdb, to_floor
from dagster_project.config import CHECKOUT

PAGE, README, SCALING = (CHECKOUT / name for name in ("docs/performance.md", "README.md", "docs/scaling.md"))
PROSE = Path(__file__).with_name("prose")
BEGIN, END = "<!-- performance begin -->", "<!-- performance end -->"
HEADS = ("", "wall s", "CPU s", "peak MiB", "rows", "unit", "rows/s", "x floor")
FAR_MORE = 100_000_000
"""Entries of an archive that is planned for on paper."""
SIZES_OF = {"generate": PREPARATION, "raw bytes to Parquet": PHASES, "verify": PHASES}
"""The phases that tell how large what they leave is."""
TITLES = {
    PHASES: "Phases",
    FLOORS: "Floors",
    DAGSTER: "`papers build` as a process",
    IMPORTS: "Starting",
    QUICK: "Quick start",
    NEW_DAY: "One new day",
    FILES: "Files",
    ENGINES: "Models on Spark",
}


def page(records: Sequence[Record]) -> str:
    """Return the page."""
    blocks = [_prose("introduction"), _list(short.lines(records)), _prose("method")]
    blocks += [*_growth(records), *_dearest(records)]
    for record in records:
        blocks += _size(record)
    blocks += _questions(records)
    blocks += ["## Tried and dropped\n", _prose("tried"), _prose("repeat").rstrip()]
    return "\n".join(blocks) + "\n"


def readme(text: str, records: Sequence[Record]) -> str:
    """Return the README's text with the lines of the page that tell it in short."""
    return _between(text, _list(short.lines(records)))


def scaling(text: str, records: Sequence[Record]) -> str:
    """Return the text on scaling with what the two engines took, and what far more would take in proportion."""
    return _between(text, "\n".join([*_engines(records), *_models(records), *_in_proportion(records)]))


def _between(text: str, told: str) -> str:
    before, found, rest = text.partition(BEGIN)
    return f"{before}{BEGIN}\n{told}{END}{rest.partition(END)[2]}" if found else text


def _engines(records: Sequence[Record]) -> Iterator[str]:
    """Yield what it takes to publish on either engine, side by side, and what comes of it."""
    rows = []
    for record in records:
        duck, spark = record.find(PHASES, "publish"), record.find(ENGINES, ON_SPARK)
        if duck is None:
            continue
        row = [f"`{record.size}`", f"{record.entries:,}"]
        for figure in (duck, spark):
            row += ["", "", ""] if figure is None else _row(record, figure)[1:4]
        facts = {} if spark is None else spark.facts
        same = f"{facts['tables'] - len(facts['differ'])} of {facts['tables']}" if "tables" in facts else ""
        rows.append([*row, number(spark_to_duckdb(record)), same])
    engines = [f"{engine} {what}" for engine in ("DuckDB", "Spark") for what in ("wall s", "CPU s", "peak MiB")]
    yield _table(["size", "entries", *engines, "CPU to CPU", "same tables"], rows)


def _models(records: Sequence[Record]) -> Iterator[str]:
    """Yield what the dearest models of either engine took of the largest archive that both published."""
    largest = next((one for one in reversed(records) if one.find(ENGINES, ON_SPARK)), None)
    if largest is None:
        return
    walls, counts = dict[str, dict[str, float]](), dict[str, int]()
    for engine, figure in (("DuckDB", largest.find(PHASES, "publish")), ("Spark", largest.find(ENGINES, ON_SPARK))):
        for model in figure.facts["models"] if figure else ():
            walls.setdefault(model["name"], {})[engine] = model["wall"]
            counts[model["name"]] = model["rows"]
    yield f"The dearest models of either engine at size `{largest.size}`; empty where it has dearer ones:\n"
    order = sorted(walls, key=lambda name: -max(walls[name].values()))
    rows = [
        [f"`{name}`", _count(counts[name]), *(number(walls[name].get(engine), 3) for engine in ("DuckDB", "Spark"))]
        for name in order
    ]
    yield _table(["model", "rows", "DuckDB wall s", "Spark wall s"], rows)


def write() -> list[Path]:
    """Keep the figures that runs have left beside those of other sizes, and write all that is made of them."""
    records = together(kept(), measured())
    texts = {
        KEPT: as_json([asdict(record) for record in records]),
        PAGE: page(records),
        README: readme(README.read_text(encoding="utf-8"), records),
        SCALING: scaling(SCALING.read_text(encoding="utf-8"), records),
    }
    for file, text in texts.items():
        file.write_text(text, encoding="utf-8")
    return [*texts, draw(records)]


def _prose(name: str) -> str:
    return (PROSE / f"{name}.md").read_text(encoding="utf-8")


def _list(lines: Iterable[str]) -> str:
    return "".join(f"{line}\n" for line in lines)


def _table(heads: Sequence[str], rows: Iterable[Sequence[str]]) -> str:
    """Return a table; all columns but the first are set to the right."""
    marks = ["---", *["---:"] * (len(heads) - 1)]
    return _list(f"|{'|'.join(f' {cell} ' if cell else ' ' for cell in row)}|" for row in [heads, marks, *rows])


def _growth(records: Sequence[Record]) -> Iterator[str]:
    """Yield what each phase costs an entry, size by size, and the power with which it grows."""
    yield "## How it grows\n"
    if records:
        yield f"![CPU per entry against the size of the archive](images/{PICTURE.name})\n"
    yield (
        "Milliseconds of CPU an entry. *Power* is that of the number of entries with which a phase's CPU grows, from "
        "the smallest numbered size to the largest: 1 is a straight line.\n"
    )
    names = ["entries", *STEPS]
    rows = []
    for name in names:
        if name == "entries":
            rows.append([name, *(f"{record.entries:,}" for record in records), ""])
            continue
        costs = [_milliseconds(record, name) for record in records]
        rows.append([name, *(number(cost, 3) for cost in costs), number(slope(records, name))])
    yield _table(["phase", *(f"`{record.size}`" for record in records), "power"], rows)
    yield "CPU to CPU:\n"
    ratios: dict[str, list[str]] = {}
    for place, record in enumerate(records):
        for name, told in derived(record).items():
            ratios.setdefault(name, [""] * len(records))[place] = number(told)
    yield _table(["", *(f"`{record.size}`" for record in records)], ([name, *told] for name, told in ratios.items()))


def _milliseconds(record: Record, name: str) -> float | None:
    cost = per_entry(record, name)
    return None if cost is None else 1_000 * cost


def _dearest(records: Sequence[Record]) -> Iterator[str]:
    """Yield what takes most of the largest archive's CPU, and of that which models and checks."""
    largest = next((one for one in reversed(records) if one.find(PHASES, "publish")), None)
    if largest is None:
        return
    yield "## What takes most\n"
    spent = {name: largest.cpu(PHASES, name) or 0.0 for name in STEPS}
    whole = sum(spent.values())
    order = sorted((name for name in STEPS if spent[name] > 0), key=lambda name: -spent[name])
    shares = ", ".join(f"{name} {spent[name] / whole:.0%}" for name in order)
    yield f"Of {whole:,.1f} s of CPU at size `{largest.size}` ({largest.entries:,} entries): {shares}.\n"
    published = largest.find(PHASES, "publish")
    facts = published.facts if published else {}
    for kind, part in (("models", "SQL build"), ("checks", "checks")):
        of_part = largest.cpu(PHASES, part)
        yield f"The dearest {kind}:\n"
        rows = [
            [
                f"`{one['name']}`",
                *([_count(one.get("rows")), _an_entry(one.get("rows"), largest)] if kind == "models" else []),
                number(one["wall"], 3),
                number(one["cpu"], 3),
                f"{ratio(one['cpu'], of_part) or 0:.0%}",
            ]
            for one in facts.get(kind, [])
        ]
        more = ["rows", "rows an entry"] if kind == "models" else []
        yield _table([kind.removesuffix("s"), *more, "wall s", "CPU s", f"of {part}"], rows)


def _in_proportion(records: Sequence[Record]) -> Iterator[str]:
    """Yield what an archive that nobody has measured would take, if all grows with the entries."""
    largest = next((one for one in reversed(records) if one.find(PHASES, "publish") and one.entries), None)
    if largest is None:
        return
    times = FAR_MORE / largest.entries
    bytes_of = {name: largest.fact(part, name, "bytes") for name, part in SIZES_OF.items()}
    measured = {
        "raw bytes": (bytes_of["generate"], "GB"),
        "the lake": (bytes_of["raw bytes to Parquet"], "GB"),
        "a release": (bytes_of["verify"], "GB"),
        "raw bytes to Parquet": (largest.cpu(PHASES, "raw bytes to Parquet"), "core hours"),
        "publishing with DuckDB": (largest.cpu(PHASES, "publish"), "core hours"),
        "publishing with the models on Spark": (largest.cpu(ENGINES, ON_SPARK), "core hours"),
    }
    yield f"In proportion, from size `{largest.size}` on:\n"
    units = {"GB": 1e9, "core hours": 3_600}
    rows = [
        [name, unit, number(value / units[unit], 1), number(times * value / units[unit], 0)]
        for name, (value, unit) in measured.items()
        if value is not None
    ]
    yield _table(["", "in", f"{largest.entries:,} entries, measured", f"{FAR_MORE:,} entries"], rows)


def _count(rows: int | None) -> str:
    return "" if rows is None else f"{rows:,}"


def _an_entry(rows: int | None, record: Record) -> str:
    return number(ratio(rows, record.entries), 1)


def _size(record: Record) -> Iterator[str]:
    """Yield all that was measured on one size."""
    yield f"## Size `{record.size}`\n"
    settings = ", ".join(f"{name} {value}" for name, value in record.settings.items())
    yield (
        f"{record.digests:,} days, {record.entries:,} entries. Measured on {record.day} at commit "
        f"{' and '.join(f'`{commit}`' for commit in record.commit.split())} on "
        f"{machine.line(record.machine)}, whose load was {record.machine.get('load', 'unknown')} before it began."
        + (f" DuckDB builds with {settings}.\n" if settings else "\n")
    )
    for part, title in TITLES.items():
        if figures := record.of(part):
            yield f"### {title}, size `{record.size}`\n"
            yield _table(HEADS, (_row(record, figure) for figure in _in_order(figures)))
            if told := short.notes(record, part):
                yield f"{told}\n"


def _in_order(figures: Sequence[Figure]) -> list[Figure]:
    """Return phases in the order of a build, sums behind what they add up."""
    places = {name: place for place, name in enumerate([*STEPS[:5], "raw bytes to Parquet", *PARTS, "publish"])}
    return sorted(figures, key=lambda figure: places.get(figure.name, len(places)))


def _row(record: Record, figure: Figure) -> list[str]:
    if figure.error:
        return [figure.name, "failed", "", "", "", "", "", ""]
    seconds = figure.wall if figure.wall is not None else figure.cpu
    return [
        figure.name,
        number(figure.wall, 3),
        number(figure.cpu, 3),
        "" if figure.peak is None else f"{figure.peak / 2**20:,.0f}",
        _count(figure.rows),
        figure.unit,
        number(ratio(figure.rows, seconds), 0),
        number(to_floor(record, figure)),
    ]


def _questions(records: Sequence[Record]) -> Iterator[str]:
    """Yield how long each question takes, size by size."""
    asked = list(dict.fromkeys(figure.name for record in records for figure in record.of(QUESTIONS)))
    if not asked:
        return
    yield "## Questions\n"
    yield (
        "Milliseconds, the best of five: the files of `sql/queries/`, and of each mart its 100 newest rows and how "
        "many rows its last year has.\n"
    )
    rows = []
    for name in asked:
        found = [record.find(QUESTIONS, name) for record in records]
        rows.append([name, *("" if one is None or one.wall is None else f"{1_000 * one.wall:,.1f}" for one in found)])
    yield _table(["question", *(f"`{record.size}`" for record in records)], rows)
