"""The dashboard's queries: each on a few rows by hand."""

import pytest

from dagster_project.dashboard.data import CHARTED
from dagster_project.models.catalog import find_tables, load_models, load_questions
from tests.sql.conftest import Lake

QUESTIONS = {question.name: question for question in load_questions(kind="dashboard")}
MONDAY, TUESDAY, SUNDAY, NEXT_MONDAY = "2025-01-06", "2025-01-07", "2025-01-12", "2025-01-13"


def ask(warehouse, name):
    return warehouse.rows(QUESTIONS[name].sql)


@pytest.mark.parametrize("name", QUESTIONS)
def test_a_query_names_its_grain_and_reads_published_tables(name):
    published = {model.name for model in load_models() if model.is_published} | {"meta_release", "meta_check"}
    assert QUESTIONS[name].description.startswith(f"{name}: one row")
    assert find_tables(QUESTIONS[name].sql, name) <= published


@pytest.mark.parametrize("name", CHARTED)
def test_the_columns_named_for_vega_are_those_of_the_query(lake, name):
    lake.entry("2501.00001")
    answer = lake.build().connection.sql(QUESTIONS[name].sql)
    kinds = {"DATE": {"day"}, "VARCHAR": {"text", "word"}}
    assert list(answer.columns) == list(CHARTED[name])
    for kind, sql_type in zip(CHARTED[name].values(), answer.types, strict=True):
        assert kind in kinds.get(str(sql_type), {"number"})


def test_a_day_sums_up_its_new_papers_and_names(lake):
    lake.entry("2501.00001", listed_on=MONDAY, votes=3, authors=["Ada", "Bo"])
    lake.entry("2501.00002", listed_on=MONDAY, authors=["Ada"])
    lake.entry("2501.00001", listed_on=TUESDAY, votes=5, authors=["Ada", "Bo"])
    lake.entry("2501.00003", listed_on=TUESDAY, votes=0, authors=["Bo"])
    assert ask(lake.build(), "days") == [(MONDAY, None, 2, 1, 5, 2), (TUESDAY, None, 1, 1, 0, 0)]


def test_a_day_has_a_row_a_main_subject_that_add_up(lake):
    lake.entry("2501.00001", votes=3, authors=["Ada", "Bo"])
    lake.entry("2501.00002", votes=4, authors=["Ada", "Cy"])
    lake.entry("2501.00003", authors=["Di"])
    lake.entry("2501.00004", listed_on=TUESDAY, votes=1, authors=["Ada", "Ed"])
    lake.describe("2501.00001", categories=["cs.CL", "cs.LG"])
    lake.describe("2501.00002", categories=["cs.LG"])
    lake.describe("2501.00004", categories=["cs.LG"])
    warehouse = lake.build()
    assert ask(warehouse, "days") == [
        (MONDAY, None, 1, 0, None, 1),
        (MONDAY, "cs.CL", 1, 1, 3, 2),
        (MONDAY, "cs.LG", 1, 1, 4, 1),
        (TUESDAY, "cs.LG", 1, 1, 1, 1),
    ]
    assert ask(warehouse, "subjects") == [("cs.LG", "Machine Learning"), ("cs.CL", "Computation and Language")]
    assert warehouse.row("SELECT count(*) FROM dim_author") == sum(row[5] for row in ask(warehouse, "days"))


def test_the_eight_main_subjects_of_most_papers_are_a_choice(lake):
    for number in range(20):
        lake.entry(f"2501.000{number:02}")
        lake.describe(f"2501.000{number:02}", categories=[f"cs.{number % 10}{number % 10}", "cs.ZZ"])
    assert ask(lake.build(), "subjects") == [(f"cs.{number}{number}",) * 2 for number in range(8)]


