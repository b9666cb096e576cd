"""The few sentences that say it in short: the page opens with them, the README repeats them, tables end with some.

A sentence whose figures were not measured is left out.
"""

from collections.abc import Iterator, Sequence

from bench import machine
from bench.figures import DAGSTER, FILES, NEW_DAY, PHASES, QUESTIONS, QUICK, Record
from bench.show import (
    build_to_floors,
    dagsters_share,
    imports_of_unchanged,
    new_day,
    per_entry,
    ratio,
    run_to_floors,
    to_release,
    whole_to_floors,
)


def lines(records: Sequence[Record]) -> list[str]:
    """Return the sentences, each of the largest size that has its figures."""
    told = []
    for sentence in (
        _first_build,
        _quick,
        _build,
        _real_build,
        _unchanged,
        _archive,
        _only_parsed,
        _floors,
        _ten_years,
        _files,
        _questions,
    ):
        of_sizes = [text for record in reversed(records) if (text := next(sentence(record), ""))]
        told += [f"- {text}" for text in of_sizes[:1]]
    told += [f"- {text}" for text in _flat(records)]
    if busy := [f"`{record.size}`" for record in records if machine.was_busy(record.machine)]:
        told.append(f"- The machine did other work while {', '.join(busy)} ran: their wall times are too long.")
    return told


def notes(record: Record, part: str) -> str:
    """Return what is to be said below a table."""
    said = {
        DAGSTER: (_share, _unchanged),
        NEW_DAY: (_new_day,),
        FILES: (_files,),
        PHASES: (_floors,),
    }
    return " ".join(text for sentence in said.get(part, ()) for text in sentence(record))


def seconds(value: float) -> str:
    """Return a time as a person says it."""
    if value < 0.1:
        return f"{1_000 * value:.1f} ms"
    if value < 100:
        return f"{value:.2f} s" if value < 10 else f"{value:.1f} s"
    return f"{value / 60:,.1f} min"


def memory(value: int) -> str:
    """Return an amount of memory as a person says it."""
    return f"{value / 2**20:,.0f} MiB" if value < 2**30 else f"{value / 2**30:.1f} GiB"


def _wall(record: Record, part: str, name: str) -> str | None:
    figure = record.find(part, name)
    return None if figure is None or figure.wall is None else seconds(figure.wall)


def _archive_of(record: Record) -> str:
    return f"{record.digests:,} days with {record.entries:,} entries"


def _first_build(record: Record) -> Iterator[str]:
    name, busy = "build the sample", "build the sample, the other core busy"
    sign, done, hard = (_wall(record, QUICK, key) for key in (f"{name}: first sign", f"{name}: done", f"{busy}: done"))
    if sign and done and hard:
        yield (
            f"The first `papers build`, of the bundled sample: something shows after {sign}, all is done after {done}; "
            f"with a core busy elsewhere after {hard}."
        )


def _quick(record: Record) -> Iterator[str]:
    found = {name: _wall(record, QUICK, name) for name in ("papers --help", "papers sql", "papers status")}
    if all(found.values()):
        said = ", ".join(f"`{name}` {took}" for name, took in found.items())
        yield f"To the answer of a command, in a warehouse of {_archive_of(record)}: {said}."


def _build(record: Record) -> Iterator[str]:
    whole = record.find(DAGSTER, "papers build")
    if whole and whole.wall and whole.cpu and whole.peak and record.entries and record.size != "sample":
        share = dagsters_share(record)
        of_dagster = "" if share is None else f", {share:.0%} of it Dagster's"
        yield (
            f"`papers build` of {_archive_of(record)}, fetch, checks and dashboard included: {seconds(whole.wall)}, "
            f"{seconds(whole.cpu)} of CPU{of_dagster}, at most {memory(whole.peak)}."
        )


def _real_build(record: Record) -> Iterator[str]:
    whole, within, work = build_to_floors(record), run_to_floors(record), whole_to_floors(record, fetched=True)
    if whole and within and work and record.size == "shared":
        yield (
            f"From the sources to a release of the real archives, {_archive_of(record)}, the work takes {work:.2f} "
            "times the CPU of its floors together (bare `httpx`, reading the bytes, writing the Parquet, the SQL "
            f"alone); with Dagster around it {within:.2f} times; and as a process, with all imports and the dashboard, "
            f"{whole:.2f} times."
        )


