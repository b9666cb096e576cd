"""Clocks that were wrong, environments that nobody thought of, and folders that others write to as well.

Each kind has some cases, each a build of its own: in this process where a clock has to be set, otherwise as the command
is typed. The case that is named first in a list is the short form; the rest are the long one.
"""

import datetime as dt
import os
import shutil
import subprocess
from collections.abc import Iterator, Mapping
from pathlib import Path

import pytest

from dagster_project import pipeline
from dagster_project.lake.home import Home
from dagster_project.publish.release import publish
from tests.integration.conftest import PAPERS, WEEK, Papers, copy_home
from tests.reliability.builds import build
from tests.reliability.figures import Figure, tell
from tests.reliability.test_kill import archive_of, content, strace

PART = "Clocks, environments, shared folders"
WEEK_PAPERS = 7


def long(cases: list) -> list:
    """Return the cases, all but the first marked as long."""
    return [cases[0], *(pytest.param(case, marks=pytest.mark.long) for case in cases[1:])]


def read_state(folder: Path) -> dict[str, bytes | str]:
    """Return every file of a folder with its bytes, and every link with its target."""
    return {
        str(place.relative_to(folder)): str(place.readlink()) if place.is_symlink() else place.read_bytes()
        for place in sorted(folder.rglob("*"))
        if place.is_symlink() or place.is_file()
    }


@pytest.fixture
def papers(tmp_path: Path) -> Papers:
    return Papers(tmp_path / "home")


# -- clocks


@pytest.mark.parametrize("ahead", long([24 * 70, 24 * 40, 1, 24 * 365 * 70]), ids=lambda hours: f"{hours} h")
def test_a_clock_that_was_ahead_for_one_run_stops_no_later_one(tmp_path, ahead):
    archives = [archive_of(tmp_path / name, *numbers) for name, numbers in {"a": (1, 1, 0), "b": (2, 1, 1)}.items()]
    wrong, right = tmp_path / "wrong", tmp_path / "right"
    for home in (wrong, right):
        build(home, archives[0], 1)
    build(wrong, archives[1], 1 + ahead)
    for home in (wrong, right):
        build(home, archives[1], 2)
    current = "SELECT arxiv_id, title, latest_votes, votes_seen_at FROM dim_paper ORDER BY ALL"
    reader = {home: Papers(home) for home in (wrong, right)}
    lost = len(set(reader[right].rows(current)) ^ set(reader[wrong].rows(current)))
    assert reader[wrong].one("SELECT count(*) FROM fact_vote_day") == reader[right].one(
        "SELECT count(*) FROM fact_vote_day"
    )
    before = content(wrong)
    with pipeline.lock_for_writing(Home(wrong)):
        for source in ("digest", "huggingface"):
            days = list(pipeline.list_captures(Home(wrong), source))
            pipeline.parse(Home(wrong), source, days, again=True)
        publish(Home(wrong), again=True, clock=lambda: dt.datetime(2026, 1, 1, 2))
    lost += content(wrong) != before
    outcome = "every later `papers build` publishes; captures from the future are kept, and count once they are past"
    tell(Figure(PART, f"a clock that is {ahead:,} hours ahead for one run", 1, lost, 0, None, outcome))
    assert lost == 0


# -- environments

VARIABLES: Mapping[str, Mapping[str, str]] = {
    "a proxy of SOCKS": {"ALL_PROXY": "socks5://127.0.0.1:9"},
    "a proxy as GNOME exports it": {"ALL_PROXY": "socks://127.0.0.1:9/"},
    "no proxy for IPv6 and CIDR": {"HTTPS_PROXY": "http://127.0.0.1:9", "NO_PROXY": "::1,[fe80::1],10.0.0.0/8,*.lan"},
    "certificates that are gone": {"SSL_CERT_FILE": "/nowhere/cacert.pem", "SSL_CERT_DIR": "/nowhere"},
    "an empty time zone": {"TZ": ""},
    "an unknown time zone": {"TZ": "Mars/Olympus"},
    "every setting empty": dict.fromkeys(
        ("PAPERS_LOCAL", "PAPERS_ENGINE", "PAPERS_PROCESSES", "PAPERS_DIGEST_URL", "HF_TOKEN", "HTTP_PROXY"), ""
    ),
    "output in ASCII": {"PYTHONIOENCODING": "ascii", "LC_ALL": "C", "PYTHONUTF8": "0"},
    "output in Korean's old code page": {"PYTHONIOENCODING": "cp949"},
    "a temporary folder with a long name": {"TMPDIR": "long"},
    "nothing but a path": {"PATH": "/usr/bin:/bin", "HOME": "/nowhere"},
}


