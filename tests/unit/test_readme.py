"""The commands and links of the README and of CONTRIBUTING.md are those of the project."""

import re
import shlex
from functools import cache

import pytest
from click.testing import CliRunner

from dagster_project.cli import main
from dagster_project.config import CHECKOUT
from tools.settings_table import README

TEXT = README.read_text(encoding="utf-8")
PYPROJECT = (CHECKOUT / "pyproject.toml").read_text(encoding="utf-8")
JUSTFILE = (CHECKOUT / "justfile").read_text(encoding="utf-8")
VERBS = set(re.findall(r"^(\w+)(?: [*\w.=\"]+)*:", JUSTFILE, re.MULTILINE))
COMMANDS = sorted(set(re.findall(r"^papers (.+?)(?:  +#.*)?$", TEXT, re.MULTILINE)))


@pytest.mark.parametrize("command", COMMANDS)
def test_every_command_that_is_shown_exists_with_its_options(command):
    name, *words = shlex.split(command)
    printed = CliRunner().invoke(main, [name, "--help"])
    assert printed.exit_code == 0
    for option in (word for word in words if word.startswith("--")):
        assert option in printed.output


@pytest.mark.parametrize("link", re.findall(r"\]\((?!https?:)([^)]+)\)", TEXT))
def test_every_link_into_the_project_leads_somewhere(link):
    assert (README.parent / link).exists()


@pytest.mark.parametrize("name", ["CONTRIBUTING.md", ".ci/run"])
def test_every_verb_that_is_called_is_one_of_the_justfile(name):
    called = set(re.findall(r"^(?:uv run )?just (\w+)", (CHECKOUT / name).read_text(encoding="utf-8"), re.MULTILINE))
    assert {"check", "others"} <= called <= VERBS


def test_the_other_tests_are_all_that_the_readmes_command_leaves_out():
    left_out = re.findall(r"not (\w+)", re.search(r"^addopts = .*", PYPROJECT, re.MULTILINE)[0])
    others = re.search(r'^others := "\((.*)\)"', JUSTFILE, re.MULTILINE)[1].split(" or ")
    assert sorted(others) == sorted({*left_out} - {"long", "superset"})


@cache
def read_tests():
    return {file: file.read_text("utf-8") for file in (CHECKOUT / "tests").rglob("*.py") if ".venv" not in file.parts}


def find_marked(mark):
    """Return the files of tests that a mark stands in; tests of the real archives are marked by what they ask for."""
    name, pattern = ("test_*.py", "(shared_data") if mark == "real" else ("*.py", f"pytest.mark.{mark}")
    return {file for file, text in read_tests().items() if file.match(name) and pattern in text}


@pytest.mark.parametrize(("mark", "paths"), re.findall(r"pytest -m '?(\w+).*?((?: tests/\S+)+)", JUSTFILE))
def test_a_verb_looks_for_its_tests_where_they_are(mark, paths):
    """It names paths, since it takes longer to collect all tests than to run some.

    Spark's in a bucket are Spark's, and the browser's on the real archives are the browser's.
    """
    others = {"bucket": "spark", "real": "browser"}
    marked = find_marked(mark) - (find_marked(others[mark]) if mark in others else set())
    assert marked
    for file in marked:
        assert any(file.is_relative_to(CHECKOUT / path) for path in paths.split()), file


@pytest.mark.parametrize("command", ["uv run --no-dev papers build", "uv run pytest"])
def test_ci_runs_the_commands_of_the_readme(command):
    assert TEXT.count(command) == 1
    assert f"readme '{command}'" in (CHECKOUT / ".ci" / "run").read_text(encoding="utf-8")
