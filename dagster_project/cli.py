"""The `papers` command: parses arguments, calls the package that does the work, and prints the result.

Each command imports heavy packages when it runs, so that `--help` is fast. The work itself belongs in those packages.
"""

import atexit
import datetime as dt
import gc
import os
import re
import sys
import traceback
from collections.abc import Callable
from dataclasses import replace
from io import TextIOWrapper
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click
from click.shell_completion import CompletionItem

from dagster_project import interrupts
from dagster_project.errors import DiskError, PapersError, QueryError, ReleaseError, SettingsError, describe_error
from dagster_project.parse.rows import CORRECTED_FIELDS

if TYPE_CHECKING:
    from dagster_project.config import Settings

SAMPLE, ARCHIVE = "sample", "archive"
COMMAND = re.compile(r"\bpapers(?= (?:build|sql|status|tidy|dashboard|site|exclude|include|correct|pull|watch|ui)\b)")
"""Matches the command in the advice of an error, which is shown as the user would type it."""
HOME = click.option("--home", type=click.Path(file_okay=False), help="Folder of the warehouse. [default: PAPERS_HOME]")
GRACE = {"build": 10}
"""Seconds that a command gets to clean up after an interrupt, as a build to write what it has fetched; others get 1."""
PURGE = click.option(
    "--purge", is_flag=True, help="Take it out of raw bytes, old releases and Dagster's history, too, for good."
)
FURTHEST = dt.timedelta(days=366)


class PapersGroup(click.Group):
    """Turns an error that the user can act on into one line and an exit status."""

    def main(self, *args: Any, **more: Any) -> Any:
        """Run the command on standard streams that take whatever is printed."""
        open_streams()
        try:
            return super().main(*args, **more)
        except OSError as error:  # what click prints itself, such as help
            discard_output()
            warn(str(make_disk_error(error)))
            sys.exit(1)

    def invoke(self, ctx: click.Context) -> Any:
        """Run a command; exit with status 1 if the work failed, with 2 for wrong usage."""
        collect_seldom()
        try:
            from dagster_project.config import drop_empty_variables

            drop_empty_variables()
            ended = super().invoke(ctx)
            sys.stdout.flush()
            return ended
        except SettingsError as error:
            self._fail(ctx, error, 2)
        except PapersError as error:
            self._fail(ctx, error, 1)
        except (click.ClickException, click.Abort, click.exceptions.Exit, BrokenPipeError):
            raise
        except OSError as error:
            discard_output()
            self._fail(ctx, make_disk_error(error), 1)
        except Exception as error:
            self._fail(ctx, RuntimeError(f"{describe_error(error)}; --debug shows where"), 1)
        except (SystemExit, GeneratorExit):
            raise
        except BaseException:  # Ctrl+C, and what Dagster makes of it
            self._stop(ctx)

    @staticmethod
    def _stop(ctx: click.Context) -> None:
        if ctx.params.get("debug"):
            traceback.print_exc()
        interrupts.end()
        ctx.exit(interrupts.STATUS)

    def _fail(self, ctx: click.Context, error: Exception, status: int) -> None:
        if interrupts.was_seen():  # a library may make an error of it
            self._stop(ctx)
        if ctx.params.get("debug"):
            raise error
        from dagster_project.layout import replace_unprintable

        click.secho(f"papers: {replace_unprintable(advise(str(error)))}", fg="red", err=True, color=choose_color())
        ctx.exit(status)


@click.group(cls=PapersGroup, context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 100})
@click.option("--debug", is_flag=True, help="Show a traceback when something fails.")
@click.version_option(package_name="daily-papers-warehouse")
@click.pass_context
def main(ctx: click.Context, debug: bool) -> None:
    """Hugging Face's Daily Papers as a warehouse: votes that move, authors, organisations, ready for SQL.

    \b
    Start with:
      papers build                         the bundled sample, no network needed
      papers dashboard --open
      papers sql "FROM mart_paper LIMIT 5"
    """
    del debug
    if ctx.obj and ctx.invoked_subcommand not in ("ui", "watch"):  # which end their processes themselves
        ctx.obj(GRACE.get(str(ctx.invoked_subcommand), 1))


