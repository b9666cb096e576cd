"""The `papers` command as a real process, and the warehouse that it leaves, read as any client would."""

import os
import shutil
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Iterator, Mapping
from contextlib import closing, contextmanager
from dataclasses import dataclass, field
from pathlib import Path

import dagster as dg
import duckdb
import httpx
import pytest
import stamina
from filelock import FileLock

from dagster_project.build import BuildRequest, build
from dagster_project.config import SQL, load_settings
from dagster_project.defs.instance import open_instance
from dagster_project.lake.home import Home
from tests.fork_server import Child, serve_papers
from tests.loopback import Loopback

PAPERS = Path(sys.executable).with_name("papers")
WEEK = ("build", "--source", "sample", "--from", "2025-02-15", "--to", "2025-02-21")
"""Builds the days of the sample on which both sources, only the digest, and only the API list some papers."""


@dataclass
class Papers:
    """Runs the command on one home."""

    home: Path
    env: dict[str, str] = field(default_factory=dict)
    printed: str = ""
    """What the build that made the home printed, for who asks."""

    @property
    def environment(self) -> dict[str, str]:
        """What the command finds in its environment: of whoever runs the tests, all but settings."""
        clean = {name: value for name, value in os.environ.items() if not name.startswith(("PAPERS_", "DAGSTER_"))}
        return clean | {"PAPERS_HOME": str(self.home), "PAPERS_REQUESTS_PER_SECOND": "10000"} | self.env

    def __call__(self, *arguments: str, status: int = 0, stdin: str | None = None) -> str:
        """Run the command, expect its exit status, and return what it printed on both streams."""
        return _check(
            serve_papers().run(arguments, env=self.environment, cwd=self.home.parent, stdin=stdin, timeout=300), status
        )

    def start_anew(self, *arguments: str, status: int = 0) -> str:
        """Run the command as it is installed, imports and all, where `__call__` forks a process that has them."""
        return _check(
            subprocess.run(
                [PAPERS, *arguments],
                env=self.environment,
                cwd=self.home.parent,
                capture_output=True,
                text=True,
                timeout=300,
                check=False,
            ),
            status,
        )

    @contextmanager
    def start(self, *arguments: str) -> Iterator[Child]:
        """Start the command, and yield its process, whose output nobody reads; what is left of it then is killed."""
        with Path(os.devnull).open("r+b") as nobody:
            child = serve_papers().start(
                arguments, env=self.environment, cwd=self.home.parent, streams=[nobody] * 3, new_session=True
            )
        with closing(child):
            yield child

    def rebuild(self) -> None:
        """Do what `build --offline` does, in this process, and without Dagster's log, which takes half of its time."""
        self.build(BuildRequest(rebuild=True))

    def build(self, request: BuildRequest) -> None:
        """Do what `build` does, in this process, and without Dagster's log."""
        settings = load_settings(home=self.home, archives=self.env.get("PAPERS_ARCHIVES"), processes=1)
        build(Home(self.home), settings, request)

    @property
    def warehouse(self) -> Path:
        return self.home / "current" / "papers.duckdb"

    @property
    def release(self) -> str:
        return (self.home / "current").resolve().name

    def rows(self, sql: str) -> list[tuple]:
        """Return the answer of the published warehouse to a query."""
        with duckdb.connect(self.warehouse, read_only=True) as connection:
            return connection.execute(sql).fetchall()

    def one(self, sql: str) -> object:
        """Return the only value of an answer."""
        [[value]] = self.rows(sql)
        return value

    def tables(self) -> Mapping[str, list[tuple]]:
        """Return the number of rows and the hash of each table, but of those that tell of the build itself."""
        found = self.ask_each("SELECT count(*), sum(hash({0})::HUGEINT) FROM {0}")
        return {name: rows for name, rows in found.items() if name not in ("meta_release", "meta_check")}

    def ask_each(self, sql: str) -> dict[str, list[tuple]]:
        """Return the answers of all tables to a query in which `{0}` stands for the table: the file is opened once."""
        with duckdb.connect(self.warehouse, read_only=True) as connection:
            names = connection.execute("SELECT table_name FROM duckdb_tables()").fetchall()
            return {name: connection.execute(sql.format(f'"{name}"')).fetchall() for (name,) in names}


def _check(run: "subprocess.CompletedProcess[str]", status: int) -> str:
    assert run.returncode == status, f"exit status {run.returncode}\n{run.stdout}\n{run.stderr}"
    assert "Traceback" not in run.stderr
    return run.stdout + run.stderr


