"""Normalises the names of authors: one spelling to show, and one to compare.

An author is a name, not a person: names that differ are never merged by guess. Where names come from belongs in the
module of each format.
"""

import re
import unicodedata
from collections.abc import Iterable

from dagster_project.parse.rows import LONGEST_NAME, Author, Day
from dagster_project.parse.text import fold_space, fold_text

ACCENTS = {
    "`": "\u0300",
    "'": "\u0301",
    "^": "\u0302",
    "~": "\u0303",
    "=": "\u0304",
    "u": "\u0306",
    ".": "\u0307",
    '"': "\u0308",
    "r": "\u030a",
    "H": "\u030b",
    "v": "\u030c",
    "d": "\u0323",
    "c": "\u0327",
    "k": "\u0328",
}
LETTERS = {"o": "ø", "O": "Ø", "l": "ł", "L": "Ł", "ss": "ß", "ae": "æ", "AE": "Æ", "oe": "œ", "OE": "Œ",
           "aa": "å", "AA": "Å", "i": "ı", "j": "ȷ"}  # fmt: skip

# \~{e}, \~e, {\~e} · \v{c}, \v c · \o, {\o}
SIGN = re.compile(r"\{?\\([`'^~=.\"])\s?\{?\\?([^\W\d_])\}?\}?")
WORD = re.compile(r"\{?\\([uvHcdkr])(?:\s|\{)\s?\\?([^\W\d_])\}?\}?")
LETTER = re.compile(r"\{?\\(aa|AA|ae|AE|oe|OE|ss|[oOlLij])(?![A-Za-z])\s?(?:\{\})?\}?")


Printed = tuple[str, str | None, bool | None]
"""A name as printed, the user that claimed the authorship, and whether the site hides the author."""

# What follows a name behind a comma. A single letter is none: it may be a name, and so may "Md".
SUFFIX = r"(?:[JSjs]n?r\.?|[JS]R\.|II|III|IV|VI{1,3}|2nd|3rd|4th|(?:Ph\.?\s?D|D\.?\s?Phil|M\.?D|M\.?Sc|Esq)\.?)"
SUFFIXES = re.compile(rf"{SUFFIX}(?:,?\s{SUFFIX})*")
COMMA = re.compile(rf"\s?,\s?(?={SUFFIXES.pattern}$)")
AND = re.compile(r"(?:and|&)\s", re.IGNORECASE)
BETWEEN = re.compile(r"\s(?:and|&)\s(?!others|more|et\b|\d)", re.IGNORECASE)
CUT = re.compile(
    r"(?:^|[\s(]+)(?:(?:and|&)\s)?(?:et[\s.-]{0,2}al(?:ii|iae|ia)?|(?:\+\s?)?\d{1,5}\s(?:more|others)"
    r"|(?:(?<=and\s)|(?<=&\s))(?:more|others)|외\s?\d{1,5}\s?[명인]|等人?|\.{3}|…)(?:\sauthors)?[\s.…)]*$",
    re.IGNORECASE,
)
"""Matches the sign at the end of a list that names only some of its authors."""
GROUP = re.compile(
    r"\b(?:team|group|labs?|laborator(?:y|ies)|cent(?:er|re)|institute|university|college|school|department|research|"
    r"project|program|consortium|collaboration|initiative|foundation|community|alliance|company|inc|ltd|"
    r"sciences?|technolog(?:y|ies)|engineering|for|of)\b",
    re.IGNORECASE,
)
"""Matches a word of a group's name, in which "and" does not join two persons."""


def decode_tex(name: str) -> str:
    r"""Return `name` with TeX's accents decoded: ``Nguy\~ên`` becomes ``Nguyễn``."""
    if "\\" not in name and "{" not in name:
        return name

    def accent(match: re.Match[str]) -> str:
        base = {"ı": "i", "ȷ": "j"}.get(match[2], match[2])
        return unicodedata.normalize("NFC", base + ACCENTS[match[1]])

    for pattern in (SIGN, SIGN, WORD):  # a letter may carry two signs
        name = pattern.sub(accent, name)
    decoded = LETTER.sub(lambda match: LETTERS[match[1]], name)
    return decoded.replace("{", "").replace("}", "").replace("\\", "")


def format_name(printed: str) -> str:
    """Return the name to show: TeX decoded, white space folded, letters composed (NFC).

    A name that holds only TeX's signs stays as printed. So does a name longer than `LONGEST_NAME`, which `validate`
    rejects: the time to compose marks grows with the square of their number.
    """
    folded = fold_text(printed)
    if len(folded) > LONGEST_NAME or (folded.isascii() and "\\" not in folded and "{" not in folded):
        return folded
    return unicodedata.normalize("NFC", fold_text(decode_tex(folded)) or folded)


def split_persons(printed: str) -> list[str]:
    """Return the names in `A and B`; one name if it is a group's."""
    name = fold_space(printed)
    persons = BETWEEN.split(name)
    return [name] if len(persons) > 1 and GROUP.search(name) else persons


def read_names(printed: Iterable[Printed]) -> tuple[list[Printed], bool]:
    """Return the persons and groups of a list, and whether the list says that it was cut ("et al.").

    A suffix that a comma split from its name ("Jr.") goes back to it, and "and" before a name is dropped.
    """
    names: list[Printed] = []
    is_cut = False
    for raw, user, hidden in printed:
        folded = name = fold_text(raw)
        if len(name) <= LONGEST_NAME:
            whole = CUT.sub("", name)
            is_cut = is_cut or whole != name
            name = COMMA.sub(" ", whole[start.end() :] if (start := AND.match(whole)) else whole)
        if names and len(names[-1][0]) <= LONGEST_NAME and SUFFIXES.fullmatch(name):
            names[-1] = (f"{names[-1][0]} {name}", *names[-1][1:])
        elif name:
            names.append((raw if name == folded else name, user, hidden))
    return names, is_cut


def normalize_name(name: str) -> str:
    """Return the spelling for comparison: NFKC, with case and white space folded."""
    if len(name) > LONGEST_NAME:
        return name
    return fold_text((name if name.isascii() else unicodedata.normalize("NFKC", name)).casefold())


def list_authorships(day: Day, paper: str, names: Iterable[Printed]) -> list[Author]:
    """Return one `Author` for each distinct name in a list, in the order of first places."""
    authors: dict[str, Author] = {}
    for printed, user, hidden in names:
        name = format_name(printed)
        normalized = normalize_name(name)
        if normalized and normalized not in authors:
            place = len(authors) + 1
            authors[normalized] = Author(*day, paper, place, fold_space(printed), name, normalized, user, hidden)
    return list(authors.values())
