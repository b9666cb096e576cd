"""A long text that every capture of a day holds is kept once, and each reject is still told."""

import datetime as dt

from dagster_project.parse.rows import Day
from dagster_project.parse.rows import Reject as Piece
from dagster_project.validate.repeats import LONG, keep_text_once
from dagster_project.validate.schemas import Reject, make_frame

DAY, NEXT_DAY = dt.date(2024, 1, 25), dt.date(2024, 1, 26)
LONG_TEXT = "가" * LONG


def reject(hour, raw=LONG_TEXT, day=DAY):
    captured_at = dt.datetime(2024, 1, 27, hour, 30)
    return Piece(*Day("digest", day, captured_at), "block", "not a paper", None, 1, 2, raw)


def keep(*pieces):
    frame = keep_text_once(make_frame(Reject, list(pieces)))
    assert Reject.is_valid(frame)
    return frame.select("reason", "raw").rows()


def test_the_first_capture_keeps_the_text_and_the_others_name_it():
    told = "not a paper; its text is that of the capture of 2024-01-27 01:30:00 UTC"
    assert keep(reject(2), reject(1), reject(3)) == [(told, ""), ("not a paper", LONG_TEXT), (told, "")]


def test_short_texts_other_texts_and_other_days_stay():
    pieces = [reject(1, "short"), reject(2, "short"), reject(1), reject(2, LONG_TEXT + "!"), reject(3, day=NEXT_DAY)]
    assert keep(*pieces) == [("not a paper", piece.raw) for piece in pieces]


def test_a_text_twice_in_one_capture_is_kept_twice():
    assert keep(reject(1), reject(1)) == [("not a paper", LONG_TEXT)] * 2


def test_no_rejects_stay_none():
    assert keep() == []
