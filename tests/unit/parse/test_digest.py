"""Markdown digests: every era of the format, every damage that may come to a file."""

import datetime as dt

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dagster_project.parse.blocks import Kind, scan
from dagster_project.parse.digest import parse_digest
from dagster_project.parse.rows import Day, Entry, Parsed

DAY = Day("digest", dt.date(2024, 1, 2), dt.datetime(2024, 1, 2, 23))
HEADING = "## Daily Papers (2024-01-02)\n\n"


def head(number: int = 1, title: str = "A Small Title") -> str:
    return f"### [{title}](https://arxiv.org/abs/2401.{number:05})\n"


def read(text: str) -> Parsed:
    return parse_digest([text.encode()], DAY)


def read_paper(*lines: str, title: str = "A Small Title") -> tuple[Entry, Parsed]:
    """Read a digest of one paper with these lines under its head."""
    rows = read(HEADING + head(title=title) + "\n" + "\n\n".join(lines) + "\n")
    (entry,) = rows.entry
    return entry, rows


def rules(rows: Parsed) -> list[str]:
    return [reject.rule for reject in rows.reject]


# The eras


def test_a_paper_of_the_last_era_is_read_whole():
    entry, rows = read_paper(
        "![](https://example.org/thumb.png)",
        "Vote: 17",
        "Authors: Ada Byrd, 김 민지",
        "- ***What's New***: 더 작은 모델을 소개한다.\n- ***Technical Details***: It is half as large.",
    )
    assert (entry.arxiv_id, entry.rank, entry.title) == ("2401.00001", 1, "A Small Title")
    assert (entry.votes, entry.thumbnail_url, entry.author_count) == (17, "https://example.org/thumb.png", 2)
    assert [author.name for author in rows.author] == ["Ada Byrd", "김 민지"]
    assert [(section.heading, section.language) for section in rows.section] == [
        ("What's New", "ko"),
        ("Technical Details", "en"),
    ]
    assert rows.reject == []


def test_a_paper_of_the_first_days_has_only_a_title_and_text():
    entry, rows = read_paper("- 이 논문은 아주 짧다.")
    unknown = (entry.votes, entry.thumbnail_url, entry.video_url, entry.author_count)
    assert unknown == (None, None, None, None)
    assert (rows.author, rows.reject) == ([], [])


def test_a_head_alone_is_a_paper():
    entry, rows = read_paper()
    assert (entry.line_start, rows.section, rows.reject) == (3, [], [])


@pytest.mark.parametrize(
    ("line", "votes"),
    [("", None), ("Vote: -", None), ("Vote: 0", 0), ("Vote: 12", 12), ("Votes: 12", 12), ("Vote:12 ", 12)],
)
def test_unknown_votes_are_not_zero_votes(line: str, votes: int | None):
    entry, rows = read_paper(line)
    assert (entry.votes, rows.reject) == (votes, [])


@pytest.mark.parametrize(
    ("line", "names"),
    [
        ("Authors: Ada Byrd", ["Ada Byrd"]),
        ("Author: Ada Byrd, Kim Minji", ["Ada Byrd", "Kim Minji"]),
        ("Authors: Ada Byrd,, Kim Minji,", ["Ada Byrd", "Kim Minji"]),
        ("""Authors: ['Ada Byrd', "Pat O'Bell"]""", ["Ada Byrd", "Pat O'Bell"]),
        (r"Authors: ['Nguy\\~ên An']", ["Nguyễn An"]),
        (r"Authors: ['Nguy\~ên An']", ["Nguyễn An"]),
        ("Authors: B, A, B, C, A", ["B", "A", "C"]),
        ("Authors: []", []),
        ("Authors:", []),
    ],
)
def test_authors_in_print_order_each_once(line: str, names: list[str]):
    entry, rows = read_paper(line)
    assert [author.name for author in rows.author] == names
    assert [author.position for author in rows.author] == list(range(1, len(names) + 1))
    assert (entry.author_count, entry.authors_truncated, rows.reject) == (len(names), False, [])


