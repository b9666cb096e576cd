"""A site takes the place of the one in use as a whole, and never that of others' files."""

import pytest

from dagster_project.errors import ForeignFolderError
from dagster_project.site.write import MARK, claim, replace_folder


@pytest.fixture
def folder(tmp_path):
    """A site in use."""
    folder = tmp_path / "public"
    folder.mkdir()
    (folder / MARK).touch()
    (folder / "index.html").write_text("old")
    return folder


def test_a_folder_that_is_absent_or_empty_or_a_site_is_taken(folder, tmp_path):
    (tmp_path / "empty").mkdir()
    (tmp_path / "empty" / ".gitkeep").touch()
    for one in (folder, tmp_path / "absent", tmp_path / "empty"):
        claim(one)


def test_a_folder_with_files_of_others_is_refused(tmp_path):
    (tmp_path / "thesis.tex").touch()
    with pytest.raises(ForeignFolderError, match=r"is not a site of papers: it holds thesis\.tex"):
        claim(tmp_path)
    with pytest.raises(ForeignFolderError, match="is a file"):
        claim(tmp_path / "thesis.tex")


def test_a_site_is_replaced_as_a_whole(folder):
    with replace_folder(folder) as building:
        (building / "new.html").write_text("new")
        assert (folder / "index.html").read_text() == "old"
    assert [file.name for file in folder.iterdir()] == ["new.html"]
    assert list(folder.parent.iterdir()) == [folder]


def test_what_fails_leaves_the_site_in_use(folder):
    with pytest.raises(FileNotFoundError), replace_folder(folder) as building:
        (building / "no such folder" / "new.html").write_text("half")
    assert (folder / "index.html").read_text() == "old"
    assert list(folder.parent.iterdir()) == [folder]


def test_what_a_killed_run_left_is_removed(folder):
    (folder.parent / ".public.building-0123abcd").mkdir()
    (folder.parent / ".public.old-0123abcd").mkdir()
    with replace_folder(folder):
        pass
    assert list(folder.parent.iterdir()) == [folder]


def test_a_site_that_a_killed_run_had_moved_away_comes_back(folder):
    folder.rename(folder.parent / ".public.old-0123abcd")
    with pytest.raises(ZeroDivisionError), replace_folder(folder):
        raise ZeroDivisionError
    assert (folder / "index.html").read_text() == "old"
