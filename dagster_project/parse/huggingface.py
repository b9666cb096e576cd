"""Parses a payload of the `daily_papers` API into rows.

The API's fields change over time: an unknown field is ignored, a missing field is None, and a field of an unexpected
type becomes a reject while its paper is kept. A payload that is not a JSON list becomes one reject. Whoever keeps
payloads may have written them anew: see `read_payload`. How they are fetched belongs in `sources.huggingface`.
"""

import datetime as dt
import json
from collections.abc import Callable, Iterator, Sequence
from typing import Any

from dagster_project.parse.authors import Printed, list_authorships, read_names
from dagster_project.parse.links import arxiv_id, complete_address
from dagster_project.parse.purge import Cut, Piece
from dagster_project.parse.rows import MOST, Day, Entry, Keyword, Parsed, Reject
from dagster_project.parse.text import fold_space, fold_text, read_literal, replace_surrogates

VIDEO_ENDINGS = (".mp4", ".mov", ".webm", ".m4v")
KNOWN_FIELDS = frozenset(
    {
        *("isAuthorParticipating", "mediaUrl", "mediaUrls", "numComments", "organization", "paper", "publishedAt"),
        *("submittedBy", "submitterOrganization", "summary", "thumbnail", "title", "withdrawnAt"),
        "purged",
        *("paper.ai_keywords", "paper.ai_summary", "paper.ai_summary_model", "paper.authors", "paper.discussionId"),
        *("paper.githubRepo", "paper.githubRepoAddedBy", "paper.githubStars", "paper.id", "paper.mediaUrls"),
        *("paper.organization", "paper.projectPage", "paper.publishedAt", "paper.submittedOnDailyAt"),
        *("paper.submittedOnDailyBy", "paper.summary", "paper.title", "paper.upvotes", "paper.withdrawnAt"),
    }
)
"""Known fields of an item and of its `paper`, whether they are parsed or not."""
BETWEEN = " \t\r\n,"
"""What stands between the items of a list."""
LONGEST_INTEGER = 4_000
"""The most digits of an integer; Python refuses to parse more than 4,300."""


def parse_huggingface(pages: Sequence[bytes], day: Day) -> Parsed:
    """Return the rows of the pages of one capture. Never raises: what cannot be parsed becomes a reject."""
    rows, seen = Parsed(), set[str]()
    for page in pages:
        seen_then = set(seen)
        try:
            found = _read_page(read_payload(page), day, seen_then)
        except (ValueError, RecursionError):  # JSON may be parsed and yet be nested too deep to be written again
            found = None
        if found is None:
            raw = page.decode("utf-8", "backslashreplace")
            rows.reject.append(Reject(*day, "payload", "not a JSON list of papers", None, None, None, raw))
        else:
            rows.extend(found)
            seen = seen_then
    return rows


def read_payload(body: bytes, printed: int | None = None) -> object:
    """Return what a payload holds: a list of its items, or whatever else the JSON is.

    Archives keep the API's list, or a list of texts that are its items as Python prints them, or the number 1 where
    there was nothing. A text that is no printed item stays a text; so do those after the first `printed` items, since a
    printed item takes fifty times as long to read as JSON.

    Raises:
        ValueError: the payload is not JSON.
        RecursionError: it is nested too deep.
    """
    payload = json.loads(body, parse_int=_parse_integer)
    if type(payload) is int and payload == 1:
        return []
    if not isinstance(payload, list):
        return payload
    return [*map(_read_item, payload[:printed]), *(payload[printed:] if printed is not None else [])]


def find_items(body: bytes) -> Iterator[Piece]:
    """Yield the items of a payload with their papers.

    Raises:
        ValueError, RecursionError: the payload is not a JSON list.
    """
    text, decoder = body.decode(), json.JSONDecoder(parse_int=str)
    place = len(text) - len(text.lstrip(BETWEEN))
    if text[place : place + 1] != "[":
        raise ValueError("not a list")
    place += 1
    start = len(text[:place].encode())
    while True:
        begin = place
        while text[begin : begin + 1] in BETWEEN and begin < len(text):
            begin += 1
        if text[begin : begin + 1] in ("]", ""):
            return
        item, end = decoder.raw_decode(text, begin)
        item = _read_item(item)
        paper = item.get("paper") if isinstance(item, dict) else None
        named = paper.get("id") if isinstance(paper, dict) else None
        start += len(text[place:begin].encode())
        stop = start + len(text[begin:end].encode())
        yield Piece(start, stop, arxiv_id(named) if isinstance(named, str) else None)
        start, place = stop, end


CUT = Cut(find_items, lambda _item, counts: b'{"purged": true}' if counts else b'{"purged": false}')


