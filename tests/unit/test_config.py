"""Settings: where they are read from, and what they refuse in one line."""

from pathlib import Path

import pytest

from dagster_project.config import Settings, check_address, load_settings
from dagster_project.errors import SettingsError

HIDDEN = "hf_hidden"


def test_it_works_with_no_settings():
    settings = load_settings()
    assert settings.home.name == "warehouse"
    assert settings.addresses == {}
    assert settings.hf_token is None


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


def test_an_empty_variable_is_one_that_nobody_set(monkeypatch):
    monkeypatch.setenv("PAPERS_ATTEMPTS", "")
    assert load_settings().attempts == 4


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


class TestAddresses:
    """Of the variables that end in `_URL`; which of them a source reads, and what it takes, is its own."""

    def test_they_are_read_from_the_environment_by_their_name_in_lower_case(self, monkeypatch):
        monkeypatch.setenv("PAPERS_DIGEST_URL", "http://host/{date}")
        monkeypatch.setenv("PAPERS_A_THIRD_SOURCE_URL", "http://third")
        monkeypatch.setenv("OTHER_URL", "http://other")
        assert load_settings().addresses == {
            "digest_url": "http://host/{date}",
            "a_third_source_url": "http://third",
        }

    def test_a_file_of_settings_is_read_below_the_environment(self, monkeypatch, tmp_path):
        (tmp_path / ".env").write_text("PAPERS_ONE_URL=http://file/one\nPAPERS_TWO_URL=http://file/two\n")
        monkeypatch.setitem(Settings.model_config, "env_file", tmp_path / ".env")
        monkeypatch.setenv("PAPERS_TWO_URL", "http://environment/two")
        assert load_settings().addresses == {"one_url": "http://file/one", "two_url": "http://environment/two"}

    def test_an_empty_one_is_one_that_nobody_set(self, monkeypatch):
        monkeypatch.setenv("PAPERS_DIGEST_URL", "")
        assert load_settings().addresses == {}

    def test_those_that_are_given_win(self, monkeypatch):
        monkeypatch.setenv("PAPERS_ONE_URL", "http://environment/one")
        monkeypatch.setenv("PAPERS_TWO_URL", "http://environment/two")
        assert load_settings(addresses={"one_url": "http://flag/one"}).addresses == {
            "one_url": "http://flag/one",
            "two_url": "http://environment/two",
        }

    @pytest.mark.parametrize("address", ["http://host", "https://host/{date:%Y}", "file:///folder"])
    def test_what_can_be_asked_is_taken(self, address):
        check_address(address)

    @pytest.mark.parametrize("address", ["", "host", "http://", "http://host/{}", "s3://bucket/x"])
    def test_what_cannot_be_asked_is_refused(self, address):
        with pytest.raises(ValueError, match=r"must begin with|names no host|can be filled in"):
            check_address(address)


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
