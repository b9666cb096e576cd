"""One request: what is tried again, what is waited for, and what is never taken."""

import asyncio
import datetime as dt
import email.utils
import gzip
import socket
import time
from itertools import cycle, pairwise, repeat

import httpx
import pytest

from dagster_project.sources import client as client_module
from dagster_project.sources.attempt import Held
from dagster_project.sources.client import (
    DEAD_HOST_AFTER,
    TRANSIENT_STATUS,
    Client,
    FetchFailure,
    NoConnectionFailure,
    PermanentFailure,
    Reply,
    TransientFailure,
    read_retry_after,
)
from tests.loopback import Answer, drip, gzipped, half

WHOLE = b"# Daily Papers\n" * 1000
CAP = 64 * 1024


@pytest.fixture
def get(web, settings_for):
    """GET a path with a client of its own; its settings are keyword arguments."""

    def get(path="/x", *, headers=None, held=None, url=None, **given) -> Reply:
        async def run() -> Reply:
            async with Client(settings_for(**given)) as client:
                return await client.get(url or web.url + path, headers=headers, held=held)

        return asyncio.run(run())

    return get


@pytest.fixture
def get_all(web, settings_for):
    """GET path after path with one client; return what came of each, failures too."""

    def get_all(*paths, url=None, **given) -> list[Reply | FetchFailure]:
        async def run() -> list[Reply | FetchFailure]:
            ended: list[Reply | FetchFailure] = []
            async with Client(settings_for(**given)) as client:
                for path in paths:
                    try:
                        ended.append(await client.get((url or web.url) + path))
                    except FetchFailure as failure:
                        ended.append(failure)
            return ended

        return asyncio.run(run())

    return get_all


