"""Settings: where they are read from, and what they refuse in one line."""

import os
from pathlib import Path

import pytest

from dagster_project import config
from dagster_project.config import (
    check_address,
    describe_stray_file,
    drop_empty_variables,
    list_given_addresses,
    load_settings,
)
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
    monkeypatch.setattr(config, "ENV_FILE", tmp_path / ".env")
    monkeypatch.setenv("PAPERS_CONCURRENCY", "3")
    settings = load_settings()
    assert (settings.attempts, settings.concurrency) == (2, 3)


@pytest.mark.parametrize("empty", ["", " ", "\t"])
def test_an_empty_variable_is_one_that_nobody_set(monkeypatch, empty):
    monkeypatch.setenv("PAPERS_ATTEMPTS", empty)
    monkeypatch.setenv("PAPERS_HOME", empty)
    settings = load_settings()
    assert (settings.attempts, settings.home.name) == (4, "warehouse")


def test_libraries_do_not_see_empty_variables_either(monkeypatch):
    for name in ("TZ", "HTTPS_PROXY", "SSL_CERT_FILE"):
        monkeypatch.setenv(name, "")
    monkeypatch.setenv("LANG", "C")
    drop_empty_variables()
    assert not {"TZ", "HTTPS_PROXY", "SSL_CERT_FILE"} & os.environ.keys()
    assert os.environ["LANG"] == "C"


@pytest.mark.parametrize("accepted", ["a check", "check=", "check=some", "check;other"])
def test_what_is_accepted_is_a_list_of_names(accepted):
    with pytest.raises(SettingsError, match=r"^PAPERS_ACCEPTED: must be names with commas between"):
        load_settings(accepted=accepted)


@pytest.mark.parametrize("name", ["PAPERS_MAX_AGE", "PAPERS_MAX_SILENCE", "PAPERS_MAX_QUIET"])
@pytest.mark.parametrize("value", ["0", "-1", "1e9", "inf", "nan"])
def test_a_limit_is_a_time_that_can_be_counted(monkeypatch, name, value):
    monkeypatch.setenv(name, value)
    with pytest.raises(SettingsError, match=rf"^{name}: "):
        load_settings()


