"""Damage to real bytes: a digest or a payload goes in, and comes out as no source ever wrote it.

What is done follows from the `Random` alone. What must hold of the outcome belongs in the tests.
"""

import json
from collections.abc import Callable, Sequence
from random import Random
from typing import Any

TEXTS = [
    "\0", "\r", "\r\n", "\n", "\t", "\v", "\f", "\x1c", "\x85", "\u2028", "\u2029", "\ufeff", "\u200b", "\u202e",
    "\u3000", "\ufdfa" * 30, "\u0315\u0316" * 30, "e\u0301", "\ud7ff", "\uffff", "\U0010ffff", "👩‍👩‍👧‍👦", "ﬀ", "İ",
    "ẞ", "가", "ㄱ", "ᄀ", "9" * 10_000, "-1", "1e400", "NaN", "٣", "²", "A" * 500, "말" * 3_000, " " * 5_000,
    "[" * 10_000, "]" * 300, "(" * 300, "['", "']", "', '", '"', "\\", "{\\~", "\\'{e}", "\\N{", "\\ud800",
    "{" * 5_000, "](", ")", "](/", "#", "###", "### [", "**", "***", "** :", "- ", "* ", "• ", "  - ", "1. ",
    "`" * 40, "$$", "\\frac{", "+", ",", ", +", "Vote: ", "Authors: ", "Authors: [", "![](", "[Watch Video](",
    "<video src=", "javascript:", "https://arxiv.org/abs/", "https://", "//", "2401.00001", "9999.99999v999",
    "math.GT/0309136", "v1", "?", "%00", "'; DROP TABLE dim_paper; --", "<script>", "NULL",
]  # fmt: skip
LINES = [
    "", " ", "## Daily Papers", "## Daily Papers (2020-02-30)", "## Daily Papers (2024-01-02) and more", "###",
    "### []()", "### [A Title](https://arxiv.org/abs/2401.00001)", "### [](https://arxiv.org/abs/2401.00001)",
    "### [A Title](https://arxiv.org/abs/math.GT/0309136v2)", "### [A Title](https://example.org)", "#### deeper",
    "Vote: -1", "Vote: -", "Vote: 2147483647", "Vote: 2147483648", "Vote: ٣", "Vote: 1e400", "Votes: 3",
    f"Vote: {'9' * 10_000}", "Authors:", "Authors: +", "Authors: ,", "Authors: []", "Authors: ['a', 1]",
    "Authors: [None]", "Authors: 'a'", f"Authors: {'[' * 100_000}", f"Authors: {'[' * 150}{']' * 150}",
    f"Authors: [{'-' * 100_000}1]", f"Authors: [{'1+' * 50_000}1]", f"Authors: [{'lambda:' * 10_000}0]",
    f"Authors: [{chr(39) * 9_999}", "Authors: [\"\\N{NO SUCH NAME}\"]", "Authors: ['\\ud800']",
    f"Authors: {', '.join(f'Name {number}' for number in range(3_000))}",
    f"Authors: {[f'Name {number}' for number in range(3_000)]}", "Authors: ['A', '\\x00', '\\n', ' ', '']",
    "Authors: [__import__('os').abort()]", f"Authors: {'A' * 5_000}", "Authors: \\~, {}, \\", "![]()",
    "![](/avatars/a.svg)", "![](javascript:alert(1))", f"![](https://example.org/{'a' * 5_000})",
    "![](example.org/a b)", "[Watch Video]", "<video src=''></video>", "<video src=\"https://example.org/a.mp4'>",
    "- ", "- **", "- ****:", "- **What's New**:", f"- **{'말' * 80}**: {'말' * 101_000}",
    "\n".join(" " * depth + "- deeper" for depth in range(200)), "- " * 2_000, "```", "| a | b |",
]  # fmt: skip
VALUES: list[Any] = [
    None, True, False, 0, -1, 1, 2**31 - 1, 2**31, -(2**31), 2**63, 2**64, 10**4_000, 0.5, -0.0, 1e308,
    float("nan"), float("inf"), "", " ", "\0", "\ud800", "\udfff\ud800", "a\udcffb", [], {}, [[]], [None],
    {"": None}, [{}], {"name": None}, [True, 1, "a", None], "0001-01-01T00:00:00+14:00",
    "9999-12-31T23:59:59-12:00", "2025-02-30", "2025-W01-1", "20250101T000000Z", "0001-01-01",
    "1969-12-31T23:59:59.9999999Z", "2501.00001", "2501.00001v3", "math.GT/0309136", "2501.1", "/papers/2501.00001",
    [{"name": "A"}, {"name": "a"}, {"name": " A "}], ["a", "A", "a ", "\u212b", "\u00e5"],
    [{"name": "\ufdfa" * 100}], [{"name": "x" * 401}], {"user": "\ud800"}, {"name": "org\0"},
    {"name": "org", "fullname": "O" * 500}, {"user": "u" * 300}, "https://\0", "x" * 2_001, "y" * 101_000,
]  # fmt: skip
WRITTEN_BY_HAND = [
    "1e400", "-1e400", "9" * 10_000, "-" + "9" * 5_000, "0." + "0" * 10_000 + "1", "1E+999999999", "NaN",
    "-Infinity", "[" * 100_000 + "]" * 100_000, "[" * 100_000, "[" * 900 + "]" * 900,
    '{"a":' * 100_000 + "1" + "}" * 100_000, '"\\ud83d"', '"\\udc00\\ud83d"', '"\\u0000"',
    '{"id": "2501.00001", "id": "2501.00002"}', '[{"name": "A", "name": "B"}]', "01", "+1", ".5", "'a'",
    "undefined", "", ",",
]  # fmt: skip
HERE = "\ue000here\ue000"
"""Where a payload is to hold what `json.dumps` would not write."""

