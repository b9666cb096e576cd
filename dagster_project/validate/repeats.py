"""Keeps the text of a long reject once, although each capture of its day holds it again.

Which rows are rejects belongs in `split` and in `parse`.
"""

import polars as pl

LONG = 10_000
"""Characters from which a text is kept once. A shorter one costs less than the words that would stand for it."""


def keep_text_once(rejects: pl.DataFrame) -> pl.DataFrame:
    """Return the rejects; of those of a day with the same long text, only the first capture's keeps it.

    The others say in their reason which capture holds their text.
    """
    first = pl.col("captured_at").min().over("source", "listed_on", "raw")
    is_repeat = (pl.col("raw").str.len_chars() >= LONG) & (pl.col("captured_at") > first)
    when = first.dt.to_string("%Y-%m-%d %H:%M:%S")
    place = pl.concat_str("reason", pl.lit("; its text is that of the capture of "), when, pl.lit(" UTC"))
    return rejects.with_columns(
        reason=pl.when(is_repeat).then(place).otherwise("reason"),
        raw=pl.when(is_repeat).then(pl.lit("")).otherwise("raw"),
    )