def test_the_five_leading_papers_of_a_month_and_main_subject_are_held_too(lake):
    for number in range(20):
        lake.entry(f"2501.000{number:02}", votes=number)
        if number < 7:
            lake.describe(f"2501.000{number:02}", categories=["cs.CL", "cs.LG"])
    lake.entry("2502.00001", listed_on="2025-02-03", votes=1)
    lake.describe("2502.00001", categories=["cs.CL"])
    warehouse = lake.build()
    week = [(f"2501.000{number}", None) for number in range(19, 9, -1)]
    of_subject = [(f"2501.0000{number}", "cs.CL") for number in range(6, 1, -1)]
    found = [(row[0], row[3]) for row in ask(warehouse, "top_papers")]
    assert found == [*week, *of_subject, ("2502.00001", "cs.CL")]
    curves = {row[0] for row in ask(warehouse, "vote_curves")}
    assert curves == {*(paper for paper, _ in week[:5]), *(paper for paper, _ in of_subject), "2502.00001"}


def test_a_paper_beyond_the_five_of_its_subject_leads_its_week_alone(lake):
    for number in range(7):
        lake.entry(f"2501.0000{number}", votes=number)
        lake.describe(f"2501.0000{number}", categories=["cs.CL"])
    assert [row[3] for row in ask(lake.build(), "top_papers")] == [*["cs.CL"] * 5, None, None]


def test_votes_at_an_age_are_counted_by_main_subject(lake):
    for number in range(3):
        for captured_at in (f"{MONDAY} 23:00", f"{TUESDAY} 01:00"):
            lake.entry(f"2501.0000{number}", captured_at=captured_at, votes=7, submitted_at=f"{MONDAY} 00:00")
        if number:
            lake.describe(f"2501.0000{number}", categories=["cs.CL"])
    rows = [row for row in ask(lake.build(), "vote_ages") if row[2] == 24]
    assert rows == [(MONDAY, None, 24, 7, 1), (MONDAY, "cs.CL", 24, 7, 2)]


def test_a_week_from_monday_to_sunday_names_its_ten_leading_papers(lake):
    for number in range(12):
        lake.entry(f"2501.000{number:02}", listed_on=MONDAY, votes=number)
    lake.entry("2501.00020", listed_on=SUNDAY, votes=100)
    lake.entry("2501.00021", listed_on=NEXT_MONDAY)
    first = ["2501.00020", *(f"2501.000{number:02}" for number in range(11, 2, -1))]
    assert [row[0] for row in ask(lake.build(), "top_papers")] == [*first, "2501.00021"]


def test_a_leading_paper_has_its_first_and_current_votes(lake):
    lake.entry(
        "2501.00001", captured_at=f"{MONDAY} 12:00", votes=3, organization="lab", organization_full_name="The Lab"
    )
    lake.entry(
        "2501.00001", captured_at=f"{MONDAY} 18:00", votes=8, organization="lab", organization_full_name="The Lab"
    )
    warehouse = lake.build()
    title = "Title of 2501.00001"
    assert ask(warehouse, "top_papers") == [("2501.00001", title, "The Lab", None, MONDAY, 3, 8, 5, MONDAY)]
    [row] = ask(warehouse, "this_week")
    assert row[:5] == (MONDAY, SUNDAY, 1, 1, "2501.00001")
    assert row[10:13] == (3, 8, 5)


def test_votes_gained_are_known_once_votes_were_observed_twice(lake):
    lake.entry("2501.00001", captured_at=f"{MONDAY} 12:00", votes=3)
    lake.entry("2501.00002", captured_at=f"{TUESDAY} 12:00", listed_on=TUESDAY, votes=2)
    lake.entry("2501.00002", captured_at=f"{TUESDAY} 18:00", listed_on=TUESDAY, votes=2)
    warehouse = lake.build()
    assert [row[5:8] for row in ask(warehouse, "top_papers")] == [(3, 3, None), (2, 2, 0)]
    assert [row[10:13] for row in ask(warehouse, "this_week")] == [(3, 3, None), (2, 2, 0)]


def test_the_newest_week_has_places_by_current_and_by_first_votes(lake):
    for time, first, second in [("12:00", 5, 4), ("18:00", 6, 9)]:
        lake.entry("2501.00001", captured_at=f"{MONDAY} {time}", votes=first)
        lake.entry("2501.00002", captured_at=f"{MONDAY} {time}", votes=second)
    lake.entry("2412.00009", listed_on="2024-12-30", votes=99)
    places = [(row[4], row[2], row[3]) for row in ask(lake.build(), "this_week")]
    assert places == [("2501.00002", 1, 2), ("2501.00001", 2, 1)]