def free_port():
    """Return a port of the loopback address that nobody listens on."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


def real_archives(shared_data):
    """Return the settings by which both sources read the real archives."""
    return {
        "PAPERS_DIGEST_URL": f"{shared_data.as_uri()}/digests/{{date:%Y/%m/%d}}.md",
        "PAPERS_HUGGINGFACE_URL": f"{shared_data.as_uri()}/api",
    }


def put_home(home, place):
    """Put what was fetched into a home on a disk, and was read from it, into a bucket."""
    for folder in ("raw", "lake"):
        place.fs.put(f"{home / folder}/", (place / folder).path, recursive=True)
    place.fs.put_file(str(home / "contents"), (place / "contents").path)


@contextmanager
def ui(papers):
    """Run `papers ui` on a home until the body is done; the address, once it answers."""
    port = free_port()
    process = subprocess.Popen(
        [PAPERS, "ui", "--port", str(port), "--home", str(papers.home)],
        env=papers.environment,
        cwd=papers.home.parent,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
        start_new_session=True,
    )
    try:
        wait_for_ui(process, port)
        yield f"http://127.0.0.1:{port}"
    finally:
        os.killpg(process.pid, signal.SIGTERM)
        process.wait(30)


PATIENCE = 200
"""Seconds to wait for another process."""


def wait_until(true, what, pause=0.2):
    """Wait until a question is answered with something true, and return that; between two tries are so many seconds."""
    end = time.monotonic() + PATIENCE
    while not (found := true()):
        assert time.monotonic() < end, f"after {PATIENCE} s still not: {what}"
        time.sleep(pause)
    return found


def digest_of(day, number):
    """Return a digest of one paper, as bytes."""
    return f"## Daily Papers ({day})\n\n### [P](https://arxiv.org/abs/2403.{number:05})\n\nVote: 1\n\n- 요약\n".encode()


def list_months(home):
    """Return the months of digests that Dagster remembers, by asset."""
    with open_instance(home / "dagster") as instance:
        return {name: instance.get_materialized_partitions(dg.AssetKey(name)) for name in ("raw_digest", "lake_digest")}


def wait_for_ui(process, port):
    """Wait until a `papers ui` that was started answers."""
    for attempt in stamina.retry_context(on=httpx.HTTPError, attempts=None, timeout=120, wait_max=0.1):
        with attempt:
            assert process.poll() is None
            httpx.get(f"http://127.0.0.1:{port}/server_info", timeout=10).raise_for_status()


@pytest.fixture
def papers(tmp_path):
    return Papers(tmp_path / "home")


@contextmanager
def at_loopback(papers):
    """Let the command ask a loopback server for both sources: a pair of the two."""
    with Loopback() as web:
        papers.env |= {
            "PAPERS_DIGEST_URL": web.digest_url,
            "PAPERS_HUGGINGFACE_URL": web.huggingface_url,
            "PAPERS_ATTEMPTS": "1",
        }
        yield papers, web


@pytest.fixture
def online(papers):
    """The command with both sources at a loopback server: a pair of the two."""
    with at_loopback(papers) as both:
        yield both


def build_once(tmp_path_factory, name, make):
    """Build a home once for all workers."""
    folder = tmp_path_factory.getbasetemp()
    if "PYTEST_XDIST_WORKER" in os.environ:
        folder = folder.parent
    papers = Papers(folder / name / "home")
    printed = papers.home.with_name("printed")
    with FileLock(folder / f"{name}.lock"):
        if not printed.exists():
            papers.home.parent.mkdir()
            printed.write_text(make(Papers(papers.home, {"PAPERS_DIGEST_URL": "http://127.0.0.1:9/{date}"})), "utf-8")
    papers.printed = printed.read_text(encoding="utf-8")
    return papers


@pytest.fixture(scope="session")
def built_sample(tmp_path_factory):
    """A home with the sample, built once for all workers: to read, or to copy and do things to the copy."""
    return build_once(tmp_path_factory, "sample", lambda papers: papers.start_anew("build"))


@pytest.fixture(scope="session")
def built_week(tmp_path_factory):
    """A home with a week of the sample, for what does not need all of it: to read, or to copy."""
    return build_once(tmp_path_factory, "week", lambda papers: papers(*WEEK))


def copy_home(papers, folder):
    """Return the command on a copy of a home."""
    return Papers(Path(shutil.copytree(papers.home, folder / "home", symlinks=True)))


@pytest.fixture
def home(built_sample, tmp_path):
    """A copy of a home with one release, to do things to."""
    return Home(Path(shutil.copytree(built_sample.home, tmp_path / "home", symlinks=True)))


@pytest.fixture
def sql(tmp_path):
    """A copy of the SQL, to change."""
    return Path(shutil.copytree(SQL, tmp_path / "sql"))


def release_of(home):
    """Return the name of the release in use."""
    return home.current.resolve().name


def names(home):
    """Return the names of all releases that lie in a home, finished or not."""
    return sorted(folder.name for folder in home.releases.iterdir())


def tree(folder):
    """Return all that a folder holds, with the bytes of files."""
    return {str(path.relative_to(folder)): path.is_file() and path.read_bytes() for path in folder.rglob("*")}


def told_apart(papers):
    """Return what all tables hold, but those that tell when something was asked."""
    return {name: rows for name, rows in papers.tables().items() if name not in ("meta_fetch", "mart_coverage")}