@pytest.mark.parametrize(
    "line", ["Authors: A, B, +", "Authors: A, +, B", "Authors: +, A, B", "Authors: ['A', 'B', '+']"]
)
def test_a_plus_says_that_the_list_was_cut_and_is_no_author(line: str):
    entry, rows = read_paper(line)
    assert [author.name for author in rows.author] == ["A", "B"]
    assert (entry.author_count, entry.authors_truncated) == (2, True)


@pytest.mark.parametrize(
    ("line", "names", "is_cut"),
    [
        ("Authors: Ann Low, Jr., Bo Chan, III, Cy Diaz et al.", ["Ann Low Jr.", "Bo Chan III", "Cy Diaz"], True),
        ("Authors: Ann Low and Bo Chan", ["Ann Low", "Bo Chan"], False),
        ("Authors: Ann Low, Bo Chan, and Cy Diaz", ["Ann Low", "Bo Chan", "Cy Diaz"], False),
        ("Authors: Ann Low, Bo Chan & Cy Diaz, Ph.D.", ["Ann Low", "Bo Chan", "Cy Diaz Ph.D."], False),
        ("Authors: Ann Low and Bo Chan and others", ["Ann Low", "Bo Chan"], True),
        (
            "Authors: Data and AI Team, Center for Language and Speech",
            ["Data and AI Team", "Center for Language and Speech"],
            False,
        ),
        ("Authors: ['Ann Low', 'Jr.', 'A and B', 'et al.']", ["Ann Low Jr.", "A and B"], True),
        ("Authors: J\u200bo Roe, Jo Roe", ["Jo Roe"], False),
        ("Authors: et al.", [], True),
    ],
)
def test_what_is_no_person_is_none(line: str, names: list[str], is_cut: bool):
    entry, rows = read_paper(line)
    assert [author.name for author in rows.author] == names
    assert (entry.author_count, entry.authors_truncated, rows.reject) == (len(names), is_cut, [])


def test_a_plus_inside_a_name_is_part_of_it():
    entry, rows = read_paper("Authors: Team C++, A+")
    assert [author.name for author in rows.author] == ["Team C++", "A+"]
    assert not entry.authors_truncated


VIDEO = "https://example.org/a.mp4"


@pytest.mark.parametrize(
    "lines",
    [
        [f"[Watch Video]({VIDEO})", f'<div><video controls src="{VIDEO}" muted="false"></video></div>'],
        [f"[Watch Video]({VIDEO})"],
        [f"[Watch Video]{VIDEO}"],
        [f"<video src='{VIDEO}'></video>"],
    ],
)
def test_a_video_in_each_of_its_forms(lines: list[str]):
    entry, rows = read_paper(*lines)
    assert (entry.video_url, rows.reject) == (VIDEO, [])


@pytest.mark.parametrize(
    ("printed", "address"),
    [
        ("https://example.org/avatars/a.svg", "https://example.org/avatars/a.svg"),
        ("/avatars/a.svg", "https://huggingface.co/avatars/a.svg"),
    ],
)
def test_an_avatar_is_a_thumbnail_with_a_whole_address(printed: str, address: str):
    entry, rows = read_paper(f"![]({printed})")
    assert (entry.thumbnail_url, rows.reject) == (address, [])


def test_ranks_run_on_past_a_second_heading_of_the_day():
    rows = read(HEADING + head(1) + "\n" + HEADING + head(2))
    assert [(entry.arxiv_id, entry.rank) for entry in rows.entry] == [("2401.00001", 1), ("2401.00002", 2)]
    assert rows.reject == []


def test_a_digest_may_have_no_heading():
    assert len(read(head(1) + head(2)).entry) == 2


def test_a_digest_may_list_fifty_papers():
    rows = read(HEADING + "".join(head(number) for number in range(1, 51)))
    assert [entry.rank for entry in rows.entry] == list(range(1, 51))


@pytest.mark.parametrize("body", ["", "\n \n", HEADING])
def test_a_digest_may_list_nothing(body: str):
    assert read(body) == Parsed()