def test_a_curve_has_a_point_in_six_hours_at_first_and_then_one_a_day(lake):
    for votes, time in enumerate(["00:30", "01:00", "05:00", "07:00"]):
        lake.entry("2501.00001", captured_at=f"{MONDAY} {time}", votes=votes)
    for votes, time in enumerate(["2025-01-08 06:00", "2025-01-08 18:00", "2025-01-21 12:00"], start=10):
        lake.entry("2501.00001", captured_at=time, votes=votes)
    assert ask(lake.build(), "vote_curves") == [
        ("2501.00001", 0.5, 0),
        ("2501.00001", 5.0, 2),
        ("2501.00001", 7.0, 3),
        ("2501.00001", 66.0, 11),
    ]


def test_a_curve_ends_at_the_last_observation_even_without_new_votes(lake):
    lake.entry("2501.00001", captured_at=f"{MONDAY} 12:00", votes=3)
    lake.fetch("fetched", captured_at=f"{MONDAY} 12:00")
    lake.fetch("unchanged", captured_at=f"{TUESDAY} 12:00")
    assert ask(lake.build(), "vote_curves") == [("2501.00001", 12.0, 3), ("2501.00001", 36.0, 3)]


def test_a_curve_that_lies_flat_has_two_points(lake):
    for hour in ("01", "07", "13", "19"):
        lake.entry("2501.00001", captured_at=f"{MONDAY} {hour}:00", votes=3)
    assert ask(lake.build(), "vote_curves") == [("2501.00001", 1.0, 3), ("2501.00001", 19.0, 3)]


def test_a_leading_paper_observed_too_late_keeps_its_place(lake):
    lake.entry("2501.00001", captured_at="2025-03-01 12:00", votes=9)
    lake.entry("2501.00002", captured_at=f"{MONDAY} 12:00", votes=3)
    assert ask(lake.build(), "vote_curves") == [("2501.00001", None, None), ("2501.00002", 12.0, 3)]


def test_the_five_leading_papers_of_a_week_have_curves(lake):
    for number in range(7):
        lake.entry(f"2501.0000{number}", votes=number)
    assert {row[0] for row in ask(lake.build(), "vote_curves")} == {f"2501.0000{number}" for number in range(2, 7)}


def test_names_on_the_rise_have_more_papers_in_three_months_than_in_the_three_before(lake):
    for day, authors in [
        ("2024-09-02", ["Cy"]),
        ("2024-10-07", ["Ada", "Bo", "Cy"]),
        ("2025-01-06", ["Ada", "Bo"]),
        ("2025-03-03", ["Ada"]),
    ]:
        lake.entry(f"{day[2:4]}{day[5:7]}.00001", listed_on=day, votes=7, authors=authors, organization=authors[0])
    warehouse = lake.build()
    rising = [row for row in ask(warehouse, "rising") if row[0] == "author"]
    assert [row[1:] for row in rising if row[1] == "2025-03-01"] == [("2025-03-01", 1, "Ada", 2, 1, 14)]
    assert [row for row in rising if row[1] == "2025-01-01"] == []
    assert [row[1:] for row in ask(warehouse, "rising") if row[0] == "organization"] == [
        ("2024-09-01", 1, "Cy", 1, 0, 7),
        ("2024-10-01", 1, "Ada", 1, 0, 7),
        ("2024-10-01", 2, "Cy", 1, 0, 7),
        ("2025-03-01", 1, "Ada", 2, 1, 14),
    ]


def test_a_keyword_has_a_row_in_every_month_with_keywords(lake):
    lake.entry("2501.00001", keywords=["agents", "vision"])
    lake.entry("2501.00002", keywords=["agents"])
    lake.entry("2502.00001", listed_on="2025-02-03", keywords=["agents"])
    assert ask(lake.build(), "keywords") == [
        ("2025-01-01", "agents", 2, 2),
        ("2025-01-01", "vision", 1, 2),
        ("2025-02-01", "agents", 1, 1),
        ("2025-02-01", "vision", 0, 1),
    ]


