"""dim_author: one row a normalised name. A name, not a person."""

import pytest

from tests.sql.conftest import build_cases


def linked(name, user=None):
    return {"name": name, "hf_user": user}


CASES = {
    "equal names are one author with the days and number of its papers": (
        "lovelace",
        [
            {"place": 1, "listed_on": "2025-01-06", "authors": ["Ada Lovelace"]},
            {"place": 2, "listed_on": "2025-01-09", "authors": ["Bo Lovelace", "Ada Lovelace"]},
        ],
        {
            "name, first_listed_on, last_listed_on, paper_count": [
                ("Ada Lovelace", "2025-01-06", "2025-01-09", 2),
                ("Bo Lovelace", "2025-01-09", "2025-01-09", 1),
            ]
        },
    ),
    "names that only look alike are not merged": (
        "byron",
        [{"authors": ["A. Byron", "Ada Byron"]}],
        {"name": ["A. Byron", "Ada Byron"]},
    ),
    "the spelling printed most often is shown": (
        "most",
        [
            {"place": 1, "authors": ["ADA MOST"]},
            {"place": 2, "authors": ["Ada Most"]},
            {"place": 3, "authors": ["Ada Most"]},
        ],
        {"name, name_normalized, paper_count": [("Ada Most", "ada most", 3)]},
    ),
    "of spellings printed equally often the first by the alphabet is shown": (
        "equal",
        [{"place": 1, "authors": ["ada equal"]}, {"place": 2, "authors": ["ADA EQUAL"]}],
        {"name": ["ADA EQUAL"]},
    ),
    "the user is known where every linked authorship agrees": (
        "user",
        [
            {"place": 1, "authors": [linked("Ada User", "ada")]},
            {"place": 2, "authors": [linked("Ada User", "ada"), linked("Bo User", "bo")]},
            {"place": 3, "authors": [linked("Ada User"), linked("Bo User", "another-bo"), linked("Cy User")]},
        ],
        {"name, hf_user": [("Ada User", "ada"), ("Bo User", None), ("Cy User", None)]},
    ),
    "an author that the site hides is an author": (
        "hidden",
        [{"authors": [{"name": "Ada Hidden", "is_hidden": True}, "Bo Hidden"]}],
        {"name": ["Ada Hidden", "Bo Hidden"]},
    ),
    "a name that no chosen list holds is no author": (
        "chosen",
        [
            {"source": "digest", "authors": ["Ada Chosen", "Misprinted Chosen"]},
            {"source": "huggingface", "authors": ["Ada Chosen", "Bo Chosen"]},
        ],
        {"name": ["Ada Chosen", "Bo Chosen"]},
    ),
}
"""The family name of the authors of a case, its rows, and columns of its authors in the order of their names."""


@pytest.fixture(scope="module")
def cases():
    """Return the warehouse of all cases."""
    return build_cases(rows for _, rows, _ in CASES.values())


@pytest.mark.parametrize("case", CASES)
def test_an_author_is_a_name(cases, case):
    family, _, found = CASES[case]
    for columns, expected in found.items():
        authors = f"FROM dim_author WHERE name_normalized LIKE '% {family}' ORDER BY name"
        assert cases.rows(f"SELECT {columns} {authors}") == expected
