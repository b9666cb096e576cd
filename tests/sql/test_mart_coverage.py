"""mart_coverage: what became of each day of each source."""

import pytest

from tests.sql.conftest import DAY, KNOWN, Lake

CUT, WHOLE = f"{DAY} 12:00", f"{DAY} 12:20"
LATE = "2025-01-07 09:00"
LAST = "status, attempts, last_attempt_at, last_outcome, last_reason"

CASES = {
    "a day with papers is published": ([{"votes": 3}, {"outcome": "fetched"}], {"status": ["published"]}),
    "a day whose list is still the same is published": (
        [{"votes": 3}, {"outcome": "unchanged"}],
        {"status": ["published"]},
    ),
    "a list that was cut is incomplete": ([{"votes": 3}, {"outcome": "incomplete"}], {"status": ["incomplete"]}),
    "a day without papers is empty": ([{"outcome": "empty"}], {"status": ["empty"]}),
    "a day that is still without papers is empty": ([{"outcome": "unchanged"}], {"status": ["empty"]}),
    "a day that the source does not have is missing": ([{"outcome": "missing"}], {"status": ["missing"]}),
    "a day that could not be fetched failed": ([{"outcome": "failed"}], {"status": ["failed"]}),
    "a day in the future is left out": ([{"outcome": "future"}], {"status": []}),
    "a day that failed and then came is published": (
        [
            {"outcome": "failed", "captured_at": f"{DAY} 12:00"},
            {"outcome": "fetched", "captured_at": f"{DAY} 13:00"},
            {"votes": 3, "captured_at": f"{DAY} 13:00"},
        ],
        {"status": ["published"]},
    ),
    **{
        f"a published day stays so whatever comes after: {outcome}": (
            [
                {"votes": 3},
                {"outcome": "fetched"},
                {"outcome": outcome, "captured_at": "2025-01-09 12:00", "reason": "because"},
            ],
            {LAST: [("published", 2, "2025-01-09 12:00", outcome, "because")]},
        )
        for outcome in ("failed", "missing", "empty")
    },
    "an empty day that fails later stays empty": (
        [{"outcome": "empty"}, {"outcome": "failed", "captured_at": "2025-01-07 12:00"}],
        {"status": ["empty"]},
    ),
    "a missing digest that came late is published": (
        [
            {"outcome": "missing", "time_basis": "assumed", "fetched_at": f"{DAY} 23:10"},
            {"outcome": "fetched", "time_basis": "assumed", "fetched_at": LATE},
            {"votes": 3},
        ],
        {"status": ["published"]},
    ),
    "a whole capture makes good one that was cut": (
        [
            {"votes": 3, "captured_at": CUT},
            {"votes": 3, "captured_at": WHOLE},
            {"outcome": "incomplete", "captured_at": CUT},
            {"outcome": "fetched", "captured_at": WHOLE},
        ],
        {"status": ["published"]},
    ),
    "a day whose first page stands as it was and whose second came at last is published": (
        [
            {"votes": 3, "captured_at": CUT},
            {"votes": 3, "captured_at": WHOLE},
            {"outcome": "incomplete", "captured_at": CUT},
            {"outcome": "failed", "captured_at": CUT, "page": 1},
            {"outcome": "unchanged", "captured_at": WHOLE},
            {"outcome": "fetched", "captured_at": WHOLE, "page": 1},
        ],
        {"status, attempts": [("published", 2)]},
    ),
    "a cut capture that is read again does not undo a later whole one": (
        [
            {"votes": 3, "captured_at": CUT},
            {"votes": 3, "captured_at": WHOLE},
            {"outcome": "incomplete", "captured_at": CUT, "fetched_at": "2025-02-01 09:00"},
            {"outcome": "fetched", "captured_at": WHOLE, "fetched_at": "2025-02-01 09:00"},
            {"outcome": "incomplete", "captured_at": CUT, "fetched_at": "2025-02-02 09:00"},
            {"outcome": "unchanged", "captured_at": WHOLE, "fetched_at": "2025-02-02 09:00"},
        ],
        {"status, captures, attempts": [("published", 2, 4)]},
    ),
    "a file that ends in the middle of a line is incomplete": (
        [{"votes": 3}, {"outcome": "fetched", "time_basis": "assumed"}, {"rule": "truncated"}],
        {"status, rejects": [("incomplete", 1)]},
    ),
    "a whole file makes good for one that ended too soon": (
        [
            {"votes": 3},
            {"votes": 3, "captured_at": LATE},
            {"outcome": "fetched", "time_basis": "assumed"},
            {"outcome": "fetched", "time_basis": "assumed", "captured_at": LATE},
            {"rule": "truncated"},
        ],
        {"status, rejects": [("published", 1)]},
    ),
    "a file that ended too soon as well makes nothing good": (
        [
            {"votes": 3},
            {"votes": 3, "captured_at": LATE},
            {"outcome": "fetched", "time_basis": "assumed"},
            {"outcome": "fetched", "time_basis": "assumed", "captured_at": LATE},
            {"rule": "truncated"},
            {"rule": "truncated", "captured_at": LATE, "raw": "another line"},
        ],
        {"status, rejects": [("incomplete", 2)]},
    ),
    "an answer of which no paper could be read is a failure": (
        [{"outcome": "fetched"}, {"rule": "payload"}],
        {"status": ["failed"]},
    ),
    "a piece that was rejected does not spoil the day": (
        [{"votes": 3}, {"outcome": "fetched"}, {"rule": "title"}],
        {"status, papers, rejects": [("published", 1, 1)]},
    ),
}
"""The entries of a paper, the fetch attempts and the rejects of a day, and what became of it."""


@pytest.fixture(scope="module")
def cases():
    """Return the warehouse of all cases, each of a source of its own."""
    lake = Lake()
    for number, (rows, _) in enumerate(CASES.values()):
        lake.source(f"source-{number}", **KNOWN["huggingface"] | {"precedence": 10 + number})
        for row in rows:
            columns = {"source": f"source-{number}", "captured_at": f"{DAY} 12:00"} | row
            if "outcome" in row:
                lake.fetch(**{"time_basis": "measured"} | columns)
            elif "rule" in row:
                lake.reject(**columns)
            else:
                lake.entry(f"2501.{number:05}", **columns)
    return lake.build()


@pytest.mark.parametrize("case", CASES)
def test_what_became_of_a_day(cases, case):
    for columns, expected in CASES[case][1].items():
        of_source = f"FROM mart_coverage WHERE source = 'source-{[*CASES].index(case)}'"
        assert cases.rows(f"SELECT {columns} {of_source}") == expected


def test_sources_and_days_are_told_apart(lake):
    lake.fetch("fetched", "digest", "2025-01-03")
    lake.entry("2501.00001", "digest", "2025-01-03")
    lake.entry("2501.00002", "digest", "2025-01-03")
    lake.fetch("missing", "digest", "2025-01-04")
    lake.fetch("empty", "huggingface", "2025-01-04")
    columns = "source, date, status, papers, is_weekend"
    assert lake.build().rows(f"SELECT {columns} FROM mart_coverage ORDER BY date, source") == [
        ("digest", "2025-01-03", "published", 2, False),
        ("digest", "2025-01-04", "missing", 0, True),
        ("huggingface", "2025-01-04", "empty", 0, True),
    ]