def test_the_forty_keywords_on_most_papers_have_rows(lake):
    lake.entry("2501.00001", keywords=["leading", *(f"word {number:02}" for number in range(45))])
    lake.entry("2501.00002", keywords=["leading"])
    found = [row[1] for row in ask(lake.build(), "keywords")]
    assert found == ["leading", *(f"word {number:02}" for number in range(39))]


def test_working_days_without_a_list_and_days_with_failures_or_rejects_need_a_look(lake):
    lake.fetch("missing", date=MONDAY)
    lake.fetch("missing", date=SUNDAY)
    lake.fetch("failed", date=TUESDAY, reason="timed out")
    lake.entry("2501.00001", listed_on=NEXT_MONDAY)
    lake.fetch("fetched", date=NEXT_MONDAY)
    lake.reject("a_rule", listed_on=NEXT_MONDAY)
    warehouse = lake.build()
    found = [(row[0], row[2], row[4], row[5]) for row in ask(warehouse, "gaps")]
    assert found == [
        (NEXT_MONDAY, "published", None, 1),
        (TUESDAY, "failed", "timed out", 0),
        (MONDAY, "missing", None, 0),
    ]
    assert ask(warehouse, "rejects") == [("huggingface", "a_rule", 1, NEXT_MONDAY, NEXT_MONDAY)]


@pytest.mark.parametrize("source", ["digest", "huggingface"])
def test_the_newest_list_with_sections_opens_on_its_leading_papers(lake, source):
    lake.entry("2412.00001", "digest", "2024-12-30", votes=99, sections=["An older day"])
    lake.entry("2501.00001", source, votes=1, sections=[{"text": "좋은 논문", "language": "ko"}, "More"])
    lake.entry("2501.00002", source, votes=2, sections=["Better"])
    lake.entry("2501.00003", listed_on=NEXT_MONDAY, votes=3)
    warehouse = lake.build()
    description = warehouse.row(f"SELECT description FROM dim_source WHERE source = '{source}'")
    assert ask(warehouse, "opening_words") == [
        (MONDAY, description, one, f"Title of {one}", f"https://huggingface.co/papers/{one}", text, language)
        for one, text, language in [("2501.00002", "Better", None), ("2501.00001", "좋은 논문", "ko")]
    ]


def test_of_two_lists_of_a_day_that_of_the_preferred_source_opens(lake):
    for source in ("digest", "huggingface"):
        for number in range(3):
            lake.entry(f"2501.0000{number}", source, votes=number, sections=[source])
    warehouse = lake.build()
    preferred = warehouse.row("SELECT source FROM dim_source ORDER BY precedence LIMIT 1")
    assert [row[5] for row in ask(warehouse, "opening_words")] == [preferred] * 3


def test_a_source_is_shown_once_it_was_asked(lake):
    lake.fetch("empty", "digest")
    warehouse = lake.build()
    assert ask(warehouse, "sources") == warehouse.rows(
        "SELECT source, description FROM dim_source WHERE source = 'digest'"
    )


def test_the_release_knows_since_when_papers_have_organizations_and_keywords(lake):
    lake.entry("2412.00001", listed_on="2024-12-30")
    lake.entry("2501.00001", listed_on=TUESDAY, organization="lab")
    lake.entry("2502.00001", listed_on="2025-02-03", keywords=["agents"])
    warehouse = lake.build(constraints=False)
    warehouse.execute("INSERT INTO meta_release BY NAME SELECT 'a release' AS release_id")
    [row] = ask(warehouse, "release")
    assert row[3:8] == (3, "2024-12-30", "2025-02-03", TUESDAY, "2025-02-01")


@pytest.fixture(scope="module")
def without_papers():
    return Lake().build()


@pytest.mark.parametrize("name", QUESTIONS)
def test_a_warehouse_without_papers_has_no_rows_but_no_errors(without_papers, name):
    assert ask(without_papers, name) == []
