"""The block scanner: every line in exactly one block, and nothing changed."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dagster_project.parse.blocks import Block, Kind, count_heads, scan

LINES = [
    b"## Daily Papers (2024-01-02)",
    "### [작은 모델의 큰 꿈](https://arxiv.org/abs/2401.00001)".encode(),
    b"### a head without a link",
    b"![](https://example.org/a.png)",
    b"[Watch Video](https://example.org/a.mp4)",
    b"Vote: 3",
    b"Authors: Ada Byrd, Kim Minji",
    "- **What's New**: 새로운 방법을 다룬다.".encode(),
    b"  1. a number under a bullet",
    b"plain words",
    b"\xff\xfe not text",
    b"",
    b"   ",
    b"\xef\xbb\xbf## Daily Papers (2024-01-02)",
    b"\xef\xbb\xbf### [A](https://arxiv.org/abs/2401.00001)",
]
digests = st.lists(
    st.tuples(st.sampled_from(LINES) | st.binary(max_size=20), st.sampled_from([b"\n", b"\r\n", b"\r", b""])),
    max_size=30,
).map(lambda lines: b"".join(line + end for line, end in lines))


def kinds(text: str) -> list[Kind]:
    return [block.kind for block in scan(text.encode())]


@given(st.binary() | digests)
def test_heads_are_counted_as_they_are_scanned(body: bytes):
    assert count_heads(body) == sum(block.kind is Kind.HEAD for block in scan(body))


@given(st.binary() | digests)
def test_blocks_joined_are_the_file(body: bytes):
    assert b"".join(block.raw for block in scan(body)) == body


@given(st.binary() | digests)
def test_line_spans_run_from_one_without_a_gap(body: bytes):
    blocks = list(scan(body))
    starts = [1, *(block.line_end + 1 for block in blocks)]
    assert [block.line_start for block in blocks] == starts[:-1]
    assert starts[-1] - 1 == len(body.split(b"\n")) - (body == b"" or body.endswith(b"\n"))


@given(st.binary() | digests)
def test_a_block_holds_as_many_lines_as_its_span_says(body: bytes):
    for block in scan(body):
        assert block.raw.rstrip(b"\n").count(b"\n") <= block.line_end - block.line_start
        assert len(block.raw.splitlines()) >= 1


@given(digests)
def test_only_blanks_and_sections_take_more_than_one_line(body: bytes):
    for block in scan(body):
        assert block.line_start == block.line_end or block.kind in (Kind.BLANK, Kind.SECTION)


@given(st.binary() | digests)
def test_every_block_can_be_shown_as_text(body: bytes):
    for block in scan(body):
        block.text.encode()


@given(digests)
def test_scanning_twice_gives_the_same(body: bytes):
    assert list(scan(body)) == list(scan(body))


def test_an_empty_file_has_no_blocks():
    assert list(scan(b"")) == []


HEAD = "### [A Small Title](https://arxiv.org/abs/2401.00001)\n"


@pytest.mark.parametrize(
    ("line", "kind"),
    [
        ("## Daily Papers (2024-01-02)", Kind.HEADING),
        ("# Daily Papers (2024-01-02)", Kind.HEADING),
        ("\ufeff## Daily Papers (2024-01-02)", Kind.HEADING),
        ("### [Another](https://arxiv.org/abs/2401.00002)", Kind.HEAD),
        ("###[Another](https://arxiv.org/abs/2401.00002)", Kind.HEAD),
        (" ### [Another](https://arxiv.org/abs/2401.00002)", Kind.HEAD),
        ("### a head whose link was lost", Kind.HEAD),
        ("#### deeper than a head", Kind.UNRECOGNISED),
        ("![](https://example.org/a.png)", Kind.PICTURE),
        ("![alt words](/avatars/a.svg)", Kind.PICTURE),
        ("[Watch Video](https://example.org/a.mp4)", Kind.VIDEO),
        ("[Watch Video]https://example.org/a.mp4", Kind.VIDEO),
        ('<div><video src="https://example.org/a.mp4"></video></div>', Kind.VIDEO),
        ("<video src='https://example.org/a.mp4'></video>", Kind.VIDEO),
        ("Vote: 3", Kind.VOTES),
        ("Vote: -", Kind.VOTES),
        ("Authors: Ada Byrd", Kind.AUTHORS),
        ("- a bullet", Kind.SECTION),
        ("* a bullet", Kind.SECTION),
        ("• 점 하나", Kind.SECTION),
        ("-no blank after the dash", Kind.UNRECOGNISED),
        ("words of no known form", Kind.UNRECOGNISED),
        (" \t ", Kind.BLANK),
    ],
)
def test_what_a_line_under_a_head_is(line: str, kind: Kind):
    assert kinds(HEAD + line + "\n") == [Kind.HEAD, kind]


@pytest.mark.parametrize("line", ["- a bullet", "Vote: 3", "Authors: Ada Byrd", "![](https://example.org/a.png)"])
def test_nothing_has_a_meaning_before_the_first_head(line: str):
    assert kinds(f"{line}\n") == [Kind.UNRECOGNISED]


@pytest.mark.parametrize("line", ["1. numbered", "  - nested", "\t* nested", "plain words", "**Label**: words"])
def test_lines_under_a_bullet_stand_in_its_block(line: str):
    blocks = list(scan(f"{HEAD}- a bullet\n{line}\n".encode()))
    assert [(block.kind, block.line_start, block.line_end) for block in blocks[1:]] == [(Kind.SECTION, 2, 3)]


def test_a_bullet_begins_a_block_of_its_own():
    assert kinds(HEAD + "- one\n- two\n") == [Kind.HEAD, Kind.SECTION, Kind.SECTION]


def test_blank_lines_stand_in_one_block():
    assert kinds(HEAD + "\n \n\n- one\n") == [Kind.HEAD, Kind.BLANK, Kind.SECTION]


def test_a_line_after_a_blank_one_still_belongs_to_the_section():
    assert kinds(HEAD + "- one\n\nmore of it\n") == [Kind.HEAD, Kind.SECTION, Kind.BLANK, Kind.SECTION]


def test_a_line_that_is_not_utf8_is_unrecognised():
    *_, block = scan(HEAD.encode() + b"Vote: \xff\n")
    assert (block.kind, block.text) == (Kind.UNRECOGNISED, r"Vote: \xff")


def test_a_head_that_is_not_utf8_is_still_a_head():
    (block,) = scan(b"### [\xff](https://arxiv.org/abs/2401.00001)\n")
    assert block.kind is Kind.HEAD


@pytest.mark.parametrize("end", ["\n", "\r\n", ""])
def test_text_comes_without_the_line_end(end: str):
    block = Block(Kind.VOTES, 1, 1, f"Vote: 3{end}".encode())
    assert block.text == "Vote: 3"


def test_text_comes_without_a_byte_order_mark():
    assert Block(Kind.HEADING, 1, 1, b"\xef\xbb\xbf## Daily Papers\n").text == "## Daily Papers"
