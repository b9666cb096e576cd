"""The block scanner: every line in exactly one block, and nothing changed."""

import time

import pytest
from hypothesis import given
from hypothesis import strategies as st
from markdown_it import MarkdownIt

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
    b"```python",
    b"```",
    b"  ````",
    b"~~~ a ` b",
    b"<!-- words",
    b"  <!-- words -->",
    b"words -->",
    b"- ```",
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
def test_only_some_kinds_take_more_than_one_line(body: bytes):
    for block in scan(body):
        assert block.line_start == block.line_end or block.kind in (Kind.BLANK, Kind.SECTION, Kind.FENCE, Kind.COMMENT)


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


# Comments and fenced code

OTHER = "### [Another](https://arxiv.org/abs/2401.00002)\n"


@pytest.mark.parametrize(
    ("opening", "closing"),
    [
        ("```", "```"),
        ("```python", "```"),
        ("   ```", "```"),
        ("```", "   ````  "),
        ("````", "````"),
        ("~~~", "~~~"),
        ("~~~ a`b`c", "~~~~"),
        ("```", "```\r"),
    ],
)
def test_what_stands_between_fences_is_code(opening: str, closing: str):
    assert kinds(f"{HEAD}{opening}\n{OTHER}\n- one\n{closing}\nVote: 3\n") == [Kind.HEAD, Kind.FENCE, Kind.VOTES]


@pytest.mark.parametrize(
    ("opening", "inside"), [("````", "```"), ("```", "~~~"), ("```", "``` python"), ("```", "    ```"), ("~~~", "~~")]
)
def test_only_its_own_fence_closes_code(opening: str, inside: str):
    assert kinds(f"{HEAD}{opening}\n{inside}\n{OTHER}{opening}\n") == [Kind.HEAD, Kind.FENCE]


@pytest.mark.parametrize(
    "line", ["``", "```a`b", "    ```", "\t```", "words ```", "    <!--", "words <!--", "<!-", "&lt;!--"]
)
def test_other_lines_open_nothing(line: str):
    assert kinds(f"{HEAD}{line}\n{OTHER}```\n-->\n")[:3] == [Kind.HEAD, Kind.UNRECOGNISED, Kind.HEAD]


@pytest.mark.parametrize(
    "comment",
    [
        f"<!--\n{OTHER}\nVote: 9999\n-->",
        "<!-- one line -->",
        "   <!--\n\n   - one\n words --> words",
        f"<!-- <!--\n{OTHER}-->",
        f"<!--\n```\n{OTHER}-->",
        "<!-->",
    ],
)
def test_a_comment_is_one_block_to_the_line_that_closes_it(comment: str):
    assert kinds(f"{HEAD}{comment}\nVote: 3\n") == [Kind.HEAD, Kind.COMMENT, Kind.VOTES]


def test_a_comment_in_code_is_code_and_two_comments_are_two_blocks():
    assert kinds(f"{HEAD}```\n<!--\n```\n<!-- a -->\n<!-- b -->\n") == [
        Kind.HEAD,
        Kind.FENCE,
        Kind.COMMENT,
        Kind.COMMENT,
    ]


@pytest.mark.parametrize("opening", ["```", "~~~~", "<!--", "<!-- Vote: 3", "````\n```"])
@pytest.mark.parametrize("end", [OTHER, "## Daily Papers (2024-01-02)\n"])
def test_without_an_end_the_next_paper_or_heading_is_the_end(opening: str, end: str):
    found = kinds(f"{HEAD}{opening}\n### no link\n- one\n{end}Vote: 3\n")
    assert len(found) == 4
    assert found[1] in (Kind.FENCE, Kind.COMMENT)
    assert found[2] in (Kind.HEAD, Kind.HEADING)


@pytest.mark.parametrize("opening", ["- ```", "- one\n  ```", "- one\n  <!--", "- one\n\n\t~~~", "- one\n    - ```"])
def test_in_a_bullet_the_first_line_outside_it_is_the_end(opening: str):
    found = kinds(f"{HEAD}{opening}\n  words\n\n  {OTHER}{OTHER}")
    assert (found[0], found[1], found[-1]) == (Kind.HEAD, Kind.SECTION, Kind.HEAD)
    assert found.count(Kind.HEAD) == 2


def test_a_section_goes_on_after_code_and_comments():
    assert kinds(f"{HEAD}- one\n```\n- code\n```\nmore\n<!-- x -->\nmore\n- two\n") == [
        Kind.HEAD,
        Kind.SECTION,
        Kind.FENCE,
        Kind.SECTION,
        Kind.COMMENT,
        Kind.SECTION,
        Kind.SECTION,
    ]


markdown = st.lists(
    st.sampled_from(
        [
            "```",
            "````",
            "```py",
            "~~~",
            " ~~~~",
            "    ```",
            "<!--",
            "-->",
            "<!-- x -->",
            " <!-- a",
            "",
            "words",
            OTHER[:-1],
        ]
    ),
    max_size=15,
).map(lambda lines: "\n".join([*lines, "-->", "`````", "~~~~~", "-->", "`````", ""]))


@given(markdown)
def test_outside_bullets_heads_are_those_of_commonmark(text: str):
    tokens = MarkdownIt("commonmark").parse(text)
    headings = [
        token.map[0] + 1 for token in tokens if token.type == "heading_open" and token.map and token.tag == "h3"
    ]
    assert [block.line_start for block in scan(text.encode()) if block.kind is Kind.HEAD] == headings


@pytest.mark.parametrize("line", ["```", "<!--", "~~~~~", "- ```", "`" * 50, "-->", "<!-- -->", "<!--" * 9])
def test_the_time_to_scan_grows_with_the_size(line: str):
    body = "".join(f"{HEAD}{line}{'`' * (number % 40)}\n" for number in range(5_000)).encode()
    started = time.process_time()
    assert sum(len(block.raw) for block in scan(body)) == len(body)
    assert time.process_time() - started < 2  # a tenth of it is enough; with the square of the size it is many
