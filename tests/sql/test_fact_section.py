"""fact_section: summaries in sections, as digests print them."""

SECTIONS = """
    SELECT paper.arxiv_id, section.listed_on, section.position, section.heading, section.text, section.language
    FROM fact_section AS section
    INNER JOIN dim_paper AS paper USING (paper_key)
    ORDER BY ALL
"""


def test_sections_stand_in_their_order_with_heading_and_language(lake):
    section = {"text": "무엇이 새로운가", "heading": "What's New", "heading_as_printed": "What’s New", "language": "ko"}
    lake.entry("2401.00001", "digest", "2024-01-25", sections=[section, "No heading in this era"])
    warehouse = lake.build()
    assert warehouse.rows(SECTIONS) == [
        ("2401.00001", "2024-01-25", 1, "What's New", "무엇이 새로운가", "ko"),
        ("2401.00001", "2024-01-25", 2, None, "No heading in this era", None),
    ]
    assert warehouse.rows("SELECT heading_as_printed FROM fact_section ORDER BY position") == ["What’s New", None]


def test_a_paper_in_two_digests_keeps_the_sections_of_both(lake):
    lake.entry("2401.00001", "digest", "2024-01-25", sections=["One"])
    lake.entry("2401.00001", "digest", "2024-01-27", sections=["Other"])
    assert [(row[1], row[4]) for row in lake.build().rows(SECTIONS)] == [("2024-01-25", "One"), ("2024-01-27", "Other")]


def test_papers_of_a_digest_keep_their_own_sections(lake):
    lake.entry("2401.00001", "digest", sections=["One"])
    lake.entry("2401.00002", "digest", sections=["Two"])
    assert [(row[0], row[4]) for row in lake.build().rows(SECTIONS)] == [("2401.00001", "One"), ("2401.00002", "Two")]


def test_a_paper_without_a_summary_has_no_section(lake):
    lake.entry("2401.00001", "digest")
    assert lake.build().rows(SECTIONS) == []