def parse_day(_ctx: click.Context, option: click.Parameter, value: str | None) -> dt.date | None:
    """Return the day that is written as `YYYY-MM-DD`."""
    if value is None:
        return None
    try:
        return dt.date.fromisoformat(value)
    except ValueError:
        raise click.BadParameter(f"{value!r} is not a day; write it as 2025-03-01", param=option) from None


class SourceName(click.ParamType):
    """The name of a source, or one of `others`. It imports the registry, which is heavy, only when it is used."""

    name = "source"

    def __init__(self, *others: str) -> None:
        self.others = others

    def list_names(self) -> list[str]:
        """Return the allowed names."""
        from dagster_project.sources.registry import ASKED, SOURCES

        return [*self.others, *(ASKED if self.others else SOURCES)]

    def get_metavar(self, param: click.Parameter, ctx: click.Context | None = None) -> str:
        """Return the placeholder that the help shows for the value."""
        del param, ctx
        return f"[{'|'.join(self.list_names())}]"

    def convert(self, value: str, param: click.Parameter | None, ctx: click.Context | None) -> str:
        """Return the name if it is allowed; otherwise fail with a usage error."""
        if value not in self.list_names():
            self.fail(f"there is no source {value!r}; choose from {', '.join(self.list_names())}", param, ctx)
        return value

    def shell_complete(self, ctx: click.Context, param: click.Parameter, incomplete: str) -> list[CompletionItem]:
        """Return the names that begin with `incomplete`."""
        del ctx, param
        return [CompletionItem(name) for name in self.list_names() if name.startswith(incomplete)]


def use_snapshot(_ctx: click.Context, _option: click.Parameter, file: Path | None) -> tuple[str, ...]:
    """Make a file the address at which arXiv is asked, and return the sources to ask on account of it."""
    if file is None:
        return ()
    os.environ["PAPERS_ARXIV_URL"] = file.absolute().as_uri()
    return ("arxiv",)


