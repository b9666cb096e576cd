"""What is measured on: the bundled sample, the real archives beside the checkout, and invented archives.

A size is a name; a number says how many times 360 invented digests it has. They are seeded, and shaped like real ones.
The lengths of lists and texts, the eras of the format and its faults follow counts over the real archive (357
digests, 5,488 entries). Every sentence is noise: words are made from syllables. A digest depends only on its date and
the seed, so that an archive of any size can be streamed, and a single day can be made again.
"""

import datetime as dt
import os
import random
import tomllib
from collections.abc import Iterator
from itertools import accumulate
from pathlib import Path

from bench.record import CHECKOUT, SIZES

SERVED = SIZES[:4]
"""Sizes that are fetched over HTTP; larger ones are fetched from files while they are made."""
BUILT = SIZES[:3]
"""Sizes of which `papers build` takes all days: it asks for none before the real archive began."""
INVENTED = SIZES[2:]
LAST_DAY = dt.date(2025, 5, 9)
"""Last day of the real archive. A larger archive begins earlier; a thousand times 360 days are 986 years."""

_lists = tomllib.loads(Path(__file__).with_name("words.toml").read_text(encoding="utf-8"))
SYLLABLES, ENDINGS, STEMS, TAILS, GIVEN, FAMILY = (words.split() for words in _lists.values())
INITIALS = ("", *"ABCDEFGHIJKLMNOPQRSTUVWXYZ")
NAMES = len(GIVEN) ** 2 * len(INITIALS) * len(FAMILY)
LABELS = ("What's New", "Technical Details", "Performance Highlights")

WORDS = STEMS + [stem + tail for stem in STEMS for tail in TAILS]
_words = random.Random(20231120)  # noqa: S311
KOREAN = [
    "".join(_words.choices(SYLLABLES, k=_words.randint(1, 3))) + _words.choice(ENDINGS + [""] * 10)
    for _ in range(6_000)
]
WORD_WEIGHTS, KOREAN_WEIGHTS = (
    list(accumulate(1 / (20 + place) for place in range(len(words)))) for words in (WORDS, KOREAN)
)
"""Summed weights that make the first words common and the last ones rare, as in any language."""


def find_folder(size: str) -> Path | None:
    """Return the folder of a real archive, with `digests/` and `api/`; None for an invented one."""
    shared = os.environ.get("PAPERS_SHARED_DATA") or CHECKOUT.parent / "shared" / "data"
    return {"sample": CHECKOUT / "dagster_project" / "sample", "shared": Path(shared).resolve()}.get(size)


def list_days(size: str) -> dict[str, list[dt.date]]:
    """Return the days of each source, oldest first."""
    folder = find_folder(size)
    if folder is None:
        return {"digest": [LAST_DAY - dt.timedelta(days=back) for back in reversed(range(int(size) * 360))]}
    digests = [dt.date(*map(int, file.with_suffix("").parts[-3:])) for file in folder.glob("digests/*/*/*.md")]
    captures = [dt.date.fromisoformat(day.name) for day in folder.glob("api/*") if day.is_dir()]
    return {"digest": sorted(digests), "huggingface": sorted(captures)}


def make_digest(day: dt.date, seed: int = 0) -> bytes:
    """Return the digest of a day; the size of the archive makes no difference to it."""
    return _Digest(day, random.Random(f"{seed} {day}")).write().encode()  # noqa: S311


