"""dim_paper: one row a paper; of two sources the API wins, and what only one has is kept."""

import pytest

from tests.sql.conftest import build_cases

PAPER = "2501.00001"
CODE = "https://github.com/example/code"

CASES = {
    "the API wins for title, abstract and picture": (
        [
            {"source": "digest", "title": "As a digest prints it", "thumbnail_url": "https://example.org/digest.png"},
            {"title": "As the API gives it", "abstract": "Short.", "thumbnail_url": "https://example.org/api.png"},
        ],
        {"title, abstract, thumbnail_url": [("As the API gives it", "Short.", "https://example.org/api.png")]},
    ),
    "the API wins even where the digest is newer": (
        [
            {"title": "As the API gives it", "listed_on": "2025-01-06"},
            {"source": "digest", "title": "As a digest prints it", "listed_on": "2025-01-08"},
        ],
        {"title": ["As the API gives it"]},
    ),
    "what only a digest has is kept": (
        [
            {"source": "digest", "video_url": "https://example.org/talk.mp4", "thumbnail_url": "https://example.org/d"},
            {"published_at": "2025-01-03 17:59"},
        ],
        {
            "video_url, thumbnail_url, published_on": [
                ("https://example.org/talk.mp4", "https://example.org/d", "2025-01-03"),
            ]
        },
    ),
    "a paper that only a digest knows is kept with unknowns": (
        [{"source": "digest", "title": "As printed", "authors": ["Ada", "Bo"], "votes": 4}],
        {
            "title, abstract, published_on, author_count, latest_votes, comments": [
                ("As printed", None, None, 2, 4, None)
            ]
        },
    ),
    "the newest capture is the current state": (
        [
            {"captured_at": "2025-01-06 12:00", "github_stars": 5, "comments": 1},
            {"captured_at": "2025-01-07 12:00", "github_stars": 9, "comments": 0},
        ],
        {"github_stars, comments": [(9, 0)]},
    ),
    "two sources are one paper with the days of both": (
        [
            {"source": "digest", "listed_on": "2025-01-07"},
            {"source": "huggingface", "listed_on": "2025-01-06"},
            {"source": "huggingface", "listed_on": "2025-01-09"},
        ],
        {"first_listed_on, last_listed_on, listing_count": [("2025-01-06", "2025-01-09", 3)]},
    ),
    "captures of one day are one listing": (
        [{"captured_at": "2025-01-06 12:00"}, {"captured_at": "2025-01-07 12:00"}],
        {"listing_count": [1]},
    ),
    "a paper that vanished from later captures is kept": (
        [
            {"place": 1, "captured_at": "2025-01-06 12:00", "votes": 3},
            {"place": 2, "captured_at": "2025-01-06 12:00", "votes": 1},
            {"place": 2, "captured_at": "2025-01-07 12:00", "votes": 2},
        ],
        {"latest_votes": [3, 2]},
    ),
    "unknown votes are not zero votes": (
        [{"place": 1, "votes": None}, {"place": 2, "votes": 0}],
        {"latest_votes, peak_votes": [(None, None), (0, 0)]},
    ),
    "latest votes are the last known ones and peak votes the most": (
        [
            {"captured_at": "2025-01-06 12:00", "votes": 9},
            {"captured_at": "2025-01-07 12:00", "votes": 7},
            {"captured_at": "2025-01-08 12:00", "votes": None},
        ],
        {"latest_votes, peak_votes": [(7, 9)]},
    ),
    "of votes counted at the same time the API is believed": (
        [
            {"source": "digest", "captured_at": "2025-01-06 23:00", "votes": 5},
            {"source": "huggingface", "captured_at": "2025-01-06 23:00", "votes": 6},
        ],
        {"latest_votes": [6]},
    ),
    "votes that the API repeats later are newer than a digest in between": (
        [
            {"captured_at": "2025-01-06 12:00", "votes": 5},
            {"source": "digest", "captured_at": "2025-01-06 23:00", "votes": 8},
            {"outcome": "unchanged", "captured_at": "2025-01-07 12:00"},
        ],
        {"latest_votes, peak_votes": [(5, 8)]},
    ),
    "latest votes tell when they were last observed": (
        [
            {"place": 1, "captured_at": "2025-01-06 12:00", "votes": 5},
            {"outcome": "unchanged", "captured_at": "2025-01-07 12:00"},
            {"place": 2, "listed_on": "2025-01-08", "captured_at": "2025-01-08 12:00", "votes": 7},
            {"place": 2, "listed_on": "2025-01-08", "captured_at": "2025-01-09 12:00", "votes": None},
            {"place": 3, "votes": None},
        ],
        {"latest_votes, votes_seen_at": [(5, "2025-01-07 12:00"), (7, "2025-01-08 12:00"), (None, None)]},
    ),
    "a paper knows when it was put on the list": (
        [
            {"place": 1, "source": "digest"},
            {"place": 2, "captured_at": "2025-01-06 12:00", "submitted_at": "2025-01-06 02:00"},
            {"place": 2, "captured_at": "2025-01-07 12:00", "submitted_at": "2025-01-06 03:00"},
        ],
        {"submitted_at": [None, "2025-01-06 03:00"]},
    ),
    "a paper is withdrawn as long as the newest capture says so": (
        [
            {"place": 1, "captured_at": "2025-01-06 12:00", "withdrawn_at": None},
            {"place": 1, "captured_at": "2025-01-07 12:00", "withdrawn_at": "2025-01-07 09:00"},
            {"place": 2, "captured_at": "2025-01-06 12:00", "withdrawn_at": "2025-01-06 09:00"},
            {"place": 2, "captured_at": "2025-01-07 12:00", "withdrawn_at": None},
        ],
        {"is_withdrawn": [True, False]},
    ),
    "no answer before the first with a repository says that a paper has none": (
        [
            {"place": 1, "captured_at": "2025-01-06 12:00"},
            {"place": 2, "captured_at": "2025-01-07 12:00", "github_repo": CODE},
            {"place": 3, "captured_at": "2025-01-07 12:00"},
            {"place": 4, "source": "digest"},
        ],
        {"has_github_repo": [None, True, False, None]},
    ),
    "a paper that a later answer holds again is known": (
        [
            {"place": 1, "captured_at": "2025-01-06 12:00"},
            {"place": 1, "captured_at": "2025-01-08 12:00"},
            {"place": 2, "captured_at": "2025-01-07 12:00", "github_repo": CODE},
        ],
        {"has_github_repo": [False, True]},
    ),
    "what one archive leaves out says nothing of another": (
        [
            {"place": 1, "captured_at": "2025-01-06 12:00", "github_repo": CODE},
            {"place": 2, "captured_at": "2025-01-07 12:00", "archive": "own"},
        ],
        {"has_github_repo": [True, None]},
    ),
    "a field that nine times as many papers lack is known": (
        [
            {"place": 1, "captured_at": "2025-01-06 12:00", "github_repo": CODE},
            *({"place": place, "captured_at": "2025-01-07 12:00"} for place in range(2, 11)),
        ],
        {"has_github_repo": [True] + [False] * 9},
    ),
    "a field that ten times as many papers lack has gone": (
        [
            {"place": 1, "captured_at": "2025-01-06 12:00", "github_repo": CODE},
            *({"place": place, "captured_at": "2025-01-07 12:00"} for place in range(2, 12)),
        ],
        {"has_github_repo": [True] + [None] * 10},
    ),
    "pages, organisations and videos are known in the same way": (
        [
            {"place": 1, "captured_at": "2025-01-06 12:00"},
            {
                "place": 2,
                "captured_at": "2025-01-07 12:00",
                "project_page": "https://example.org",
                "organization": "lab",
                "video_url": "https://example.org/a.mp4",
            },
            {"place": 3, "captured_at": "2025-01-07 12:00"},
        ],
        {"has_project_page, has_organization, has_video": [(None,) * 3, (True,) * 3, (False,) * 3]},
    ),
    "a list cut in print is flagged": (
        [{"source": "digest", "authors": ["Ada", "Bo"], "authors_truncated": True}],
        {"author_count, authors_truncated": [(2, True)]},
    ),
    "a cut list is made good by a whole one": (
        [
            {"place": 1, "source": "digest", "listed_on": "2025-01-07", "authors": ["Ada"], "authors_truncated": True},
            {"place": 1, "source": "digest", "listed_on": "2025-01-05", "authors": ["Ada", "Bo"]},
            {"place": 2, "source": "digest", "listed_on": "2025-01-07", "authors": ["Ada"], "authors_truncated": True},
            {"place": 2, "source": "huggingface", "authors": ["Ada", "Bo", "Cy"]},
        ],
        {"author_count, authors_truncated": [(2, False), (3, False)]},
    ),
    "a paper without a list has an unknown number of authors": (
        [{"authors": None}],
        {"author_count, authors_truncated": [(None, False)]},
    ),
    "no keywords is not the same as unknown keywords": (
        [
            {"place": 1, "keywords": None},
            {"place": 2, "keywords": []},
            {"place": 3, "keywords": ["agents", "search"]},
            {"place": 4, "source": "digest"},
        ],
        {"keyword_count": [None, 0, 2, None]},
    ),
    "keywords known from an earlier list are counted": (
        [{"listed_on": "2025-01-06", "keywords": ["agents"]}, {"listed_on": "2025-01-08", "keywords": []}],
        {"keyword_count": [1]},
    ),
    "keywords that were all rejected are not counted": ([{"keyword_count": 2}], {"keyword_count": [0]}),
    "the organisation is that of the newest capture": (
        [
            {"captured_at": "2025-01-06 12:00", "organization": "old-lab"},
            {"captured_at": "2025-01-07 12:00", "organization": "new-lab", "organization_full_name": "New Lab"},
        ],
        {"name, full_name": [("new-lab", "New Lab")]},
    ),
    "a corrected value says nothing of what answers can have": (
        [{"place": 1}, {"place": 2}, {"place": 1, "field": "github_repo", "value": CODE}],
        {"has_github_repo": [True, None]},
    ),
    "the stars of a wrong repository are unknown": (
        [
            {"place": 1, "github_repo": "https://github.com/wrong/code", "github_stars": 5},
            {"place": 2, "github_repo": "https://github.com/wrong/code", "github_stars": 5},
            {"place": 1, "field": "github_repo", "value": None},
        ],
        {
            "github_repo, has_github_repo, github_stars": [
                (None, False, None),
                ("https://github.com/wrong/code", True, 5),
            ]
        },
    ),
    "a paper moves to its right organisation and takes no name along": (
        [
            {"place": 1, "organization": "a-lab", "organization_full_name": "A Lab"},
            {"place": 2, "organization": "b-lab", "organization_full_name": "B Lab"},
            {"place": 1, "field": "organization", "value": "b-lab"},
        ],
        {"name, full_name": [("b-lab", "B Lab"), ("b-lab", "B Lab")]},
    ),
}
"""The rows of a case, and columns of its papers and of their organisations, in the order of their places."""


