"""The command in environments that are not as usual: streams, encodings, variables and files of settings."""

import os
import subprocess
from contextlib import closing
from pathlib import Path

import pytest

from tests.fork_server import serve_papers
from tests.integration.conftest import PAPERS, WEEK, Papers, copy_home
from tests.loopback import Answer

FULL = Path("/dev/full")
NO_SPACE = "papers: the output: No space left on device; free some space, then try again\n"
HANGUL = "SELECT '한🤖é' AS x"


@pytest.fixture(scope="module")
def sample(built_week, tmp_path_factory):
    """A copy of the home with a week of the sample, which the tests of this module may build again."""
    return copy_home(built_week, tmp_path_factory.mktemp("copy"))


@pytest.fixture
def run(sample, tmp_path):
    """Run the command on the sample with other streams and variables, typed in an empty folder."""

    def run(*arguments: str, redirected: str = "", status: int = 0, **variables: str) -> tuple[bytes, str]:
        """Return what it printed; `redirected` is a shell's redirection of its streams."""
        here = tmp_path / "here"
        here.mkdir(exist_ok=True)
        ended = subprocess.run(
            ["bash", "-c", f'"$0" "$@" {redirected}', PAPERS, *arguments],
            env=sample.environment | variables,
            cwd=here,
            capture_output=True,
            timeout=300,
            check=False,
        )
        printed = ended.stderr.decode()
        assert ended.returncode == status, printed
        assert "Traceback" not in printed
        assert "unexpected" not in printed
        return ended.stdout, printed

    return run


@pytest.fixture
def fork(sample, tmp_path):
    """Run the command on the sample with other streams, in a process that need not import anything."""

    def fork(*arguments: str, out: Path | int | None = None, err: Path | int | None = None, status: int = 0):
        """Return what it printed on both streams, each in a file if no other place is given."""
        here = tmp_path / "here"
        here.mkdir(exist_ok=True)
        files = [tmp_path / "out", tmp_path / "err"]
        places = [file if place is None else place for file, place in zip(files, (out, err), strict=True)]
        opened = [place.open("w") if isinstance(place, Path) else os.fdopen(place, "w") for place in places]
        with opened[0], opened[1], Path(os.devnull).open() as nothing:
            child = serve_papers().start(
                arguments, env=sample.environment, cwd=here, streams=[nothing, *opened], new_session=True
            )
        with closing(child):
            ended = child.wait(300)
        printed, said = (file.read_text("utf-8") if file.exists() else "" for file in files)
        assert ended == status, said
        assert "Traceback" not in said
        assert "unexpected" not in said
        return printed, said

    return fork


def open_pipe_without_reader() -> int:
    """Return the end of a pipe into which is written, after its reader has ended."""
    readable, writable = os.pipe()
    os.close(readable)
    return writable


@pytest.mark.skipif(not FULL.exists(), reason="needs /dev/full")
class TestFullDisk:
    @pytest.mark.parametrize(
        "arguments", [["sql", HANGUL], ["sql", HANGUL, "--format", "csv"], ["--help"]], ids=["table", "csv", "help"]
    )
    def test_an_answer_that_cannot_be_written_is_one_line(self, fork, arguments):
        assert fork(*arguments, out=FULL, status=1)[1] == NO_SPACE

    def test_nor_is_it_more_where_python_does_not_buffer(self, run):
        csv = ("sql", HANGUL, "--format", "csv")
        assert run(*csv, redirected="> /dev/full", status=1, PYTHONUNBUFFERED="1")[1] == NO_SPACE

    def test_a_build_that_is_published_is_done(self, fork):
        _, printed = fork(*WEEK, out=FULL)
        assert printed.endswith(
            "papers: the release is published, but standard output takes no more: No space left on device\n"
        )

    def test_a_build_whose_progress_cannot_be_written_is_done(self, fork):
        printed, _ = fork(*WEEK, err=FULL)
        assert "Warehouse: " in printed


