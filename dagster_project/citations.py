"""Cites papers as BibTeX, RIS and CSL-JSON.

All but `read_papers`, which reads a release, is pure: a `Paper` in, text out. Which papers are cited, and where the
text is written, belongs to the caller. Titles and names are text, whatever they look like: nothing in them ends a
field, and LaTeX runs none of it.
"""

import datetime as dt
import json
import re
import unicodedata
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from functools import cache, lru_cache
from typing import TYPE_CHECKING, Any

from dagster_project.errors import QueryError
from dagster_project.parse.authors import ACCENTS, GROUP, LETTERS, format_name
from dagster_project.parse.text import fold_space

if TYPE_CHECKING:
    import duckdb
    from pylatexenc.latexencode import UnicodeToLatexEncoder
    from rispy import RisWriter

PAPER_COLUMNS = ("arxiv_id", "paper_key")
"""The columns that say which paper is meant."""
PAPERS = """
SELECT
    CAST({column} AS VARCHAR), arxiv_id, title, published_on, arxiv_url,
    list(name_as_printed ORDER BY position, name_as_printed) FILTER (name_as_printed IS NOT NULL),
    count(name_as_printed) = count(position), authors_truncated, primary_category, doi, journal_ref
FROM dim_paper LEFT JOIN bridge_paper_author USING (paper_key)
WHERE CAST({column} AS VARCHAR) IN (SELECT unnest(from_json(?, '["VARCHAR"]')))
GROUP BY ALL
"""
CONTROL = re.compile(r"[\x00-\x1f\x7f-\x9f]")
NO_PERSON = re.compile(r"\bAI\b|[^\W\d_]\d|\d[^\W\d_]|,|\b[Aa][Nn][Dd]\b")
"""Matches what, beside the words of `GROUP`, stands in the names of groups and of no person."""
SUFFIX = re.compile(r"[JS]r\.?|II|III|IV")
PLAIN = re.compile(r"[A-Za-z0-9 .,:;()/!?'-]*")
"""Matches a text that LaTeX prints as it is."""
PLAIN_GREEK = re.compile(r"GREEK (?:SMALL|CAPITAL) LETTER \w+")
"""Matches Unicode's name of a Greek letter without accents."""
GREEK_WORD = re.compile("[\u0370-\u03ff\u1f00-\u1fff]{2,}")
"""Matches Greek that is a word and not mathematics."""
SIGNS = {sign: rf"\{sign}" for sign in "&%$#_"} | {
    "{": r"{\textbraceleft}",  # BibTeX counts braces, also those behind a backslash
    "}": r"{\textbraceright}",
    "<": r"{\textless}",
    ">": r"{\textgreater}",
    "|": r"{\textbar}",
    '"': "{''}",  # in some languages, a straight quote is a command
}
"""What LaTeX prints as these signs."""
MARKS = {mark: command for command, mark in ACCENTS.items()}
COMMANDS = {letter: command for command, letter in LETTERS.items()}
MONTHS = ("jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec")
"""BibTeX's names of the months, which each style prints in its language."""


@dataclass(frozen=True, slots=True)
class Paper:
    """What a citation says of a paper. `authors` are names as printed, in the paper's order only if `is_ordered`.

    `is_cut` says that there are more authors than these.
    """

    arxiv_id: str
    title: str
    published_on: dt.date | None
    url: str
    authors: Sequence[str]
    is_ordered: bool
    is_cut: bool
    subject: str | None = None
    """Its main subject at arXiv."""
    doi: str | None = None
    """The DOI of what was published elsewhere; arXiv's own is no such."""
    journal: str | None = None
    """Where it was published, as printed: name, volume and pages in one text."""

    @property
    def key(self) -> str:
        """The name by which a text cites it: unique, and the same in every release."""
        return f"arXiv:{self.arxiv_id}"

    @property
    def date(self) -> tuple[int, ...]:
        """Year, month and day. Where the day is unknown, year and month from the id, in which arXiv writes them."""
        if self.published_on:
            return self.published_on.year, self.published_on.month, self.published_on.day
        digits = self.arxiv_id.rpartition("/")[2]
        return int(digits[:2]) + (1900 if digits[0] == "9" else 2000), int(digits[2:4])

    @property
    def names(self) -> list["Name"]:
        """The names of its authors, in parts."""
        return [name for name in map(split_name, self.authors) if name.family]

    @property
    def note(self) -> str:
        """Where it was published, and what is not known of its authors; empty if there is nothing to say.

        No format has a field for name, volume and pages in one, and nobody could split them safely.
        """
        order, cut = "The order of the authors is unknown.", "The list of authors is incomplete."
        published = _clean(self.journal or "")
        if published:
            published = f"Published: {published.rstrip('.')}."
        return " ".join(filter(None, [published, *[order] * (not self.is_ordered), *[cut] * self.is_cut]))


