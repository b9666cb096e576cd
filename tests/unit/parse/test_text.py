"""White space, headings, languages and printed literals."""

import time
import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dagster_project.parse.text import (
    LONGEST_LITERAL,
    detect_language,
    drop_comments,
    fold_space,
    fold_text,
    read_literal,
    replace_surrogates,
    translate_heading,
)

anything = st.text(st.characters(exclude_categories=()))


@pytest.mark.parametrize(
    ("text", "folded"),
    [
        ("A Title\n  in Two Lines", "A Title in Two Lines"),
        ("\u3000넓은\u00a0빈칸 ", "넓은 빈칸"),
        ("", ""),
        (" \n\t", ""),
        ("a lone \ud83d half", "a lone ? half"),
        ("a\u200b \x1b b", "a\u200b \x1b b"),
    ],
)
def test_white_space_folds_to_one_blank(text: str, folded: str):
    assert fold_space(text) == folded


# Unicode's category Cf, but for the signs of it that are seen: those of Arabic, Syriac, Kaithi, and of hieroglyphs
SEEN = {*range(0x600, 0x606), 0x6DD, 0x70F, 0x890, 0x891, 0x8E2, 0x110BD, 0x110CD, *range(0x13430, 0x13440)}


@pytest.fixture(scope="module")
def unseen():
    everything = map(chr, range(0x110000))
    return [sign for sign in everything if unicodedata.category(sign) == "Cf" and ord(sign) not in SEEN]


@pytest.mark.parametrize(
    "text", ["Ada{}", "{}Ada", "A{}da", "김{}민지", "Ngu{}yễn", "Ada {} Byrd", "深{}度", "か{}な", "7{}"]
)
def test_what_nobody_sees_is_dropped(unseen: list[str], text: str):
    shown = fold_text(text.format(""))
    others = [
        "\u034f",
        "\u115f",
        "\u1160",
        "\u17b4",
        "\u180b",
        "\ufe00",
        "\ufe0f",
        "\U000e0100",
    ]
    for sign in [*unseen, *others]:
        assert fold_text(text.format(sign)) == shown, ascii(sign)


@pytest.mark.parametrize(
    "text",
    [
        "می\u200cخواهم",
        "क्\u200dष",
        "ක්\u200dර",
        "👩\u200d💻 writes",
        "❤\ufe0f",
        "🏴\U000e0067\U000e0062\U000e0065\U000e006e\U000e0067\U000e007f",
        "🏳\ufe0f\u200d🌈",
        "👩🏽\u200d🔬",
        "1\ufe0f\u20e3",
        "c\u0327e\u0301",
    ],
    ids=ascii,
)
def test_what_changes_how_others_look_stays(text: str):
    assert fold_text(text) == text


@pytest.mark.parametrize("text", ["می\u200c", "\u200dक", "💻\u200d", "a\u200db", "क\u200da", "👩\u200db"], ids=ascii)
def test_a_joiner_that_joins_nothing_is_dropped(text: str):
    assert fold_text(text) == text.replace("\u200c", "").replace("\u200d", "")


@pytest.mark.parametrize(
    ("text", "shown"), [("김\u3164민지\uffa0", "김 민지"), ("a \u2800 b", "a b"), ("a \u200b b", "a b"), ("\u200b", "")]
)
def test_what_looks_like_a_blank_is_one(text: str, shown: str):
    assert fold_text(text) == shown


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("a<!-- b -->c", "ac"),
        ("a <!--\n\n-->b<!---->", "a b"),
        ("<!-- a <!-- b --> c -->", " c -->"),
        ("`<!-- a -->` <!-- b -->", "`<!-- a -->` "),
        ("<!-- `a` --> `", " `"),
        ("it`s <!-- a -->", "it`s "),
        ("<!-- a", "<!-- a"),
        ("a --> b <!-- c", "a --> b <!-- c"),
    ],
)
def test_comments_are_dropped(text: str, shown: str):
    assert drop_comments(text) == shown