@pytest.mark.parametrize(
    ("bullet", "heading", "printed", "text"),
    [
        ("- 이름 없는 문장.", None, None, "이름 없는 문장."),
        ("- **What's New**: words", "What's New", "What's New", "words"),
        ("- ***What's New***: words", "What's New", "What's New", "words"),
        ("- ***What's New***:", "What's New", "What's New", ""),
        ("- ***What’s New**" + "*: words", "What's New", "What’s New", "words"),
        ("- ***What's New** *: words", "What's New", "What's New", "words"),
        ("- **What's New:** words", "What's New", "What's New", "words"),
        ("- **새로운 점**: 말", "What's New", "새로운 점", "말"),
        ("- **기술적 세부사항**： 말", "Technical Details", "기술적 세부사항", "말"),
        ("- **Own Heading**: words", "Own Heading", "Own Heading", "words"),
        ("- **bold** words, no label", None, None, "**bold** words, no label"),
        ("- ** **: no name", None, None, "** **: no name"),
        ("- **\u3000**: no name", None, None, "**\u3000**: no name"),
        ("* words: after a star", None, None, "words: after a star"),
        ("• 점 뒤의 말", None, None, "점 뒤의 말"),
    ],
)
def test_section_labels(bullet: str, heading: str | None, printed: str | None, text: str):
    _, rows = read_paper(bullet)
    (section,) = rows.section
    assert (section.heading, section.heading_as_printed, section.text) == (heading, printed, text)
    assert rows.reject == []


@pytest.mark.parametrize(
    "lines",
    [
        "1. first\n2. second",
        "  - nested\n    - deeper",
        "plain words",
        "\nwords after a blank line",
        "**Note**: a label without a bullet",
    ],
)
def test_lines_under_a_bullet_belong_to_its_section(lines: str):
    _, rows = read_paper(f"- **What's New**: words\n{lines}", "- next")
    first, second = rows.section
    assert [line.strip() for line in first.text.split("\n")] == [
        "words",
        *(line.strip() for line in lines.split("\n") if line),
    ]
    assert (second.text, second.position, rows.reject) == ("next", 2, [])


def test_a_bullet_may_hold_its_text_in_the_lines_below():
    _, rows = read_paper("- \n  the words")
    assert [section.text for section in rows.section] == ["the words"]


def test_a_section_knows_its_lines():
    _, rows = read_paper("- one\n1. a\n2. b", "- two")
    assert [(section.line_start, section.line_end) for section in rows.section] == [(5, 7), (9, 9)]


@pytest.mark.parametrize(
    "title",
    [
        "On $O(n^2)$ and \\textit{Attention}",
        "The *Best* Model_v2 of `All`",
        "[Re] A Second Look",
        "A [Bracketed](Thing) Inside",
        "Odd ]( Signs",
        "Backslash \\ and # and |",
        "'따옴표' 있는 \"제목\"",
        "###",
    ],
)
def test_a_title_is_kept_as_printed(title: str):
    entry, rows = read_paper(title=title)
    assert (entry.title, rows.reject) == (title, [])


@pytest.mark.parametrize("link", ["arxiv.org/pdf/2401.00001v2.pdf", "doi.org/10.48550/arXiv.2401.00001"])
def test_other_addresses_of_a_paper_name_it_too(link: str):
    assert [entry.arxiv_id for entry in read(f"### [Title](https://{link})\n").entry] == ["2401.00001"]


def test_an_entry_keeps_its_lines_as_they_came():
    body = HEADING + head(1) + "\nVote: 1\n\n- 하나\n\n" + head(2) + "Vote: 2\n"
    lines = body.splitlines(keepends=True)
    for entry in read(body).entry:
        assert entry.raw == "".join(lines[entry.line_start - 1 : entry.line_end])


WHOLE = (
    HEADING + head(1) + "![](https://example.org/a.png)\nVote: 3\nAuthors: Ada Byrd\n- **What's New**: 말\n1. more\n\n"
)
WHOLE += head(2) + "Vote: -\n- 둘째\n"


def without_raw(rows: Parsed) -> Parsed:
    return Parsed(
        [entry._replace(raw="") for entry in rows.entry], rows.author, rows.section, rows.keyword, rows.reject
    )


