"""Settings: where they are read from, and what they refuse in one line."""

import datetime as dt
from pathlib import Path

import pytest

from dagster_project.config import DIGEST_URL, HUGGINGFACE_URL, Settings, load_settings
from dagster_project.errors import SettingsError

HIDDEN = "hf_hidden"


def test_it_works_with_no_settings():
    settings = load_settings()
    assert settings.home.name == "warehouse"
    assert (settings.digest_url, settings.huggingface_url) == (DIGEST_URL, HUGGINGFACE_URL)
    assert settings.hf_token is None


def test_the_public_archive_is_the_default():
    url = load_settings().digest_url.format(date=dt.date(2024, 1, 5))
    assert url == "https://raw.githubusercontent.com/l-yohai/daily_papers_ko/main/paper_logs/2024/01/05.md"


def test_the_environment_is_read(monkeypatch, tmp_path):
    monkeypatch.setenv("PAPERS_HOME", str(tmp_path))
    monkeypatch.setenv("PAPERS_MAX_WAIT", "12.5")
    monkeypatch.setenv("PAPERS_MAX_BYTES", "3MiB")
    settings = load_settings()
    assert (settings.home, settings.max_wait, settings.max_bytes) == (tmp_path, 12.5, 3 * 1024**2)


def test_a_file_of_settings_is_read_below_the_environment(monkeypatch, tmp_path):
    (tmp_path / ".env").write_text("PAPERS_ATTEMPTS=2\nPAPERS_CONCURRENCY=2\nSOMETHING_ELSE=1\n")
    monkeypatch.setitem(Settings.model_config, "env_file", tmp_path / ".env")
    monkeypatch.setenv("PAPERS_CONCURRENCY", "3")
    settings = load_settings()
    assert (settings.attempts, settings.concurrency) == (2, 3)


def test_flags_win_and_a_flag_that_was_not_given_does_not(monkeypatch, tmp_path):
    monkeypatch.setenv("PAPERS_HOME", str(tmp_path / "environment"))
    assert load_settings(home=tmp_path / "flag").home == tmp_path / "flag"
    assert load_settings(home=None).home == tmp_path / "environment"


def test_a_home_is_a_full_path(monkeypatch, tmp_path):
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("HOME", str(tmp_path / "me"))
    assert load_settings(home=Path("here")).home == tmp_path / "here"
    assert load_settings(home=Path("~/here")).home == tmp_path / "me" / "here"


@pytest.mark.parametrize(
    ("name", "value", "wrong"),
    [
        ("PAPERS_HOME", "ftp://host/home", "must be a local folder, or s3://bucket/folder"),
        ("PAPERS_HOME", "s3://bucket", "must name a bucket and a folder in it: s3://bucket/folder"),
        ("PAPERS_HOME", "s3:/bucket/home", "must name a bucket and a folder in it: s3://bucket/folder"),
        ("PAPERS_LEASE", "0", "Input should be greater than or equal to 1"),
        ("PAPERS_DIGEST_URL", "ftp://host/{date}.md", "must begin with http://, https:// or file:///"),
        ("PAPERS_DIGEST_URL", "file://relative/{date}.md", "must begin with http://, https:// or file:///"),
        ("PAPERS_DIGEST_URL", "http://host/today.md", "must hold the day's place"),
        ("PAPERS_DIGEST_URL", "http://host/{date:%Y/%m}.md", "must hold the day's place"),
        ("PAPERS_DIGEST_URL", "http://host/{{date}}.md", "must hold the day's place"),
        ("PAPERS_DIGEST_URL", "http://host/{day}.md", "only {date:…} can be filled in"),
        ("PAPERS_DIGEST_URL", "http://host/{}.md", "only {date:…} can be filled in"),
        ("PAPERS_DIGEST_URL", "http://host/{date.md", "only {date:…} can be filled in"),
        ("PAPERS_DIGEST_URL", "http://host/{date.nonsense}.md", "only {date:…} can be filled in"),
        ("PAPERS_DIGEST_URL", "http://host/{date[0]}.md", "only {date:…} can be filled in"),
        ("PAPERS_HUGGINGFACE_URL", "http://", "names no host that can be asked"),
        ("PAPERS_HUGGINGFACE_URL", "http://host:port/", "names no host that can be asked"),
        ("PAPERS_HUGGINGFACE_URL", "http://[::1/", "names no host that can be asked"),
        ("PAPERS_MAX_BYTES", "0", "Input should be greater than 0"),
        ("PAPERS_MAX_BYTES", "many", "could not parse value and unit from byte string"),
        ("PAPERS_READ_TIMEOUT", "nan", "Input should be greater than 0"),
        ("PAPERS_ATTEMPTS", "0", "Input should be greater than or equal to 1"),
        ("PAPERS_CONCURRENCY", "two", "Input should be a valid integer"),
        ("PAPERS_KEEP_RELEASES", "2", "Input should be greater than or equal to 3"),
    ],
)
def test_what_cannot_be_used_is_refused_in_one_line_with_its_name(monkeypatch, name, value, wrong):
    monkeypatch.setenv(name, value)
    with pytest.raises(SettingsError) as refused:
        load_settings()
    assert str(refused.value).startswith(f"{name}: {wrong}")
    assert "\n" not in str(refused.value)


@pytest.mark.parametrize(
    "url", ["file:///archive/{date:%Y/%m/%d}.md", "http://127.0.0.1:8000/{date}", "https://[::1]/{date:%Y%m%d}"]
)
def test_an_archive_may_lie_anywhere(url):
    assert load_settings(digest_url=url).digest_url == url


class TestToken:
    def test_it_is_read_by_its_own_name(self, monkeypatch):
        monkeypatch.setenv("HF_TOKEN", HIDDEN)
        token = load_settings().hf_token
        assert token is not None
        assert token.get_secret_value() == HIDDEN

    def test_it_is_never_shown(self, monkeypatch):
        monkeypatch.setenv("HF_TOKEN", HIDDEN)
        settings = load_settings()
        assert HIDDEN not in f"{settings!r} {settings} {settings.model_dump()} {settings.model_dump_json()}"

    def test_white_space_around_it_is_none_of_it(self, monkeypatch):
        monkeypatch.setenv("HF_TOKEN", f" {HIDDEN}\n")
        token = load_settings().hf_token
        assert token is not None
        assert token.get_secret_value() == HIDDEN

    @pytest.mark.parametrize("blank", ["", " \n"])
    def test_an_empty_one_is_none(self, monkeypatch, blank):
        monkeypatch.setenv("HF_TOKEN", blank)
        assert load_settings().hf_token is None

    @pytest.mark.parametrize("odd", [f"{HIDDEN}\r\nX: y", f"{HIDDEN}é", f"{HIDDEN}\x7f"])
    def test_one_that_no_header_can_carry_is_refused_unseen(self, monkeypatch, odd):
        monkeypatch.setenv("HF_TOKEN", odd)
        with pytest.raises(SettingsError, match=r"^HF_TOKEN: holds a character that no token has") as refused:
            load_settings()
        assert HIDDEN not in str(refused.value)


def test_the_index_is_the_public_one_only_where_the_digests_are():
    assert load_settings().index_url == DIGEST_URL.partition("{")[0] + "papers_list.csv"
    elsewhere = load_settings(digest_url="http://127.0.0.1:9/{date:%Y/%m/%d}.md")
    assert elsewhere.index_url is None
    named = load_settings(
        digest_url="http://127.0.0.1:9/{date:%Y/%m/%d}.md", digest_index_url="http://127.0.0.1:9/i.csv"
    )
    assert named.index_url == "http://127.0.0.1:9/i.csv"