class TestStreams:
    @pytest.mark.parametrize(("arguments", "redirected"), [(["status"], ">&-"), (["sql", HANGUL], "2>&-")])
    def test_a_closed_stream_is_no_trouble(self, run, redirected, arguments):
        run(*arguments, redirected=redirected)

    def test_no_query_from_a_closed_stream_is_one_line(self, run):
        assert run("sql", "-", redirected="<&-", status=1)[1].startswith("papers: not a query")

    def test_a_reader_that_goes_away_is_nothing_to_talk_about(self, fork):
        query = ["sql", "FROM range(100_000)", "--format=csv"]
        _, printed = fork(*query, out=open_pipe_without_reader(), status=1)
        assert "papers:" not in printed

    def test_a_reader_of_a_build_that_goes_away_is_nothing_to_talk_about(self, fork):
        _, printed = fork(*WEEK, out=open_pipe_without_reader())
        assert "papers:" not in printed

    def test_a_reader_of_the_progress_that_goes_away_ends_no_build(self, fork):
        printed, _ = fork(*WEEK, err=open_pipe_without_reader())
        assert "Warehouse: " in printed


class TestEncodings:
    @pytest.mark.parametrize(
        ("arguments", "encoding"),
        [
            pytest.param(["status"], "ascii", marks=pytest.mark.long),
            (["status"], "cp949"),
            (["sql", HANGUL], "latin-1"),
            (["build", "--help"], "ascii"),
        ],
    )
    def test_what_a_terminal_cannot_show_is_replaced(self, run, encoding, arguments):
        printed, _ = run(*arguments, PYTHONIOENCODING=encoding)
        assert printed.decode(encoding)

    @pytest.mark.parametrize(
        ("form", "variables"),
        [("csv", {"PYTHONIOENCODING": "cp949"}), ("json", {"LC_ALL": "C", "PYTHONUTF8": "0"})],
    )
    def test_programs_get_utf8_whatever_the_locale(self, run, form, variables):
        printed, _ = run("sql", HANGUL, "--format", form, PYTHONCOERCECLOCALE="0", **variables)
        assert "한🤖é" in printed.decode("utf-8-sig")

    @pytest.mark.parametrize(
        ("written", "status"),
        [("SELECT 1 AS \\xed\\x95\\x9c", 0), ("\\xef\\xbb\\xbfSELECT 1", 0), ("SELECT 1 -- \\xe9", 1)],
    )
    def test_a_query_is_piped_in_as_utf8(self, run, written, status):
        _, printed = run("sql", "-", redirected=f"< <(printf '{written}')", status=status, PYTHONIOENCODING="ascii")
        assert printed == ("papers: the query is not UTF-8, from byte 12 on; save it as UTF-8\n" if status else "")


class TestVariables:
    @pytest.mark.parametrize(
        "zone",
        [
            ":",
            "Mars/Phobos",
            "PST",
            "Asia/Seoul",
            *(pytest.param(zone, marks=pytest.mark.long) for zone in ("", ":foo", "Etc/Unknown", "UTC+25")),
        ],
    )
    def test_whatever_zone_is_named_times_are_utc(self, run, zone):
        sql = "SELECT TIMESTAMPTZ '2025-03-01 00:00:00+00' AS t, current_date = now()::DATE AS d"
        printed = run("sql", sql, "--format", "csv", TZ=zone)[0]
        assert printed.split() == [b"t,d", b"2025-03-01", b"00:00:00+00:00,true"]

    def test_the_sample_needs_no_network_no_temporary_folder_and_no_open_stream(self, run, tmp_path):
        unusable = {
            "ALL_PROXY": "socks9://127.0.0.1:9",
            "NO_PROXY": "::1,[::1],10.0.0.0/8,[",
            "SSL_CERT_FILE": "/gone/cacert.pem",
            "SSL_CERT_DIR": "/gone",
            "SSLKEYLOGFILE": "/gone/keys",
            "TMPDIR": str(tmp_path / "gone"),
        }
        new = Papers(tmp_path / "home")
        run(*WEEK, "--home", str(new.home), redirected="<&- >&- 2>&-", **unusable)
        assert new.one("SELECT count(*) > 0 FROM dim_paper")

    def test_a_proxy_that_is_needed_and_none_is_named(self, papers):
        papers.env["ALL_PROXY"] = "socks9://me:word@127.0.0.1:9"
        papers.env["PAPERS_DIGEST_URL"] = "https://127.0.0.1:9/{date}.md"
        printed = papers("build", "--source=digest", "--from=2024-01-25", "--to=2024-01-25", status=2)
        assert printed.splitlines()[-1].startswith("papers: ALL_PROXY: not a proxy that can be used; ")
        assert "word" not in printed

    def test_a_home_that_is_not_utf8_is_one_line(self, fork, tmp_path):
        home = os.fsdecode(os.fsencode(tmp_path) + b"/caf\xe9")
        _, printed = fork("build", "--home", home, status=2)
        assert printed.startswith("papers: PAPERS_HOME: its path is not UTF-8")
        assert not Path(home).exists()