@pytest.fixture(scope="module")
def cases():
    """Return the warehouse of all cases."""
    return build_cases(rows for rows, _ in CASES.values())


@pytest.mark.parametrize("case", CASES)
def test_the_current_state_of_papers(cases, case):
    papers = (
        "FROM dim_paper LEFT JOIN dim_organization USING (organization_key) WHERE arxiv_id LIKE ? ORDER BY arxiv_id"
    )
    for columns, expected in CASES[case][1].items():
        assert cases.rows(f"SELECT {columns} {papers}", [f"25__.{[*CASES].index(case):05}"]) == expected


def test_the_organisation_of_an_older_capture_is_kept(cases):
    names = "SELECT name FROM dim_organization WHERE name IN ('old-lab', 'new-lab') ORDER BY name"
    assert cases.rows(names) == ["new-lab", "old-lab"]


def test_corrections_hold(cases):
    assert cases.check("corrections_hold").passed


def test_addresses_are_made_of_the_arxiv_id(cases):
    assert cases.row(f"SELECT arxiv_url, pdf_url, page_url FROM dim_paper WHERE arxiv_id = '{PAPER}'") == (
        f"https://arxiv.org/abs/{PAPER}",
        f"https://arxiv.org/pdf/{PAPER}",
        f"https://huggingface.co/papers/{PAPER}",
    )