class BuildCommand(click.Command):
    """The `build` command, whose help lists the sources below the options."""

    def format_epilog(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        """Write each source with its description and an example command."""
        del ctx
        from dagster_project.sources.registry import ASKED

        with formatter.section("Sources"):
            listed = [(source.name, source.description) for source in ASKED.values()]
            formatter.write_dl([*listed, (ARCHIVE, "git archives in which others keep what these sources answered")])
        with formatter.section("Examples of real data"):
            formatter.write_text(f"papers build --source {ARCHIVE}")
            for name in ASKED:
                formatter.write_text(f"papers build --source {name} --from 2025-01-01 --to 2025-03-31")


@main.command(cls=BuildCommand)
@click.option(
    "--source",
    "sources",
    type=SourceName(SAMPLE, ARCHIVE),
    multiple=True,
    help="May repeat. [default: what the home holds, or sample]",
)
@click.option("--archive", "archives", metavar="NAME", multiple=True, help="Read this archive alone. May repeat.")
@click.option(
    "--from", "first", metavar="DATE", callback=parse_day, help="First day. [default: of the source's usual range]"
)
@click.option("--to", "last", metavar="DATE", callback=parse_day, help="Last day. [default: today in UTC]")
@click.option("--again", is_flag=True, help="Ask for the days again, whatever the home holds of them.")
@click.option("--engine", type=click.Choice(["duckdb", "spark"]), help="What runs the models. [default: PAPERS_ENGINE]")
@click.option(
    "--arxiv-snapshot",
    type=click.Path(exists=True, dir_okay=False, path_type=Path),
    callback=use_snapshot,
    help="Read what arXiv says of papers from its metadata snapshot; `arxiv` is not asked.",
)
@click.option("--offline", is_flag=True, help="Ask no source: make everything again from what was fetched.")
@HOME
def build(
    sources: tuple[str, ...],
    archives: tuple[str, ...],
    first: dt.date | None,
    last: dt.date | None,
    again: bool,
    engine: str | None,
    arxiv_snapshot: tuple[str, ...],
    offline: bool,
    home: str | None,
) -> None:
    """Fetch, parse, validate, load, check and publish.

    \b
    Examples:
      papers build
      papers build --from 2025-03-01 --to 2025-03-31
      papers build --offline
      papers build --again --from 2025-03-01 --to 2025-03-05
    """
    named = [*sources, *arxiv_snapshot, *([ARCHIVE] if archives else [])]
    if SAMPLE in named and set(named) != {SAMPLE}:
        raise click.UsageError("the sample stands alone: a home holds it, or real data, never both")
    if offline and (named or first or last or again):
        raise click.UsageError("--offline takes all that was fetched before, of every source and day")
    if first and last and first > last:
        raise click.UsageError(f"--from {first} comes after --to {last}")
    if last and last > dt.datetime.now(dt.UTC).date() + FURTHEST:
        raise click.UsageError(f"--to {last} is more than a year ahead")
    from dagster_project.config import list_given_addresses
    from dagster_project.on_failure import tell_failures
    from dagster_project.terminal import Terminal

    settings = load(home)
    terminal = Terminal()
    with terminal.progress(), tell_failures(lambda: settings):
        from dagster_project.build import BuildRequest, request_held
        from dagster_project.defs.jobs import run_build
        from dagster_project.defs.resources import Papers
        from dagster_project.sources.registry import find_sources
        from dagster_project.sources.token import describe_withheld_token

        papers = Papers({"home": str(settings.home), "engine": engine})
        if named or offline:
            asked = dict.fromkeys(name for name in named if name not in {SAMPLE, ARCHIVE})
            read = archives if ARCHIVE in named else None
            request = BuildRequest(
                sources=list(asked), archives=read, first=first, last=last, sample=SAMPLE in named, rebuild=offline
            )
        else:
            request = request_held(papers.home(), settings, first, last)
        request = replace(request, refetch=again)
        is_real = request.asks and not request.sample
        for file, names in list_given_addresses(home).items() if is_real else ():
            warn(f"{file} sets {', '.join(names)}")
        built = run_build(papers, request)
    try:
        terminal.show_build(built, papers.home().warehouse)
        sys.stdout.flush()
    except OSError as error:  # the exit status is that of the build, which is done
        discard_output()
        if not isinstance(error, BrokenPipeError):
            warn(f"the release is published, but standard output takes no more: {error.strerror}")
    if is_real and (withheld := describe_withheld_token(settings, find_sources(request.sources))):
        warn(withheld)


# A query may begin with a comment (`--`), which looks like an option.
@main.command(context_settings={"ignore_unknown_options": True})
@click.argument("query")
@click.option(
    "--format",
    "form",
    type=click.Choice(["table", "csv", "json", "parquet", "bibtex", "ris", "csl"]),
    help="Format. [default: by the ending of --output, otherwise table]",
)
@click.option(
    "--output", type=click.Path(dir_okay=False, path_type=Path), help="Write to a file. [default: the terminal]"
)
@HOME
def sql(query: str, form: str | None, output: Path | None, home: str | None) -> None:
    """Run QUERY on the published warehouse, read-only, and print the answer.

    A QUERY that ends in .sql is a file with the query; a QUERY of `-` is read from a pipe.

    A table fits the terminal: texts are cut, or each column gets a line. In a file or a pipe all values are whole.

    In CSV, NULL is an empty field and an empty text is `""`. A text that a spreadsheet would run as a formula (with =,
    +, -, @ or the like first) stands behind an apostrophe; JSON and Parquet hold it as it is. A CSV file begins with a
    UTF-8 byte order mark, so that spreadsheets read it right (in Python: encoding="utf-8-sig"); a pipe gets none. In
    JSON, NaN and Infinity are null. In JSON and Parquet the second column of one name is `a_1`. An interval is text.

    BibTeX (.bib), RIS (.ris) and CSL-JSON (.csl.json) cite each paper that the answer's column arxiv_id or paper_key
    names, once. They say so where the order of the authors is unknown.

    \b
    Examples:
      papers sql "SELECT title, latest_votes FROM mart_paper ORDER BY latest_votes DESC LIMIT 10"
      papers sql "FROM mart_coverage WHERE status <> 'published'" --output gaps.csv
      papers sql "FROM search('mamba') LIMIT 5" --format bibtex
      papers sql sql/queries/time_to_peak.sql
      papers sql - < sql/queries/time_to_peak.sql
    """
    from dagster_project.answers import FORMATS, WRITERS
    from dagster_project.lake.home import Home
    from dagster_project.publish.reader import open_release

    file = output.name.lower() if output else ""
    form = form or next((FORMATS[ending] for ending in FORMATS if file.endswith(ending)), "table")
    if form == "parquet" and output is None:
        raise click.UsageError("Parquet is not for the terminal; add --output FILE")
    if form not in ("table", "parquet") and not sys.stdout.isatty() and isinstance(sys.stdout, TextIOWrapper):
        sys.stdout.reconfigure(encoding="utf-8")  # for programs, whatever a terminal here would show
    with open_release(Home.from_settings(load(home))) as connection:
        WRITERS[form](connection, read_query(query), output)


@main.command()
@click.option("--open", "show", is_flag=True, help="Open it in the browser.")
@click.option("--output", type=click.Path(dir_okay=False, path_type=Path), help="File to write. [default: in the home]")
@HOME
def dashboard(show: bool, output: Path | None, home: str | None) -> None:
    """Write the dashboard: one page on the release in use, that needs neither network nor server.

    \b
    Examples:
      papers dashboard --open
      papers dashboard --output public/index.html
    """
    import webbrowser
    from contextlib import nullcontext

    from dagster_project import pipeline
    from dagster_project.dashboard.page import write_dashboard
    from dagster_project.lake.home import Home

    place = Home.from_settings(load(home))
    writes_to_home = output is None and not place.is_shared and place.warehouse.exists()
    with pipeline.lock_for_writing(place) if writes_to_home else nullcontext():
        page = write_dashboard(place, output)
    click.echo(f"Dashboard: {page}")
    if show and not webbrowser.open(page.absolute().as_uri()):
        click.echo("No browser was found; open that file in one.")


@main.command()
@click.option(
    "--output", type=click.Path(file_okay=False, path_type=Path), help="Folder to write. [default: site in the home]"
)
@click.option("--base-url", metavar="URL", help="Where it will be, for the feeds. [default: PAPERS_SITE_ADDRESS]")
@click.option("--with-texts", is_flag=True, help="Put the digests' texts into it, too: mind their licence.")
@click.option("--since", metavar="RELEASE", help="Say what changed since this release. [default: the one before]")
@HOME
def site(output: Path | None, base_url: str | None, with_texts: bool, since: str | None, home: str | None) -> None:
    """Write the public site of the release in use: a folder of static files that any file host serves.

    It holds the dashboard, pages that ask the warehouse in the browser, feeds, the data and what changed. The digests'
    texts, whose licence forbids derivatives, are no part of it unless asked for.

    \b
    Examples:
      papers site
      papers site --output public --base-url https://example.org/papers/
    """
    from dagster_project import pipeline
    from dagster_project.config import check_site_address
    from dagster_project.lake.home import Home
    from dagster_project.site.write import SiteRequest, write_site

    settings = load(home)
    try:
        address = check_site_address(base_url)
    except ValueError as error:
        raise click.BadParameter(str(error), param_hint="--base-url") from None
    place = Home.from_settings(settings)
    request = SiteRequest.from_settings(settings, base_url=address, with_texts=with_texts, since=since)
    with pipeline.lock_for_writing(place):
        folder = write_site(place, request, output)
    click.echo(f"Site: {folder}")


@main.command()
@HOME
def tidy(home: str | None) -> None:
    """Remove old releases and old runs of Dagster, join small files, and say what was freed.

    A build does this by itself. By hand, it frees room after PAPERS_KEEP_RELEASES or PAPERS_KEEP_RUNS was lowered.

    \b
    Example:
      PAPERS_KEEP_RUNS=2 papers tidy
    """
    from dagster_project.defs.resources import Papers
    from dagster_project.defs.tidy import tidy as tidy_home

    place = load(home).home
    freed = tidy_home(Papers({"home": str(place)}))
    removed = (
        f"{count:,} {name}{'s' * (count != 1)}" for name, count in (("release", freed.releases), ("run", freed.runs))
    )
    click.echo(f"Removed {' and '.join(removed)}; {freed.size / 1e6:,.1f} MB became free in {place}")


@main.command()
@HOME
def pull(home: str | None) -> None:
    """Pull the release in use of a home in a bucket to this machine, for queries, BI tools and the dashboard.

    \b
    Example:
      papers pull --home s3://bucket/papers
    """
    from dagster_project.lake.home import Home
    from dagster_project.publish.shared import pull as pull_release

    place = Home.from_settings(load(home))
    if not place.is_shared:
        raise click.UsageError(f"{place.root} is on this machine: there is nothing to pull")
    pointer = pull_release(place)
    if pointer is None:
        raise ReleaseError(f"nothing was published in {place.root}; do so with: papers build --home {place.root}")
    click.echo(f"Release: {pointer.release}, {pointer.size:,} bytes")
    click.echo(f"Warehouse: {place.warehouse}")


@main.group()
def exclude() -> None:
    """Take a paper or a bad capture out of every later release.

    Its bytes stay, and `papers include` brings it back; with --purge they go for good.
    """


@main.group()
def include() -> None:
    """Bring back what `papers exclude` took out."""


def name_capture(command: Callable[..., None]) -> Callable[..., None]:
    """Add the arguments that name a capture to a command."""
    archive = click.option("--archive", metavar="NAME", help="Archive that holds the capture, where several do.")
    named = click.argument("day", callback=parse_day)(click.argument("time")(archive(command)))
    return click.argument("source", type=SourceName())(named)


def print_lost_history(*, lost: bool) -> None:
    """Say what to do if a purge removed Dagster's history."""
    if lost:
        click.echo("Dagster's history named it, and was removed: switch your schedules on again.")


@exclude.command("capture")
@name_capture
@click.option("--reason", required=True, help="Why; it is shown in meta_exclusion.")
@PURGE
@HOME
def exclude_capture(
    source: str, day: dt.date, time: str, archive: str | None, reason: str, purge: bool, home: str | None
) -> None:
    """Exclude the capture of SOURCE for DAY that was made at TIME (UTC, as in `captured_at`).

    \b
    Example:
      papers exclude capture SOURCE 2025-03-01 2025-03-02T06:15 --reason "votes of a test server"
    """
    from dagster_project import pipeline
    from dagster_project.clock import utc_now
    from dagster_project.lake import exclusions
    from dagster_project.lake.home import Home

    settings = load(home)
    place = Home.from_settings(settings)
    if purge:
        from dagster_project.purge import purge_capture

        purged = purge_capture(place, settings, source, day, time, reason, archive)
        click.echo(f"Purged: {source} {day}, captured {purged.place[0]}. The release in use is without it.")
        print_lost_history(lost=purged.lost_history)
        return
    with pipeline.lock_for_writing(place):
        captured_at, _ = exclusions.exclude_capture(place, source, day, time, reason, utc_now(), archive)
    click.echo(f"Excluded: {source} {day}, captured {captured_at}. Make a release without it: papers build --offline")


@include.command("capture")
@name_capture
@HOME
def include_capture(source: str, day: dt.date, time: str, archive: str | None, home: str | None) -> None:
    """Include a capture again that was excluded.

    \b
    Example:
      papers include capture SOURCE 2025-03-01 2025-03-02T06:15
    """
    from dagster_project import pipeline
    from dagster_project.lake import exclusions
    from dagster_project.lake.home import Home

    place = Home.from_settings(load(home))
    with pipeline.lock_for_writing(place):
        captured_at, _ = exclusions.include_capture(place, source, day, time, archive)
    click.echo(f"Included: {source} {day}, captured {captured_at}. Make a release with it: papers build --offline")


@exclude.command("paper")
@click.argument("paper", metavar="ID")
@click.option("--reason", required=True, help="Why; it is shown in meta_exclusion.")
@PURGE
@HOME
def exclude_paper(paper: str, reason: str, purge: bool, home: str | None) -> None:
    """Exclude the paper with this arXiv ID, which may also be its address, whichever source names it.

    \b
    Examples:
      papers exclude paper 2401.00001 --reason "its authors asked for it"
      papers exclude paper 2401.00001 --reason "by order of a court" --purge
    """
    from dagster_project import pipeline
    from dagster_project.clock import utc_now
    from dagster_project.lake import exclusions
    from dagster_project.lake.home import Home

    settings = load(home)
    place = Home.from_settings(settings)
    if purge:
        from dagster_project.purge import purge_paper

        done = purge_paper(place, settings, paper, reason)
        click.echo(
            f"Purged: no file in {place.root} names {done.paper} or its title. Release: {done.release.release_id}"
        )
        print_lost_history(lost=done.lost_history)
        return
    with pipeline.lock_for_writing(place):
        known = exclusions.exclude_paper(place, paper, reason, utc_now())
    click.echo(f"Excluded: the paper {known}. Make a release without it: papers build --offline")


@include.command("paper")
@click.argument("paper", metavar="ID")
@HOME
def include_paper(paper: str, home: str | None) -> None:
    """Include a paper again that was excluded.

    \b
    Example:
      papers include paper 2401.00001
    """
    from dagster_project import pipeline
    from dagster_project.lake import exclusions
    from dagster_project.lake.home import Home

    place = Home.from_settings(load(home))
    with pipeline.lock_for_writing(place):
        known = exclusions.include_paper(place, paper)
    click.echo(f"Included: the paper {known}. Make a release with it: papers build --offline")


@main.command()
@click.argument("paper", metavar="ID")
@click.argument("field", type=click.Choice([*CORRECTED_FIELDS]), metavar="FIELD")
@click.argument("value", required=False)
@click.option("--reason", help="Why; it is shown in meta_correction.")
@click.option("--unknown", is_flag=True, help="Correct it to an unknown value, NULL.")
@click.option("--undo", is_flag=True, help="Take the correction back.")
@HOME
def correct(
    paper: str, field: str, value: str | None, reason: str | None, unknown: bool, undo: bool, home: str | None
) -> None:
    """Correct FIELD of the paper with this arXiv ID: every later release has VALUE, whatever the sources say.

    \b
    FIELD is title, abstract, published_on, submitted_at, submitted_by,
    thumbnail_url, video_url, github_repo, project_page, organization
    (its name as the source writes it) or ai_summary. Times are UTC.

    \b
    Examples:
      papers correct 2401.00001 title "The right title" --reason "a typo at the source"
      papers correct 2401.00001 github_repo --unknown --reason "of another paper"
      papers correct 2401.00001 title --undo
    """
    if (value is not None) + unknown + undo != 1:
        raise click.UsageError("say one of VALUE, --unknown and --undo")
    if not undo and not reason:
        raise click.UsageError("a correction needs its --reason")
    from dagster_project import pipeline
    from dagster_project.clock import utc_now
    from dagster_project.lake import corrections
    from dagster_project.lake.home import Home

    place = Home.from_settings(load(home))
    with pipeline.lock_for_writing(place):
        if undo:
            known = corrections.undo_correction(place, paper, field)
        else:
            known = corrections.correct(place, paper, field, value, reason or "", utc_now())
    done = "Taken back: the correction of" if undo else "Corrected:"
    click.echo(f"{done} {field} of {known}. Make a release with it: papers build --offline")


@main.command()
@click.option("--all", "everything", is_flag=True, help="Show all rows, and no text cut. [default: what fits a screen]")
@click.option("--check", is_flag=True, help="Say in a line each what is wrong; exit with 1 if anything is.")
@click.option("--format", "form", type=click.Choice(["table", "json", "prometheus"]), default="table", help="Format.")
@click.option("--output", type=click.Path(dir_okay=False, path_type=Path), help="Write that format to a file.")
@HOME
def status(everything: bool, check: bool, form: str, output: Path | None, home: str | None) -> None:
    """Show the release in use, its age and rows, coverage, rejects and failed checks.

    --check asks for problems alone: a release that no build has confirmed for too long, a source that is silent, a
    build or a check that failed, a full disk. Settings name the limits.

    \b
    Examples:
      papers status
      papers status --all
      papers status --check > /dev/null
      papers status --format json
      papers status --format prometheus --output /var/lib/node_exporter/papers.prom
    """
    if output and form == "table":
        raise click.UsageError("--output is for --format json and prometheus")
    from dagster_project.lake.home import Home

    settings = load(home)
    place = Home.from_settings(settings)
    if check or form != "table":
        from dagster_project.publish.health import examine
        from dagster_project.status_formats import print_health

        health = examine(place, settings)
        print_health(health, form, output)
        for problem in health.problems if check else ():
            warn(advise(problem.text))
        click.get_current_context().exit(int(check and not health.is_well))
    from dagster_project.publish.reader import open_release
    from dagster_project.terminal import Terminal

    with open_release(place) as connection:
        Terminal(sys.stdout).show_status(connection, place.warehouse, everything=everything)


@main.command()
@click.option(
    "--source",
    "sources",
    type=SourceName(ARCHIVE),
    multiple=True,
    help="Run the schedule of this source alone. May repeat. [default: of all that the home holds]",
)
@HOME
def watch(sources: tuple[str, ...], home: str | None) -> None:
    """Run the schedules in the foreground, without web server, until Ctrl+C or SIGTERM.

    What was due while it did not run is caught up once. A failed build is tried again after 5, 15, 45 minutes and so
    on, at the latest when it is due again.

    \b
    Examples:
      papers watch
      papers watch --source archive --source huggingface
    """
    from dagster_project.clock import utc_now
    from dagster_project.lake.home import Home
    from dagster_project.watch import watch as run_schedules

    place = Home.from_settings(load(home))
    run_schedules(place, sources, lambda text: click.echo(f"{utc_now():%Y-%m-%d %H:%M:%S} UTC  {text}"))


@main.command()
@click.option("--host", default="127.0.0.1", show_default=True, help="Address to listen on.")
@click.option("--port", type=click.IntRange(0, 65535), default=3000, show_default=True, help="Port to listen on.")
@HOME
def ui(host: str, port: int, home: str | None) -> None:
    """Open Dagster's own web UI on this project; its schedules run while it does.

    \b
    Example:
      papers ui --port 3001
    """
    from dagster_project.defs.ui import run_ui
    from dagster_project.lake.home import Home

    place = Home.from_settings(load(home))
    run_ui(place, host, port, lambda at: click.echo(f"Dagster's UI on {place.root}: {at}  (Ctrl+C ends it)"))


def collect_seldom() -> None:
    """Let Python look for garbage less often, as suits a process that does one thing and ends.

    Imports create 300,000 objects that stay alive. By default the collector would scan them 900 times in a build, and
    twice more when the process ends, although its memory is freed as a whole.
    """
    gc.set_threshold(500_000, 20, 100)
    atexit.register(gc.freeze)


def open_streams() -> None:
    """Open the standard streams that the caller closed, and let output replace what its encoding lacks.

    Otherwise a file of ours could get the number of a closed stream, and with it whatever libraries print.
    """
    while (number := os.open(os.devnull, os.O_RDWR)) <= 2:
        os.set_inheritable(number, True)
    os.close(number)
    sys.stdin = sys.stdin or os.fdopen(0)
    sys.stdout = sys.stdout or os.fdopen(1, "w")
    sys.stderr = sys.stderr or os.fdopen(2, "w")
    if isinstance(sys.stdout, TextIOWrapper):
        sys.stdout.reconfigure(errors="replace")


def discard_output() -> None:
    """Discard what standard output has not taken yet, if it takes no more; otherwise Python would fail at its end."""
    try:
        sys.stdout.flush()
    except OSError:
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())


