"""A checkout as a person has it, with the sample built, and their shell in it: all tools from uv's cache, offline."""

import os
import shutil
import subprocess
from dataclasses import dataclass
from pathlib import Path
from shlex import quote

import pytest

from dagster_project.config import CHECKOUT
from tests.integration.conftest import built_sample  # noqa: F401

COMPLETE = bool(os.environ.get("PAPERS_TESTS_COMPLETE"))
UV = os.environ.get("UV") or shutil.which("uv")


def skip_without(needs: str, said: str):
    """Skip the test that `needs` something, if what was `said` is that it is not there; fail where it has to be."""
    absent = ("No solution found", "etwork was disabled", "etwork connectivity is disabled", "ERR_MODULE_NOT_FOUND")
    if any(sign in said for sign in (*absent, "command not found")):
        missing = f"needs {needs}, which bi/recipes/install fetches"
        pytest.fail(missing) if COMPLETE else pytest.skip(missing)


@dataclass
class Checkout:
    """Runs commands in a folder that has `bi/`, and the sample under `warehouse/`."""

    folder: Path
    env: dict[str, str]

    @property
    def warehouse(self) -> Path:
        return self.folder / "warehouse" / "current" / "papers.duckdb"

    def typed(self, command: str) -> list[str]:
        """Return what runs a command as it is typed in a shell."""
        # uv keeps an environment for the path of every script: a copy of a script would leave one behind.
        return ["bash", "-euo", "pipefail", "-c", command.replace("uv run bi/", f"uv run {quote(str(CHECKOUT))}/bi/")]

    def run(self, needs: str, command: str, stdin: str | None = None) -> str:
        """Run a command that `needs` something by that name, and return what it printed."""
        run = subprocess.run(
            self.typed(command),
            cwd=self.folder,
            env=self.env,
            input=stdin,
            capture_output=True,
            text=True,
            timeout=120,
            check=False,
        )
        skip_without(needs, run.stderr)
        assert run.returncode == 0, run.stdout + run.stderr
        return run.stdout


@pytest.fixture(scope="session")
def checkout(built_sample, tmp_path_factory):  # noqa: F811
    if UV is None:
        skip_without("uv", "uv: command not found")

    def uv_says(*question: str) -> str:
        return subprocess.run([UV, *question], capture_output=True, text=True, check=True).stdout.strip()

    folder, home = tmp_path_factory.mktemp("checkout"), tmp_path_factory.mktemp("person")
    recipes = CHECKOUT / "bi" / "recipes"
    shutil.copytree(recipes, folder / "bi" / "recipes", ignore=shutil.ignore_patterns("node_modules"))
    (folder / "bi" / "recipes" / "node" / "node_modules").symlink_to(recipes / "node" / "node_modules")
    (folder / "warehouse").symlink_to(built_sample.home)
    (home / ".config").mkdir()
    (home / ".config" / "uv").symlink_to(Path.home() / ".config" / "uv")
    theirs = {name: value for name, value in os.environ.items() if not name.startswith(("PAPERS_", "VIRTUAL_ENV"))}
    return Checkout(
        folder,
        theirs
        | {
            "HOME": str(home),
            "PATH": f"{Path(UV).parent}:{os.environ['PATH']}",
            "UV_OFFLINE": "1",
            "UV_CACHE_DIR": uv_says("cache", "dir"),
            "UV_PYTHON_INSTALL_DIR": uv_says("python", "dir"),
        },
    )