def nobody() -> str:
    """Return an address at which nobody listens."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        return f"http://127.0.0.1:{free.getsockname()[1]}"


class TestTrying:
    def test_a_transient_failure_is_tried_again(self, web, get):
        web.play("/x", [Answer(503), Answer(503), Answer(body=WHOLE)])
        assert get().body == WHOLE
        assert [asked.status for asked in web.asked] == [503, 503, 200]

    @pytest.mark.parametrize("status", sorted(TRANSIENT_STATUS))
    def test_every_transient_status_may_mend(self, web, get, status):
        web.play("/x", [Answer(status), Answer(body=WHOLE)])
        assert get().status == 200

    def test_tries_come_to_an_end(self, web, get):
        web.play("/x", repeat(Answer(503)))
        with pytest.raises(TransientFailure, match="HTTP 503 Service Unavailable") as failed:
            get(attempts=3)
        assert failed.value.status == 503
        assert len(web.asked) == 3

    @pytest.mark.parametrize("status", [400, 401, 403, 404, 410, 451, 501])
    def test_a_permanent_answer_is_asked_for_once(self, web, get, status):
        web.play("/x", repeat(Answer(status, b"no")))
        assert get().status == status
        assert len(web.asked) == 1

    def test_tries_back_off(self, web, get, monkeypatch):
        monkeypatch.setattr(client_module, "LONGEST_BACKOFF", 0.15)
        web.play("/x", [Answer(503), Answer(503), Answer(body=WHOLE)])
        get()
        assert all(later.at - sooner.at >= 0.1 for sooner, later in pairwise(web.asked))

    @pytest.mark.parametrize(
        "torn",
        [
            half(WHOLE),
            Answer(body=b"short", headers={"Content-Length": "6"}, breaks_off=True),
            Answer(pieces=[b"# a piece"], breaks_off=True),
            Answer(headers={"Content-Length": "many"}, breaks_off=True),
        ],
        ids=["closed half-way", "a byte short", "a stream without its end", "a length that is no number"],
    )
    def test_a_torn_answer_is_tried_again(self, web, get, torn):
        web.play("/x", [torn, Answer(body=WHOLE)])
        assert get().body == WHOLE
        assert len(web.asked) == 2

    def test_an_answer_that_stays_torn_is_no_answer(self, web, get):
        web.play("/x", repeat(half(WHOLE)))
        with pytest.raises(TransientFailure, match="broken off"):
            get(attempts=2)

    def test_a_silent_server_is_given_up(self, web, get):
        web.play("/x", repeat(Answer(after=5)))
        with pytest.raises(TransientFailure, match="broken off: ReadTimeout"):
            get(read_timeout=0.1, attempts=2)
        assert len(web.asked) == 2

    def test_an_answer_that_drips_is_given_up_in_all(self, web, get):
        web.play("/x", repeat(Answer(pieces=drip(0.02))))
        started = time.monotonic()
        with pytest.raises(TransientFailure, match="TimeoutError"):
            get(request_timeout=0.3, attempts=1)
        assert time.monotonic() - started >= 0.3

    def test_waiting_for_a_turn_is_no_part_of_an_answers_time(self, web, get_all):
        web.play("/1", [Answer(headers={"RateLimit": '"api";r=0;t=1'})])
        _, second = get_all("/1", "/2", request_timeout=0.7, attempts=1)
        assert isinstance(second, Reply)


class TestWaiting:
    def test_retry_after_is_kept_to_the_second(self, web, get):
        web.play("/x", [Answer(429, headers={"Retry-After": "1"}), Answer(body=WHOLE)])
        assert get().status == 200
        first, second = web.asked
        assert 0.95 <= second.at - first.at < 5

    def test_retry_after_holds_for_every_other_request(self, web, get_all):
        web.play("/1", repeat(Answer(503, headers={"Retry-After": "1"})))
        get_all("/1", "/2", attempts=1)
        first, second = web.asked
        assert second.at - first.at >= 0.95

    def test_retry_after_zero_is_at_once(self, web, get, monkeypatch):
        monkeypatch.setattr(client_module, "LONGEST_BACKOFF", 30)
        web.play("/x", [Answer(429, headers={"Retry-After": "0"})] * 4)
        get(attempts=5)
        assert web.asked[-1].at - web.asked[0].at < 0.1 + 0.2 + 0.4 + 0.8  # the least that backing off would take

    def test_retry_after_may_be_a_date(self):
        at = email.utils.format_datetime(dt.datetime.now(dt.UTC) + dt.timedelta(seconds=60), usegmt=True)
        assert read_retry_after(httpx.Headers({"Retry-After": at})) == pytest.approx(60, abs=2)

    def test_a_date_that_has_passed_is_no_wait(self):
        assert read_retry_after(httpx.Headers({"Retry-After": "Mon, 01 Jan 2024 00:00:00 GMT"})) == 0

    @pytest.mark.parametrize("odd", ["", "soon", "-1", "1.5", "\u0663", "01 Jan 99999999999 00:00:00 GMT", "Jan 2024"])
    def test_an_odd_retry_after_is_none(self, odd):
        assert read_retry_after(httpx.Headers([(b"Retry-After", odd.encode())])) is None

    @pytest.mark.parametrize("header", ["3600", "Fri, 01 Jan 2100 00:00:00 GMT"])
    def test_too_long_a_wait_fails_at_once_and_nothing_else_is_asked(self, web, get_all, header):
        web.play("/", repeat(Answer(429, headers={"Retry-After": header})))
        first, second = get_all("/1", "/2", max_wait=10)
        assert isinstance(first, TransientFailure)
        assert isinstance(second, PermanentFailure)
        assert "not asked: the host wants" in second.reason
        assert web.paths == ["/1"]

    def test_a_used_up_rate_limit_is_waited_for(self, web, get_all):
        web.play("/1", [Answer(headers={"RateLimit": '"api";r=0;t=1'})])
        get_all("/1", "/2")
        first, second = web.asked
        assert 0.95 <= second.at - first.at < 5

    def test_a_rate_limit_with_requests_left_costs_no_time(self, web, get_all):
        web.play("/1", [Answer(headers={"RateLimit": '"api";r=499;t=300'})])
        get_all("/1", "/2", max_wait=0)
        assert web.paths == ["/1", "/2"]

    def test_the_last_requests_are_left_to_those_under_way(self, web, get_all):
        web.play("/1", [Answer(headers={"RateLimit": '"api";r=7;t=300'})])
        _, second = get_all("/1", "/2", concurrency=8, max_wait=10)
        assert isinstance(second, PermanentFailure)

    def test_the_rate_is_kept(self, web, get_all):
        get_all(*[f"/{number}" for number in range(8)], requests_per_second=5)
        assert web.asked[-1].at - web.asked[0].at >= 0.5

    def test_the_rate_may_be_below_one_in_a_second(self, get):
        assert get(requests_per_second=0.1).status == 404


class TestSize:
    def test_an_answer_as_large_as_the_cap_is_taken(self, web, get):
        web.play("/x", [Answer(body=bytes(CAP))])
        assert len(get(max_bytes=CAP).body) == CAP

    @pytest.mark.parametrize(
        "large",
        [
            Answer(headers={"Content-Length": str(300 * 1024**2)}, breaks_off=True),
            Answer(body=bytes(CAP + 1)),
            Answer(pieces=repeat(bytes(1024))),
            gzipped(bytes(100 * CAP)),
        ],
        ids=["promised", "a byte too many", "without end", "grown out of gzip"],
    )
    def test_a_larger_one_is_refused_and_not_asked_for_again(self, web, get, large):
        web.play("/x", repeat(large))
        with pytest.raises(PermanentFailure, match=r"answer larger than 64.0KiB \(PAPERS_MAX_BYTES\)"):
            get(max_bytes=CAP)
        assert len(web.asked) == 1

    def test_no_more_is_taken_than_was_promised(self, web, get_all):
        web.play("/1", [Answer(body=b"# day" + bytes(CAP), headers={"Content-Length": "5"})])
        web.play("/2", repeat(Answer(body=b"# another")))
        first, second = get_all("/1", "/2")
        assert (first.body, second.body) == (b"# day", b"# another")

    def test_gzip_is_taken_apart(self, web, get):
        web.play("/x", [gzipped(WHOLE)])
        assert get().body == WHOLE

    def test_gzip_that_is_none_is_a_permanent_failure(self, web, get):
        web.play("/x", repeat(Answer(body=WHOLE, headers={"Content-Encoding": "gzip"})))
        with pytest.raises(PermanentFailure, match="DecodingError"):
            get()
        assert len(web.asked) == 1

    @pytest.mark.parametrize(
        "encoding",
        [
            "gzip",
            "GZIP",
            "x-gzip",
            "gzip, identity",
            "identity,gzip",
            "aws-chunked,gzip",
            ", gzip ,",
            "aws-chunked, x-gzip",
        ],
    )
    def test_gzip_has_several_names(self, web, get, encoding):
        web.play("/x", [Answer(body=gzip.compress(WHOLE), headers={"Content-Encoding": encoding})])
        assert get().body == WHOLE

    @pytest.mark.parametrize("encoding", ["", " ", ",", "identity", "Identity, identity", "aws-chunked"])
    def test_what_changes_nothing_is_no_encoding(self, web, get, encoding):
        web.play("/x", [Answer(body=WHOLE, headers={"Content-Encoding": encoding})])
        assert get().body == WHOLE

    @pytest.mark.parametrize("padding", [b"", b"\0" * 100])
    @pytest.mark.parametrize("step", [1, 7, 1 << 16])
    def test_gzip_of_several_members_is_read_to_the_end(self, web, get, padding, step):
        members = [b"# Daily", b"", b" Papers\n", b"text " * 1000]
        packed = padding.join(map(gzip.compress, members)) + padding
        pieces = [packed[start : start + step] for start in range(0, len(packed), step)]
        web.play("/x", [Answer(pieces=pieces, headers={"Content-Encoding": "gzip"})])
        assert get().body == b"".join(members)

    @pytest.mark.parametrize("torn", [1, 12, 30])
    def test_gzip_whose_last_member_is_torn_is_tried_again(self, web, get, torn):
        packed = gzip.compress(WHOLE) * 2
        gzipped_twice = {"Content-Encoding": "gzip"}
        web.play("/x", [Answer(body=packed[:-torn], headers=gzipped_twice), Answer(body=packed, headers=gzipped_twice)])
        assert get().body == WHOLE * 2
        assert len(web.asked) == 2

    @pytest.mark.parametrize(
        "member",
        [gzip.compress(b"", mtime=0), gzip.compress(bytes(CAP // 2 + 1), mtime=0), b"\0" * 1024],
        ids=["empty", "large", "zeros"],
    )
    def test_members_without_end_are_refused(self, web, get, member):
        web.play("/x", [Answer(pieces=repeat(member), headers={"Content-Encoding": "gzip"})])
        with pytest.raises(PermanentFailure, match="answer larger than"):
            get(max_bytes=CAP)

    @pytest.mark.parametrize("encoding", ["gzip, gzip", "gzip, x-gzip", "aws-chunked, br", "br", "deflate"])
    def test_an_encoding_that_was_not_asked_for_is_refused(self, web, get, encoding):
        twice = gzip.compress(gzip.compress(WHOLE))
        web.play("/x", [Answer(body=twice, headers={"Content-Encoding": encoding})])
        with pytest.raises(PermanentFailure, match="not asked for"):
            get()


class TestManners:
    def test_the_program_gives_its_name(self, web, get):
        get()
        assert web.asked[0].headers["user-agent"].startswith("daily-papers-warehouse/")

    @pytest.mark.parametrize("status", [301, 302, 303, 307, 308])
    def test_a_redirect_is_not_followed(self, web, get, status):
        web.play("/x", [Answer(status, headers={"Location": "/elsewhere"})])
        with pytest.raises(PermanentFailure, match="redirected to '/elsewhere'"):
            get()
        assert web.paths == ["/x"]

    def test_where_a_redirect_leads_is_said_without_secrets(self, web, get):
        web.play("/x", [Answer(302, headers={"Location": "https://me:word@host/y?X-Amz-Signature=word"})])
        with pytest.raises(PermanentFailure, match=r"redirected to 'https://host/y\?X-Amz-Signature=\*\*\*'"):
            get()

    def test_a_password_in_an_address_is_used_and_not_logged(self, web, get, caplog):
        caplog.set_level("DEBUG")
        web.play("/x", [Answer(body=WHOLE)])
        assert get(url=web.url.replace("//", "//me:word@") + "/x?token=hidden").body == WHOLE
        assert web.asked[0].headers["authorization"] == "Basic bWU6d29yZA=="
        assert web.paths == ["/x?token=hidden"]
        assert "word" not in caplog.text
        assert "token=hidden" not in caplog.text

    def test_what_is_held_is_asked_for_by_its_etag(self, web, get):
        get(held=Held("", "", '"abc"', "Mon, 01 Jan 2024 00:00:00 GMT"))
        assert web.asked[0].headers["if-none-match"] == '"abc"'
        assert "if-modified-since" not in web.asked[0].headers

    @pytest.mark.parametrize("etag", [None, '"é"'])
    def test_without_an_etag_that_can_be_sent_its_date_is(self, web, get, etag):
        get(held=Held("", "", etag, "Mon, 01 Jan 2024 00:00:00 GMT"))
        assert "if-none-match" not in web.asked[0].headers
        assert web.asked[0].headers["if-modified-since"] == "Mon, 01 Jan 2024 00:00:00 GMT"

    def test_nothing_held_nothing_said(self, web, get):
        get()
        assert not {"if-none-match", "if-modified-since", "authorization", "cookie"} & set(web.asked[0].headers)

    @pytest.mark.parametrize("status", [200, 304, 404])
    def test_answers_share_a_connection(self, web, get_all, status):
        web.play("/", repeat(Answer(status)))
        get_all("/1", "/2", "/3")
        assert len({asked.connection for asked in web.asked}) == 1

    def test_an_address_that_is_none_is_a_permanent_failure(self, get):
        with pytest.raises(PermanentFailure, match="InvalidURL"):
            get(url="http://[::1/x")


class TestDeadHost:
    def test_a_host_that_is_not_there_is_soon_left_alone(self, get_all):
        paths = [f"/{number}" for number in range(DEAD_HOST_AFTER + 3)]
        failures = get_all(*paths, url=nobody(), attempts=2)
        assert all(isinstance(failure, NoConnectionFailure) for failure in failures[:DEAD_HOST_AFTER])
        assert all("not asked" in failure.reason for failure in failures[DEAD_HOST_AFTER:])

    def test_a_host_that_answers_anything_is_not_dead(self, settings_for):
        def now_and_then(_: httpx.Request) -> httpx.Response:
            if next(away):
                raise httpx.ConnectError("away")
            return httpx.Response(503)

        async def run() -> list[str]:
            reasons = []
            async with Client(settings_for(attempts=1)) as client:
                client._http = httpx.AsyncClient(transport=httpx.MockTransport(now_and_then))
                for _ in range(3 * DEAD_HOST_AFTER):
                    with pytest.raises(TransientFailure) as failed:
                        await client.get("http://127.0.0.1/x")
                    reasons.append(failed.value.reason)
            return reasons

        away = cycle([True, False])
        assert not any("not asked" in reason for reason in asyncio.run(run()))
