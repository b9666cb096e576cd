"""The wheel: from an empty folder and environment, everything works, and all of it lies where a user's data belongs."""

import csv
import os
import shutil
import subprocess
import sys
from collections.abc import Mapping
from pathlib import Path
from typing import NoReturn

import pytest

from dagster_project.config import CHECKOUT

pytestmark = pytest.mark.wheel

UV = os.environ.get("UV") or shutil.which("uv")
WHAT_PIP_PICKS = "2.0.1"
OLDEST = pytest.param("1.5.6", marks=pytest.mark.long)  # the other tests run on it, if not as a wheel


def run(*command: str | Path, folder: Path, env: Mapping[str, str]) -> subprocess.CompletedProcess[str]:
    return subprocess.run(command, cwd=folder, env=env, capture_output=True, text=True, timeout=300, check=False)


def run_uv(*arguments: str | Path) -> str:
    """Run uv on what is in its cache, then on the network; skip the test that lacks packages, or fail it in CI."""
    if UV is None:
        give_up("needs uv")
    ended = run(UV, *arguments, "--offline", folder=CHECKOUT, env=os.environ)
    if ended.returncode != 0:
        ended = run(UV, *arguments, folder=CHECKOUT, env=os.environ)
    if ended.returncode != 0:
        give_up(f"needs packages that neither uv's cache nor an index has: {ended.stderr}")
    return ended.stdout


def give_up(missing: str) -> NoReturn:
    pytest.fail(missing) if os.environ.get("PAPERS_TESTS_COMPLETE") else pytest.skip(missing)


@pytest.fixture(scope="module")
def wheel(tmp_path_factory):
    folder = tmp_path_factory.mktemp("wheel")
    hashes = folder / "build.txt"
    run_uv("export", "--quiet", "--locked", "--only-group", "build", "--output-file", hashes)
    run_uv("build", "--quiet", "--wheel", "--build-constraints", hashes, "--require-hashes", "--out-dir", folder)
    [file] = folder.glob("*.whl")
    return file


@pytest.fixture(scope="module")
def locked(tmp_path_factory):
    """The versions of the lock file, but for DuckDB's."""
    export = ("export", "--quiet", "--locked", "--no-dev", "--no-emit-project", "--no-hashes", "--no-annotate")
    lines = [line for line in run_uv(*export).splitlines() if not line.startswith("duckdb==")]
    file = tmp_path_factory.mktemp("locked") / "constraints.txt"
    file.write_text("\n".join(lines))
    return file


def list_files(folder):
    return {file: file.stat().st_mtime_ns for file in folder.rglob("*")}


@pytest.mark.parametrize("duckdb", [WHAT_PIP_PICKS, OLDEST])
def test_an_installed_program_builds_asks_and_draws(tmp_path, wheel, locked, duckdb):
    environment, data, empty = tmp_path / "environment", tmp_path / "data", tmp_path / "empty"
    empty.mkdir()
    run_uv("venv", "--quiet", "--no-config", "--python", sys.executable, environment)
    python = ("--python", environment / "bin" / "python")
    run_uv("pip", "install", "--quiet", "--no-config", *python, "-c", locked, wheel, f"duckdb=={duckdb}")
    installed = list_files(environment)
    env = {"PATH": os.environ["PATH"], "XDG_DATA_HOME": str(data), "PYTHONPYCACHEPREFIX": str(tmp_path / "bytecode")}

    def papers(*arguments):
        ended = run(environment / "bin" / "papers", *arguments, folder=empty, env=env)
        assert ended.returncode == 0, ended.stdout + ended.stderr
        assert "Warning" not in ended.stderr
        return ended.stdout

    home = data / "daily-papers-warehouse"
    built = papers("build")
    assert f"Warehouse: {home}/current/papers.duckdb" in built
    facts = "duckdb_version, (SELECT count(*) FROM dim_paper), (SELECT count(*) FROM fact_listing), storage"
    storage = "(SELECT tags['storage_version'] AS storage FROM duckdb_databases() WHERE database_name = 'papers')"
    _, row = csv.reader(papers("sql", f"SELECT {facts} FROM meta_release, {storage}", "--format", "csv").splitlines())
    assert row == [duckdb, "144", "170", "v1.0.0+"]
    assert f"Dashboard: {home}/dashboard/index.html" in papers("dashboard")
    assert (home / "dashboard" / "index.html").stat().st_size > 500_000  # with Vega in it

    assert list_files(environment) == installed
    assert list(empty.iterdir()) == []
    assert list(data.iterdir()) == [home]
