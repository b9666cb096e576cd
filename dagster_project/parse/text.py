"""Rules for text that all formats share: white space, headings and languages. Names belong in `authors`."""

import re
import unicodedata

HANGUL = re.compile(r"[\uac00-\ud7a3\u1100-\u11ff\u3130-\u318f]")
KANA = re.compile(r"[\u3040-\u30ff]")
HAN = re.compile(r"[\u4e00-\u9fff]")
COMMENT = re.compile(r"(?P<code>`[^`]*`)|<!--.*?-->", re.DOTALL)
LATIN = re.compile(r"[A-Za-z]")


def replace_surrogates(text: str) -> str:
    """Return `text` with the characters replaced that UTF-8 cannot encode (lone surrogates from JSON escapes)."""
    return text if text.isascii() else text.encode("utf-8", "replace").decode("utf-8")


def fold_space(text: str) -> str:
    """Return `text` with each run of white space replaced by one blank, and none at the ends."""
    return " ".join(replace_surrogates(text).split())


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
