"""dim_category and bridge_paper_category: the subjects of papers."""

SUBJECTS = """
    SELECT paper.arxiv_id, category.category, bridge.is_primary
    FROM bridge_paper_category AS bridge
    INNER JOIN dim_category AS category USING (category_key)
    INNER JOIN dim_paper AS paper USING (paper_key)
    ORDER BY paper.arxiv_id, bridge.is_primary DESC, category.category
"""


def test_a_paper_has_its_subjects_the_first_as_main_one(lake):
    lake.entry("2501.00001")
    lake.entry("2501.00002")
    lake.entry("2501.00003")
    lake.describe("2501.00001", categories=["cs.CV", "cs.AI"])
    lake.describe("2501.00002", categories=["cs.AI"])
    assert lake.build().rows(SUBJECTS) == [
        ("2501.00001", "cs.CV", True),
        ("2501.00001", "cs.AI", False),
        ("2501.00002", "cs.AI", True),
    ]


def test_subjects_are_those_of_the_answer_that_counts(lake):
    lake.archive("snapshot", "arxiv")
    lake.entry("2501.00001")
    lake.describe("2501.00001", categories=["cs.CV"])
    lake.describe("2501.00001", "2025-01-10 02:45", categories=["cs.AI", "cs.LG"])
    lake.describe("2501.00001", "2025-01-20 01:00", categories=["cs.AI", "cs.RO"])
    # Another archive's answer of the same time: the archive whose name sorts first counts.
    lake.describe("2501.00001", categories=["cs.LG", "stat.ML"], archive="snapshot")
    assert lake.build().rows(SUBJECTS) == [("2501.00001", "cs.CV", True)]


def test_subjects_that_no_paper_has_any_more_are_left_out(lake):
    lake.entry("2501.00001")
    lake.describe("2501.00001", categories=["cs.CV"])
    lake.describe("2501.00001", "2025-02-10 02:45", categories=[])
    warehouse = lake.build()
    assert warehouse.rows("SELECT category FROM dim_category") == []
    assert warehouse.row("SELECT primary_category FROM dim_paper") is None


def test_a_subject_has_the_names_of_arxiv_or_stands_for_itself(lake):
    lake.entry("2501.00001")
    lake.describe("2501.00001", categories=["stat.ML", "cs.LG", "hep-th", "I.2.7", "68T50"])
    assert lake.build().rows("SELECT category, name, archive, archive_name FROM dim_category ORDER BY category") == [
        ("68T50", "68T50", None, None),
        ("I.2.7", "I.2.7", None, None),
        ("cs.LG", "Machine Learning", "cs", "Computer Science"),
        ("hep-th", "High Energy Physics - Theory", "hep-th", "High Energy Physics"),
        ("stat.ML", "Machine Learning", "stat", "Statistics"),
    ]


def test_arxiv_has_one_name_for_a_subject(lake):
    warehouse = lake.build()
    assert warehouse.rows("SELECT category FROM stg_category GROUP BY category HAVING count(*) > 1") == []
    # A subject of an archive has the archive's name before the dot, and one name of an archive is enough.
    assert warehouse.rows("SELECT category FROM stg_category WHERE split_part(category, '.', 1) <> archive") == []
    assert (
        warehouse.rows("SELECT archive FROM stg_category GROUP BY archive HAVING count(DISTINCT archive_name) > 1")
        == []
    )


def test_keys_are_computed_from_the_subject_alone(lake):
    lake.entry("2501.00001")
    lake.describe("2501.00001", categories=["cs.CL"])
    key = "CAST('0x' || substr(md5('cs.CL'), 1, 15) AS BIGINT)"
    assert lake.build().row(f"SELECT category_key = {key} FROM dim_category") is True