def test_the_key_is_made_of_the_arxiv_id_alone(cases):
    # The first 15 hexadecimal digits of the MD5 of "2501.00001".
    assert cases.row(f"SELECT paper_key FROM dim_paper WHERE arxiv_id = '{PAPER}'") == 0xBD85A324F91DC8E


def test_a_corrected_value_replaces_those_of_all_sources(lake):
    for source in ("digest", "huggingface"):
        lake.fetch("fetched", source)
        lake.entry(PAPER, source, title=f"As {source} has it", abstract="Long.", ai_summary="In short.")
    lake.entry("2501.00002", abstract="Long.")
    for field, value in (
        ("title", "It's \\right\\ \uc5f0\uad6c"),
        ("abstract", "Short."),
        ("published_on", "2025-01-02"),
        ("submitted_at", "2025-01-03 06:15:30"),
        ("github_repo", "https://github.com/theirs/code"),
        ("ai_summary", None),
    ):
        lake.correct(PAPER, field, value)
    warehouse = lake.build()
    columns = "title, abstract, published_on, submitted_at, github_repo, has_github_repo, ai_summary"
    assert warehouse.row(f"SELECT {columns} FROM dim_paper WHERE arxiv_id = '{PAPER}'") == (
        "It's \\right\\ \uc5f0\uad6c",
        "Short.",
        "2025-01-02",
        "2025-01-03 06:15",
        "https://github.com/theirs/code",
        True,
        None,
    )
    assert warehouse.row("SELECT title, abstract FROM dim_paper WHERE arxiv_id = '2501.00002'") == (
        "Title of 2501.00002",
        "Long.",
    )
    assert warehouse.rows("SELECT title FROM dim_paper_version WHERE is_current AND version = 1 ORDER BY title") == [
        "It's \\right\\ \uc5f0\uad6c",
        "Title of 2501.00002",
    ]
    assert [name for name, result in warehouse.checks().items() if not result.passed] == []
