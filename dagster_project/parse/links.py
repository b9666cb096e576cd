"""Parses the addresses in texts: which paper an address names, and whether it is a web address.

Fetching belongs in `sources`.
"""

import re

SITE = "https://huggingface.co"

ARXIV_ID = r"[0-9]{4}\.[0-9]{4,5}|[a-z][a-z-]{1,20}(?:\.[A-Z]{2})?/[0-9]{7}"
"""Matches an arXiv id without its version: of the form since 2007 (`2311.10770`), or before (`math.GT/0309136`)."""
HOST = re.compile(r"(?:[a-z0-9-]{1,63}\.){1,8}[a-z]{2,24}(?:[/?#]|$)", re.IGNORECASE)
PAPER_PLACES = ("arxiv.org/abs/", "arxiv.org/pdf/", "huggingface.co/papers/", "alphaxiv.org/abs/")


def arxiv_id(text: str) -> str | None:
    """Return the arXiv id, without its version, of a text that is an id or a paper's address; None if it is neither."""
    bare = text.strip()
    for place in PAPER_PLACES:
        _, found, rest = bare.partition(place)
        if found:
            bare = rest
            break
    bare = bare.partition("#")[0].partition("?")[0].removesuffix("/").removesuffix(".pdf")
    bare = re.sub(r"v\d{1,3}$", "", bare)
    return bare if re.fullmatch(ARXIV_ID, bare) else None


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
