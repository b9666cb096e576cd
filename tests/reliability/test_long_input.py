"""Input of one long piece, repeated: what makes a regular expression or a loop take time by the square of its length.

The short form only has to end: what is quadratic would still be at it when pytest's time limit ends it. The long form
reads 10 MB of each and compares the time a byte with that of an eighth of it.
"""

import datetime as dt
import gc
import json
import time
from collections.abc import Callable, Iterable

import pytest

from dagster_project.parse.digest import parse_digest
from dagster_project.parse.huggingface import parse_huggingface
from dagster_project.parse.rows import Day
from tests.reliability.figures import Figure, tell

DIGEST = Day("digest", dt.date(2024, 1, 2), dt.datetime(2024, 1, 2, 23))
PAYLOAD = Day("huggingface", dt.date(2025, 1, 2), dt.datetime(2025, 1, 2, 15, 10))
HEADING = "## Daily Papers (2024-01-02)\n\n"
HEAD = "### [A Small Title](https://arxiv.org/abs/2401.00001)\n"
ITEM = {"paper": {"id": "2501.00001", "title": "A Small Title", "authors": [{"name": "Ada Byrd"}]}}

IN_A_DIGEST = [
    ("", "]("),
    ("### [", "]("),
    (HEAD + "[Watch Video](", "]("),
    (HEAD + "![](", "]("),
    (HEAD + "- ", "**"),
    (HEAD + "- ", "- **"),
    (HEAD + "- ", "** :"),
    (HEAD, "- **\n"),
    (HEAD + "- words\n", "1. more\n"),
    (HEAD + "- words\n", "\n- **a**:"),
    (HEAD, "stray words\n"),
    ("", "stray words\n"),
    ("", "###\n"),
    (HEADING, HEADING),
    (HEADING.rstrip(), " "),
    (HEAD + "Vote:", " "),
    (HEAD + "Vote: ", "9"),
    (HEAD + "Authors: ", "["),
    (HEAD + "Authors: [", "'a' "),
    (HEAD + "Authors: [", "'a', "),
    (HEAD + "Authors: [", "-"),
    (HEAD + "Authors: [", "1+"),
    (HEAD + "Authors: ", "a, "),
    (HEAD + "Authors: ", "{\\~"),
    (HEAD + "Authors: ", "\\"),
    (HEAD + "Authors: ", "\\v "),
    (HEAD + "Authors: ", "{\\'{\\i"),
    (HEAD + "Authors: ", "\u0315\u0316"),
    (HEAD + "<video ", "src="),
    (HEAD + "<video ", "src='"),
    (HEAD + "<video ", "src=\"'"),
    ("", "\r"),
    ("", "\ufeff"),
    ("", "\ud7ff"),
    (HEAD + "- words\n", "\udcff\n"),
    (HEAD, HEAD),
]
IN_A_PAYLOAD = [
    json.dumps(ITEM),
    json.dumps(ITEM | {"paper": ITEM["paper"] | {"ai_keywords": ["a"] * 9, "authors": [{"name": "{\\~" * 9}] * 9}}),
    json.dumps(ITEM | {"paper": ITEM["paper"] | {"title": "\u0315\u0316" * 99, "summary": "\u0315\u0316" * 99}}),
    "7",
    '"words"',
    "[[[]]]",
]

Read = Callable[[int], object]
"""Reads input of about as many bytes."""


def digest_of(before: str, piece: str) -> Read:
    def read(size: int) -> object:
        body = before + piece * (size // len(piece.encode(errors="surrogateescape"))) + "\n"
        return parse_digest([body.encode(errors="surrogateescape")], DIGEST)

    return read


def payload_of(piece: str) -> Read:
    return lambda size: parse_huggingface([f"[{', '.join([piece] * (size // len(piece)))}]".encode()], PAYLOAD)


INPUTS = [
    *[pytest.param(digest_of(*pieces), id=ascii("".join(pieces)[-12:])) for pieces in IN_A_DIGEST],
    *[pytest.param(payload_of(piece), id=f"payload {number}") for number, piece in enumerate(IN_A_PAYLOAD)],
]


@pytest.mark.parametrize("read", INPUTS)
def test_a_long_piece_is_read_to_its_end(read: Read):
    assert read(500_000)


def seconds(read: Read, size: int) -> float:
    """Return the best of two times: what else the machine does only ever adds."""

    def once() -> float:
        gc.collect()
        gc.disable()
        begun = time.process_time()
        read(size)
        taken = time.process_time() - begun
        gc.enable()
        return taken

    return min(once(), once())


@pytest.mark.long
def test_ten_megabytes_take_eight_times_as_long_as_an_eighth_of_it():
    times: dict[str, tuple[float, float]] = {
        str(one.id): (seconds(_only(one.values), 1_250_000), seconds(_only(one.values), 10_000_000)) for one in INPUTS
    }
    growth = {name: whole / max(eighth, 0.005) for name, (eighth, whole) in times.items()}
    steepest = max(growth, key=growth.__getitem__)
    tell(
        Figure(
            "Bad content",
            "10 MB of one piece, made to be slow",
            len(times),
            outcome=f"slowest {max(whole for _, whole in times.values()):.1f} s; at most {growth[steepest]:.1f} times "
            "an eighth of it",
        )
    )
    assert growth[steepest] < 24, steepest


def _only(values: Iterable[object]) -> Read:
    (read,) = values
    assert callable(read)
    return read
