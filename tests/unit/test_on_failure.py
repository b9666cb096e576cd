"""The user's command for failures: what it gets, what it does not, and that it changes nothing."""

import json
import shlex
import sys
import time

import psutil
import pytest

from dagster_project import on_failure
from dagster_project.config import load_settings
from dagster_project.errors import PapersError, SettingsError
from dagster_project.on_failure import LONGEST, tell, tell_failures

SAY = "import json, os, sys; json.dump([sys.stdin.read(), dict(os.environ), sys.argv], open({!r}, 'a'))"


def python(code):
    return shlex.join([sys.executable, "-c", code])


def settings_of(tmp_path, command, **more):
    return load_settings(home=tmp_path / "home", on_failure=command, **more)


@pytest.fixture
def said(tmp_path):
    """The file that the command writes, and the command."""
    file = tmp_path / "said"
    return file, python(SAY.format(str(file)))


@pytest.fixture
def warned(caplog):
    """Return the warnings that were logged, once each."""
    on_failure.warn.cache_clear()
    return lambda: [record.getMessage() for record in caplog.records]


def read(file):
    return json.loads(file.read_text())


def test_it_gets_the_problem_and_the_home(said, tmp_path, warned):
    file, command = said
    tell(settings_of(tmp_path, f"{command} 'two words' $HOME '|' cat"), "the \x1b[2J\x9b\u202edisk\nis full")
    stdin, environment, arguments = read(file)
    assert stdin == "the [2J disk is full\n"
    assert (environment["PAPERS_PROBLEM"], environment["PAPERS_HOME"]) == (
        "the [2J disk is full",
        str(tmp_path / "home"),
    )
    assert arguments[1:] == ["two words", "$HOME", "|", "cat"]
    assert warned() == []


def test_no_secret_is_in_its_environment_or_in_the_line(said, tmp_path, monkeypatch):
    file, command = said
    secrets = {
        "HF_TOKEN": "hf_s3cret",
        "HTTPS_PROXY": "http://user:s3cret@proxy.example",
        "https_proxy": "http://user:s3cret@proxy.example",
        "PAPERS_DIGEST_URL": "https://user:s3cret@digests.example/{date}",
        "PAPERS_ON_FAILURE": "curl https://chat.example/s3cret",
        "AWS_SECRET_ACCESS_KEY": "s3cret",
        "DAGSTER_POSTGRES_URL": "postgresql://dagster:s3cret@127.0.0.1/dagster",
    }
    for name, value in secrets.items():
        monkeypatch.setenv(name, value)
    monkeypatch.setenv("LC_ALL", "C.UTF-8")
    tell(settings_of(tmp_path, command), "403 for the token hf_s3cret")
    stdin, environment, _ = read(file)
    assert "s3cret" not in repr((stdin, environment))
    assert not secrets.keys() & environment.keys()
    assert stdin == "403 for the token ***\n"
    assert {"PATH", "LC_ALL"} <= environment.keys()


def test_a_long_problem_is_cut_to_what_a_pipe_takes(said, tmp_path):
    file, command = said
    tell(settings_of(tmp_path, command), "long " * 20_000 + "\0")
    stdin, environment, _ = read(file)
    assert len(stdin) == LONGEST + 1
    assert stdin == environment["PAPERS_PROBLEM"] + "\n"
    assert stdin.endswith(" …\n")


def test_one_that_reads_nothing_has_not_failed(tmp_path, warned):
    tell(settings_of(tmp_path, "true"), "x" * LONGEST)
    assert warned() == []


@pytest.mark.parametrize(
    ("command", "warning"),
    [
        ("/no/such/command --to me", "PAPERS_ON_FAILURE: /no/such/command cannot be run: No such file or directory"),
        ("false", "PAPERS_ON_FAILURE: false failed (exit status 1)"),
        ("sh -c 'kill -9 $$'", "PAPERS_ON_FAILURE: sh failed (exit status -9)"),
    ],
)
def test_its_own_failure_is_a_warning(tmp_path, warned, command, warning):
    tell(settings_of(tmp_path, command), "it failed")
    assert warned() == [warning]


def test_one_that_hangs_is_stopped_with_all_that_it_started(tmp_path, warned, monkeypatch):
    monkeypatch.setattr(on_failure, "PATIENCE", 0.5)
    file = tmp_path / "child"
    began = time.monotonic()
    tell(settings_of(tmp_path, f"sh -c 'sleep 60 & echo $! > {file}; wait'"), "it failed")
    assert time.monotonic() - began < 10
    assert warned() == ["PAPERS_ON_FAILURE: sh did not end in 0.5 s, and was stopped"]
    child = int(file.read_text())
    end = time.monotonic() + 10
    while is_running(child) and time.monotonic() < end:
        time.sleep(0.02)
    assert not is_running(child)


def is_running(pid):
    try:
        return psutil.Process(pid).status() != psutil.STATUS_ZOMBIE
    except psutil.NoSuchProcess:
        return False


def test_a_failure_is_told_once_on_its_way_up_and_goes_on(said, tmp_path):
    file, command = said
    settings = settings_of(tmp_path, command)
    error = PapersError("it failed; do something")
    with (
        pytest.raises(PapersError) as raised,
        tell_failures(lambda: settings),
        tell_failures(lambda: settings),
    ):
        raise error
    assert raised.value is error
    assert read(file)[0] == "it failed; do something\n"
    file.unlink()
    with pytest.raises(KeyError), tell_failures(lambda: settings):
        raise KeyError("x")
    assert read(file)[0] == "unexpected KeyError: 'x'\n"


def test_an_interrupt_is_not_told_nor_is_what_goes_well(said, tmp_path):
    file, command = said
    settings = settings_of(tmp_path, command)
    with tell_failures(lambda: settings):
        pass
    with pytest.raises(KeyboardInterrupt), tell_failures(lambda: settings):
        raise KeyboardInterrupt
    assert not file.exists()


def test_without_settings_the_failure_itself_is_raised():
    def load():
        raise SettingsError("wrong")

    with pytest.raises(ValueError, match="its own"), tell_failures(load):
        raise ValueError("its own")


def test_without_a_command_nothing_is_run(tmp_path):
    settings = load_settings(home=tmp_path)
    with pytest.raises(ValueError, match="its own") as raised, tell_failures(lambda: settings):
        raise ValueError("its own")
    assert not hasattr(raised.value, "__notes__")
    tell(settings, "nothing happens")


@pytest.mark.parametrize(("command", "why"), [("mail 'me", "No closing quotation"), ("''", "names no command")])
def test_what_is_no_command_is_refused(command, why):
    with pytest.raises(SettingsError, match=rf"^PAPERS_ON_FAILURE: .*{why}"):
        load_settings(on_failure=command)


def test_a_home_names_no_command(tmp_path):
    (tmp_path / ".env").write_text("PAPERS_ON_FAILURE='rm -rf /'\n")
    with pytest.raises(SettingsError, match=r"\.env sets PAPERS_ON_FAILURE, a command; set it in the environment"):
        load_settings(home=tmp_path)


def test_the_environment_names_one(monkeypatch):
    monkeypatch.setenv("PAPERS_ON_FAILURE", "mail -s papers me@example.org")
    assert load_settings().on_failure == "mail -s papers me@example.org"
    assert "example.org" not in repr(load_settings())
