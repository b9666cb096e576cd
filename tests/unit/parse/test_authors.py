"""Lists of authors: how a name is shown, and when two are equal."""

import datetime as dt
import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dagster_project.parse.authors import decode_tex, format_name, list_authorships, normalize_name
from dagster_project.parse.rows import Day
from dagster_project.parse.text import fold_space

DAY = Day("huggingface", dt.date(2025, 1, 2), dt.datetime(2025, 1, 2, 15))
names = st.text(st.characters(exclude_categories=())) | st.text(r"\{}~'\"^vcoO aeni", max_size=20)


def listed(*printed: str) -> list[str]:
    return [author.name for author in list_authorships(DAY, "2501.00001", [(name, None, None) for name in printed])]


@pytest.mark.parametrize(
    ("printed", "name"),
    [
        (r"Nguy\~ên", "Nguyễn"),
        (r"Nguy\~{\^e}n", "Nguyễn"),
        (r"Erd\H{o}s", "Erdős"),
        (r"G{\"o}del", "Gödel"),
        (r"{\O}rsted", "Ørsted"),
        (r"\AA ngstr\"om", "Ångström"),
        (r"Dvo\v{r}\'ak", "Dvořák"),
        (r"Gar\c con", "Garçon"),
        (r"Mart\'{\i}n", "Martín"),
        (r"Stra{\ss}er", "Straßer"),
        ("O'Brien", "O'Brien"),
        ("{The} Group", "The Group"),
    ],
)
def test_tex_is_shown_as_letters(printed: str, name: str):
    assert format_name(printed) == name


def test_white_space_in_a_name_is_folded():
    assert format_name(" Ada \n Byrd ") == "Ada Byrd"


def test_a_name_of_nothing_but_tex_signs_is_not_lost():
    assert listed("Ada Byrd", "{}", "Kim Minji") == ["Ada Byrd", "{}", "Kim Minji"]


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("Ada Byrd", "ADA  byrd"),
        ("Jose\u0301 Silva", "Jos\u00e9 Silva"),
        ("Ｋim Minji", "Kim Minji"),
        ("Straßer", "STRASSER"),
        ("김\u3000민지", "김 민지"),
    ],
)
def test_names_are_equal_but_for_spelling(one: str, other: str):
    assert normalize_name(one) == normalize_name(other)


@pytest.mark.parametrize(("one", "other"), [("Ada Byrd", "A. Byrd"), ("José", "Jose"), ("Kim Minji", "Minji Kim")])
def test_names_are_never_merged_by_guess(one: str, other: str):
    assert normalize_name(one) != normalize_name(other)


def test_a_repeated_name_is_one_authorship_at_its_first_place():
    authors = list_authorships(DAY, "2501.00001", [(name, None, None) for name in ("B", "A", "b ", "C", "A")])
    assert [(author.position, author.name) for author in authors] == [(1, "B"), (2, "A"), (3, "C")]


def test_a_name_is_kept_as_printed_too():
    (author,) = list_authorships(DAY, "2501.00001", [(r" Nguy\~ên  An", "an", True)])
    assert author[3:] == ("2501.00001", 1, r"Nguy\~ên An", "Nguyễn An", "nguyễn an", "an", True)


def test_an_empty_name_is_no_author():
    assert listed("", " \n") == []


def test_a_group_is_an_author():
    assert listed("Kimi Team", "Ada Byrd") == ["Kimi Team", "Ada Byrd"]


@given(st.lists(names, max_size=8))
def test_places_run_from_one_and_names_differ(printed: list[str]):
    authors = list_authorships(DAY, "2501.00001", [(name, None, None) for name in printed])
    assert [author.position for author in authors] == list(range(1, len(authors) + 1))
    assert len({author.name_normalized for author in authors}) == len(authors)


@given(names)
def test_only_white_space_is_no_author(printed: str):
    assert len(listed(printed)) == bool(fold_space(printed))


@given(names)
def test_names_can_be_stored_and_are_composed(printed: str):
    name = format_name(printed)
    name.encode()
    assert unicodedata.is_normalized("NFC", name)


@given(st.text(st.characters(exclude_characters="\\{}")))
def test_a_name_without_tex_stays(printed: str):
    assert decode_tex(printed) == printed
