"""Rules for text that all formats share: white space, headings, languages, printed literals.

Names belong in `authors`.
"""

import ast
import re
import unicodedata
import warnings
from functools import lru_cache
from typing import Any

HANGUL = re.compile(r"[\uac00-\ud7a3\u1100-\u11ff\u3130-\u318f]")
KANA = re.compile(r"[\u3040-\u30ff]")
HAN = re.compile(r"[\u4e00-\u9fff]")
BLANKS = "\u2800\u3164\uffa0"
"""Characters that look like a space but are none to Unicode: an empty Braille pattern, and Hangul fillers."""
IGNORED = (
    "\u00ad\u034f\u061c\u115f\u1160\u17b4\u17b5\u180b-\u180f\u200b-\u200f\u202a-\u202e"
    "\u2060-\u206f\ufe00-\ufe0f\ufeff\ufff0-\ufffb\U0001bca0-\U0001bca3\U0001d173-\U0001d17a\U000e0000-\U000e0fff"
)
"""Unicode's Default_Ignorable_Code_Point, and marks of annotation. Control characters are shown, as a sign for them."""
JOINING = "[\u0620-\u088f\u08a0-\u0fff\u1000-\u109f\u1780-\u17b3\u17b6-\u17ff\u1820-\u18aa]"
"""Letters of scripts that join: Arabic, those of India and its neighbours, Mongolian."""
EMOJI = "[\u00a9\u00ae\u203c\u2049\u2100-\u2bff\u3030\u303d\u3297\u3299\U0001f000-\U0001faff]"
UNSEEN = re.compile(f"[{BLANKS}{IGNORED}]")
INVISIBLE = re.compile(
    f"(?P<blank>[{BLANKS}])|(?P<kept>\U0001f3f4[\U000e0020-\U000e007e]{{1,6}}\U000e007f"  # a flag
    f"|{EMOJI}\ufe0f?(?:\u200d{EMOJI}\ufe0f?)*|[#*0-9]\ufe0f\u20e3"
    f"|(?<={JOINING})[\u200c\u200d](?={JOINING}))|[{IGNORED}]"
)
COMMENT = re.compile(r"(?P<code>`[^`]*`)|<!--.*?-->", re.DOTALL)
LATIN = re.compile(r"[A-Za-z]")
LONGEST_LITERAL = 1 << 20
"""The most characters of a printed literal. Python's own parser refuses more than 200 brackets in each other."""


def replace_surrogates(text: str) -> str:
    """Return `text` with the characters replaced that UTF-8 cannot encode (lone surrogates from JSON escapes)."""
    return text if text.isascii() else text.encode("utf-8", "replace").decode("utf-8")


def drop_invisible(text: str) -> str:
    """Return `text` without the characters that nobody sees, since they make two texts of one; blanks become spaces.

    A joiner stays where it changes how its neighbours look: between letters of a script that joins them, and in an
    emoji.
    """
    if text.isascii() or not UNSEEN.search(text):
        return text
    return INVISIBLE.sub(lambda match: " " if match["blank"] else match["kept"] or "", text)


def fold_space(text: str) -> str:
    """Return `text` with each run of white space replaced by one blank, and none at the ends."""
    return " ".join(replace_surrogates(text).split())


def fold_text(text: str) -> str:
    """Return `text` as it is compared: without invisible characters, and with white space folded."""
    return " ".join(text.split()) if text.isascii() else fold_space(drop_invisible(text))


def drop_comments(text: str) -> str:
    """Return `text` without its HTML comments; those in code (between backticks) stay, and so does an unclosed one."""
    end = text.rfind("-->") + 3
    if end < 3:
        return text
    tick = "`" if "`" in text[end:] else ""  # it closes code; the rest is left out, since no comment there has an end
    kept = COMMENT.sub(lambda match: match["code"] or "", text[:end] + tick)
    return kept.removesuffix(tick) + text[end:]


HEADINGS = {
    "what's new": "What's New",
    "whats new": "What's New",
    "새로운 점": "What's New",
    "새로운 내용": "What's New",
    "technical details": "Technical Details",
    "기술적 세부사항": "Technical Details",
    "기술적 세부 사항": "Technical Details",
    "performance highlights": "Performance Highlights",
    "성능 하이라이트": "Performance Highlights",
}


@lru_cache(1_000)  # a year of digests has 20,000 headings, and a dozen different ones
def translate_heading(printed: str) -> str:
    """Return the canonical heading: quotes, case and space folded, and the usual Korean headings translated."""
    folded = fold_space(unicodedata.normalize("NFKC", printed).translate({0x2019: "'", 0x2018: "'"})).strip(" :*")
    return HEADINGS.get(folded.casefold(), folded)


def detect_language(text: str) -> str | None:
    """Return the language of `text` by its script (`ko`, `ja`, `zh`, `en`); None if no script matches.

    Digests mix English terms into Korean, so any Hangul makes a text Korean.
    """
    if HANGUL.search(text):
        return "ko"
    if KANA.search(text):
        return "ja"
    if HAN.search(text):
        return "zh"
    return "en" if LATIN.search(text) else None


def read_literal(text: str) -> Any:
    """Return the value of a literal that a program printed by Python's `repr`. Nothing of the text is run.

    Raises:
        ValueError: the text is no literal, too long, or nested too deep.
    """
    if len(text) > LONGEST_LITERAL:
        raise ValueError(f"longer than {LONGEST_LITERAL} characters")
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # a backslash that escapes nothing is a plain backslash
            return ast.literal_eval(text)
    except (TypeError, ArithmeticError, SyntaxError, MemoryError, RecursionError) as error:
        raise ValueError("not a literal") from error