Damage = Callable[[Random, bytes], bytes]


def mutated_digest(random: Random, body: bytes, others: Sequence[bytes]) -> bytes:
    """Return `body`, damaged once to six times, now and then spliced with one of `others`."""
    for _ in range(random.choice((1, 1, 2, 3, 6))):
        kind = random.random()
        if kind < 0.6:
            body = _lines_moved(random, body)
        elif kind < 0.7:
            body = _spliced(random, body, random.choice(others))
        else:
            body = random.choice(TO_BYTES)(random, body)
    return body


def mutated_payload(random: Random, payloads: Sequence[list[Any]]) -> bytes:
    """Return a page made from items of `payloads`, each damaged, and now and then its bytes too."""
    items: list[Any] = []
    for _ in range(random.choice((1, 1, 2, 4))):
        payload = random.choice(payloads)
        start = random.randrange(len(payload) or 1)
        items += payload[start : start + random.choice((1, 2, 3, 8))]
    changed: Any = items
    for _ in range(random.choice((1, 2, 4, 16))):
        changed = _changed(random, changed, random.choice((1, 2, 3, 3, 3, 4, 5, 6)))
    if isinstance(changed, list) and random.random() < 0.2:  # as an archive keeps it
        changed = [repr(item) if random.random() < 0.9 else item for item in changed]
        changed = _changed(random, changed, 1) if random.random() < 0.5 else changed
    text = json.dumps(changed, ensure_ascii=random.random() < 0.5)
    if HERE in text or json.dumps(HERE) in text:
        text = text.replace(json.dumps(HERE), HERE).replace(f'"{HERE}"', HERE)
        text = text.replace(HERE, random.choice(WRITTEN_BY_HAND))
    page = text.encode("utf-8", "surrogatepass")
    return random.choice(TO_BYTES)(random, page) if random.random() < 0.25 else page


def _changed(random: Random, value: Any, depth: int) -> Any:
    """Return a copy of `value` in which something, at most `depth` steps down, is other than it was."""
    if depth and isinstance(value, list) and value:
        return _changed_list(random, value, depth)
    if depth and isinstance(value, dict) and value:
        return _changed_object(random, value, depth)
    if isinstance(value, str) and random.random() < 0.4:
        return _with_text(random, value)
    if isinstance(value, int) and abs(value) < 2**64 and random.random() < 0.3:
        return random.choice((-value, value * 10**9, value + 0.5, str(value), [value], bool(value)))
    return HERE if random.random() < 0.1 else random.choice(VALUES)


