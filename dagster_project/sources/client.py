"""The HTTP client that all sources share: limits, retries, rate and conditional requests.

`Client.get` returns a `Reply`, or raises a `TransientFailure` (another try may succeed) or a `PermanentFailure`. What a
response means for a day belongs in the source's own module.
"""

import asyncio
import datetime as dt
import email.utils
import logging
import re
import time
import zlib
from dataclasses import dataclass
from types import TracebackType
from typing import Self

import httpx
import stamina
from aiolimiter import AsyncLimiter

from dagster_project.config import VERSION, Settings
from dagster_project.sources.attempt import Held, hide_secrets
from dagster_project.sources.routes import RoutingTransport, find_proxy

USER_AGENT = f"daily-papers-warehouse/{VERSION} (+https://huggingface.co/papers; archives votes; asks conditionally)"
TRANSIENT_STATUS = frozenset({408, 425, 429, 500, 502, 503, 504})
# A request that fails becomes the outcome of its day, so stamina need not log each try.
stamina.instrumentation.set_on_retry_hooks([])
# It logs each address as it is, which may hold a password.
logging.getLogger("httpx").setLevel(logging.WARNING)

GZIP = zlib.MAX_WBITS | 16
LONGEST_BACKOFF = 30
"""The most seconds between two tries, unless the server asks for more."""
DEAD_HOST_AFTER = 5
"""Requests in a row that cannot connect, with all their tries, after which no more are sent."""


class FetchFailure(Exception):
    """A request without a usable response; the text says why in one line."""

    def __init__(self, reason: str, status: int | None = None, wait: float | None = None) -> None:
        super().__init__(reason)
        self.reason, self.status, self.wait = reason, status, wait


class TransientFailure(FetchFailure):
    """Another try may succeed: time-outs, resets, 429, 5xx."""


class PermanentFailure(FetchFailure):
    """The same request would fail again: a refusal, a redirect, a response above the size limit."""


class NoConnectionFailure(TransientFailure):
    """The host cannot be reached."""


@dataclass(frozen=True, slots=True)
class Reply:
    """A complete response; `body` is None for status 304."""

    status: int
    body: bytes | None
    etag: str | None
    last_modified: str | None
    content_type: str


class Pace:
    """Limits the request rate, and pauses for as long as the host asks.

    Hugging Face sends its limit in every response (`RateLimit: "api";r=<left>;t=<seconds>`), as in the IETF's draft on
    RateLimit header fields.
    """

    def __init__(self, settings: Settings) -> None:
        # The limiter needs a burst of at least 1, so a rate below 1 a second becomes 1 request in a longer time.
        burst = max(settings.requests_per_second, 1)
        self._limiter = AsyncLimiter(burst, burst / settings.requests_per_second)
        self._reserve = settings.concurrency
        self._max_wait = settings.max_wait
        self._silent_until = 0.0

    async def wait_for_turn(self) -> None:
        """Wait until a request may be sent.

        Raises:
            PermanentFailure: the host asked for a longer pause than `max_wait`.
        """
        while (wait := self._silent_until - time.monotonic()) > 0:
            if wait > self._max_wait:
                raise PermanentFailure(f"not asked: the host wants {wait:.0f} s of silence; build again after that")
            await asyncio.sleep(wait)
        await self._limiter.acquire()

    def stay_silent(self, seconds: float) -> None:
        """Send no request for `seconds`."""
        self._silent_until = max(self._silent_until, time.monotonic() + seconds)

    def read_limits(self, headers: httpx.Headers) -> None:
        """Read the `RateLimit` header; pause until it resets if fewer requests are left than may be in progress."""
        left = re.search(r"\br=(\d{1,9})", headers.get("RateLimit", ""))
        reset = re.search(r"\bt=(\d{1,9})", headers.get("RateLimit", ""))
        if left and reset and int(left[1]) < self._reserve:
            self.stay_silent(int(reset[1]))


