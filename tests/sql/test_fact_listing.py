"""fact_listing: papers on the day's lists, as the first capture that holds them shows them."""

import pytest

from tests.sql.conftest import Lake, name_paper

LISTED = """
    SELECT CAST(substr(paper.arxiv_id, 3, 2) AS INTEGER) AS place, source.source, strftime(listing.listed_on, '%d'), {}
    FROM fact_listing AS listing
    INNER JOIN dim_paper AS paper USING (paper_key)
    INNER JOIN dim_source AS source USING (source_key)
    WHERE paper.arxiv_id LIKE ?
    ORDER BY listing.listed_on, source.source, place
"""
FIRST_SEEN = LISTED.format("listing.rank, listing.votes_at_capture")
RANKS = LISTED.format("listing.rank, listing.is_still_listed")
STILL_LISTED = "SELECT is_still_listed FROM dim_paper WHERE arxiv_id LIKE ? ORDER BY arxiv_id"

CASES = {
    "a listing is as the first capture shows it": (
        [{"at": "07 12:00", "rank": 1, "votes": 30}, {"at": "06 12:00", "rank": 4, "votes": 2}],
        {FIRST_SEEN: [(1, "huggingface", "06", 4, 2)]},
    ),
    "each source has its own listing of a paper on its own day": (
        [
            {"source": "huggingface", "day": "06", "at": "06 12:00", "rank": 2, "votes": 10},
            {"source": "digest", "day": "07", "at": "07 23:00", "rank": 5, "votes": 12},
        ],
        {FIRST_SEEN: [(1, "huggingface", "06", 2, 10), (1, "digest", "07", 5, 12)]},
    ),
    "a paper listed on two days has two listings": (
        [{"day": "06", "at": "06 12:00", "votes": 1}, {"day": "08", "at": "08 12:00", "votes": 5}],
        {FIRST_SEEN: [(1, "huggingface", "06", 1, 1), (1, "huggingface", "08", 1, 5)]},
    ),
    "a paper that came late or vanished is listed all the same": (
        [{"place": 1, "at": "06 12:00", "rank": 1}, {"place": 2, "at": "06 12:20", "rank": 1}],
        {FIRST_SEEN: [(1, "huggingface", "06", 1, None), (2, "huggingface", "06", None, None)]},
    ),
    "unknown votes stay unknown": (
        [
            {"place": 1, "source": "digest", "at": "06 23:00", "votes": None},
            {"place": 2, "source": "digest", "at": "06 23:00", "votes": 0},
        ],
        {FIRST_SEEN: [(1, "digest", "06", 1, None), (2, "digest", "06", 2, 0)]},
    ),
    "the ranks of a day are those of its fullest capture": (
        [
            {"place": 1, "at": "06 08:00", "rank": 1},
            {"place": 1, "at": "06 10:00", "rank": 2},
            {"place": 2, "at": "06 10:00", "rank": 1},
            {"place": 2, "at": "06 12:00", "rank": 2},
            {"place": 3, "at": "06 12:00", "rank": 1},
        ],
        {
            RANKS: [
                (1, "huggingface", "06", 2, False),
                (2, "huggingface", "06", 1, True),
                (3, "huggingface", "06", None, True),
            ]
        },
    ),
    "a later capture of the same archive takes a paper off the list": (
        [
            {"place": 1, "at": "06 08:00"},
            {"place": 2, "at": "06 08:00"},
            {"place": 2, "at": "06 08:20"},
        ],
        {RANKS: [(1, "huggingface", "06", 1, False), (2, "huggingface", "06", 2, True)]},
    ),
    "a capture of another archive within an hour may be of an older answer": (
        [
            {"place": 1, "at": "06 08:00"},
            {"place": 2, "at": "06 08:00"},
            {"place": 2, "at": "06 09:00", "archive": "others"},
        ],
        {RANKS: [(1, "huggingface", "06", 1, True), (2, "huggingface", "06", 2, True)]},
    ),
    "a capture of another archive after an hour is of a newer answer": (
        [
            {"place": 1, "at": "06 08:00"},
            {"place": 2, "at": "06 08:00"},
            {"place": 2, "at": "06 09:01", "archive": "others"},
        ],
        {RANKS: [(1, "huggingface", "06", 1, False), (2, "huggingface", "06", 2, True)]},
    ),
    "an answer that was cut takes nothing off the list": (
        [
            {"place": 1, "at": "06 08:00"},
            {"place": 2, "at": "06 08:00"},
            {"place": 2, "at": "06 12:00"},
            {"outcome": "incomplete", "at": "06 12:00"},
        ],
        {RANKS: [(1, "huggingface", "06", 1, True), (2, "huggingface", "06", 2, True)]},
    ),
    "a paper that moved is still listed and one that was taken off is not": (
        [
            {"place": 1, "at": "06 08:00"},
            {"place": 2, "at": "06 08:00"},
            {"place": 3, "at": "06 08:00"},
            {"place": 3, "at": "06 20:00"},
            {"place": 1, "day": "07", "at": "07 08:00"},
        ],
        {
            RANKS: [
                (1, "huggingface", "06", 1, False),
                (2, "huggingface", "06", 2, False),
                (3, "huggingface", "06", 3, True),
                (1, "huggingface", "07", 1, True),
            ],
            STILL_LISTED: [True, False, True],
        },
    ),
}
"""The rows of a case, and the listings of its papers by their places. A case has a month of its own."""


@pytest.fixture(scope="module")
def cases():
    """Return the warehouse of all cases."""
    lake = Lake()
    lake.archive("others")
    for number, (rows, _) in enumerate(CASES.values()):
        month = f"2025-{number + 1:02}"
        for row in rows:
            columns = {"captured_at": f"{month}-{row['at']}"} | row
            day, place = f"{month}-{columns.pop('day', '06')}", columns.pop("place", 1)
            del columns["at"]
            if "outcome" in row:
                lake.fetch(date=day, **columns)
            else:
                lake.entry(name_paper(number, place), listed_on=day, **columns)
    return lake.build()


@pytest.mark.parametrize("case", CASES)
def test_the_listings_of_papers(cases, case):
    for query, expected in CASES[case][1].items():
        assert cases.rows(query, [f"25__.{[*CASES].index(case):05}"]) == expected