@pytest.mark.parametrize(
    "body",
    [WHOLE.replace("\n", "\r\n"), "\ufeff" + WHOLE, WHOLE.replace(")\n", ")  \n").replace("Vote: 3", "Vote: 3 ")],
    ids=["CRLF", "byte order mark", "blanks at line ends"],
)
def test_marks_of_an_editor_change_nothing(body: str):
    assert without_raw(read(body)) == without_raw(read(WHOLE))


def test_a_byte_order_mark_may_stand_on_a_head():
    rows = read("\ufeff" + head())
    assert ([entry.title for entry in rows.entry], rows.reject) == (["A Small Title"], [])


# Damage: what cannot be understood is a reject with its text, and the rest goes on


@pytest.mark.parametrize(
    ("line", "rule"),
    [
        ("Vote: many", "votes"),
        ("Vote: 3 or 4", "votes"),
        ("Vote: -3", "votes"),
        ("Vote: 3000000000", "votes"),
        ("Vote: 99999999999999999999", "votes"),
        ("Vote:", "votes"),
        ("![]()", "picture"),
        ("![](https://example.org", "picture"),
        ("![](data:image/png;base64,AAAA)", "picture"),
        ("[Watch Video](javascript:alert)", "video"),
        ("<video></video>", "video"),
        ("Authors: ['Ada Byrd', 'Kim", "authors"),
        ("Authors: ['Ada Byrd', 7]", "authors"),
        ("Authors: [['Ada Byrd']]", "authors"),
        ("Authors: [{[]}]", "authors"),
        ("Authors: [{[]: 1}]", "authors"),
        ("Authors: [" + "9" * 4000 + " + 1j]", "authors"),
        ("Authors: [" + "9" * 5000 + "]", "authors"),
        ("Authors: ['A']['B']", "authors"),
        ("Authors: ['A', 'B'] + ['C']", "authors"),
        ("Authors: [print('called')]", "authors"),
        ("Authors: [__import__('os').getcwd()]", "authors"),
        ("Authors: ['a\0b']", "authors"),
        ("A line of no known form", "unrecognised_line"),
        ("1. a number before any bullet", "unrecognised_line"),
        ("- ", "empty_section"),
        ("•  ", "empty_section"),
    ],
)
def test_a_line_that_cannot_be_read_is_a_reject_and_the_paper_stays(line: str, rule: str):
    entry, rows = read_paper(line)
    (reject,) = rows.reject
    assert (reject.rule, reject.arxiv_id, reject.line_start, reject.line_end) == (rule, "2401.00001", 5, 5)
    assert reject.raw == line
    assert (entry.votes, entry.author_count, entry.thumbnail_url, entry.video_url) == (None, None, None, None)


@pytest.mark.parametrize("called", ["print('called')", "exec('called')"])
def test_a_list_of_authors_is_never_run(called: str, capsys: pytest.CaptureFixture[str]):
    read_paper(f"Authors: [{called}]")
    assert capsys.readouterr().out == ""


@pytest.mark.parametrize(
    ("lines", "rule"),
    [
        (["Vote: 1", "Vote: 2"], "second_votes"),
        (["Vote: -", "Vote: 2"], "second_votes"),
        (["Authors: A", "Authors: B"], "second_authors"),
        (["![](/a.png)", "![](/b.png)"], "second_picture"),
        (["[Watch Video](/a.mp4)", "<video src='/b.mp4'>"], "second_video"),
    ],
)
def test_of_two_lines_that_disagree_the_first_counts(lines: list[str], rule: str):
    first, _ = read_paper(lines[0])
    entry, rows = read_paper(*lines)
    assert rules(rows) == [rule]
    assert rows.reject[0].raw == lines[1]
    assert entry._replace(line_end=None, raw="") == first._replace(line_end=None, raw="")


def test_a_line_said_twice_is_no_contradiction():
    assert read_paper("Vote: 1", "Vote: 1")[1].reject == []


def test_a_readable_line_counts_after_an_unreadable_one():
    entry, rows = read_paper("Vote: many", "Vote: 2")
    assert (entry.votes, rules(rows)) == (2, ["votes"])