def read_retry_after(headers: httpx.Headers) -> float | None:
    """Return the seconds that `Retry-After` asks for, as a number or an HTTP date; None if it is absent or invalid."""
    value = headers.get("Retry-After", "").strip()
    if value.isascii() and value.isdigit():
        return float(value[:9])
    try:
        at = email.utils.parsedate_to_datetime(value)
    except (ValueError, OverflowError):
        return None
    return max(0.0, (at - dt.datetime.now(at.tzinfo or dt.UTC)).total_seconds()) if at.tzinfo else None


def read_encodings(headers: httpx.Headers) -> list[str]:
    """Return the encodings of a body in order, under their usual names, without those that change nothing.

    Object stores pass `aws-chunked` on from whoever stored the body; they have undone it.
    """
    listed = (name.strip().lower() for name in headers.get("Content-Encoding", "").split(","))
    return ["gzip" if name == "x-gzip" else name for name in listed if name not in ("", "identity", "aws-chunked")]


class Gunzip:
    """Unpacks gzip piece by piece: one member or several, with zeros between or behind them as padding."""

    def __init__(self) -> None:
        self._member = zlib.decompressobj(GZIP)
        self._is_begun = False

    @property
    def is_whole(self) -> bool:
        """Whether nothing is missing: the last member has ended, or there is none."""
        return not self._is_begun

    def unpack(self, piece: bytes, most: int) -> bytes:
        """Return what a piece holds, at most `most` bytes of it.

        Raises:
            zlib.error: it is not gzip.
        """
        body = bytearray()
        while len(body) < most and (self._is_begun or (piece := piece.lstrip(b"\0"))) and piece:
            self._is_begun = True
            body += self._member.decompress(piece, most - len(body))
            piece = b""
            if self._member.eof:
                piece, self._member, self._is_begun = self._member.unused_data, zlib.decompressobj(GZIP), False
        return bytes(body)