def _flat(records: Sequence[Record]) -> Iterator[str]:
    costs = {record.size: cost for record in records if record.size.isdigit() and (cost := to_release(record))}
    if len(costs) > 1:
        largest = list(costs)[-1]
        said = ", ".join(f"{1_000 * cost:.2f} ms at `{size}`" for size, cost in costs.items())
        at_ten = costs.get("10")
        times = f": {costs[largest] / at_ten:.2f} times that at `10`" if at_ten and largest != "10" else ""
        yield f"CPU an entry, from raw bytes to a checked release: {said}{times}."


def _share(record: Record) -> Iterator[str]:
    share = dagsters_share(record)
    if share is not None:
        yield f"Dagster's share, by CPU, is {share:.0%}, imports included."


def _unchanged(record: Record) -> Iterator[str]:
    again = record.find(DAGSTER, "papers build, unchanged")
    if again and again.wall and again.facts.get("requests"):
        facts, of_imports = again.facts, imports_of_unchanged(record)
        held = f"{facts['not_modified']:,} of {facts['requests']:,} requests are answered with 304"
        if facts["not_there"]:
            held += f" and {facts['not_there']:,} with 404"
        imports = "" if of_imports is None else f", {of_imports:.0%} of its CPU is imports"
        yield (
            f"The same build again, with no news at the source: {seconds(again.wall)}{imports}; {held}, no Parquet is "
            "written, the release stays."
        )


def _archive(record: Record) -> Iterator[str]:
    parsed, published = record.find(PHASES, "raw bytes to Parquet"), record.find(PHASES, "publish")
    if parsed and published and parsed.wall and published.wall and parsed.peak and published.peak:
        yield (
            f"From raw bytes to a checked release, {_archive_of(record)}: {seconds(parsed.wall)} to Parquet (at most "
            f"{memory(parsed.peak)}), {seconds(published.wall)} from there (at most {memory(published.peak)})."
        )


def _only_parsed(record: Record) -> Iterator[str]:
    parsed, cost = record.find(PHASES, "raw bytes to Parquet"), per_entry(record, "raw bytes to Parquet")
    if parsed and parsed.wall and parsed.peak and cost and not record.find(PHASES, "publish"):
        yield (
            f"Size `{record.size}` was measured as far as Parquet, no release of it: {_archive_of(record)} take "
            f"{seconds(parsed.wall)} from raw bytes to Parquet, {1_000 * cost:.2f} ms of CPU an entry, at most "
            f"{memory(parsed.peak)}."
        )


def _floors(record: Record) -> Iterator[str]:
    times = whole_to_floors(record, fetched=False)
    if times is not None:
        yield (
            f"At size `{record.size}` the way from raw bytes to a release takes {times:.2f} times the CPU of its "
            "floors together: reading the bytes, writing the Parquet, and the SQL alone."
        )


def _new_day(record: Record) -> Iterator[str]:
    fetched, parsed = (record.find(NEW_DAY, f"{step}, in all") for step in ("fetch", "parse"))
    ratios = [new_day(record, step) for step in ("fetch", "parse")]
    if fetched and parsed and fetched.cpu and parsed.cpu and all(ratios):
        yield (
            f"One further day in a lake of {record.digests:,} days: {seconds(fetched.cpu)} of CPU to fetch and "
            f"{seconds(parsed.cpu)} to parse, {ratios[0]:.2f} and {ratios[1]:.2f} times that in a month's lake."
        )


def _ten_years(record: Record) -> Iterator[str]:
    if record.size == "10":
        yield from _new_day(record)


def _files(record: Record) -> Iterator[str]:
    now, daily = record.find(FILES, "the lake as it is"), record.find(FILES, "one file a day")
    times = ratio(daily.wall, now.wall) if now and daily else None
    if now and daily and now.wall and times:
        yield (
            f"Reading all entries and authors of {_archive_of(record)} from the lake's {now.facts['files']:,} files "
            f"takes {seconds(now.wall)}; from one file a day, {daily.facts['files']:,}, {times:.1f} times as long."
        )


def _questions(record: Record) -> Iterator[str]:
    asked = [figure for figure in record.of(QUESTIONS) if figure.wall is not None and ":" not in figure.name]
    if asked:
        slowest = max(asked, key=lambda figure: figure.wall or 0)
        yield (
            f"Of the {len(asked)} questions in `sql/queries/`, asked of {_archive_of(record)}, the slowest is "
            f"`{slowest.name}`: {seconds(slowest.wall or 0)}."
        )