@pytest.mark.parametrize(
    ("bad_head", "rule"),
    [
        ("### [](https://arxiv.org/abs/2401.00002)", "entry_head"),
        ("### [ ](https://arxiv.org/abs/2401.00002)", "entry_head"),
        ("### [Title](https://example.org/2401.00002)", "entry_head"),
        ("### [Title](https://arxiv.org/abs/)", "entry_head"),
        ("### [Title](https://arxiv.org/abs/2401.00002) and more", "entry_head"),
        ("### [Title] https://arxiv.org/abs/2401.00002", "entry_head"),
        ("### Title (https://arxiv.org/abs/2401.00002)", "entry_head"),
        ("### 제목뿐", "entry_head"),
        ("###", "entry_head"),
        ("### [Ti\udcfftle](https://arxiv.org/abs/2401.00002)", "not_utf8"),
        ("### [Again](https://arxiv.org/abs/2401.00001)", "repeated_entry"),
    ],
)
def test_nothing_under_a_bad_head_passes_to_the_paper_above(bad_head: str, rule: str):
    above, bad = head(1) + "- 하나\n", f"{bad_head}\nVote: 9\nAuthors: Wrong Person\n- wrong words\n"
    rows = parse_digest([(above + bad + head(3) + "- 셋\n").encode(errors="surrogateescape")], DAY)
    (reject,) = rows.reject
    assert (reject.rule, reject.line_start, reject.line_end) == (rule, 3, 6)
    assert reject.raw == bad.replace("\udcff", r"\xff")
    assert [(entry.arxiv_id, entry.votes) for entry in rows.entry] == [("2401.00001", None), ("2401.00003", None)]
    assert [section.text for section in rows.section] == ["하나", "셋"]
    assert rows.author == []


@pytest.mark.parametrize(
    ("bad_head", "reason"),
    [
        ("### [](https://arxiv.org/abs/2401.00002)", "the entry head has no title"),
        ("### [\u200b](https://arxiv.org/abs/2401.00002)", "the entry head has no title"),
        ("### [Title](https://example.org/?u=arxiv.org/abs/2401.00002)", "the entry head links to no arXiv paper"),
        ("### 제목뿐", "the entry head is not of the form `### [title](link)`"),
        ("### [Title]()", "the entry head is not of the form `### [title](link)`"),
    ],
)
def test_a_bad_head_says_what_is_wrong_with_it(bad_head: str, reason: str):
    (reject,) = read(HEADING + bad_head + "\n").reject
    assert reject.reason == reason


def test_an_indented_head_is_read():
    assert [entry.arxiv_id for entry in read("  " + head(1)).entry] == ["2401.00001"]


OTHER_DAY = "## Daily Papers (2024-01-03)\n"


def test_a_digest_of_another_day_is_rejected_with_its_papers():
    rows = read(OTHER_DAY + head(2) + "Vote: 2\n" + HEADING + head(3))
    assert [(entry.arxiv_id, entry.rank) for entry in rows.entry] == [("2401.00003", 1)]
    assert [(reject.rule, reject.raw) for reject in rows.reject] == [
        ("another_day", OTHER_DAY.rstrip("\n")),
        ("another_day", head(2) + "Vote: 2\n"),
    ]


def test_what_was_appended_to_a_digest_belongs_to_it_whatever_its_heading_says():
    rows = read(HEADING + head(1) + OTHER_DAY + head(2))
    assert [(entry.arxiv_id, entry.rank) for entry in rows.entry] == [("2401.00001", 1), ("2401.00002", 2)]
    assert [(reject.rule, reject.raw) for reject in rows.reject] == [("another_day", OTHER_DAY.rstrip("\n"))]


@pytest.mark.parametrize(
    "more", [" ### [Title](https://arxiv.org/abs/2401.00009)", " and words", "\r" + head(9).strip()]
)
def test_a_heading_that_swallowed_more_is_a_reject(more: str):
    line = HEADING.strip() + more
    rows = read(line + "\n" + head(1))
    assert [(reject.rule, reject.raw) for reject in rows.reject] == [("heading", line)]
    assert [entry.arxiv_id for entry in rows.entry] == ["2401.00001"]