@pytest.mark.parametrize("what", long(list(VARIABLES)))
def test_an_environment_does_not_stop_what_needs_no_network(tmp_path, papers, what):
    given = dict(VARIABLES[what])
    if given.get("TMPDIR"):
        folder = tmp_path / ("t" * 120)
        folder.mkdir()
        given["TMPDIR"] = str(folder)
    papers.env = given
    papers.start_anew(*WEEK)
    assert papers.one("SELECT count(*) FROM dim_paper") == WEEK_PAPERS
    assert "1 row" in papers.start_anew("sql", "SELECT now() IS NOT NULL AS it_runs")
    tell(Figure(PART, f"an environment with {what}", 1, 0, 0, None, "`papers build` and `papers sql` work"))


# -- folders with names of any kind

NAMES = ["data [papers] (1)", "what?", "a*b", "{a,b}", "it's 100% #1", "공책", " ", "~", "-x"]


@pytest.mark.parametrize("name", long(NAMES), ids=ascii)
def test_a_home_may_have_any_name(tmp_path, name):
    papers = Papers(tmp_path / name)
    papers(*WEEK, "--home", str(papers.home))
    lost = WEEK_PAPERS - papers.one("SELECT count(*) FROM dim_paper")
    papers.rebuild()
    lost += WEEK_PAPERS - papers.one("SELECT count(*) FROM dim_paper")
    tell(
        Figure(
            PART,
            "a folder whose name looks like a pattern, or like an option",
            len(NAMES),
            lost,
            0,
            None,
            "`papers build` works",
        )
    )
    assert lost == 0


# -- folders that are not ours


def list_foreign(folder: Path) -> Iterator[Path]:
    """Make folders that somebody else keeps things in, and yield each."""
    for what, files in {
        "releases of a program": ["releases/v1.0/artifact", "releases/v1.1/artifact", "releases/v2.0/artifact"],
        "a checkout": [".git/HEAD", "pyproject.toml", "warehouse/.gitignore"],
        "temporary files": [".note.tmp", "deep/.other.tmp"],
        "a raw folder": ["raw/photo.cr2"],
        "contents": ["contents", "current"],
    }.items():
        for name in files:
            (folder / what / name).parent.mkdir(parents=True, exist_ok=True)
            (folder / what / name).write_text("mine")
        yield folder / what


def test_a_folder_that_is_not_ours_is_left_alone(tmp_path):
    foreign = list(list_foreign(tmp_path))
    torn = 0
    for folder in foreign:
        before = read_state(folder)
        for command, status in ((["build"], 2), (["build", "--offline"], 2), (["dashboard"], 1), (["ui"], 2)):
            said = Papers(folder)(*command, "--home", str(folder), status=status).splitlines()[-1]
            assert said.startswith("papers: "), said
            torn += read_state(folder) != before
    (tmp_path / "a file").write_text("mine")
    assert "papers: " in Papers(tmp_path / "a file")("build", status=1)
    tell(
        Figure(
            PART,
            "a folder that holds other things",
            1 + 4 * len(foreign),
            0,
            torn,
            None,
            "refused; `--home` names another",
        )
    )
    assert torn == 0


# -- folders that others write to

COPIES = ["{stem}.sync-conflict-20261126-101010-ABCDEFG{end}", "{stem} (conflicted copy){end}", "._{stem}{end}"]


@pytest.mark.parametrize("name", long(COPIES))
def test_copies_that_other_programs_leave_are_passed_over(built_week, tmp_path, name):
    papers = copy_home(built_week, tmp_path)
    before = papers.tables()
    files = [*papers.home.glob("lake/*/*/*.parquet"), *papers.home.glob("raw/fetch/*/*.parquet")]
    for file in files:
        shutil.copy(file, file.with_name(name.format(stem=file.stem, end=file.suffix)))
    papers.rebuild()
    lost = sum(rows != before[table] for table, rows in papers.tables().items())
    tell(
        Figure(PART, "copies that a synchroniser leaves", len(files), lost, 0, None, "`papers build` passes them over")
    )
    assert lost == 0


REFUSED = {
    "modes": ("chmod,fchmod,fchmodat", "this disk does not set permissions"),
    "links": ("symlink,symlinkat", "this disk has no links"),
}
"""The system calls that fail on such a file system, and what is said then."""


@pytest.mark.parametrize("what", long(list(REFUSED)))
def test_a_file_system_that_lacks_something_is_built_on(papers, what):
    calls, says = REFUSED[what]
    # A call that is not traced is not refused either; all others pass without a stop.
    refuse = ["--seccomp-bpf", "-e", f"trace={calls}", "-e", f"inject={calls}:error=EPERM"]
    command = [strace(), "-f", "-qq", "-o", os.devnull, *refuse]
    for arguments in (WEEK, ["build", "--offline"], ["sql", "SELECT count(*) AS papers FROM dim_paper"]):
        run = subprocess.run(
            [*command, PAPERS, *arguments],
            env=papers.environment,
            cwd=papers.home.parent,
            capture_output=True,
            text=True,
            timeout=300,
            check=False,
        )
        assert run.returncode == 0, run.stderr
        assert (says in run.stderr) == ("build" in arguments)
    assert str(WEEK_PAPERS) in run.stdout
    tell(Figure(PART, f"a file system without {what}", 1, 0, 0, None, "`papers build` does without, and says so"))
