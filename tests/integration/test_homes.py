"""Folders that are named as a home: those of others stay as they are, and a name may hold any sign."""

import re
import shutil

import pytest

from tests.integration.conftest import WEEK, Papers, tree


@pytest.fixture
def project(tmp_path):
    """The folder of a project with releases of its own."""
    folder = tmp_path / "project"
    for file in ("releases/v1.0/artifact", "releases/v1.1/artifact", "README.md", ".notes.tmp", "current/notes"):
        (folder / file).parent.mkdir(parents=True, exist_ok=True)
        (folder / file).write_text("mine")
    return folder


@pytest.mark.parametrize(
    "command",
    [
        ["build"],
        ["build", "--offline"],
        ["build", "--source", "digest"],
        ["dashboard"],
        ["ui"],
        ["status"],
        ["sql", "SELECT 1"],
    ],
    ids=" ".join,
)
@pytest.mark.parametrize("named_by", ["PAPERS_HOME", "--home"])
def test_a_folder_of_others_is_refused_in_a_line_and_stays_as_it_is(project, tmp_path, command, named_by):
    before = tree(project)
    papers = Papers(project if named_by == "PAPERS_HOME" else tmp_path / "another")
    flag = [] if named_by == "PAPERS_HOME" else ["--home", str(project)]
    status = 1 if command[0] in ("dashboard", "status", "sql") else 2
    [line] = papers(*command, *flag, status=status).splitlines()
    assert str(project) in line
    assert tree(project) == before


def test_a_home_may_have_any_sign_in_its_name(tmp_path):
    papers = Papers(tmp_path / "what? [50%] (1) #1 *{c,d} 'e' \"f\" =7" / "home")
    papers.home.parent.mkdir()
    assert "Published release" in papers(*WEEK)
    assert re.search(r"\b7\b", papers("sql", "SELECT count(*) FROM dim_paper"))
    assert "Unchanged" in papers(*WEEK)
    shutil.rmtree(papers.home / "lake")
    assert "7 papers, " in papers("build", "--offline")