def make_disk_error(error: OSError) -> DiskError:
    """Return the error as one line. Only a write of what was asked for has no file's name."""
    return DiskError.from_os_error(error, Path("the output"))


def read_query(query: str) -> str:
    """Return the query of an argument, of the file that it names, or, for `-`, the one that is piped in.

    No statement is one word that ends in `.sql`; with a blank or a line end it could be one, unless there is that file.

    Raises:
        QueryError: the file cannot be read, or the query is not UTF-8.
    """
    # In a locale without UTF-8, Python passes the bytes of an argument as surrogates.
    text, file = os.fsencode(query), Path(query)
    try:
        if query == "-":
            text = sys.stdin.buffer.read()
        elif query.lower().endswith(".sql") and (len(query.split()) == 1 or file.is_file()):
            text = file.read_bytes()
        return text.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        raise QueryError(f"the query is not UTF-8, from byte {error.start} on; save it as UTF-8") from None
    except OSError as error:
        raise QueryError(f"{query}: {error.strerror}; name a file with a query, or write the query itself") from None


def load(home: str | None) -> "Settings":
    """Return the settings; `--home` overrides the environment. A `.env` that is not read is named."""
    from dagster_project.config import describe_stray_file, load_settings

    settings = load_settings(home=home)
    if stray := describe_stray_file(settings):
        warn(stray)
    return settings


def advise(text: str) -> str:
    """Return a text as one line, with the command in its advice as the user would type it."""
    from dagster_project.terminal import find_command

    return COMMAND.sub(lambda _: find_command(), " ".join(text.split()))


def choose_color() -> bool | None:
    """Return False where `NO_COLOR` forbids colours, as rich does for its own; None lets click choose."""
    return False if os.environ.get("NO_COLOR") else None


def warn(text: str) -> None:
    """Print a line on standard error."""
    from dagster_project.layout import replace_unprintable

    click.secho(f"papers: {replace_unprintable(text)}", fg="yellow", err=True, color=choose_color())