class _Digest:
    """The text of one day. Chances are counts in the real archive, divided by its number of entries."""

    def __init__(self, day: dt.date, rng: random.Random) -> None:
        self.day, self.rng = day, rng
        # The eras have the shares that they have in the real archive, and every 360 days hold them all.
        era = day.toordinal() % 360
        self.is_bare = era == 0  # no picture, votes or authors, as in the first days
        self.has_votes = era >= 6
        self.has_python_lists = 200 <= era < 209
        self.cuts_lists = era < 190
        self.label_mark = "" if era < 92 else "**" if era < 182 else "***"

    def write(self) -> str:
        papers = max(1, min(68, round(self.rng.gammavariate(3.2, 4.6))))
        entries = [self.write_entry(place) for place in range(papers)]
        heading = f"## Daily Papers ({self.day})\n"
        if self.rng.random() < 5 / 357:  # somebody appended to this day
            entries.insert(papers // 2, heading)
        return "\n".join([heading, *entries])

    def write_entry(self, place: int) -> str:
        is_repeated = self.rng.random() < 1 / 1_000  # already listed the day before, under another title
        day, place = (self.day - dt.timedelta(days=1), 0) if is_repeated else (self.day, place)
        number = 10_000 * (day.year // 100 % 10) + 300 * (day.day - 1) + place  # distinct for a thousand years
        paper_id = f"{day:%y%m}.{number:05d}"
        blocks = [f"### [{self.make_title()}](https://arxiv.org/abs/{paper_id})"]
        if not self.is_bare:
            blocks += self.write_details(paper_id)
        return "\n\n".join([*blocks, "\n".join(self.write_sections())]) + "\n"

    def write_details(self, paper_id: str) -> Iterator[str]:
        if self.rng.random() < 152 / 5_488:
            url = f"https://cdn-uploads.huggingface.co/production/uploads/{paper_id}.mp4"
            yield f'[Watch Video]({url})\n<div><video controls src="{url}" muted="false"></video></div>'
        else:
            yield f"![](https://cdn-thumbnails.huggingface.co/social-thumbnails/papers/{paper_id}.png)"
        if self.has_votes:
            is_unknown = self.rng.random() < 32 / 5_488
            yield f"Vote: {'-' if is_unknown else min(700, int(self.rng.lognormvariate(2.1, 1.0)))}"
        names = self.make_names()
        yield f"Authors: {names if self.has_python_lists else ', '.join(names)}"

    def make_title(self) -> str:
        rng = self.rng
        words = [word.capitalize() for word in rng.choices(WORDS, cum_weights=WORD_WEIGHTS, k=rng.randint(5, 12))]
        if rng.random() < 28 / 5_488:
            words.append(rng.choice((r"$\alpha$-Stable", "[Extended]", "A*", r"\textbf{Fast}")))
        return f"{words[0]}: {' '.join(words[1:])}" if rng.random() < 0.6 else " ".join(words)

    def make_names(self) -> list[str]:
        count = max(1, round(self.rng.lognormvariate(1.95, 0.65)))
        if self.rng.random() < 1 / 1_000:
            count = self.rng.randint(100, 600)
        names = [self.make_name() for _ in range(count)]
        if self.rng.random() < 202 / 5_488:
            names.append(names[0])  # one name twice in a list
        return [*names[:22], "+"] if self.cuts_lists and count > 22 else names

    def make_name(self) -> str:
        """Return a name; some stand on many papers, most on one or two."""
        number = int(NAMES * self.rng.random() ** 5)
        if number < 300:  # no name stands on more papers than the busiest real ones
            number = self.rng.randrange(300)
        number, family = divmod(number, len(FAMILY))
        number, first = divmod(number, len(GIVEN))
        second, initial = divmod(number, len(INITIALS))
        given = GIVEN[first] if second == 0 else f"{GIVEN[first]}-{GIVEN[second]}"
        return f"{given} {INITIALS[initial]}. {FAMILY[family]}" if initial else f"{given} {FAMILY[family]}"

    def write_sections(self) -> Iterator[str]:
        rng, mark = self.rng, self.label_mark
        if not mark:
            for _ in range(rng.randint(3, 7)):
                yield f"- {self.write_prose(rng.randint(16, 44))}"
            return
        for label in LABELS:
            printed = label.replace("'", "\u2019") if rng.random() < 0.05 else label
            yield f"- {mark}{printed}{mark}: {self.write_prose(rng.randint(24, 66))}"
            if rng.random() < 20 / 5_488:
                yield f"  1. {self.write_prose(12)}"  # belongs to the section above

    def write_prose(self, words: int) -> str:
        rng = self.rng
        chosen = rng.choices(KOREAN, cum_weights=KOREAN_WEIGHTS, k=words)
        for english in rng.choices(WORDS, cum_weights=WORD_WEIGHTS, k=words // 8):
            chosen[rng.randrange(words)] = english
        return " ".join(chosen)