class TestFilesOfSettings:
    def test_a_strangers_file_is_not_read_and_said_so(self, fork, tmp_path):
        (tmp_path / "here").mkdir()
        (tmp_path / "here" / ".env").write_text("PAPERS_HOME=/their/home\nPAPERS_HUGGINGFACE_URL=http://127.0.0.1:9\n")
        _, printed = fork("status")
        assert printed.startswith(
            f"papers: {tmp_path}/here/.env is not read; it sets PAPERS_HOME=/their/home, PAPERS_HUG"
        )
        assert "127.0.0.1:9" not in printed

    def test_an_address_of_the_homes_file_is_named_and_does_not_get_the_token(self, online):
        papers, web = online
        papers.home.mkdir()
        (papers.home / ".env").write_text(f"PAPERS_HUGGINGFACE_URL={papers.env.pop('PAPERS_HUGGINGFACE_URL')}\n")
        papers.env["HF_TOKEN"] = "hf_" + "hidden"
        printed = papers("build", "--source=huggingface", "--from=2025-01-02", "--to=2025-01-02")
        assert f"papers: {papers.home}/.env sets PAPERS_HUGGINGFACE_URL\n" in printed
        assert printed.endswith("papers: HF_TOKEN was not sent to 127.0.0.1: it goes to https://huggingface.co alone\n")
        [asked] = web.asked
        assert "authorization" not in asked.headers


class TestSecrets:
    def test_what_is_secret_in_an_address_is_kept_nowhere(self, online):
        papers, web = online
        papers.env["PAPERS_HUGGINGFACE_URL"] = web.huggingface_url.replace("//", "//me:secret-1@") + "?token=secret-2"
        papers.env["PAPERS_DIGEST_URL"] = web.digest_url.replace("//", "//secret-3@") + "?sig=secret-4&date={date}"
        days = ["--from=2025-01-02", "--to=2025-01-03"]
        web.play("2025-01-03", [Answer(302, headers={"Location": "https://me:secret-5@host/?key=secret-6"})])
        printed = papers("build", "--source=huggingface", "--source=digest", *days)
        again = papers("build", "--source=huggingface", *days, status=0)
        assert "secret-" not in printed + again
        assert any("token=secret-2" in path for path in web.paths)
        assert {path for path in papers.home.rglob("*") if path.is_file() and b"secret-" in path.read_bytes()} == set()
        urls = papers.rows("SELECT DISTINCT url FROM meta_fetch WHERE source = 'digest' AND date = '2025-01-02'")
        assert urls == [(f"{web.url}/2025/01/02.md?sig=***&date=2025-01-02",)]

    def test_a_host_that_wants_a_token_is_asked_once_and_told_in_one_line(self, online):
        papers, web = online
        papers.env |= {"HF_TOKEN": "hf_" + "hidden", "PAPERS_CONCURRENCY": "1"}
        web.play("/", [Answer(401)] * 9)
        printed = papers("build", "--source=huggingface", "--from=2025-01-02", "--to=2025-01-09", status=1)
        assert len(web.asked) == 1
        assert printed.count("127.0.0.1 wants a token, but HF_TOKEN is sent to https://huggingface.co alone") == 1