def describe_new_fields(items: list[Any]) -> str | None:
    """Return a remark that names the unknown fields of a payload; None if there are none.

    The parser ignores them, but one may be a known field under a new name.
    """
    found: set[str] = set()
    for item in items:
        if isinstance(item, dict):
            found |= item.keys()
            if isinstance(paper := item.get("paper"), dict):
                found |= {f"paper.{name}" for name in paper}
    unknown = sorted(found - KNOWN_FIELDS)
    names = ", ".join(ascii(name)[1:-1][:40] for name in unknown[:10])
    return f"fields never seen before: {names}" if unknown else None


def read_listed_day(item: object) -> dt.date | None:
    """Return the day (UTC) on whose list an item says that it stands; None if it names none."""
    paper = item.get("paper") if isinstance(item, dict) else None
    named = paper.get("submittedOnDailyAt") if isinstance(paper, dict) else None
    try:
        time = dt.datetime.fromisoformat(named) if isinstance(named, str) else None
        return (time.astimezone(dt.UTC) if time and time.tzinfo else time).date() if time else None
    except (ValueError, OverflowError):
        return None


def _parse_integer(digits: str) -> int | str:
    """Return an integer, or its digits if there are too many, so that only its field is rejected and not the page."""
    return int(digits) if len(digits) <= LONGEST_INTEGER else digits


def _read_item(item: object) -> object:
    """Return an item; of a text that is a printed item, the item as JSON would hold it."""
    if not isinstance(item, str) or not item.startswith("{"):
        return item
    try:
        return json.loads(json.dumps(read_literal(item)))
    except (ValueError, TypeError):  # JSON has no bytes, no sets and no tuples as keys
        return item


def _read_page(items: object, day: Day, seen: set[str]) -> Parsed | None:
    """Return the rows of a page; None if it is not a list. `seen` holds the papers of the previous pages."""
    if not isinstance(items, list):
        return None
    rows = Parsed()
    for item in items:
        _Item(item, day, rows, seen).read()
    return rows