@pytest.mark.parametrize("heading", ["## Daily Papers", "# daily papers (2024-01-02)", "##  Daily Papers(2024-01-02) "])
def test_a_heading_may_be_spelt_otherwise(heading: str):
    rows = read(f"{heading}\n{head(1)}")
    assert (len(rows.entry), rows.reject) == (1, [])


def test_lines_before_the_first_paper_are_rejects():
    rows = read(HEADING + "stray\n- words\n" + head(1))
    assert [(reject.rule, reject.raw, reject.arxiv_id) for reject in rows.reject] == [
        ("unrecognised_line", "stray", None),
        ("unrecognised_line", "- words", None),
    ]


@pytest.mark.parametrize("line", [b"Vote: \xff", b"Authors: Ada \xc3", b"- \xea\xb0", b"\xff\xfe"])
def test_a_line_that_is_not_utf8_is_a_reject_with_its_bytes_shown(line: bytes):
    rows = parse_digest([head(1).encode() + line + b"\nVote: 4\n"], DAY)
    assert [(reject.rule, reject.raw) for reject in rows.reject] == [
        ("not_utf8", line.decode(errors="backslashreplace"))
    ]
    assert [entry.votes for entry in rows.entry] == [4]


@pytest.mark.parametrize(
    ("last", "kept"),
    [("Vote: 12", (None, None, 0)), ("Authors: Ada By", (None, None, 0)), ("- half a sent", (None, None, 1))],
)
def test_of_a_cut_last_line_only_prose_is_believed(last: str, kept: tuple[int | None, int | None, int]):
    rows = read(head(1) + last)
    (entry,) = rows.entry
    assert [(reject.rule, reject.raw) for reject in rows.reject] == [("truncated", last)]
    assert (entry.votes, entry.author_count, len(rows.section)) == kept


@pytest.mark.parametrize("end", ["", "  "])
def test_a_whole_last_line_is_believed(end: str):
    rows = read(head(1) + "Vote: 12\n" + end)
    assert (rows.entry[0].votes, rows.reject) == (12, [])


# Comments and fenced code


@pytest.mark.parametrize("where", ["above", "below", "between"])
def test_an_entry_in_a_comment_is_a_reject_that_says_so(where: str):
    hidden = f"<!--\n{head(9)}\nVote: 9999\n\n- 숨은 말\n-->\n"
    body = {
        "above": hidden + head(1) + head(2),
        "below": head(1) + head(2) + hidden,
        "between": head(1) + hidden + head(2),
    }
    rows = read(HEADING + body[where])
    assert [(entry.arxiv_id, entry.rank) for entry in rows.entry] == [("2401.00001", 1), ("2401.00002", 2)]
    assert [(reject.rule, reject.raw) for reject in rows.reject] == [("commented_entry", hidden.rstrip("\n"))]
    assert rows.section == []


def test_a_comment_is_no_content_and_is_kept_as_a_reject():
    entry, rows = read_paper("<!-- Vote: 9999 -->", "Vote: 3", "- one\n<!-- two\n\n- three -->\nfour")
    assert (entry.votes, [section.text for section in rows.section]) == (3, ["one\nfour"])
    assert [(reject.rule, reject.line_start, reject.line_end) for reject in rows.reject] == [
        ("comment", 5, 5),
        ("comment", 10, 12),
    ]


def test_a_comment_within_a_line_is_no_part_of_it():
    body = (
        head().rstrip() + " <!-- new -->\nVote: 3 <!-- 9999 -->\nAuthors: A<!-- x, y -->, B\n- **N**: a <!-- b --> c\n"
    )
    rows = read(HEADING + body)
    (entry,) = rows.entry
    assert (entry.title, entry.votes, [author.name for author in rows.author]) == ("A Small Title", 3, ["A", "B"])
    assert ([section.text for section in rows.section], rows.reject) == (["a  c"], [])


