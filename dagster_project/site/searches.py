"""Lists the saved searches: what a user subscribes to, from a TOML file.

Which papers fulfil a search belongs in `feeds` and `sql/feeds/matches.sql`.
"""

import tomllib
from collections import Counter
from typing import Annotated

from pydantic import AfterValidator, BaseModel, BeforeValidator, ConfigDict, Field, ValidationError

from dagster_project.config import PACKAGE, Settings, find_first_problem
from dagster_project.errors import SettingsError
from dagster_project.parse.authors import normalize_name
from dagster_project.parse.rows import FEED

BUNDLED = PACKAGE / "site" / "searches.toml"
NEW, WEEK = RESERVED = ("new", "week")
"""Names of the feeds that every site has."""
LONGEST = 200
"""The most characters of a text."""


def _check_text(text: str) -> str:
    folded = " ".join(text.split())
    if not any(char.isalnum() for char in folded) or not folded.isprintable():
        raise ValueError("must hold a letter or a digit, and nothing that cannot be printed")
    return folded


Text = Annotated[str, Field(max_length=LONGEST), AfterValidator(_check_text)]


def _list_given(given: object) -> object:
    if given == []:
        raise ValueError("must hold a text")
    return (given,) if isinstance(given, str) else tuple(given) if isinstance(given, list) else given


Texts = Annotated[tuple[Text, ...], BeforeValidator(_list_given)]
"""One text, or a list of several, any of which is enough."""


class SavedSearch(BaseModel):
    """A search with a name. A paper matches when it fulfils all conditions that are given."""

    model_config = ConfigDict(extra="forbid", frozen=True, strict=True)

    name: str = Field(pattern=FEED)
    title: Text
    words: Texts | None = None
    """Searches for words: a paper holds all words of one of them, as `search()` finds it."""
    phrases: Texts | None = None
    """Words that stand side by side, as `search_phrase()` finds them."""
    authors: Texts | None = None
    organizations: Texts | None = None
    keywords: Texts | None = None
    categories: Texts | None = None
    """Subjects as arXiv writes them, such as `cs.CL`, or whole archives, such as `cs`."""
    min_votes: int | None = Field(None, ge=1, le=1_000_000)
    max_age_days: float | None = Field(None, gt=0, le=100_000, allow_inf_nan=False)
    """Days since the paper was submitted, or since the first day listed where that is unknown."""

    @property
    def author_names(self) -> list[str] | None:
        """The authors as `dim_author` compares names."""
        return None if self.authors is None else [normalize_name(name) for name in self.authors]

    def describe(self) -> str:
        """Return the conditions as a sentence."""
        parts = [
            _list_texts("with the words", self.words),
            _list_texts("with the phrase", self.phrases),
            _list_texts("by", self.authors),
            _list_texts("of", self.organizations),
            _list_texts("with the keyword", self.keywords),
            _list_texts("in the subject", self.categories),
            None
            if self.min_votes is None
            else f"with {self.min_votes:,} vote{'s' if self.min_votes > 1 else ''} or more",
            None if self.max_age_days is None else f"at an age of {self.max_age_days:g} days at most",
        ]
        return f"Papers {', '.join(filter(None, parts))}."

    def has_condition(self) -> bool:
        """Return whether it has a condition."""
        return bool(self.model_fields_set - {"name", "title"})


def _list_texts(what: str, texts: tuple[str, ...] | None) -> str | None:
    return None if texts is None else f"{what} {' or '.join(f'“{text}”' for text in texts)}"


def load_searches(settings: Settings) -> list[SavedSearch]:
    """Return the saved searches of the list that is set, or of the bundled one, in its order.

    Raises:
        SettingsError: the list cannot be read, or a search of it is not valid.
    """
    file = settings.searches or BUNDLED
    try:
        listed = tomllib.loads(file.read_text(encoding="utf-8-sig"))
    except (OSError, UnicodeDecodeError, tomllib.TOMLDecodeError) as error:
        said = getattr(error, "strerror", None) or error
        raise SettingsError(f"PAPERS_SEARCHES: {file}: {said}; it must be TOML with [[search]] tables") from None
    tables = listed.pop("search", [])
    if listed or not isinstance(tables, list):
        raise SettingsError(f"PAPERS_SEARCHES: {file}: it must hold [[search]] tables and nothing else")
    searches = [
        _read_search(table, f"PAPERS_SEARCHES: {file}: ", number) for number, table in enumerate(tables, start=1)
    ]
    names = Counter([*RESERVED, *(search.name for search in searches)])
    for search in searches:
        if names[search.name] > 1:
            raise SettingsError(f"PAPERS_SEARCHES: {file}: {search.name}: the name is taken; choose another")
    return searches


def _read_search(table: object, begin: str, number: int) -> SavedSearch:
    """Return a search.

    Raises:
        SettingsError: it is not valid; the text names it by its name, or by its number if it has none.
    """
    name = table.get("name") if isinstance(table, dict) else None
    begin += name if isinstance(name, str) and name.isprintable() else f"search {number}"
    try:
        search = SavedSearch.model_validate(table)
    except ValidationError as error:
        place, problem = find_first_problem(error)
        raise SettingsError(f"{begin}: {''.join(f'{part}: ' for part in place)}{problem}") from None
    if not search.has_condition():
        raise SettingsError(f"{begin}: it has no condition; all new papers are in the feed `{NEW}`")
    return search
