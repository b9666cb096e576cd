"""A purged paper is cut out of an answer of every format, and what is left parses to the other papers' rows."""

import datetime as dt
import json

import pytest

from dagster_project.lake.purge import remove_papers
from dagster_project.parse.purge import LINES, cut_papers, is_telling, list_ids, make_pattern
from dagster_project.parse.rows import Day
from dagster_project.sources.registry import SOURCES

DAY = dt.date(2025, 1, 6)
GONE, TITLE = "2501.00002", "A title of “the” gone <paper> & more"


def write_item(paper, title, **more):
    return {"paper": {"id": paper, "title": title, "upvotes": 3, "authors": [{"name": f"Ada {paper}"}]}} | more


ITEMS = [
    write_item("2501.00001", "One", numComments=12345678901234567890),
    write_item(GONE, TITLE),
    write_item("2501.00003", "Three"),
    write_item(GONE, TITLE),
    {"no": "paper"},
    write_item("2501.00004", "Four"),
]
DIGEST = f"""# Daily Papers (2025-01-06)

### [One](https://arxiv.org/abs/2501.00001)

Vote: 3
- a line

### [{TITLE}](https://arxiv.org/abs/{GONE})

Authors: Ada, Bo
- theirs
<!-- a comment
### of two lines -->

### [Three](https://arxiv.org/abs/2501.00003)

Vote: x
- a line

### [{TITLE}](https://arxiv.org/abs/{GONE})
- again

### [Four](https://arxiv.org/abs/2501.00004)
- a line
"""


def write_feed(form):
    return form.format(
        "".join(
            f"<{tag}><title>{title}</title><link>https://arxiv.org/abs/{paper}</link></{tag}>\n"
            for paper, title in (("2501.00001", "One"), (GONE, "Gone"), ("2501.00003", "Three"), (GONE, "Gone"))
            for tag in ["entry" if "Atom" in form else "item"]
        )
    )


ANSWERS = {
    "JSON": ("huggingface", json.dumps(ITEMS)),
    "JSON in UTF-8, on lines": ("huggingface", "\n" + json.dumps(ITEMS, ensure_ascii=False, indent=1) + "\n"),
    "JSON of printed items": ("huggingface", json.dumps([repr(item) for item in ITEMS])),
    "a digest": ("digest", DIGEST),
    "a digest with CRLF": ("digest", DIGEST.replace("\n", "\r\n")),
    "RSS": ("feed", write_feed("<rss><channel>{}</channel></rss>")),
    "RSS behind a byte order mark": ("feed", "\ufeff" + write_feed("<rss><channel>{}</channel></rss>")),
    "Atom": ("feed", write_feed('<feed xmlns="http://www.w3.org/2005/Atom">{}</feed>')),
}


def parse(source, body):
    return SOURCES[source].parse([body], Day(source, DAY, dt.datetime(2025, 1, 6, 12)))


@pytest.mark.parametrize("answer", ANSWERS)
def test_the_rows_of_all_others_stay_as_they_were(answer):
    source, text = ANSWERS[answer]
    body = text.encode()
    left = remove_papers(source, DAY, body, {GONE})
    assert GONE.encode() not in left
    assert b"gone" not in left.lower()
    before, after = parse(source, body), parse(source, left)
    for table, rows in before.tables():
        kept = [row for row in rows if row._asdict()["arxiv_id"] != GONE]
        assert kept == dict(after.tables())[table], table
        assert table != "entry" or len(kept) < len(rows)
    assert SOURCES[source].judge_stored(DAY, left).outcome == SOURCES[source].judge_stored(DAY, body).outcome
    assert remove_papers(source, DAY, left, {GONE}) == left


@pytest.mark.parametrize("source", SOURCES)
@pytest.mark.parametrize("body", [b"", b"[", b'[{"paper": {"id"', b"<rss>", b"\xff\xfe"], ids=repr)
def test_an_answer_that_cannot_be_read_loses_the_lines_that_name_it(source, body):
    left = remove_papers(source, DAY, body + b"\nof 2501.00002v1, gone\nof 2501.00003\n", {GONE})
    assert (b"gone" in left, b"of 2501.00003\n" in left) == (False, True)


def test_an_index_loses_its_line_and_keeps_its_numbers():
    body = f"date,title,url\n2025-01-06,Gone,https://arxiv.org/abs/{GONE}\n2025-01-06,One,https://arxiv.org/abs/2501.00001\n"
    left = remove_papers("digest", DAY, body.encode(), {GONE}, is_index=True)
    assert left == b"date,title,url\n\n2025-01-06,One,https://arxiv.org/abs/2501.00001\n"


@pytest.mark.parametrize(
    ("text", "ids"),
    [
        ("https://arxiv.org/abs/2401.00001v2", {"2401.00001"}),
        ("/papers/2401.00001.png", {"2401.00001"}),
        ("arXiv:hep-th/9901001v1 and math.GT/0309136", {"hep-th/9901001", "math.GT/0309136"}),
        ("https://arxiv.org/abs/hep-th/9901001", {"hep-th/9901001"}),
        ("2401.000012 12401.00001 1.2401.00001", set()),
    ],
)
def test_ids_are_found_wherever_they_stand(text, ids):
    assert list_ids(text.encode()) == ids


@pytest.mark.parametrize(
    "text", [TITLE, json.dumps(TITLE), TITLE.replace(" ", "\n  "), TITLE.upper(), TITLE.replace("&", "&amp;")]
)
def test_a_title_is_found_however_it_is_written(text):
    assert make_pattern([], [TITLE]).search(text.encode())


def test_a_title_of_a_word_or_two_may_be_any_text():
    assert not is_telling("Llama 2")
    assert make_pattern([], ["Llama 2"]).search(b"of Llama 2") is None


def test_lines_are_cut_where_no_more_is_known_of_a_format():
    assert cut_papers(b"a 2501.00002\nb\n", {GONE}, LINES, set()) == b"\nb\n"


@pytest.mark.parametrize("name", ["JSON", "RSS"])
def test_of_several_pages_the_ranks_of_the_later_ones_stay(name):
    source, body = ANSWERS[name]
    later = body.replace("2501.0000", "2502.0000").encode()
    day = Day(source, DAY, dt.datetime(2025, 1, 6, 12))
    cut = cut_papers(body.encode(), [GONE], SOURCES[source].cut, [GONE])
    before = SOURCES[source].parse([body.encode(), later], day).entry
    after = SOURCES[source].parse([cut, later], day).entry
    assert {(entry.arxiv_id, entry.rank) for entry in before if entry.arxiv_id != GONE} == {
        (entry.arxiv_id, entry.rank) for entry in after
    }
