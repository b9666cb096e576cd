"""The two real formats, read in the plainest way there is, to hold the warehouse against.

Nothing here knows the project: what a file plainly says belongs here, what the warehouse should make of it in a test.
"""

import ast
import datetime as dt
import json
import re
from dataclasses import dataclass

ENTRY = re.compile(
    r"^### \[(?P<title>.*)\]\(https://arxiv\.org/abs/(?P<id>\d{4}\.\d{5})\)$(?P<body>(?:\n(?!##).*)*)", re.MULTILINE
)


def fold(text):
    return " ".join(text.split())


def as_printed(file):
    """Yield the entries of a digest in order: (id, title, votes, names)."""
    for entry in ENTRY.finditer(file.read_text(encoding="utf-8")):
        votes = re.search(r"^Vote: (\d+)$", entry["body"], re.MULTILINE)
        listing = re.search(r"^Authors: (.*)$", entry["body"], re.MULTILINE)
        names = listing[1] if listing else ""
        names = ast.literal_eval(names) if names.startswith("[") else names.split(", ")
        names = {fold(name) for name in names} - {"+", ""}
        yield entry["id"], fold(entry["title"]), int(votes[1]) if votes else None, names


def digests(folder):
    """Return the entries of all digests by day."""
    files = sorted(folder.glob("*/*/*.md"))
    return {dt.date(*map(int, file.with_suffix("").parts[-3:])): list(as_printed(file)) for file in files}


@dataclass
class Capture:
    """A stored payload: `papers` holds the items by id, each paper at its first place. `captured_at` is in UTC."""

    day: dt.date
    captured_at: dt.datetime
    body: bytes
    papers: dict


def first_items(payload):
    """Return the items of a payload by id, each paper at its first place."""
    items = {}
    for item in payload:
        items.setdefault(item["paper"]["id"], item)
    return items


def captures(folder):
    """Return all stored payloads in the order in which they were captured."""
    found = []
    for file in folder.glob("*/*.json"):
        day = dt.date.fromisoformat(file.parent.name)
        captured_at = dt.datetime.strptime(file.stem, "%Y-%m-%dT%H%M%SZ")
        body = file.read_bytes()
        found.append(Capture(day, captured_at, body, first_items(json.loads(body))))
    return sorted(found, key=lambda capture: (capture.captured_at, capture.day))