@dataclass(frozen=True, slots=True)
class Name:
    """A name in parts: Ludwig (given) van (particle) Beethoven (family). One that is not split is all `family`."""

    family: str
    given: str = ""
    particle: str = ""
    suffix: str = ""


def read_papers(connection: "duckdb.DuckDBPyConnection", column: str, keys: Iterable[object]) -> list[Paper]:
    """Return the papers that have these keys in `column`, one of `PAPER_COLUMNS`: each once, in the order of the keys.

    Raises:
        QueryError: the release holds no paper with one of the keys.
    """
    wanted = list(dict.fromkeys(map(str, keys)))
    found = {
        key: Paper(arxiv_id, title, published_on, url, authors or [], *others)
        for key, arxiv_id, title, published_on, url, authors, *others in connection.execute(
            PAPERS.format(column=column),
            [json.dumps(wanted)],  # as a list, each key would cost the time of a few failed imports
        ).fetchall()
    }
    if unknown := [key for key in wanted if key not in found]:
        count = f" ({len(unknown)} such in the answer)" if len(unknown) > 1 else ""
        raise QueryError(
            f"no paper of the warehouse has {column} {unknown[0]!r}{count}; select {column} as dim_paper holds it"
        )
    return [found[key] for key in wanted]


@lru_cache(100_000)
def split_name(printed: str) -> Name:
    """Return the parts of a name that is printed with the given name first; small words are its particle, as in BibTeX.

    A name in a script without capitals is not split, nor is one of a single word or of a group.
    """
    words = _clean(format_name(printed)).split()
    whole = " ".join(words)
    suffix = words.pop() if len(words) > 2 and SUFFIX.fullmatch(words[-1]) else ""
    if len(words) < 2 or whole.lower() == whole.upper() or GROUP.search(whole) or NO_PERSON.search(whole):
        return Name(whole)
    *others, last = words
    small = [place for place, word in enumerate(others) if place and _is_small(word)]
    first, end = (small[0], small[-1] + 1) if small else (len(others), len(others))
    return Name(" ".join([*others[end:], last]), " ".join(others[:first]), " ".join(others[first:end]), suffix)


def _is_small(word: str) -> bool:
    """Return whether the first letter of a word is a small one."""
    return next((sign for sign in word if sign.isalpha()), "").islower()


def format_bibtex(papers: Iterable[Paper]) -> str:
    """Return an entry a paper, with commands of LaTeX for the letters that have one."""
    from bibtexparser.entrypoint import write_string
    from bibtexparser.library import Library
    from bibtexparser.model import Entry, Field
    from bibtexparser.writer import BibtexFormat

    def make_entry(paper: Paper) -> Entry:
        year, month, *_ = paper.date
        values = {
            "title": f"{{{_to_latex(paper.title)}}}",  # in braces of its own, so that no style changes its capitals
            "author": " and ".join([*map(_format_bibtex_name, paper.names), *["others"] * paper.is_cut]),
            "year": str(year),
            "month": MONTHS[month - 1],
            "eprint": paper.arxiv_id,
            "archivePrefix": "arXiv",
            "primaryClass": _to_latex(paper.subject or ""),
            "doi": _to_latex(paper.doi or ""),
            "url": paper.url,
            "note": _to_latex(paper.note),
        }
        written = {name: value if name == "month" else f"{{{value}}}" for name, value in values.items() if value}
        return Entry("misc", paper.key, [Field(name, value) for name, value in written.items()])

    layout = BibtexFormat()
    layout.indent, layout.trailing_comma, layout.block_separator = "  ", True, "\n"
    return write_string(Library([make_entry(paper) for paper in papers]), unparse_stack=[], bibtex_format=layout)


def _format_bibtex_name(name: Name) -> str:
    if not name.given:
        return f"{{{_to_latex(name.family)}}}"
    parts = (f"{name.particle} {name.family}".strip(), name.suffix, name.given)
    return ", ".join(_to_latex(part) for part in parts if part)


