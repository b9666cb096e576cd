"""What is measured on a size, in order. How each phase does it belongs in `work` and `command`."""

import shutil
from collections.abc import Callable
from importlib.util import find_spec
from pathlib import Path
from typing import Any

from bench import command
from bench.figures import (
    DAGSTER,
    ENGINES,
    FILES,
    FLOORS,
    IMPORTS,
    NEW_DAY,
    PHASES,
    PREPARATION,
    QUESTIONS,
    QUICK,
    Figure,
)
from bench.process import worker
from bench.server import Server, serving
from bench.session import Session
from bench.work import fetch, files, fill, lake, plain, questions, release

MONTH = 30
FOR_SPARK = {
    "SPARK_DRIVER_MEMORY": "8g",
    "PYSPARK_SUBMIT_ARGS": "--conf spark.cleaner.periodicGC.interval=5min pyspark-shell",
}
"""What the largest size needs: on one machine the driver is all of Spark, and what it shuffled is to leave the disk."""
TIMES = 3
"""How often a whole build is run; the median counts."""
SAMPLE_URLS = {"PAPERS_DIGEST_URL": "/digests/{date:%Y/%m/%d}.md", "PAPERS_HUGGINGFACE_URL": "/api/{date:%Y-%m-%d}"}


def measure(session: Session) -> None:
    """Measure everything that a size allows."""
    size = session.size
    session.phase(IMPORTS, "imports", lambda: command.imports(IMPORTS, session.folder))
    digests = size.folder / "digests" if size.folder else session.folder / "digests"
    if size.is_served:
        if size.times:
            work = session.work(PREPARATION, fill.digests, size=size.name, folder=str(digests))
            session.phase(PREPARATION, "digests", work, ready=lambda: _clear(digests))
        with serving(digests, size.folder / "api" if size.folder else None) as server:
            _fetch(session, server)
            if size.can_be_built:
                _builds(session, server)
    else:
        work = session.work(PREPARATION, fill.generate, size=size.name, home=str(session.home))
        session.phase(PREPARATION, "generate", work, ready=lambda: _clear(session.home))
    _lake(session)
    _release(session)
    if size.is_served:
        session.phase(QUICK, "commands", lambda: command.quick(QUICK, session.home))
    if size.name == "sample":
        for busy in (False, True):
            name = "first build, busy" if busy else "first build"
            session.phase(QUICK, name, lambda busy=busy: command.first_build(QUICK, session.folder, busy=busy))
    _floors(session)
    if size.times:
        _new_day(session)


def _clear(*folders: Path) -> None:
    for folder in folders:
        shutil.rmtree(folder, ignore_errors=True)


def _new(folder: Path) -> Path:
    _clear(folder)
    return folder


def _fetch(session: Session, server: Server) -> None:
    size, home = session.size.name, str(session.home)
    work = session.work(PHASES, fetch.fetch, server.settings, size=size, home=home)
    session.phase(PHASES, "fetch", work, ready=lambda: _clear(session.home))
    session.phase(FLOORS, "bare httpx", session.work(FLOORS, fetch.bare, server.settings, size=size))


def _lake(session: Session) -> None:
    size, home = session.size.name, str(session.home)
    session.phase(PHASES, "steps", session.work(PHASES, lake.steps, size=size, home=home))
    whole = session.work(PHASES, lake.parse, size=size, home=home)
    session.phase(PHASES, "lake", whole, ready=lambda: _clear(session.home / "lake"))
    if parsed := session.record.find(PHASES, "raw bytes to Parquet"):
        session.record.entries, session.record.digests = parsed.rows or 0, parsed.facts["digests"]
        session.record.add([*_writing(session, parsed)])
        session.record.save()
    if session.size.times <= 100:
        session.phase(FILES, "files", session.work(FILES, files.files, home=home))


def _writing(session: Session, parsed: Figure) -> list[Figure]:
    """Return what writing takes: the whole, less what its steps take an entry."""
    steps = [session.record.find(PHASES, name) for name in ("read raw bytes", "parse", "validate")]
    if not parsed.rows or parsed.cpu is None:
        return []
    cpu = parsed.cpu
    for step in steps:
        if step is None or not step.rows or step.cpu is None:
            return []
        cpu -= step.cpu / step.rows * parsed.rows
    return [Figure(PHASES, "write Parquet", cpu=cpu, rows=parsed.rows, unit="entries", facts={"is_difference": True})]


