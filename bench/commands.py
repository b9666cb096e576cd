"""Phases that run the `papers` command from outside, as a person does: to start, to show something, to be done."""

import re
import subprocess
import sys
import time
from collections import Counter
from dataclasses import dataclass
from pathlib import Path

import pexpect

from bench.archive import find_folder, list_days
from bench.process import make_environment, run_command
from bench.record import Figure
from dagster_project.sources.archives import BUNDLED
from tests.loopback import Loopback

PAPERS = str(Path(sys.executable).with_name("papers"))
IMPORTS = {
    "bare Python": "pass",
    "dagster_project.pipeline": "import dagster_project.pipeline",
    "papers build, imports alone": "import dagster_project.defs.jobs",
}
QUICK_START = (["--help"], ["sql", "FROM mart_paper LIMIT 5"], ["status"])
SIGNS = {"first sign": "papers build", "first step counted": r"(fetch|parse|build tables)\b.*\d", "done": pexpect.EOF}
"""What a build shows on a terminal, in order."""


@dataclass(frozen=True, slots=True)
class Workplace:
    """Where a size is measured: its folder, the environment of every phase, and the server that plays the sources."""

    size: str
    folder: Path
    settings: dict[str, str]
    web: Loopback

    def run(self, name: str, *command: str, home: str) -> Figure:
        """Run a command on a home, and return what it took."""
        return run_command(name, command, self.folder, self.settings | {"PAPERS_HOME": str(self.folder / home)})[0]


def measure_imports(place: Workplace) -> list[Figure]:
    """Measure how long Python and the package take to start."""
    return [place.run(name, sys.executable, "-c", code, home="home") for name, code in IMPORTS.items()]


def answer_commands(place: Workplace) -> list[Figure]:
    """Measure the commands that should answer at once, on a home with a release."""
    return [place.run(f"papers {arguments[0]}", PAPERS, *arguments, home="home") for arguments in QUICK_START]


def build_first(place: Workplace, name: str = "build the sample") -> list[Figure]:
    """Build the sample on a terminal: how long until something shows, and until it is done."""
    figures = [Figure(name=f"{name}: {sign}") for sign in SIGNS]
    environment = make_environment({"TERM": "xterm", "PAPERS_HOME": str(place.folder / "first")})
    started = time.perf_counter()
    with pexpect.spawn(PAPERS, ["build"], cwd=str(place.folder), env=environment, timeout=600) as build:
        build.ptyproc.delayafterclose = 0
        for figure, shown in zip(figures, SIGNS.values(), strict=True):
            build.expect(shown)
            figure.wall = time.perf_counter() - started
        if build.wait():
            raise RuntimeError(f"papers build ended with exit status {build.exitstatus}")
    return figures


def build_first_busy(place: Workplace) -> list[Figure]:
    """Build the sample in the same way while another process keeps a core busy."""
    with subprocess.Popen([sys.executable, "-c", "while True: pass"]) as other:
        try:
            return build_first(place, "build the sample, the other core busy")
        finally:
            other.kill()


def build(place: Workplace, name: str = "papers build") -> list[Figure]:
    """Measure `papers build` as a process."""
    arguments = []
    if place.size != "sample":
        days = list_days(place.size)
        arguments = [f"--from={days['digest'][0]}", f"--to={days['digest'][-1]}", *(f"--source={one}" for one in days)]
    return [place.run(name, PAPERS, "build", *arguments, home="build")]


def build_archives(place: Workplace) -> list[Figure]:
    """Measure how long `papers build` takes to read git archives, and to find nothing new in them."""
    bundles, listed = (find_folder(place.size) or place.folder) / "archives", place.folder / "archives.toml"
    listed.write_text(
        re.sub(r'(name = "(\w+)"\nurl = )"[^"]*"', rf'\1"{bundles.as_uri()}/\2.bundle"', BUNDLED.read_text())
    )
    place.settings["PAPERS_ARCHIVES"] = str(listed)
    names = "read git archives", "read git archives, unchanged"
    figures = [place.run(name, PAPERS, "build", "--source=archive", home="archives") for name in names]
    parts = (place.folder / "archives" / part for part in ("raw", "lake", "archives", "dagster"))
    figures[0].facts = {"bundles": measure_folder(bundles), "home": sum(map(measure_folder, parts))}
    return figures


def measure_folder(folder: Path) -> int:
    """Return the bytes of all files in a folder."""
    return sum(file.stat().st_size for file in folder.rglob("*") if file.is_file())


def build_again(place: Workplace) -> list[Figure]:
    """Measure `papers build` without news, and count how the server answered; it must not publish."""
    before = (place.folder / "build" / "current").resolve()
    [figure] = build(place, "papers build, unchanged")
    if (place.folder / "build" / "current").resolve() != before:
        raise RuntimeError("a build without news published a release")
    statuses = Counter(one.status for one in place.web.asked)
    figure.facts = {"requests": statuses.total(), "not_modified": statuses[304], "not_there": statuses[404]}
    return [figure]