@given(st.lists(st.sampled_from(["<!--", "-->", "`", "a", "-"])).map("".join))
def test_a_text_without_a_whole_comment_is_left_alone(text: str):
    opening = text.find("<!--")
    if opening < 0 or "-->" not in text[opening:]:
        assert drop_comments(text) == text


@pytest.mark.parametrize(
    "text", ["<!--" * 200_000, "<!--" * 200_000 + "-->", "-->" + "<!--" * 200_000 + "`", "`<!--" * 200_000]
)
def test_the_time_to_drop_comments_grows_with_the_size(text: str):
    started = time.process_time()
    drop_comments(text)
    assert time.process_time() - started < 5


@given(anything | st.text("aم‌‍क❤👩\ufe0f\u200b\u061c \u3164\U000e0067\U000e007f"))
def test_folding_twice_changes_nothing_more(text: str):
    assert fold_space(fold_space(text)) == fold_space(text)
    assert fold_text(fold_text(text)) == fold_text(text)


@given(anything)
def test_encodable_text_can_be_encoded(text: str):
    replace_surrogates(text).encode("utf-8")


@given(st.text())
def test_encodable_leaves_good_text_alone(text: str):
    assert replace_surrogates(text) == text


@pytest.mark.parametrize(
    ("printed", "heading"),
    [
        ("What's New", "What's New"),
        ("What’s New", "What's New"),
        ("what‘s  new", "What's New"),
        ("Whats New", "What's New"),
        ("새로운 점", "What's New"),
        ("기술적 세부 사항", "Technical Details"),
        ("기술적 세부사항:", "Technical Details"),
        ("성능 하이라이트", "Performance Highlights"),
        ("PERFORMANCE HIGHLIGHTS", "Performance Highlights"),
        ("Ｗhat's Ｎew：", "What's New"),
        ("A Heading of Its Own", "A Heading of Its Own"),
        ("한계와 전망", "한계와 전망"),
    ],
)
def test_headings_have_one_spelling(printed: str, heading: str):
    assert translate_heading(printed) == heading


@given(anything)
def test_a_canonical_heading_stays_as_it_is(printed: str):
    assert translate_heading(translate_heading(printed)) == translate_heading(printed)


@pytest.mark.parametrize(
    ("text", "code"),
    [
        ("우리는 Transformer를 더 작게 만든다.", "ko"),
        ("a single 말 makes it Korean", "ko"),
        ("We make it smaller.", "en"),
        ("小さなモデル", "ja"),
        ("小模型", "zh"),
        ("", None),
        ("12 % ± 3", None),
    ],
)
def test_the_script_tells_the_language(text: str, code: str | None):
    assert detect_language(text) == code


@given(
    st.recursive(st.none() | st.booleans() | st.integers() | anything, st.lists) | st.dictionaries(anything, anything)
)
def test_what_python_prints_is_read_as_it_was(value: object):
    assert read_literal(repr(value)) == value


@pytest.mark.parametrize(
    "text",
    ["", "name", "print(1)", "[1", "[" * 300 + "]" * 300, "-" * 100_000 + "1", "1+" * 50_000 + "1", "'\ud800'", "'\0'",
     "1/0", "{[]: 1}", "9" * 5_000, f"'{'a' * LONGEST_LITERAL}'", "f'{1}'", "'\\N{NO SUCH NAME}'"],
    ids=lambda text: text[:9].encode("ascii", "backslashreplace").decode(),
)  # fmt: skip
def test_what_is_no_literal_is_a_value_error(text: str):
    with pytest.raises(ValueError, match=r"."):
        read_literal(text)


def test_a_backslash_that_escapes_nothing_is_a_backslash():
    assert read_literal(r"'\d'") == r"\d"


@given(anything)
def test_reading_a_literal_raises_nothing_else(text: str):
    try:
        read_literal(text)
    except ValueError:
        return
