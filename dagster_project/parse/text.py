"""Small rules about text that both formats share: white space, headings, languages."""

import re
import unicodedata

HANGUL = re.compile(r"[\uac00-\ud7a3\u1100-\u11ff\u3130-\u318f]")
KANA = re.compile(r"[\u3040-\u30ff]")
HAN = re.compile(r"[\u4e00-\u9fff]")
LATIN = re.compile(r"[A-Za-z]")


def encodable(text: str) -> str:
    """Return `text` with what UTF-8 cannot carry (lone surrogates of a JSON escape) replaced."""
    return text if text.isascii() else text.encode("utf-8", "replace").decode("utf-8")


def fold_space(text: str) -> str:
    """Return `text` with every run of white space as one blank, and none at the ends."""
    return " ".join(encodable(text).split())


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


def canonical_heading(printed: str) -> str:
    """Return the heading that `printed` stands for: quotes, case and space folded, Korean names of the three usual."""
    folded = fold_space(unicodedata.normalize("NFKC", printed).translate({0x2019: "'", 0x2018: "'"})).strip(" :*")
    return HEADINGS.get(folded.casefold(), folded)


def language(text: str) -> str | None:
    """Return the language that the script of `text` speaks for (`ko`, `ja`, `zh`, `en`); None without letters.

    Digests mix English terms into Korean, so any Hangul makes a text Korean.
    """
    if HANGUL.search(text):
        return "ko"
    if KANA.search(text):
        return "ja"
    if HAN.search(text):
        return "zh"
    return "en" if LATIN.search(text) else None