class Client:
    """An `httpx.AsyncClient` with limits, retries and a rate, used as an async context manager."""

    def __init__(self, settings: Settings) -> None:
        self._settings = settings
        self._pace = Pace(settings)
        self._unreachable = 0
        self._denied: str | None = None
        self._with_retries = stamina.AsyncRetryingCaller(
            attempts=settings.attempts, timeout=None, wait_max=LONGEST_BACKOFF
        ).on(self._should_retry)
        self._http = httpx.AsyncClient(
            headers={"User-Agent": USER_AGENT, "Accept-Encoding": "gzip"},
            timeout=httpx.Timeout(
                settings.read_timeout, connect=settings.connect_timeout, pool=settings.request_timeout
            ),
            transport=RoutingTransport(settings),
            trust_env=False,
            # A redirect would send the request to an address that the user did not choose.
            follow_redirects=False,
        )

    async def __aenter__(self) -> Self:
        await self._http.__aenter__()
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        await self._http.__aexit__(kind, error, trace)

    async def get(
        self,
        url: str,
        *,
        headers: dict[str, str] | None = None,
        held: Held | None = None,
    ) -> Reply:
        """Send GET to `url` with retries, and return the response; the request is conditional if `held` is given.

        Returns:
            the complete response, of any status but those of transient failures and redirects, and at most `max_bytes`
            long.

        Raises:
            FetchFailure: there is no usable response; the text says why in one line.
        """
        if self._unreachable >= DEAD_HOST_AFTER:
            raise PermanentFailure("not asked: the host could not be reached, several times in a row")
        if self._denied:
            raise PermanentFailure(f"not asked: {self._denied}")
        conditions = dict(headers or {})
        if held and held.etag and held.etag.isascii():
            conditions["If-None-Match"] = held.etag
        elif held and held.last_modified:
            conditions["If-Modified-Since"] = held.last_modified
        try:
            return await self._with_retries(self._send, url, conditions)
        except NoConnectionFailure:
            self._unreachable += 1
            raise

    def give_up(self, why: str) -> None:
        """Send no more requests, since none would be answered."""
        self._denied = why

    def _should_retry(self, error: Exception) -> bool | float:
        """Return whether to retry: False, True for stamina's own back-off, or the seconds that the server asked for."""
        if not isinstance(error, TransientFailure):
            return False
        if error.wait is None:
            return True
        return error.wait if error.wait <= self._settings.max_wait else False

    async def _send(self, url: str, headers: dict[str, str]) -> Reply:
        if not url.startswith("file:"):  # no host is spared by waiting
            await self._pace.wait_for_turn()
        # httpx treats an address without a host as relative.
        url = url.replace("file:///", "file://localhost/", 1)
        try:
            async with (
                asyncio.timeout(self._settings.request_timeout),
                self._http.stream("GET", url, headers=headers) as response,
            ):
                self._unreachable = 0
                self._pace.read_limits(response.headers)
                self._check_status(response)
                # Read even an empty body: httpx reuses a connection only after its response was read to the end.
                body = await self._read(response)
        except (httpx.ConnectError, httpx.ConnectTimeout, httpx.ProxyError) as error:
            proxy = find_proxy(httpx.URL(url), self._settings)
            through = f" through {proxy.variable}" if proxy else ""
            raise NoConnectionFailure(f"could not connect{through}: {type(error).__name__} {error}".strip()) from error
        except (httpx.TransportError, OSError) as error:
            raise TransientFailure(f"broken off: {type(error).__name__} {error}".strip()) from error
        except httpx.HTTPError as error:
            raise PermanentFailure(f"unreadable answer: {type(error).__name__} {error}") from error
        except httpx.InvalidURL:  # its text may hold a part of a password
            raise PermanentFailure("not an address that can be asked: InvalidURL") from None
        return Reply(
            status=response.status_code,
            body=None if response.status_code == 304 else body,
            etag=response.headers.get("ETag"),
            last_modified=response.headers.get("Last-Modified"),
            content_type=response.headers.get("Content-Type", ""),
        )

    def _check_status(self, response: httpx.Response) -> None:
        """Raise the failure that the status or encoding means, before the body is read."""
        status = response.status_code
        if status in TRANSIENT_STATUS:
            wait = read_retry_after(response.headers)
            if wait is not None:
                self._pace.stay_silent(wait)
            raise TransientFailure(f"HTTP {status} {response.reason_phrase}".strip(), status, wait)
        if response.is_redirect and status != 304:
            where = hide_secrets(response.headers.get("Location", "nowhere"))[:200]
            raise PermanentFailure(f"redirected to {where!r}, which is not followed; set the address itself", status)
        if read_encodings(response.headers) not in ([], ["gzip"]):
            # Nested encodings, such as gzip in gzip, can expand far above the limit before it is checked.
            encoding = response.headers["Content-Encoding"][:200]
            raise PermanentFailure(f"encoded as {encoding!r}, which was not asked for", status)

    async def _read(self, response: httpx.Response) -> bytes:
        """Return the body; raise `PermanentFailure` as soon as it exceeds `max_bytes`."""
        cap = self._settings.max_bytes
        too_large = PermanentFailure(
            f"answer larger than {cap.human_readable()} (PAPERS_MAX_BYTES)", response.status_code
        )
        if int(response.headers.get("Content-Length", "0") or 0) > cap:
            raise too_large
        body = bytearray()
        if not read_encodings(response.headers):
            async for piece in response.aiter_bytes():
                body += piece
                if len(body) > cap:
                    raise too_large
            return bytes(body)
        gunzip = Gunzip()
        async for piece in response.aiter_raw():
            try:
                # Unpack at most one byte above the limit: httpx would unpack 64 KiB to as much as 64 MiB.
                body += gunzip.unpack(piece, cap + 1 - len(body))
            except zlib.error as error:
                raise httpx.DecodingError(str(error)) from error
            if len(body) > cap or response.num_bytes_downloaded > cap:
                raise too_large
        if not gunzip.is_whole:
            raise TransientFailure("broken off: what was packed as gzip has no end")
        return bytes(body)