@pytest.mark.parametrize("code", ["`<!-- x -->`", "```\n<!-- x -->\n- y\n```", "<!-- no end", "a --> b"])
def test_what_only_looks_like_a_comment_stays_in_the_text(code: str):
    _, rows = read_paper(f"- one\n{code}" if code.startswith("`") else f"- one {code}")
    assert [code in section.text for section in rows.section] == [True]
    assert rows.reject == []


@pytest.mark.parametrize("fence", ["```", "```python", "~~~", "  ```"])
def test_code_belongs_to_its_section_and_sections_go_on_below_it(fence: str):
    close = fence.rstrip("python")
    _, rows = read_paper(f"- one\n{fence}\n  ### no head\n  - no bullet\n\n  Vote: 7\n{close}\n- two", "- three")
    assert [section.text.split("\n")[0] for section in rows.section] == ["one", "two", "three"]
    assert "### no head\n  - no bullet\n\n  Vote: 7" in rows.section[0].text
    assert rows.reject == []


def test_an_entry_in_code_is_text_and_told():
    _, rows = read_paper(f"- one\n```\n{head(9)}```", "- two")
    assert [section.text for section in rows.section] == [f"one\n```\n{head(9)}```", "two"]
    assert [(reject.rule, reject.line_start, reject.raw) for reject in rows.reject] == [
        ("fenced_entry", 7, head(9).rstrip())
    ]


def test_code_above_the_first_bullet_is_a_reject():
    entry, rows = read_paper("```\nVote: 9999\n```", "Vote: 3")
    assert (entry.votes, [(reject.rule, reject.raw) for reject in rows.reject]) == (
        3,
        [("unrecognised_line", "```\nVote: 9999\n```")],
    )


@pytest.mark.parametrize("opening", ["```", "~~~", "<!--", "<!-- Vote: 3"])
def test_what_is_never_closed_hides_no_later_paper(opening: str):
    rows = read(f"{HEADING}{head(1)}- one\n{opening}\n- two\n{head(2)}Vote: 2\n- three\n")
    assert [(entry.arxiv_id, entry.votes) for entry in rows.entry] == [("2401.00001", None), ("2401.00002", 2)]
    shown = [section.text for section in rows.section] + [reject.raw for reject in rows.reject]
    assert sum("- two" in text for text in shown) == 1
    assert shown[1] == "three"


@pytest.mark.parametrize("line", ["    " + head(9), "\t" + head(9)])
def test_a_head_that_is_indented_as_code_is_none(line: str):
    rows = read(HEADING + head(1) + "Vote: 3\n\n" + line)
    assert [entry.arxiv_id for entry in rows.entry] == ["2401.00001"]
    assert rules(rows) == ["unrecognised_line"]


# Whatever comes

GARBAGE = [
    "```",
    "~~~~ x",
    "<!--",
    "-->",
    "<!-- x -->",
    "- ```",
    "###",
    "### [",
    "### ](",
    "## Daily Papers (2024-01-03)",
    "## Daily Papers (2024-99-99) x",
    "Vote: x",
    "Authors: [",
    "Authors: ['a', +]",
    "![",
    "[Watch Video]",
    "<video src=",
    "- ",
    "- **",
    "- **\u3000**:",
    "words",
    "\ufeff",
    "\r",
    "\x85",
    "\u2028### [Title](https://arxiv.org/abs/2401.00007)",
    "",
]
papers = st.tuples(
    st.integers(1, 4).map(head) | st.text(max_size=5).map(lambda title: head(5, title)),
    st.lists(
        st.sampled_from(["Vote: 3\n", "Vote: -\n", "Authors: A, +\n", "![](/a.png)\n", "\n"])
        | st.text(max_size=5).map(lambda text: f"Authors: {text!r}, {[text]}\n")
        | st.text(max_size=5).map(lambda text: f"- **{text}**: 말 {text}\n"),
        max_size=5,
    ).map("".join),
).map("".join)
good = st.lists(papers, max_size=4).map(lambda texts: (HEADING + "".join(texts)).encode())


