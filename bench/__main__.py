"""The command line, `python -m bench`: it measures, prints a table for each size, and writes the page."""

import shutil
import tempfile
from collections.abc import Iterable, Sequence
from datetime import UTC, datetime
from pathlib import Path

import click
from rich.console import Console
from rich.table import Table

from bench import report
from bench.archive import find_folder
from bench.phases import ask_questions
from bench.plan import measure
from bench.process import run_in_worker
from bench.record import MEASURED, SIZES, Record, describe_machine, find_commit, read_records

FOLDER = click.Path(file_okay=False, path_type=Path)


@click.command(context_settings={"help_option_names": ["-h", "--help"]})
@click.option("--size", "sizes", type=click.Choice(SIZES), multiple=True, help="A number is times 360 digests.")
@click.option("--write", is_flag=True, help="Write docs/performance.md and the README's lines from what was measured.")
@click.option("--keep", type=FOLDER, help="Folder to work in, and to leave as it is.")
@click.option("--resume", is_flag=True, help="With --keep: go on where an earlier run ended.")
@click.option("--again", multiple=True, metavar="PHASE", help="With --resume: measure this phase anew. May repeat.")
@click.option("--questions", "home", type=FOLDER, help="Ask the release of a home, no more.")
def main(
    sizes: Sequence[str], write: bool, keep: Path | None, resume: bool, again: Sequence[str], home: Path | None
) -> None:
    """Measure the warehouse.

    \b
    Examples:
      python -m bench --size sample --size 1
      python -m bench --size 1000 --keep /big/disk --resume --again publish
      python -m bench --write
      python -m bench --questions warehouse
    """
    if not (sizes or write or home):
        raise click.UsageError("say what to do: --size, --write or --questions")
    if (resume and not keep) or (again and not resume):
        raise click.UsageError("--resume goes on in the folder that --keep names; --again is for --resume alone")
    if home:
        asked = run_in_worker(ask_questions, "", home.absolute(), {})
        rows = [[one.name, f"{one.rows:,}", f"{1_000 * (one.wall or 0):,.1f}"] for one in asked]
        print_table("questions: best of 5", ["question", "rows", "ms"], rows)
    for size in sizes:
        measure_size(size, keep, resume, again)
    for file in report.write() if write else ():
        click.echo(f"wrote {file}")


def measure_size(size: str, keep: Path | None, resume: bool, again: Sequence[str]) -> None:
    """Measure a size and print its figures."""
    if (real := find_folder(size)) and not real.is_dir():
        click.echo(f"[{size}] skipped: no real archives at {real}; set PAPERS_SHARED_DATA", err=True)
        return
    folder = (keep / size).absolute() if keep else Path(tempfile.mkdtemp(prefix=f"bench-{size}-"))
    record = Record(size, f"{datetime.now(UTC):%Y-%m-%d}", find_commit(), describe_machine())
    if record.was_busy:
        record.print(f"the machine is busy (load {record.machine['load']}): wall times will be too long")
    if resume and (file := MEASURED / f"{size}.json").exists():
        commit, [record] = record.commit, read_records(file)
        record.commit = " ".join(dict.fromkeys([*record.commit.split(), commit]))
        for phase in again:
            record.replace(phase, [])
    else:
        shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir(parents=True, exist_ok=True)
    try:
        measure(record, folder)
    finally:
        if not keep:
            shutil.rmtree(folder, ignore_errors=True)
    click.echo(report.write_sentence("machine", record.machine))
    title = f"Size {record.size}: {record.digests:,} digests, {record.entries:,} entries, commit {record.commit}"
    rows = [[one.part, *report.write_cells(record, one)] for one in record.figures if one.part != "questions"]
    ratios = {name: ratio for name in report.RATIOS if (ratio := report.find_ratio(record, name)) is not None}
    rows += [["ratio", name, *[""] * 6, f"{ratio:,.2f}"] for name, ratio in ratios.items()]
    print_table(title, ["part", "phase", *report.HEADS[1:]], rows)
    record.print(f"written: {MEASURED / size}.json")


def print_table(title: str, heads: Sequence[str], rows: Iterable[Sequence[str]]) -> None:
    """Print a table with its numbers aligned to the right."""
    table = Table(title=title, title_justify="left")
    for head in heads:
        table.add_column(head, justify="left" if head in ("part", "phase", "question") else "right")
    for row in rows:
        table.add_row(*row)
    Console(width=None if Console().is_terminal else 120, highlight=False).print(table)


if __name__ == "__main__":
    main(prog_name="python -m bench")
