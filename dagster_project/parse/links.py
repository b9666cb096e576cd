"""Parses the addresses in texts: which paper an address names, and whether it is a web address.

Fetching belongs in `sources`.
"""

import re
from urllib.parse import unquote

SITE = "https://huggingface.co"

ARXIV_ID = r"[0-9]{4}\.[0-9]{4,5}|[a-z][a-z-]{1,20}(?:\.[A-Z]{2})?/[0-9]{7}"
"""Matches an arXiv id without its version: of the form since 2007 (`2311.10770`), or before (`math.GT/0309136`)."""
HOST = re.compile(r"(?:[a-z0-9-]{1,63}\.){1,8}[a-z]{2,24}(?:[/?#]|$)", re.IGNORECASE)
PAPER = re.compile(
    rf"""
    <?(?:
        (?:(?:https?:)?//)?
        (?: (?:[a-z0-9-]{{1,63}}\.)? arxiv\.org (?::[0-9]{{1,5}})? / (?:abs|pdf|html|format|ps|src|e-print) /
        |   ar5iv\. (?:labs\.arxiv\.)? org / (?:abs|html|pdf) /
        |   (?:www\.)? (?:huggingface|hf)\.co / papers /
        |   (?:www\.)? alphaxiv\.org / (?:abs|pdf|html|overview) /
        |   (?:(?:dx|www)\.)? doi\.org / (?=10\.)
        )
    )?
    (?: (?:doi:\s?)? 10\.48550/arxiv\. | arxiv:\s? )?
    (?-i:({ARXIV_ID})) (?:v[0-9]{{1,3}})?
    (?:\.pdf)? /? (?:[?#]\S*)? >?
    (?: \s (?: \[[\w.-]+\] | "[^"]*" | '[^']*' ) )?  # an arXiv subject, or the title of a link
    """,
    re.IGNORECASE | re.VERBOSE,
)
"""Matches an arXiv id, a DOI of arXiv's, or the address of a paper's page on a site that names papers by their ids."""


def arxiv_id(text: str) -> str | None:
    """Return the arXiv id, without its version, of a text that is an id or a paper's address; None if it is neither.

    The host decides: an address that only mentions another, as a redirect does, names no paper.
    """
    named = PAPER.fullmatch(unquote(text.strip()))
    return named[1] if named else None


def complete_address(address: str) -> str | None:
    """Return an absolute web address; None if the text is no web address. A relative address belongs to `SITE`.

    As in browsers, white space around the address and line breaks in it are dropped, and a host needs no scheme.
    """
    address = "".join(address.strip().splitlines())
    if HOST.match(address):
        address = f"https://{address}"
    if address.startswith("/") and not address.startswith("//"):
        address = SITE + address
    return address if address.startswith(("https://", "http://")) and len(address.split()) == 1 else None