def _release(session: Session) -> None:
    home = str(session.home)
    session.phase(
        PHASES,
        "publish",
        session.work(PHASES, release.publish, home=home),
        ready=lambda: _clear(session.home / "releases", session.home / "current"),
    )
    built = session.record.find(PHASES, "SQL build")
    if built:
        session.record.settings = built.facts["used"]
    page = session.work(PHASES, release.dashboard, home=home)
    session.phase(PHASES, "dashboard", page, ready=lambda: _clear(session.home / "dashboard"))
    session.phase(QUESTIONS, "questions", session.work(QUESTIONS, questions.questions, home=home))
    if find_spec("pyspark"):
        session.phase(ENGINES, "Spark", session.work(ENGINES, release.publish_on_spark, FOR_SPARK, home=home))


def _floors(session: Session) -> None:
    """Read the bytes, write the files and run the SQL, each by itself; the largest size makes room for that first."""
    size, home = session.size.name, str(session.home)
    session.phase(FLOORS, "read", session.work(FLOORS, lake.floor_read, size=size, home=home))
    session.phase(FLOORS, "write", session.work(FLOORS, lake.floor_write, home=home))
    if session.size.times >= 1000:
        _clear(session.home / "releases")
    used = session.record.settings
    session.phase(FLOORS, "SQL", session.work(FLOORS, release.floor_sql, home=str(session.home), used=used))


def _new_day(session: Session) -> None:
    """Add days to the home of this size and to one that holds a month: fetching and parsing should cost the same."""
    size, month, digests = session.size, session.folder / "month", session.folder / "further"
    work = session.work(PREPARATION, fill.further_digests, folder=str(digests))
    session.phase(PREPARATION, "further digests", work, ready=lambda: _clear(digests))

    def prepare() -> None:
        _clear(month)
        session.work(NEW_DAY, fill.generate, size=size.name, home=str(month), last=MONTH)()
        session.work(NEW_DAY, lake.parse, size=size.name, home=str(month))()
        session.work(NEW_DAY, release.publish, home=str(month))()

    with serving(digests) as server:
        homes: dict[str, tuple[Path, Callable[[], object] | None]] = {
            "in a month": (month, prepare),
            "in all": (session.home, None),
        }
        for name, (home, ready) in homes.items():
            work = session.work(NEW_DAY, fetch.new_day, server.settings, home=str(home), name=name)
            session.phase(NEW_DAY, f"new day {name}", work, ready=ready)
            if size.times <= 10:
                publish = session.work(NEW_DAY, release.publish, home=str(home), suffix=f", {name}")
                session.phase(NEW_DAY, f"publish {name}", publish)


def _asked_plainly(session: Session, server: Server) -> list[Figure]:
    """Ask the server once more for all that a build just asked it for; the sample's build asks for nothing."""
    file = session.folder / "asked.txt"
    file.write_text("".join(f"{one.url}\n" for one in server.asked()), encoding="utf-8")
    return session.work(FLOORS, fetch.bare_again, file=str(file))() if file.stat().st_size else []


def _builds(session: Session, server: Server) -> None:
    """Measure `papers build` as a process, beside the same work without Dagster."""
    size = session.size
    arguments: list[str] = []
    settings: dict[str, Any] = server.settings
    if size.folder and size.name == "sample":
        settings = {name: size.folder.as_uri() + path for name, path in SAMPLE_URLS.items()}
    else:
        first, last = plain.span(size.name)
        sources = [word for source in size.days for word in ("--source", source)]
        arguments = [*sources, "--from", str(first), "--to", str(last)]
    home, other = session.folder / "build", session.folder / "plain"
    given = session.settings | settings

    def whole() -> list[Figure]:
        runs = []
        for _ in range(TIMES):
            server.asked()
            runs.append(command.build(_new(home), arguments, given))
        return [command.middle(DAGSTER, "papers build", runs), *_asked_plainly(session, server)]

    def without() -> list[Figure]:
        ended = [
            worker(plain.build, session.folder, given, size=size.name, home=str(_new(other))) for _ in range(TIMES)
        ]
        return [command.middle(DAGSTER, "the same without Dagster", [one for _, one in ended])]

    session.phase(DAGSTER, "build", whole)
    session.phase(DAGSTER, "plain", without)
    log = None if size.name == "sample" else server
    session.phase(DAGSTER, "unchanged", lambda: [command.unchanged(DAGSTER, home, arguments, given, log)])
    _clear(home, other)