class _Item:
    """One paper of a payload. Each getter rejects a field of the wrong type, and returns None for it."""

    def __init__(self, item: object, day: Day, rows: Parsed, seen: set[str]) -> None:
        self.item, self.day, self.rows, self.seen = item, day, rows, seen
        self.paper: str | None = None

    def read(self) -> None:
        item = self.item
        if isinstance(item, dict) and list(item) == ["purged"]:
            self.seen |= {f"purged {len(self.seen)}"} if item["purged"] is True else set()
            return
        paper = item.get("paper") if isinstance(item, dict) else None
        known_id = arxiv_id(paper["id"]) if isinstance(paper, dict) and isinstance(paper.get("id"), str) else None
        if not isinstance(item, dict) or not isinstance(paper, dict) or known_id is None:
            is_text = isinstance(item, str)
            reason = "a text that is no printed item" if is_text else "an item without the id of an arXiv paper"
            self._reject("paper_id", reason, item)
            return
        self.paper = known_id
        if (listed_on := read_listed_day(item)) not in (None, self.day.listed_on):
            self._reject("another_day", f"the paper stands on the list of {listed_on}", item)
            return
        if known_id in self.seen:
            self._reject("repeated_entry", "the paper stands further up in the same capture", item)
            return
        title = self._get_folded(paper, "title", fold_text) or self._get_folded(item, "title", fold_text)
        if not title:
            self._reject("title", "a paper without a title", item)
            return
        self.seen.add(known_id)
        organization = self._get_object(item, "organization") or self._get_object(paper, "organization")
        submitter = self._get_object(paper, "submittedOnDailyBy")
        submitted_by = self._get_object(item, "submittedBy")
        keywords = self._add_keywords(self._get_list(paper, "ai_keywords"))
        authors, is_cut = self._add_authors(self._get_list(paper, "authors"))
        media = self._get_list(item, "mediaUrls") or self._get_list(paper, "mediaUrls") or []
        only = self._get_address(item, "mediaUrl")  # the thumbnail's name in the first era
        video = self._get_video(media or ([only] if only else []))
        self.rows.entry.append(
            Entry(
                *self.day,
                arxiv_id=known_id,
                rank=len(self.seen),
                title=title,
                abstract=self._get_folded(paper, "summary") or self._get_folded(item, "summary"),
                votes=self._get_number(paper, "upvotes"),
                comments=self._get_number(item, "numComments"),
                published_at=self._get_time(paper, "publishedAt"),
                submitted_at=self._get_time(paper, "submittedOnDailyAt"),
                submitted_by=self._get_text(submitter, "user") or self._get_text(submitted_by, "name"),
                thumbnail_url=self._get_address(item, "thumbnail") or (None if only == video else only),
                video_url=video,
                github_repo=self._get_address(paper, "githubRepo"),
                github_stars=self._get_number(paper, "githubStars"),
                project_page=self._get_address(paper, "projectPage"),
                organization=self._get_folded(organization, "name", fold_text),
                organization_full_name=self._get_folded(organization, "fullname", fold_text),
                ai_summary=self._get_folded(paper, "ai_summary"),
                withdrawn_at=self._get_time(paper, "withdrawnAt") or self._get_time(item, "withdrawnAt"),
                author_count=authors,
                keyword_count=keywords,
                authors_truncated=is_cut,
                raw=json.dumps(item, ensure_ascii=True),
            )
        )

    def _reject(self, rule: str, reason: str, raw: object) -> None:
        text = raw if isinstance(raw, str) else json.dumps(raw, ensure_ascii=True)
        self.rows.reject.append(Reject(*self.day, rule, reason, self.paper, None, None, replace_surrogates(text)))

    def _get(self, where: dict[str, Any] | None, name: str, kind: type | tuple[type, ...]) -> Any:
        """Return a field; None if it is absent, null or of the wrong type, which also makes a reject."""
        value = where.get(name) if where else None
        if value is None or (isinstance(value, kind) and not (kind is int and isinstance(value, bool))):
            return value
        self._reject("field_type", f"{name} is {type(value).__name__}", {name: value})
        return None

    def _get_text(self, where: dict[str, Any] | None, name: str) -> str | None:
        value = self._get(where, name, str)
        return replace_surrogates(value) if value else None

    def _get_folded(
        self, where: dict[str, Any] | None, name: str, fold: Callable[[str], str] = fold_space
    ) -> str | None:
        value = self._get(where, name, str)
        return (fold(value) or None) if value else None

    def _get_address(self, where: dict[str, Any], name: str) -> str | None:
        value = self._get_text(where, name)
        address = complete_address(value) if value else None
        if value and not address:
            self._reject("field_address", f"{name} is no address of the web", {name: value})
        return address

    def _get_object(self, where: dict[str, Any] | None, name: str) -> dict[str, Any] | None:
        return self._get(where, name, dict)

    def _get_list(self, where: dict[str, Any] | None, name: str) -> list[Any] | None:
        return self._get(where, name, list)

    def _get_number(self, where: dict[str, Any] | None, name: str) -> int | None:
        value = self._get(where, name, int)
        if value is None or abs(value) <= MOST:
            return value
        self._reject("field_range", f"{name} is out of all bounds", {name: value})
        return None

    def _get_time(self, where: dict[str, Any] | None, name: str) -> dt.datetime | None:
        """Return an ISO 8601 time in UTC without a zone; a time without a zone is taken as UTC."""
        value = self._get(where, name, str)
        if not value:
            return None
        try:
            time = dt.datetime.fromisoformat(value)
            return time.astimezone(dt.UTC).replace(tzinfo=None) if time.tzinfo else time
        except (ValueError, OverflowError):
            self._reject("field_time", f"{name} is not a time", {name: value})
            return None

    def _get_video(self, media: list[Any]) -> str | None:
        """Return the first address of a video; None if all are pictures."""
        addresses = [complete_address(replace_surrogates(address)) for address in media if isinstance(address, str)]
        if len(addresses) < len(media):
            self._reject("field_type", "mediaUrls holds something else than texts", {"mediaUrls": media})
        return next((url for url in addresses if url and _drop_query(url).endswith(VIDEO_ENDINGS)), None)

    def _add_authors(self, items: list[Any] | None) -> tuple[int | None, bool]:
        """Add the authors of a list; return their number, and whether the list says that it was cut."""
        if items is None or self.paper is None:
            return None, False
        printed: list[Printed] = []
        for item in items:
            name = item.get("name") if isinstance(item, dict) else None
            if not isinstance(item, dict) or not isinstance(name, str) or not fold_text(name):
                self._reject("author_name", "an author without a name", item)
                continue
            user = self._get_text(self._get_object(item, "user"), "user")
            printed.append((name, user, self._get(item, "hidden", bool)))
        names, is_cut = read_names(printed)
        authors = list_authorships(self.day, self.paper, names)
        self.rows.author += authors
        return len(authors), is_cut

    def _add_keywords(self, items: list[Any] | None) -> int | None:
        if items is None or self.paper is None:
            return None
        keywords: dict[str, None] = {}
        for item in items:
            if not isinstance(item, str):
                self._reject("keyword", "a keyword that is not a text", item)
            elif keyword := fold_text(item).casefold():  # an empty one says nothing
                keywords[keyword] = None
        self.rows.keyword += [
            Keyword(*self.day, self.paper, place, keyword) for place, keyword in enumerate(keywords, start=1)
        ]
        return len(keywords)


def _drop_query(address: str) -> str:
    """Return the address without its query, in lower case."""
    return address.lower().partition("?")[0]