def _changed_list(random: Random, value: list[Any], depth: int) -> list[Any]:
    copy = list(value)
    place, other = random.randrange(len(copy)), random.randrange(len(copy))
    match random.choice(("down", "down", "down", "down", "drop", "double", "swap", "many")):
        case "drop":
            del copy[place]
        case "double":
            copy.insert(other, copy[place])
        case "swap":
            copy[place], copy[other] = copy[other], copy[place]
        case "many":
            copy[place:place] = [copy[place]] * 50
        case _:
            copy[place] = _changed(random, copy[place], depth - 1)
    return copy


def _changed_object(random: Random, value: dict[Any, Any], depth: int) -> dict[Any, Any]:
    copy = dict(value)
    nested = [name for name in copy if isinstance(copy[name], dict | list)]
    name = random.choice(nested if nested and depth > 1 and random.random() < 0.7 else list(copy))
    match random.choice(("down", "down", "down", "down", "down", "drop", "rename", "swap")):
        case "drop":
            del copy[name]
        case "rename":
            copy[random.choice(TEXTS)] = copy.pop(name)
        case "swap":
            other = random.choice(list(copy))
            copy[name], copy[other] = copy[other], copy[name]
        case _:
            copy[name] = _changed(random, copy[name], depth - 1)
    return copy


def _with_text(random: Random, text: str) -> str:
    place = random.randrange(len(text) + 1)
    return text[:place] + random.choice(TEXTS) * random.choice((1, 1, 2)) + text[place + random.choice((0, 0, 1, 20)) :]


def _lines_moved(random: Random, body: bytes) -> bytes:
    """Return `body` with lines put in, taken out, doubled, moved, joined, cut or written over."""
    lines = body.split(b"\n")
    place, other = random.randrange(len(lines)), random.randrange(len(lines))
    kinds = ("odd", "odd", "text", "text", "text", "text", "drop", "double", "swap", "join", "cut", "block")
    match random.choice(kinds):
        case "odd":
            lines.insert(place, random.choice(LINES).encode())
        case "text":
            line = lines[place].decode("utf-8", "surrogateescape")
            lines[place] = _with_text(random, line).encode("utf-8", "surrogateescape")
        case "drop":
            del lines[place : place + random.choice((1, 1, 3, 30))]
        case "double":
            lines.insert(place, lines[other])
        case "swap":
            lines[place], lines[other] = lines[other], lines[place]
        case "join":
            lines[place : place + 2] = [b"".join(lines[place : place + 2])]
        case "cut":
            lines[place] = lines[place][: random.randrange(len(lines[place]) + 1)]
        case _:
            lines[other:other] = lines[place : place + random.choice((2, 10, 100))]
    return b"\n".join(lines)


def _spliced(random: Random, body: bytes, other: bytes) -> bytes:
    return body[: random.randrange(len(body) + 1)] + other[random.randrange(len(other) + 1) :]


def _bits_flipped(random: Random, body: bytes) -> bytes:
    flipped = bytearray(body)
    for _ in range(random.choice((1, 1, 8, 200)) if flipped else 0):
        flipped[random.randrange(len(flipped))] ^= 1 << random.randrange(8)
    return bytes(flipped)


def _cut(random: Random, body: bytes) -> bytes:
    return body[: random.randrange(len(body) + 1)]


def _bytes_in(random: Random, body: bytes) -> bytes:
    place = random.randrange(len(body) + 1)
    odd = random.choice((b"\0", b"\xff\xfe", b"\xed\xa0\x80", b"\xc0\x80", b"\xe2\x80", b"\r", b"\x85"))
    return body[:place] + odd + body[place:]


def _other_encoding(random: Random, body: bytes) -> bytes:
    text = body.decode("utf-8", "replace")
    encodings = ("utf-16", "utf-16-be", "utf-32", "latin-1", "euc-kr", "utf-8-sig", "utf-7")
    return text.encode(random.choice(encodings), "replace")


def _other_line_ends(random: Random, body: bytes) -> bytes:
    ends = (b"\r\n", b"\r", b"\n\r", b"\n\n", b"\xe2\x80\xa8", b"\xc2\x85", b"\0\n", b"")
    return body.replace(b"\n", random.choice(ends))


TO_BYTES: Sequence[Damage] = (_bits_flipped, _cut, _bytes_in, _other_encoding, _other_line_ends)