def format_ris(papers: Iterable[Paper]) -> str:
    """Return a RIS record a paper."""

    def make_record(paper: Paper) -> dict[str, Any]:
        year, month, day = (*paper.date, None)[:3]
        return {
            "type_of_reference": "UNPB",
            "id": paper.key,
            "title": _clean(paper.title),
            "authors": [_format_ris_name(name) for name in paper.names],
            "year": str(year),
            "date": f"{year}/{month:02}/{f'{day:02}' if day else ''}/",
            "publisher": "arXiv",
            "accession_number": paper.key,
            **({"doi": doi} if (doi := _clean(paper.doi or "")) else {}),
            "urls": [paper.url],
            "notes": [paper.note] if paper.note else [],
        }

    return _make_ris_writer().formats([make_record(paper) for paper in papers])


@cache
def _make_ris_writer() -> "RisWriter":
    from rispy import RisWriter

    class Writer(RisWriter):
        def set_header(self, count: int) -> str:
            del count
            return ""  # the library's own is a number, which the format does not know

    return Writer()


def _format_ris_name(name: Name) -> str:
    if not name.given:
        return f"{name.family}," if " " in name.family else name.family  # the comma tells readers not to split it
    return ", ".join(filter(None, (f"{name.particle} {name.family}".strip(), name.given, name.suffix)))


def format_csl(papers: Iterable[Paper]) -> str:
    """Return a JSON list of an item a paper, by the CSL schema."""
    return json.dumps([make_csl_item(paper) for paper in papers], ensure_ascii=False, indent=2) + "\n"


def make_csl_item(paper: Paper) -> dict[str, Any]:
    """Return a paper as an item of CSL-JSON."""
    item = {
        "id": paper.key,
        "type": "article",  # a preprint
        "title": _clean(paper.title),
        "author": [*map(_make_csl_name, paper.names), *[{"literal": "others"}] * paper.is_cut],
        "issued": {"date-parts": [list(paper.date)]},
        "publisher": "arXiv",
        "number": paper.key,
        "DOI": _clean(paper.doi or ""),
        "URL": paper.url,
        "note": paper.note,
    }
    return {name: value for name, value in item.items() if value}


def _make_csl_name(name: Name) -> dict[str, str]:
    if not name.given:
        return {"literal": name.family}
    parts = {
        "family": name.family,
        "given": name.given,
        "non-dropping-particle": name.particle,
        "suffix": name.suffix,
    }
    return {part: text for part, text in parts.items() if text}


def _clean(text: str) -> str:
    """Return text on one line, without control characters."""
    return fold_space(CONTROL.sub(" ", text))


@lru_cache(100_000)
def _to_latex(text: str) -> str:
    clean = unicodedata.normalize("NFC", _clean(text))
    return clean if PLAIN.fullmatch(clean) else _make_encoder().unicode_to_latex(clean)


@cache
def _make_encoder() -> "UnicodeToLatexEncoder":
    from pylatexenc import latexencode as library

    patterns = [(re.compile(r'(?<![^\s(\[{])"'), "{``}"), (GREEK_WORD, r"\g<0>")]
    rules = [
        library.UnicodeToLatexConversionRule(library.RULE_REGEX, patterns, "none"),
        library.UnicodeToLatexConversionRule(library.RULE_DICT, {ord(one): SIGNS[one] for one in SIGNS}, "none"),
        library.UnicodeToLatexConversionRule(library.RULE_CALLABLE, _encode_letter, "none"),
        "defaults",
    ]
    return library.UnicodeToLatexEncoder(conversion_rules=rules, unknown_char_warning=False)


def _encode_letter(text: str, place: int) -> tuple[int, str] | None:
    """Return how many letters are encoded, and as what; None leaves it to the library, for signs and Greek.

    Of its commands for other letters, some are wrong, as that for "ű", and some need packages. Where LaTeX itself has
    none, the letter stays as it is.
    """
    letter = text[place]
    is_sign = unicodedata.category(letter)[0] in "SP"
    if letter.isascii() or is_sign or PLAIN_GREEK.fullmatch(unicodedata.name(letter, "")):
        return None
    if letter in COMMANDS:
        return 1, rf"{{\{COMMANDS[letter]}}}"
    encoded, *marks = unicodedata.normalize("NFD", letter)
    if not marks or not all(mark in MARKS for mark in marks):
        return 1, letter
    for mark in marks:
        encoded = rf"\{MARKS[mark]}{{{encoded}}}"
    return 1, f"{{{encoded}}}"  # in braces, BibTeX takes it for one letter
