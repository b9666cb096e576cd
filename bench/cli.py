"""The benchmark's command: measures, prints one table a size, and writes the page."""

import shutil
import tempfile
from collections.abc import Sequence
from datetime import UTC, datetime
from pathlib import Path

import click
from rich.console import Console
from rich.table import Table

from bench import machine, page
from bench.figures import MEASURED, QUESTIONS, SIZES, Record, measured
from bench.plan import measure
from bench.process import worker
from bench.session import Session
from bench.show import rows
from bench.sizes import Size
from bench.work import questions


@click.command(context_settings={"help_option_names": ["-h", "--help"]})
@click.option(
    "--size", "names", type=click.Choice(SIZES), multiple=True, help="May repeat; a number is times 360 digests."
)
@click.option("--write", is_flag=True, help="Write docs/performance.md and the README's lines from what was measured.")
@click.option(
    "--keep", type=click.Path(file_okay=False, path_type=Path), help="Folder to work in, and to leave as it is."
)
@click.option("--resume", is_flag=True, help="With --keep: go on where an earlier run ended.")
@click.option("--again", multiple=True, metavar="PHASE", help="With --resume: measure this phase anew. May repeat.")
@click.option(
    "--questions", "home", type=click.Path(file_okay=False, exists=True), help="Ask a home's release, no more."
)
def main(
    names: Sequence[str], write: bool, keep: Path | None, resume: bool, again: Sequence[str], home: str | None
) -> None:
    """Measure the warehouse.

    \b
    Examples:
      python -m bench --size sample --size 1
      python -m bench --size 1000 --keep /big/disk --resume --again publish
      python -m bench --write
      python -m bench --questions warehouse
    """
    if not (names or write or home):
        raise click.UsageError("say what to do: --size, --write or --questions")
    if resume and not keep:
        raise click.UsageError("--resume goes on in the folder that --keep names")
    if again and not resume:
        raise click.UsageError("--again measures anew what --resume would leave as it is")
    console = Console(width=None if Console().is_terminal else 120, highlight=False)
    if home:
        console.print(_questions(home))
    for name in names:
        run(Size(name), keep, resume, console, again)
    if write:
        for file in page.write():
            click.echo(f"wrote {file}")


def run(size: Size, keep: Path | None, resume: bool, console: Console, again: Sequence[str] = ()) -> None:
    """Measure one size, and print its table; a run that goes on at another commit says so in its record."""
    if not size.is_there:
        click.echo(f"[{size.name}] skipped: no real archives at {size.folder}; set PAPERS_SHARED_DATA", err=True)
        return
    folder = (keep / size.name).absolute() if keep else Path(tempfile.mkdtemp(prefix=f"bench-{size.name}-"))
    record = Record(size.name, f"{datetime.now(UTC):%Y-%m-%d}", machine.commit(), machine.machine())
    earlier = next((one for one in measured() if resume and one.size == record.size), None)
    if earlier is None:
        shutil.rmtree(folder, ignore_errors=True)
    else:
        earlier.go_on(record.commit, again)
    folder.mkdir(parents=True, exist_ok=True)
    session = Session(size, folder, earlier or record)
    if machine.was_busy(record.machine):
        session.say(f"the machine is busy (load {record.machine['load']}): wall times will be too long")
    try:
        measure(session)
    finally:
        if not keep:
            shutil.rmtree(folder, ignore_errors=True)
    console.print(machine.line(session.record.machine), soft_wrap=True)
    console.print(_table(session.record))
    click.echo(f"[{size.name}] written: {MEASURED / size.name}.json", err=True)


def _table(record: Record) -> Table:
    """Return all figures of a record but the questions, which are many."""
    title = f"Size {record.size}: {record.digests:,} digests, {record.entries:,} entries, commit {record.commit}"
    heads = ("part", "phase", "wall s", "CPU s", "peak MiB", "rows", "unit", "rows/s", "x floor")
    table = Table(*heads, title=title, title_justify="left")
    for column in table.columns[2:]:
        column.justify = "right"
    for row in rows(record):
        table.add_row(*row)
    return table


def _questions(home: str) -> Table:
    results, _ = worker(questions.questions, Path(home).absolute(), {}, home=str(Path(home).absolute()))
    table = Table("question", "rows", "ms", title=f"{QUESTIONS}: best of {questions.TIMES}", title_justify="left")
    table.columns[1].justify = table.columns[2].justify = "right"
    for one in results:
        table.add_row(one["name"], f"{one['rows']:,}", f"{1_000 * one['wall']:,.1f}")
    return table