@st.composite
def mutated(draw: st.DrawFn) -> bytes:
    """A digest to which something happened."""
    lines = draw(good).split(b"\n")
    garbage = st.sampled_from(GARBAGE).map(str.encode) | st.binary(max_size=4)
    for _ in range(draw(st.integers(0, 4))):
        place = draw(st.integers(0, max(len(lines) - 1, 0)))
        match draw(st.sampled_from(["insert", "append", "delete", "double", "join", "cut"])):
            case "insert":
                lines.insert(place, draw(garbage))
            case "append":
                lines[place] += draw(garbage)
            case "delete":
                lines[place : place + 1] = [b""]
            case "double":
                lines.insert(place, lines[place])
            case "join":
                lines[place : place + 2] = [b"".join(lines[place : place + 2])]
            case _:
                lines[place] = lines[place][: draw(st.integers(0, len(lines[place])))]
    return draw(st.sampled_from([b"\n", b"\r\n"])).join(lines)


anything = st.binary(max_size=200) | mutated()


@given(anything)
def test_reading_never_raises_and_the_rows_can_be_stored(body: bytes):
    rows = parse_digest([body], DAY)
    for row in (*rows.entry, *rows.author, *rows.section, *rows.reject):
        "".join(value for value in row if isinstance(value, str)).encode()


@given(anything)
def test_reading_twice_gives_the_same(body: bytes):
    assert parse_digest([body], DAY) == parse_digest([body], DAY)


@given(anything)
def test_every_line_that_is_not_blank_is_in_an_entry_a_heading_or_a_reject(body: bytes):
    rows = parse_digest([body], DAY)
    spans = [(row.line_start, row.line_end) for row in (*rows.entry, *rows.reject)]
    covered = {line for start, end in spans for line in range(start or 0, (end or 0) + 1)}
    for block in scan(body):
        if block.kind not in (Kind.BLANK, Kind.HEADING):
            assert covered.issuperset(range(block.line_start, block.line_end + 1)), block


@given(anything)
def test_a_line_inside_an_entry_is_understood_or_a_reject(body: bytes):
    rows = parse_digest([body], DAY)
    spans = [(row.line_start, row.line_end) for row in (*rows.section, *rows.reject)]
    covered = {line for start, end in spans for line in range(start or 0, (end or 0) + 1)}
    for block in scan(body):
        if block.kind in (Kind.SECTION, Kind.FENCE, Kind.COMMENT, Kind.UNRECOGNISED):
            assert covered.issuperset(range(block.line_start, block.line_end + 1)), block


@given(anything)
def test_every_head_is_an_entry_or_in_a_reject(body: bytes):
    rows = parse_digest([body], DAY)
    for block in scan(body):
        if block.kind is Kind.HEAD:
            as_entry = any(entry.line_start == block.line_start for entry in rows.entry)
            as_reject = any(one.line_start <= block.line_start <= one.line_end for one in rows.reject)
            assert as_entry != as_reject


@given(anything)
def test_ranks_run_from_one_over_distinct_papers(body: bytes):
    entries = parse_digest([body], DAY).entry
    assert [entry.rank for entry in entries] == list(range(1, len(entries) + 1))
    assert len({entry.arxiv_id for entry in entries}) == len(entries)


@given(anything)
def test_authors_and_sections_belong_to_an_entry(body: bytes):
    rows = parse_digest([body], DAY)
    papers = {entry.arxiv_id for entry in rows.entry}
    assert papers.issuperset(row.arxiv_id for row in (*rows.author, *rows.section))


@given(good)
def test_a_good_digest_gives_no_entry_away(body: bytes):
    rows = parse_digest([body], DAY)
    assert len(rows.entry) + rules(rows).count("repeated_entry") + rules(rows).count("entry_head") == sum(
        block.kind is Kind.HEAD for block in scan(body)
    )


def test_a_digest_cut_at_a_lines_end_shows_by_its_last_paper():
    cut = HEADING + head() + "- 아주 짧은 요약이다.\n\n" + head(2)
    rows = read(cut)
    assert rules(rows) == ["truncated"]
    assert [entry.arxiv_id for entry in rows.entry] == ["2401.00001", "2401.00002"]
    assert rules(read(cut + "- 또 하나의 요약이다.\n")) == []
