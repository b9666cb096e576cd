"""Lists of authors: how a name is shown, and when two are equal."""

import datetime as dt
import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dagster_project.parse.authors import (
    decode_tex,
    format_name,
    list_authorships,
    normalize_name,
    read_names,
    split_persons,
)
from dagster_project.parse.rows import LONGEST_NAME, Day
from dagster_project.parse.text import fold_text

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
    assert author[4:] == ("2501.00001", 1, r"Nguy\~ên An", "Nguyễn An", "nguyễn an", "an", True, None)


@pytest.mark.parametrize(
    "printed", ["Ada\u200b Byrd", "\ufeffAda Byrd", "Ada\u00ad Byrd", "Ada\u3164Byrd", "Ada \u202eByrd\u202c"]
)
def test_invisible_signs_make_no_second_name_and_are_kept_as_printed(printed: str):
    (author,) = list_authorships(DAY, "2501.00001", read_names([(printed, None, None), ("Ada Byrd", None, None)])[0])
    assert (author.name_as_printed, author.name, author.name_normalized) == (printed, "Ada Byrd", "ada byrd")


def read(*printed: str) -> tuple[list[str], bool]:
    names, is_cut = read_names((name, None, None) for name in printed)
    return [name for name, _, _ in names], is_cut


@pytest.mark.parametrize(
    "suffix",
    [
        "Jr.",
        "Jr",
        "JR.",
        "jr.",
        "Sr.",
        "Jnr.",
        "II",
        "III",
        "IV",
        "Ph.D.",
        "PhD",
        "Ph. D.",
        "M.D.",
        "MD",
        "Esq.",
        "3rd",
    ],
)
def test_a_suffix_belongs_to_the_name_before_it(suffix: str):
    assert read("Ann Low", suffix, "Bo Chan") == ([f"Ann Low {suffix}", "Bo Chan"], False)
    assert read(f"Ann Low, {suffix}", "Bo Chan") == ([f"Ann Low {suffix}", "Bo Chan"], False)


@pytest.mark.parametrize("name", ["V", "X", "I", "Md", "Li", "Jr. Walker", "Junior", "IVAN", "Phd Team", "Sri"])
def test_what_may_be_a_name_stays_one(name: str):
    assert read("Ann Low", name) == (["Ann Low", name], False)


def test_a_suffix_without_a_name_is_not_lost_and_many_are_no_long_name():
    assert read("Jr.", "Ann Low") == (["Jr.", "Ann Low"], False)
    assert read("Ann Low, Jr., Ph.D.") == (["Ann Low Jr. Ph.D."], False)
    names, _ = read("Ann Low", *["Jr."] * 100_000)
    assert max(map(len, names)) < LONGEST_NAME + 10


@pytest.mark.parametrize(
    "sign",
    [
        *("et al.", "et al", "et. al.", "Et Al.", "ET AL", "et alii", "et-al.", "etal.", "and et al.", "& et al."),
        *(
            "(et al.)",
            "et al. …",
            "...",
            "…",
            "and others",
            "& others",
            "and 12 others",
            "+12 more",
            "and 3 more authors",
        ),
        *("외 3명", "외 12인", "等", "等人"),
    ],
)
def test_a_sign_of_a_cut_list_is_no_person(sign: str):
    assert read("Ann Low", sign) == (["Ann Low"], True)
    assert read("Ann Low " + sign) == (["Ann Low"], True)


@pytest.mark.parametrize(
    "name", ["Thomas More", "Ital Metal", "Al Etan", "Bo Outhers", "Low et Alba", "외숙", "Team 12"]
)
def test_a_name_that_only_looks_like_such_a_sign_stays(name: str):
    assert read(name) == ([name], False)


@pytest.mark.parametrize("printed", ["and Bo Chan", "And  Bo Chan", "& Bo Chan"])
def test_and_before_a_name_is_dropped(printed: str):
    assert read("Ann Low", printed) == (["Ann Low", "Bo Chan"], False)


@pytest.mark.parametrize("name", ["&Bo", "Anders And", "Andy Low", "R&D Team", "Andrea", "Band And Low"])
def test_and_within_a_word_is_part_of_it(name: str):
    assert read(name) == ([name], False)


@pytest.mark.parametrize(
    ("printed", "persons"),
    [
        ("Ann Low and Bo Chan", ["Ann Low", "Bo Chan"]),
        ("Ann Low  &\nBo Chan AND Cy Diaz", ["Ann Low", "Bo Chan", "Cy Diaz"]),
        ("Department of Physics and Astronomy", ["Department of Physics and Astronomy"]),
        ("Data and AI Team", ["Data and AI Team"]),
        ("Ai Mori and Bo Chan", ["Ai Mori", "Bo Chan"]),
        ("Ann Low and others", ["Ann Low and others"]),
        ("AT&T", ["AT&T"]),
        ("", [""]),
    ],
)
def test_two_persons_are_split_and_a_group_is_not(printed: str, persons: list[str]):
    assert split_persons(printed) == persons


@given(st.lists(names | st.sampled_from(["Jr.", "et al.", "and B", "A and B", "+", "외 3명"]), max_size=8))
def test_reading_names_twice_gives_no_more_names(printed: list[str]):
    once, _ = read(*printed)
    assert len(once) <= len(printed)
    assert all(once)
    assert len(read(*once)[0]) <= len(once)


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
    assert len(listed(printed)) == bool(fold_text(printed))


@given(names)
def test_names_can_be_stored_and_are_composed(printed: str):
    name = format_name(printed)
    name.encode()
    assert unicodedata.is_normalized("NFC", name)


@given(st.text(st.characters(exclude_characters="\\{}")))
def test_a_name_without_tex_stays(printed: str):
    assert decode_tex(printed) == printed
