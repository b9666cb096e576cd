"""Lays out rows for people: as a table if it fits the terminal, otherwise a column a line. Makes text safe to print.

It computes widths and texts. Running queries and writing to files or the terminal belong in `answers` and `terminal`.
"""

import re
import unicodedata
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from rich import box
from rich.cells import cell_len
from rich.console import Group, RenderableType
from rich.padding import Padding
from rich.table import Table
from rich.text import Text

JOINERS = "\u00ad\u200b\u200c\u200d\u2060\ufeff"
"""Characters without a width, which join or part their neighbours."""
NUMBER = re.compile(r"U?(?:TINY|SMALL|BIG|HUGE)?INT(?:EGER)?|BIGNUM|FLOAT|DOUBLE|DECIMAL\([\d,]*\)")
UNBROKEN = re.compile(r"DATE|TIME\b.*|TIMESTAMP.*|INTERVAL|BOOLEAN|UUID")
"""Match DuckDB's types whose values are never cut and never broken over lines: numbers, and others of a known width."""
ENDLESS = 1_000_000
"""Cells of a line where there is no terminal."""
NARROWEST = 20
"""Cells of the narrowest column in which a text is cut; in less of it nobody could read it."""


def replace_unprintable(value: object) -> str:
    """Return a value as text that is safe to print on a terminal.

    Characters that control a terminal, change the direction of text or separate lines are replaced; line ends, blanks
    of any width and joiners stay.
    """
    text = to_text(value)
    if text.isprintable():
        return text
    return "".join(one if _is_harmless(one) or one == "\n" else "\N{REPLACEMENT CHARACTER}" for one in text)


def _is_harmless(sign: str) -> bool:
    """Return whether a character can be shown; Python holds all blanks but one, and joiners, for unprintable."""
    return sign.isprintable() or sign in JOINERS or unicodedata.category(sign) == "Zs"


def to_text(value: object) -> str:
    """Return a value as text; of bytes, those that are not printable ASCII are escaped, as DuckDB shows them."""
    if isinstance(value, bytes):
        return "".join(chr(one) if 32 <= one < 127 and one != 92 else f"\\x{one:02X}" for one in value)
    return str(value)


@dataclass(frozen=True, slots=True)
class Layout:
    """Rows as they are printed: print `body` with `soft_wrap=True`. `is_cut` says whether a text was cut to fit."""

    body: RenderableType
    is_cut: bool


def lay_out(
    columns: Sequence[str],
    types: Sequence[str],
    rows: Iterable[Sequence[object]],
    width: int | None,
    *,
    null: str = "",
    lines: bool = True,
    fold: bool = False,
) -> Layout:
    """Lay out rows in `width` cells; None means as wide as they are.

    A text that does not fit is cut to one line that ends in `…`; with `fold` it goes over several lines. Numbers, dates
    and the like are always whole. If the columns do not fit even so, each row is a block with a column a line. `types`
    are DuckDB's; `null` is the text for NULL; without `lines` a table has no lines between its cells.
    """
    is_whole = width is None or fold
    names = [_show(column, is_whole=False) for column in columns]
    cells = [
        [Text(null, style="dim") if one is None else Text(_show(one, is_whole=is_whole)) for one in row] for row in rows
    ]
    numbers = [bool(NUMBER.fullmatch(kind)) for kind in types]
    unbroken = [number or bool(UNBROKEN.fullmatch(kind)) for number, kind in zip(numbers, types, strict=True)]
    needed = [max(map(_measure, [name, *values])) for name, *values in zip(map(Text, names), *cells, strict=True)]
    least = [
        wide if whole else max(cell_len(name), min(wide, NARROWEST))
        for name, whole, wide in zip(names, unbroken, needed, strict=True)
    ]
    gaps = 3 * len(names) + 1 if lines else 2 * (len(names) - 1)
    widths = needed if width is None else fit_widths(needed, least, width - gaps)
    if width is not None and widths is None:
        return _stack(names, cells, unbroken, width, fold=fold)
    table = Table(box=box.HEAVY_HEAD if lines else None, header_style="bold", padding=(0, int(lines)))
    # Of the table's own padding, rich before 15 leaves some behind the last column.
    gap_before = [0 if lines or not place else 2 for place in range(len(names))]
    for name, number, whole, wide, gap in zip(names, numbers, unbroken, widths or (), gap_before, strict=True):
        table.add_column(
            Padding(Text(name), (0, 0, 0, gap)),
            justify="right" if number else "left",
            no_wrap=whole or not fold,
            overflow="fold" if fold else "ellipsis",
            width=wide + gap,
        )
    for row in cells:
        table.add_row(*(Padding(cell, (0, 0, 0, gap)) for cell, gap in zip(row, gap_before, strict=True)))
    return Layout(table, widths != needed and not fold)


def _show(value: object, *, is_whole: bool) -> str:
    """Return a value as safe text; of one line, unless it is shown whole."""
    text = replace_unprintable(value)
    return text if is_whole else " ".join(text.split("\n"))


def _measure(text: Text) -> int:
    """Return the cells that the longest line of a text takes; Hangul takes two a character."""
    return max(map(cell_len, text.plain.split("\n")))


def fit_widths(needed: Sequence[int], least: Sequence[int], room: int) -> list[int] | None:
    """Return the widths of columns that share `room`, of which the widest shrink first; None if they cannot.

    A column gets what it needs, or less, down to its least; those that get less are equally wide.
    """
    for level in (max(needed, default=0), *range(room, -1, -1)):
        widths = [max(low, min(high, level)) for high, low in zip(needed, least, strict=True)]
        if sum(widths) <= room:
            return widths
    return None


def _stack(
    names: Sequence[str], cells: Sequence[Sequence[Text]], unbroken: Sequence[bool], width: int, *, fold: bool
) -> Layout:
    """Lay out each row as a block with a column a line: its name, then its value. Without rows, the names alone."""
    if not cells:
        return Layout(Text(", ".join(names), style="bold"), is_cut=False)
    label, is_cut, printed = min(max(map(cell_len, names)), width // 2 - 2), False, list[Text]()
    for number, row in enumerate(cells, start=1):
        if len(cells) > 1:
            printed.append(Text(f"-[ row {number} ]".ljust(min(width, 60), "-"), style="dim"))
        for name, value, whole in zip(names, row, unbroken, strict=True):
            start = Text(name + " " * (label - cell_len(name)) + "  ", style="bold")
            room = width - start.cell_len
            if whole and value.cell_len > room:  # on a line of its own it may fit
                printed.append(start)
                start = Text("  ")
            elif not fold and value.cell_len > room:
                value.truncate(max(room, 1), overflow="ellipsis")
                is_cut = True
            printed.append(Text.assemble(start, value))
    return Layout(Group(*printed), is_cut)