class TestFiles:
    """The `.env` of the checkout and of the home, and no other."""

    @pytest.fixture
    def checkout(self, tmp_path, monkeypatch):
        folder = tmp_path / "checkout"
        folder.mkdir()
        monkeypatch.setattr(config, "ENV_FILE", folder / ".env")
        return folder

    @pytest.fixture
    def home(self, tmp_path):
        folder = tmp_path / "home"
        folder.mkdir()
        return folder

    @pytest.fixture
    def here(self, tmp_path, monkeypatch):
        """The folder in which the command is typed."""
        folder = tmp_path / "here"
        folder.mkdir()
        monkeypatch.chdir(folder)
        return folder

    def test_the_environment_comes_first_then_the_home_then_the_checkout(self, checkout, home, monkeypatch):
        (checkout / ".env").write_text(
            "PAPERS_ATTEMPTS=1\nPAPERS_CONCURRENCY=1\nPAPERS_LEASE=1\nPAPERS_ONE_URL=http://1"
        )
        (home / ".env").write_text("PAPERS_ATTEMPTS=2\nPAPERS_CONCURRENCY=2\nPAPERS_ONE_URL=http://2")
        monkeypatch.setenv("PAPERS_ATTEMPTS", "3")
        settings = load_settings(home=home)
        assert (settings.attempts, settings.concurrency, settings.lease) == (3, 2, 1)
        assert settings.addresses == {"one_url": "http://2"}

    def test_the_home_is_found_in_the_checkouts_file_and_not_in_its_own(self, checkout, home):
        (checkout / ".env").write_text(f"PAPERS_HOME={home}\n")
        (home / ".env").write_text("PAPERS_HOME=/elsewhere\nPAPERS_ATTEMPTS=2\n")
        settings = load_settings()
        assert (settings.home, settings.attempts) == (home, 2)

    def test_a_folder_in_the_checkouts_file_is_relative_to_the_checkout(self, checkout, here):
        (checkout / ".env").write_text("PAPERS_HOME=data\nPAPERS_LOCAL=local\n")
        settings = load_settings()
        assert (settings.home, settings.local) == (checkout / "data", checkout / "local")
        assert load_settings(home="data").home == here / "data"

    def test_an_empty_variable_lets_the_file_speak(self, checkout, monkeypatch):
        (checkout / ".env").write_text("PAPERS_ATTEMPTS=2\nPAPERS_CONCURRENCY=\n")
        monkeypatch.setenv("PAPERS_ATTEMPTS", "")
        settings = load_settings()
        assert (settings.attempts, settings.concurrency) == (2, 8)

    @pytest.mark.parametrize(
        "written",
        [
            b"\xef\xbb\xbfPAPERS_ATTEMPTS=2\r\nPAPERS_ENGINE=duckdb\r\n",
            b"PAPERS_ATTEMPTS=2\rPAPERS_ENGINE=duckdb\r",
            b"export PAPERS_ATTEMPTS='2'\n# \xed\x95\x9c\n",
        ],
        ids=["BOM and CRLF", "CR", "a shell's"],
    )
    def test_editors_of_every_system_write_it(self, checkout, written):
        (checkout / ".env").write_bytes(written)
        assert load_settings().attempts == 2

    @pytest.mark.parametrize("encoding", ["utf-16", "utf-16-le", "utf-16-be", "utf-32", "latin-1", "cp949"])
    def test_any_other_encoding_is_refused_by_the_files_name(self, home, encoding):
        (home / ".env").write_bytes("PAPERS_ATTEMPTS=2 # é한".encode(encoding, "ignore"))
        with pytest.raises(SettingsError, match=r"/home/\.env is not UTF-8; save it as UTF-8$"):
            load_settings(home=home)

    def test_a_folder_of_that_name_is_no_file(self, home):
        (home / ".env").mkdir()
        assert load_settings(home=home).attempts == 4

    def test_the_folder_of_the_command_sets_nothing(self, here, home):
        (here / ".env").write_text("PAPERS_ATTEMPTS=2\nPAPERS_DIGEST_URL=http://stranger/{date}\nHF_TOKEN=hf_x\n")
        settings = load_settings(home=home)
        assert (settings.attempts, settings.addresses, settings.hf_token) == (4, {}, None)

    def test_it_is_said_what_a_strangers_file_would_have_set_and_where_to_put_it(self, here, home):
        hidden = "PAPERS_DIGEST_URL=http://me:word@stranger/{date}\nHF_TOKEN=hf_hidden\n"
        (here / ".env").write_text(f"\ufeffPAPERS_HOME=/their/home\nPAPERS_ATTEMPTS=2\n{hidden}OTHER=1\n", "utf-8")
        assert describe_stray_file(load_settings(home=home)) == (
            f"{here}/.env is not read; it sets PAPERS_HOME=/their/home, PAPERS_ATTEMPTS, PAPERS_DIGEST_URL, HF_TOKEN. "
            f"Settings belong in {home}/.env, PAPERS_HOME in the environment"
        )

    def test_a_strangers_file_shows_no_variable_of_the_environment(self, here, home, monkeypatch):
        monkeypatch.setenv("HF_TOKEN", HIDDEN)
        (here / ".env").write_text("PAPERS_HOME=/x/${HF_TOKEN}\n")
        assert HIDDEN not in str(describe_stray_file(load_settings(home=home)))

    @pytest.mark.parametrize("text", [None, "OTHER=1\n", "PAPERS_HOME=\n"])
    def test_nothing_is_said_of_a_file_that_is_not_about_us(self, here, home, text):
        if text is not None:
            (here / ".env").write_text(text)
        assert describe_stray_file(load_settings(home=home)) is None

    def test_nothing_is_said_of_a_file_that_is_read(self, home, monkeypatch):
        (home / ".env").write_text("PAPERS_ATTEMPTS=2\n")
        monkeypatch.chdir(home)
        assert describe_stray_file(load_settings(home=home)) is None

    def test_addresses_that_a_file_sets_are_named(self, checkout, home, monkeypatch):
        (checkout / ".env").write_text("PAPERS_ONE_URL=http://1\nPAPERS_TWO_URL=http://2\n")
        (home / ".env").write_text("PAPERS_ATTEMPTS=1\n")
        monkeypatch.setenv("PAPERS_TWO_URL", "http://3")
        assert list_given_addresses(home) == {checkout / ".env": ["PAPERS_ONE_URL"]}


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
        (
            "PAPERS_HOME",
            "/home/caf\udce9",
            "its path is not UTF-8, as DuckDB and Parquet need it; choose another folder",
        ),
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
        monkeypatch.setattr(config, "ENV_FILE", tmp_path / ".env")
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

    def test_they_are_not_shown_with_the_settings(self):
        assert "word" not in repr(load_settings(addresses={"one_url": "http://me:word@host"}))

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
