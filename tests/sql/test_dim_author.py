"""dim_author: one row a normalised name. A name, not a person."""


def linked(name, user=None):
    return {"name": name, "hf_user": user}


def test_equal_names_are_one_author_with_the_days_and_number_of_its_papers(lake):
    lake.entry("2501.00001", listed_on="2025-01-06", authors=["Ada Lovelace"])
    lake.entry("2501.00002", listed_on="2025-01-09", authors=["Bo", "Ada Lovelace"])
    assert lake.build().rows(
        "SELECT name, first_listed_on, last_listed_on, paper_count FROM dim_author ORDER BY name"
    ) == [
        ("Ada Lovelace", "2025-01-06", "2025-01-09", 2),
        ("Bo", "2025-01-09", "2025-01-09", 1),
    ]


def test_names_that_only_look_alike_are_not_merged(lake):
    lake.entry("2501.00001", authors=["A. Lovelace", "Ada Lovelace"])
    assert lake.build().rows("SELECT name FROM dim_author ORDER BY name") == ["A. Lovelace", "Ada Lovelace"]


def test_the_spelling_printed_most_often_is_shown(lake):
    lake.entry("2501.00001", authors=["ADA LOVELACE"])
    lake.entry("2501.00002", authors=["Ada Lovelace"])
    lake.entry("2501.00003", authors=["Ada Lovelace"])
    assert lake.build().rows("SELECT name, name_normalized, paper_count FROM dim_author") == [
        ("Ada Lovelace", "ada lovelace", 3)
    ]


def test_of_spellings_printed_equally_often_the_first_by_the_alphabet_is_shown(lake):
    lake.entry("2501.00001", authors=["ada lovelace"])
    lake.entry("2501.00002", authors=["ADA LOVELACE"])
    assert lake.build().row("SELECT name FROM dim_author") == "ADA LOVELACE"


def test_the_user_is_known_where_every_linked_authorship_agrees(lake):
    lake.entry("2501.00001", authors=[linked("Ada", "ada")])
    lake.entry("2501.00002", authors=[linked("Ada", "ada"), linked("Bo", "bo")])
    lake.entry("2501.00003", authors=[linked("Ada"), linked("Bo", "another-bo"), linked("Cy")])
    assert lake.build().rows("SELECT name, hf_user FROM dim_author ORDER BY name") == [
        ("Ada", "ada"),
        ("Bo", None),
        ("Cy", None),
    ]


def test_an_author_that_the_site_hides_is_an_author(lake):
    lake.entry("2501.00001", authors=[{"name": "Ada", "is_hidden": True}, "Bo"])
    assert lake.build().rows("SELECT name FROM dim_author ORDER BY name") == ["Ada", "Bo"]


def test_a_name_that_no_chosen_list_holds_is_no_author(lake):
    lake.entry("2501.00001", "digest", authors=["Ada", "Misprinted"])
    lake.entry("2501.00001", "huggingface", authors=["Ada", "Bo"])
    assert lake.build().rows("SELECT name FROM dim_author ORDER BY name") == ["Ada", "Bo"]
