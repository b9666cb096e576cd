"""What is measured on a size, in order. A phase that fails is recorded as failed, and the next one runs."""

import json
import shutil
from collections.abc import Callable, Collection
from dataclasses import dataclass
from datetime import date
from importlib.util import find_spec
from pathlib import Path

from bench import commands, phases
from bench.archive import BUILT, INVENTED, SERVED, find_folder
from bench.commands import Workplace
from bench.process import run_in_worker
from bench.record import SIZES, Figure, Record, take_median
from tests.loopback import Loopback


@dataclass(frozen=True, slots=True)
class Phase:
    """A phase: the part of the page that shows it, its name, what it does, and the sizes that have it.

    `work` runs in a worker process on the folder `home`, or here with the whole workplace. It runs some `times`, each
    after the folders of `clear` are deleted; the median counts. `suffix` is added to the names of its figures.
    """

    part: str
    name: str
    work: Callable[..., list[Figure]]
    only: Collection[str] = SIZES
    clear: tuple[str, ...] = ()
    home: str = "home"
    times: int = 1
    suffix: str = ""

    def run(self, place: Workplace) -> list[Figure]:
        """Run the phase and return its figures, which are all of one error if it failed."""
        runs = list[list[Figure]]()
        try:
            for _ in range(self.times):
                place.web.forget()
                for folder in self.clear:
                    shutil.rmtree(place.folder / folder, ignore_errors=True)
                if self.work.__module__ == commands.__name__:
                    runs.append(self.work(place))
                else:
                    runs.append(run_in_worker(self.work, place.size, place.folder / self.home, place.settings))
        except Exception as error:
            reason = str(error) if isinstance(error, ChildProcessError) else f"{type(error).__name__}: {error}"
            runs = [[Figure(name=self.name, error=reason[:500])]]
        figures = [take_median(repeated) for repeated in zip(*runs, strict=True)]
        for figure in figures:
            figure.part, figure.name, figure.facts["phase"] = self.part, figure.name + self.suffix, self.name
        return figures


PLAN = [
    Phase("imports", "imports", commands.measure_imports, times=5),
    Phase("preparation", "digests", phases.write_digests, INVENTED),
    Phase("preparation", "generate", phases.generate, SIZES[4:], ("home",)),
    Phase("phases", "fetch", phases.fetch, SERVED, ("home",)),
    Phase("floors", "bare httpx", phases.repeat_requests, SERVED, home="fetch.urls"),
    Phase("papers build", "build", commands.build, BUILT, ("build",), times=3),
    Phase(
        "floors", "asked", phases.repeat_requests, BUILT[1:], home="build.urls", suffix=", all that a build asks for"
    ),
    Phase("papers build", "plain", phases.build, BUILT, ("plain",), home="plain", times=3),
    Phase("papers build", "unchanged", commands.build_again, BUILT),
    Phase("archives", "archives", commands.build_archives, ["shared"], ("archives",), times=3),
    Phase("phases", "steps", phases.read_and_parse),
    Phase("phases", "lake", phases.parse, clear=("home/lake",)),
    Phase("files", "files", phases.read_files, SIZES[:5]),
    Phase("phases", "publish", phases.publish, clear=("home/releases",)),
    Phase("phases", "dashboard", phases.write_page, clear=("home/dashboard",)),
    Phase("site", "site", phases.write_public_site, SIZES[:4], clear=("home/site",)),
    Phase("questions", "questions", phases.ask_questions),
    Phase("engines", "Spark", phases.publish_on_spark, SIZES if find_spec("pyspark") else ()),
    Phase("quick start", "commands", commands.answer_commands, SERVED, times=5),
    Phase("quick start", "first build", commands.build_first, ["sample"], ("first",), times=3),
    Phase("quick start", "first build, busy", commands.build_first_busy, ["sample"], ("first",), times=3),
    Phase("floors", "read", phases.read_bytes),
    Phase("floors", "write", phases.write_parquet),
    Phase("floors", "SQL", phases.run_sql, SIZES[:5]),
    Phase("floors", "SQL", phases.run_sql, ["1000"], ("home/releases",)),  # the disk has no room for both
    Phase("preparation", "month", phases.generate_month, INVENTED, ("month",), "month", suffix=" a month"),
    Phase("one new day", "new day in a month", phases.add_days, INVENTED, home="month", suffix=", in a month"),
    Phase("one new day", "publish in a month", phases.publish, ["1", "10"], home="month", suffix=", in a month"),
    Phase("one new day", "new day in all", phases.add_days, INVENTED, suffix=", in all"),
    Phase("one new day", "publish in all", phases.publish, ["1", "10"], suffix=", in all"),
]


def measure(record: Record, folder: Path) -> None:
    """Run the phases of a size that its record lacks, and save the record after each."""
    real = find_folder(record.size)
    with Loopback() as web:
        web.serve_digests((real or folder) / "digests")
        for day in (real / "api").iterdir() if real else ():
            if newest := max(day.glob("*.json"), default=None):
                web.serve_papers(date.fromisoformat(day.name), json.loads(newest.read_text(encoding="utf-8")))
        settings = {"PAPERS_DIGEST_URL": web.digest_url, "PAPERS_HUGGINGFACE_URL": web.huggingface_url}
        settings |= {"BENCH_SERVER": web.url} | ({"PAPERS_MEMORY_LIMIT": "4GB"} if record.size in SIZES[3:] else {})
        place = Workplace(record.size, folder, settings, web)
        done = {figure.facts.get("phase") for figure in record.figures if not figure.error}
        for phase in PLAN:
            if record.size in phase.only and phase.name not in done:
                measure_phase(phase, place, record)


def measure_phase(phase: Phase, place: Workplace, record: Record) -> None:
    """Run a phase, put its figures in the record and save that."""
    record.print(f"{phase.part}: {phase.name} …")
    figures = phase.run(place)
    for figure in figures:
        took = f"{figure.wall or 0:.3f} s, {figure.cpu or 0:.3f} s CPU, {(figure.peak or 0) / 2**20:.0f} MiB"
        record.print(f"  {figure.name}: {figure.error or took}")
    record.replace(phase.name, figures)
    if place.web.asked:  # the floors ask for the same
        (place.folder / f"{phase.name}.urls").write_text("\n".join(place.web.paths), encoding="utf-8")
    if phase.name == "lake" and (parsed := record.find("raw bytes to Parquet")):
        record.entries, record.digests = parsed.rows or 0, parsed.facts["digests"]
        record.replace("write Parquet", _subtract_steps(record, parsed))
    if built := record.find("SQL build"):
        record.settings = built.facts["used"]
    record.save()


def _subtract_steps(record: Record, parsed: Figure) -> list[Figure]:
    """Return what writing takes: the way to Parquet, less what its steps take for as many entries."""
    cpu, rows = parsed.cpu, parsed.rows or 0
    for step in map(record.find, ("read raw bytes", "parse", "validate")):
        if step is None or cpu is None or not step.rows:
            return []
        cpu -= (step.cpu or 0) / step.rows * rows
    facts = {"is_difference": True, "phase": "write Parquet"}
    return [Figure(part="phases", name="write Parquet", cpu=cpu, rows=rows, unit="entries", facts=facts)]
