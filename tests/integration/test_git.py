"""Histories of real repositories, as git makes them, and as nobody should."""

import datetime as dt
import http.server
import os
import resource
import signal
import socket
import subprocess
import sys
import threading
import time
import zlib
from collections import Counter
from collections.abc import Generator
from contextlib import contextmanager
from itertools import islice
from pathlib import Path
from typing import Any

import pytest

from dagster_project.errors import HistoryError
from dagster_project.sources import git
from dagster_project.sources.git import Version, list_tips, list_versions, read_blobs, update_clone
from tests.repository import START, Repository

ALL = [":(glob)**"]


@pytest.fixture
def remote(tmp_path) -> Repository:
    return Repository(tmp_path / "remote")


@pytest.fixture
def clone(tmp_path) -> Path:
    return tmp_path / "home" / "clone"


def update(url: object, clone: Path, **given: Any) -> Path:
    address = str(url.folder) if isinstance(url, Repository) else str(url)
    given = {"timeout": 60, "max_bytes": 100 << 20} | given
    update_clone(address, clone, **given)
    return clone


def read(clone: Path, paths=ALL, **given) -> list[tuple[str, str | None]]:
    """Every version's path and text, in their order."""
    versions = list(list_versions(clone, paths, **given))
    texts = {blob.name: blob.body for blob in read_blobs(clone, {v.blob for v in versions if v.blob}, 1 << 20)}
    return [(v.path, None if v.blob is None else (texts[v.blob] or b"?").decode()) for v in versions]


def git_of(clone: Path, *command: str) -> str:
    line = ["git", f"--git-dir={clone}", *command]
    return subprocess.run(line, capture_output=True, check=True, text=True).stdout.strip()


def test_every_version_is_read_with_its_commit_and_time(remote, clone):
    first = remote.commit({"a/1.json": "one", "b.txt": "-"})
    second = remote.commit({"a/1.json": "two", "a/2.json": "zwei"})
    remote.commit({"a/1.json": ""})
    fourth = remote.commit({"a/1.json": None})
    fifth = remote.commit({"a/1.json": "one"})
    update(remote, clone)
    versions = list(list_versions(clone, [":(glob)a/*.json"]))
    assert [(v.commit, v.path) for v in versions[:3]] == [
        (first, "a/1.json"),
        (second, "a/1.json"),
        (second, "a/2.json"),
    ]
    assert versions[0].committed_at == dt.datetime(2023, 11, 14, 22, 14, 20)
    assert versions[4] == Version(fourth, dt.datetime(2023, 11, 14, 22, 17, 20), "a/1.json", None)
    assert versions[5].commit == fifth
    assert versions[5].blob == versions[0].blob
    assert [text for _, text in read(clone, ["a/1.json"])] == ["one", "two", "?", None, "one"]
    assert list(list_versions(clone, [])) == []


def test_an_emptied_file_is_a_version_without_bytes(remote, clone):
    remote.commit({"a": "one"})
    remote.commit({"a": ""})
    update(remote, clone)
    last = list(list_versions(clone, ["a"]))[-1].blob or ""
    assert [(blob.size, blob.body) for blob in read_blobs(clone, [last, last], 0)] == [(0, b""), (0, b"")]


def test_a_path_means_itself_unless_it_is_a_pattern(remote, clone):
    remote.commit({"a*.md": "star", "ab.md": "b", "--all": "dashes", "x/1/1.md": "deep", ":!ab.md": "not"})
    update(remote, clone)
    assert read(clone, ["a*.md"]) == [("a*.md", "star")]
    assert read(clone, ["--all"]) == [("--all", "dashes")]
    assert read(clone, [":!ab.md"]) == [(":!ab.md", "not")]
    assert read(clone, ["x"]) == [("x/1/1.md", "deep")]
    assert read(clone, [":(glob)*/*.md"]) == []
    assert read(clone, [":(glob)a*.md", "ab.md"]) == [("a*.md", "star"), ("ab.md", "b")]
    for outside in ("../x", "/etc/passwd", ":(glob)../*"):
        with pytest.raises(HistoryError, match="outside"):
            read(clone, [outside])


def test_a_rename_deletes_one_file_and_makes_another(remote, clone):
    remote.commit({"old.md": "text\n" * 50})
    remote.git("mv", "old.md", "new.md")
    remote.commit()
    update(remote, clone)
    assert read(clone)[1:] == [("new.md", "text\n" * 50), ("old.md", None)]


def test_merges_add_only_what_is_in_none_of_their_parents(remote, clone):
    remote.commit({"a": "0", "b": "0", "c": "0"})
    remote.git("checkout", "--quiet", "-b", "side")
    remote.commit({"a": "side", "c": "side"})
    remote.git("checkout", "--quiet", "main")
    remote.commit({"b": "main", "c": "main"})
    remote.git("merge", "--quiet", "--no-commit", "--strategy=ours", "side")
    remote.git("checkout", "side", "--", "a")
    remote.commit({"c": "both", "d": "evil"})
    update(remote, clone)
    versions = read(clone)
    expected = [*((name, "0") for name in "abc"), ("a", "side"), ("c", "side"), ("b", "main"), ("c", "main")]
    assert Counter(versions) == Counter([*expected, ("c", "both"), ("d", "evil")])
    assert versions[-2:] == [("c", "both"), ("d", "evil")]


def test_a_merge_that_throws_a_side_away_hides_nothing_of_it(remote, clone):
    remote.commit({"a": "0"})
    remote.git("checkout", "--quiet", "-b", "side")
    remote.commit({"a": "side"})
    remote.git("checkout", "--quiet", "main")
    remote.commit({"a": "main"})
    remote.git("merge", "--quiet", "--strategy=ours", "side")
    remote.git("branch", "--quiet", "--delete", "--force", "side")
    update(remote, clone)
    assert Counter(read(clone, ["a"])) == Counter([("a", "0"), ("a", "side"), ("a", "main")])


def test_branches_that_were_never_merged_and_tags_are_read(remote, clone):
    remote.commit({"a": "0"})
    for kind in ("branch", "tag"):
        remote.git("checkout", "--quiet", "--orphan", kind)
        remote.commit({"a": kind})
    remote.git("tag", "--annotate", "--message=x", "v1")
    remote.git("checkout", "--quiet", "main")
    remote.git("branch", "--quiet", "--delete", "--force", "tag")
    remote.git("tag", "of-a-file", remote.write("blob", "x"))
    update(remote, clone)
    assert {text for _, text in read(clone)} == {"0", "branch", "tag"}
    update(remote, clone)
    assert len(list_tips(clone)) == 4  # the file's, too


def test_times_are_as_stated_and_parents_come_first(remote, clone):
    remote.commit({"a": "2"}, at=START)
    remote.commit({"a": "1"}, at=START - 5_000)
    remote.commit({"a": "3"}, at=4_102_444_800)
    update(remote, clone)
    assert [text for _, text in read(clone)] == ["2", "1", "3"]
    assert [v.committed_at and v.committed_at.year for v in list_versions(clone, ALL)] == [2023, 2023, 2100]


@pytest.mark.parametrize(
    ("stated", "year"),
    [("0", 1970), ("4102444800", 2100), ("253402300799", 9999)]
    + [(odd, None) for odd in ("253402300800", "18446744073709551615", "9" * 40, "-5", "abc")],
)
def test_a_time_that_is_none_is_none(remote, clone, stated, year):
    remote.commit_tree(("100644", "a", remote.write("blob", "x")), time=stated)
    (version,) = list_versions(update(remote, clone), ALL)
    assert (version.committed_at and version.committed_at.year) == year


def test_modes_links_and_submodules_make_no_version(remote, clone):
    blob, other = remote.write("blob", "target"), remote.write("blob", "other")
    commit = remote.commit_tree(("100644", "a", blob), ("120000", "link", blob), ("160000", "module", "1" * 40))
    parent = commit
    for entries in (
        [("100755", "a", blob), ("120000", "link", other), ("160000", "module", "2" * 40)],
        [("120000", "a", blob), ("100644", "link", other)],
        [],
    ):
        tree = remote.git("mktree", given="".join(f"{m} {'blob'} {o}\t{p}\n" for m, p, o in entries if m[:2] != "16"))
        parent = remote.point(remote.git("commit-tree", "-m", "x", "-p", parent, tree))
    update(remote, clone)
    assert read(clone) == [("a", "target"), ("a", None), ("link", "other"), ("link", None)]


def test_hostile_paths_are_but_text(remote, clone, tmp_path):
    blob = remote.write("blob", "x")
    names = [
        "a\nb",
        ":100644 100644 x",
        "\udcff\udcfe.md",
        '"quoted"',
        "..",
        ".git",
        "한국",
        "-z",
        " ",
        "a\\b",
        "\x1b[2J",
    ]
    commit = remote.commit_tree(*(("100644", name, blob) for name in sorted(names, key=os.fsencode)))
    tree = remote.write("tree", b"40000 ..\0" + bytes.fromhex(remote.git("rev-parse", f"{commit}^{{tree}}")))
    remote.point(remote.git("commit-tree", "-m", "x", tree))
    before = sorted(tmp_path.rglob("[!.]*"))
    update(remote, clone)
    assert {v.path for v in list_versions(clone, ALL)} == {f"../{name}" for name in names}
    assert [path for path in sorted(tmp_path.rglob("[!.]*")) if clone.parent not in [path, *path.parents]] == before


def test_a_second_read_lists_new_commits_only(remote, clone):
    remote.commit({"a": "1"})
    remote.git("branch", "side")
    update(remote, clone)
    known = list_tips(clone)
    assert list(list_versions(clone, ALL, known=known)) == []
    new = remote.commit({"a": "2"})
    remote.git("checkout", "--quiet", "side")
    old = remote.commit({"a": "old"}, at=START - 9_000)
    update(remote, clone)
    assert {v.commit for v in list_versions(clone, ALL, known=[*known, "f" * 40, "--all", "HEAD"])} == {new, old}
    assert len(list_tips(clone)) == 2


def test_an_update_without_news_moves_nothing(remote, clone):
    remote.commit({"a": "1"})
    update(remote, clone)
    before = {path: path.stat().st_ino for path in clone.rglob("*")}
    update(remote, clone)
    assert {path: path.stat().st_ino for path in clone.rglob("*")} == before


def rewrite_last(remote: Repository) -> None:
    remote.commit({"a": "amended"}, None, "--amend")


def restart(remote: Repository) -> None:
    remote.git("checkout", "--quiet", "--orphan", "anew")
    remote.commit({"a": "anew"})
    remote.git("branch", "--quiet", "--delete", "--force", "main")


def truncate(remote: Repository) -> None:
    remote.git("reset", "--quiet", "--hard", "HEAD~1")


def nest_a_branch(remote: Repository) -> None:
    remote.git("branch", "--move", "main", "main/2")


def be_made_again(remote: Repository) -> None:
    subprocess.run(["rm", "-rf", remote.folder], check=True)
    remote.__init__(remote.folder)


@pytest.mark.parametrize("change", [rewrite_last, restart, truncate, nest_a_branch, be_made_again])
def test_what_a_remote_rewrites_is_kept(remote, clone, change):
    remote.commit({"a": "1"})
    remote.commit({"a": "2"})
    update(remote, clone)
    old, known = read(clone), list_tips(clone)
    change(remote)
    update(remote, clone)
    git_of(clone, "gc", "--quiet", "--prune=now")
    assert old == [("a", "1"), ("a", "2")]
    assert not Counter(old) - Counter(read(clone))
    assert {text for _, text in read(clone, known=known)} <= {"amended", "anew"}
    later = remote.commit({"a": "later"})
    update(remote, clone)
    assert later in {v.commit for v in list_versions(clone, ALL, known=known)}
    assert not Counter(old) - Counter(read(clone))


def test_tips_that_newer_ones_contain_are_dropped(remote, clone):
    for number in range(5):
        remote.commit({"a": str(number)})
        update(remote, clone)
    rewrite_last(remote)
    remote.git("tag", "--annotate", "--message=x", "v1")
    update(remote, clone)
    assert len(list_tips(clone)) == 2
    assert len(read(clone)) == 6


def shallow(remote: Repository, folder: Path, depth: int = 2) -> Path:
    subprocess.run(["rm", "-rf", folder], check=True)
    remote.git("clone", "--quiet", f"--depth={depth}", f"file://{remote.folder}", str(folder))
    return folder


def test_a_shallow_history_is_read_and_grows_both_ways(remote, clone, tmp_path):
    for number in range(4):
        remote.commit({"a": str(number), "b": "b"})
    place = shallow(remote, tmp_path / "shallow")
    update(place, clone)
    assert read(clone) == [("a", "2"), ("b", "b"), ("a", "3")]
    known = list_tips(clone)
    remote.commit({"a": "4"})
    remote.git("-C", str(place), "pull", "--quiet")
    update(place, clone)
    assert read(clone, known=known) == [("a", "4")]
    remote.git("-C", str(place), "fetch", "--quiet", "--unshallow")
    update(place, clone)
    everything = [("a", "0"), ("b", "b"), *(("a", str(number)) for number in range(1, 5))]
    assert read(clone, known=known) == everything
    assert read(clone, known=list_tips(clone)) == []


def test_a_remote_that_becomes_shallow_takes_nothing_away(remote, clone, tmp_path):
    for number in range(3):
        remote.commit({"a": str(number)})
    update(remote, clone)
    known = list_tips(clone)
    update(shallow(remote, tmp_path / "shallow", 1), clone)
    assert read(clone, known=known) == []
    for number in range(3, 6):
        remote.commit({"a": str(number)})
    update(shallow(remote, tmp_path / "shallow", 1), clone)
    assert sorted(read(clone)) == [("a", "0"), ("a", "1"), ("a", "2"), ("a", "5")]
    assert read(clone, known=known) == [("a", "5")]
    update(remote, clone)
    assert [text for _, text in read(clone)] == list("012345")


@pytest.mark.parametrize("heads", [["--all"], ["HEAD"], ["main"]])
@pytest.mark.parametrize("scheme", ["", "file://"])
def test_a_bundle_is_cloned_and_a_longer_one_adds_to_it(remote, clone, tmp_path, heads, scheme):
    bundle = tmp_path / "ein bündel.bundle"
    address = bundle.as_uri() if scheme else bundle
    for number in range(3):
        remote.commit({"a": str(number)})
        remote.git("bundle", "create", "--quiet", str(bundle), *heads)
        update(address, clone)
        assert [text for _, text in read(clone)] == [str(each) for each in range(number + 1)]


def test_an_empty_repository_has_no_versions_yet(remote, clone):
    update(remote, clone)
    assert (list(list_versions(clone, ALL)), list_tips(clone)) == ([], [])
    remote.commit({"a": "1"})
    update(remote, clone)
    assert read(clone) == [("a", "1")]


def test_a_checkout_without_a_branch_is_read(remote, clone):
    remote.commit({"a": "1"})
    remote.git("checkout", "--quiet", "--detach")
    remote.commit({"a": "2"})
    assert read(update(remote, clone)) == [("a", "1"), ("a", "2")]


def test_nothing_of_a_remote_is_run(remote, clone, tmp_path, monkeypatch):
    ran = tmp_path / "ran"
    script = f"#!/bin/sh\ntouch '{ran}'\n"
    for hook in ("post-checkout", "reference-transaction", "post-upload-pack", "pre-auto-gc"):
        (remote.folder / ".git" / "hooks" / hook).write_text(script)
        (remote.folder / ".git" / "hooks" / hook).chmod(0o755)
    remote.commit(
        {
            ".gitattributes": "* filter=lfs diff=run\n",
            ".gitmodules": f'[submodule "m"]\n\tpath = m\n\turl = ext::sh -c "touch {ran}"\n',
            "big": "version https://git-lfs.github.com/spec/v1\noid sha256:00\nsize 1\n",
        }
    )
    ran.unlink(missing_ok=True)
    command = f"sh -c 'touch {ran}'"
    hostile = [
        *("uploadpack.packObjectsHook", "core.fsmonitor", "core.sshCommand", "core.pager", "core.alternateRefsCommand"),
        *("filter.lfs.smudge", "filter.lfs.process", "diff.run.textconv", "diff.external", "gpg.program"),
    ]
    mine = tmp_path / "mine"
    for name in hostile:
        remote.git("config", name, command)
        remote.git("config", "--file", str(mine), name, command)
    remote.git("config", "--file", str(mine), "log.showSignature", "true")
    monkeypatch.setenv("GIT_CONFIG_GLOBAL", str(mine))
    monkeypatch.setenv("GIT_CONFIG_SYSTEM", str(mine))
    monkeypatch.setenv("GIT_DIR", str(remote.folder))
    monkeypatch.setenv("GIT_EXTERNAL_DIFF", command)
    update(remote, clone)
    assert [path for path, _ in read(clone)] == [".gitattributes", ".gitmodules", "big"]
    assert not ran.exists()


def test_a_clone_has_no_config_but_ours(remote, clone, tmp_path):
    remote.commit({"a": "1"})
    update(remote, clone)
    good = (clone / "config").read_text()
    (clone / "config").write_text(f"{good}[core]\n    alternateRefsCommand = touch {tmp_path / 'ran'}\n")
    update(remote, clone)
    assert (clone / "config").read_text() == good


@pytest.mark.parametrize(
    "url", ["ext::sh -c true", "--upload-pack=touch x", "ssh://host/x", "git@host:x", "x", "file:x"]
)
def test_other_addresses_are_refused(clone, url):
    with pytest.raises(HistoryError, match="must begin with https://, http:// or file:///; correct the address"):
        update(url, clone)
    assert not clone.parent.exists()


def test_an_address_without_a_repository_is_named(clone, tmp_path):
    (tmp_path / "file").write_text("no repository")
    for place in (tmp_path / "nothing", tmp_path / "file", tmp_path):
        with pytest.raises(HistoryError) as caught:
            update(place.as_uri(), clone)
        assert str(caught.value).startswith(f"{place}: ")
        assert str(caught.value).endswith("; correct the address")
        assert "\n" not in str(caught.value)
        assert not list(clone.parent.iterdir())
    with pytest.raises(HistoryError, match=f"^{clone}: not a git repository"):
        list_tips(clone)
    with pytest.raises(HistoryError, match="build again"):
        list(read_blobs(clone, ["1" * 40], 10))


@contextmanager
def serve(folder: Path, status: int | None = None) -> Generator[tuple[str, list[str]]]:
    """Serve a folder on 127.0.0.1, and yield its address, and the paths that were asked for."""
    asked: list[str] = []

    class Handler(http.server.SimpleHTTPRequestHandler):
        def __init__(self, *given) -> None:
            super().__init__(*given, directory=str(folder))

        def do_GET(self) -> None:
            asked.append(self.path)
            if status is None:
                super().do_GET()
                return
            self.send_response(status)
            self.send_header("Location", "http://127.0.0.1:9/elsewhere/")
            self.send_header("WWW-Authenticate", "Basic realm=x")
            self.send_header("Content-Length", "0")
            self.end_headers()

        def log_message(self, format: str, *args: object) -> None:  # noqa: A002
            pass

    with http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler) as server:
        threading.Thread(target=server.serve_forever).start()
        try:
            yield f"http://127.0.0.1:{server.server_port}", asked
        finally:
            server.shutdown()


def test_http_is_read_without_redirects_and_shows_no_password(remote, clone):
    remote.commit({"a": "1"})
    remote.git("update-server-info")
    with serve(remote.folder) as (address, _):
        update(f"{address.replace('//', '//me:pass%20word@')}/.git", clone.with_name("x"))
        assert read(update(f"{address}/.git", clone)) == [("a", "1")]
    kept = b"".join(path.read_bytes() for path in clone.parent.rglob("*") if path.is_file())
    assert b"word" not in kept
    for status, advice in ((301, "moved"), (401, "password into it"), (404, "correct the address"), (500, "try again")):
        with serve(remote.folder, status) as (address, asked), pytest.raises(HistoryError, match=advice) as caught:
            update(f"{address.replace('//', '//me:pass%20word@')}/.git?token=secret", clone)
        assert asked
        assert not [secret for secret in ("me:", "word@", "pass%20", "secret") if secret in str(caught.value)]
    assert read(clone) == [("a", "1")]


def test_a_proxy_is_asked(clone, tmp_path):
    with serve(tmp_path) as (proxy, asked), pytest.raises(HistoryError):
        update("http://repository.example/x", clone, variables={"http_proxy": proxy})
    assert asked[0].startswith("http://repository.example/x/info/refs")


def test_git_gets_our_certificates_and_nothing_of_its_own(clone, tmp_path, monkeypatch):
    told = tmp_path / "git"
    told.write_text('#!/bin/sh\necho "fatal: $GIT_SSL_CAINFO,$GIT_SSL_CAPATH,$GIT_DIR,$GIT_SSH,$HOME" >&2\nexit 1\n')
    told.chmod(0o755)
    monkeypatch.setenv("PATH", str(tmp_path), prepend=os.pathsep)
    monkeypatch.setenv("GIT_DIR", "elsewhere")
    monkeypatch.setenv("GIT_SSH", "elsewhere")
    monkeypatch.setenv("SSL_CERT_DIR", "/certificates")
    with pytest.raises(HistoryError, match=r": ours\.pem,/certificates,,,/dev/null; see"):
        update("https://host.example/x", clone, variables={"SSL_CERT_FILE": "ours.pem"})


def test_a_clone_stays_below_its_size(remote, clone):
    remote.commit({"a": "small"})
    update(remote, clone)
    (remote.folder / "big").write_bytes(os.urandom(20 << 20))
    remote.commit()
    other = clone.with_name("other")
    for place in (clone, other):
        with pytest.raises(HistoryError, match="larger than 5,000,000 bytes; allow more, or leave it out"):
            update(remote, place, max_bytes=5_000_000)
    assert read(clone) == [("a", "small")]
    assert [path.name for path in clone.parent.iterdir()] == [clone.name]
    assert sum(path.stat().st_size for path in clone.rglob("*")) < 100_000
    update(remote, clone)
    assert len(read(clone)) == 2


def test_a_silent_remote_is_left(clone):
    with socket.create_server(("127.0.0.1", 0)) as silent:
        address = f"http://127.0.0.1:{silent.getsockname()[1]}/x"
        with pytest.raises(HistoryError, match="not read in time; allow more time"):
            update(address, clone, timeout=0.5)


def test_a_large_blob_is_not_read(remote, clone):
    remote.commit({"a": "1", "b": "x" * 1001, "c": "x" * 1000})
    update(remote, clone)
    one, big, fits = (v.blob or "" for v in list_versions(clone, ALL))
    tree = git_of(clone, "rev-parse", f"{list_tips(clone)[0]}^{{tree}}")
    blobs = list(read_blobs(clone, iter([one, big, "1" * 40, tree, fits, one]), 1000))
    assert [blob.size for blob in blobs] == [1, 1001, None, None, 1000, 1]
    assert [blob.body for blob in blobs] == [b"1", None, None, None, b"x" * 1000, b"1"]
    with pytest.raises(ValueError, match="name of an object"):
        list(read_blobs(clone, ["HEAD\n"], 1))


def test_a_damaged_object_costs_itself_alone(remote, clone):
    remote.commit({"a": "1" * 5000, "b": "2"})
    update(remote, clone)
    bad, good = (v.blob or "" for v in list_versions(clone, ALL))
    damaged = clone / "objects" / bad[:2] / bad[2:]
    damaged.parent.mkdir()
    pack = next(clone.rglob("*.pack"))
    body = pack.read_bytes()
    git_of(clone, "cat-file", "-s", bad)
    for path in clone.rglob("pack-*"):
        path.chmod(0o644)
        path.rename(clone.parent / path.name)
    subprocess.run(
        ["git", f"--git-dir={clone}", "unpack-objects", "-q"], input=body, check=True, stdout=subprocess.DEVNULL
    )
    damaged.chmod(0o644)
    damaged.write_bytes(zlib.compress(b"blob 5000\0" + b"1" * 5000)[:-8])
    assert [(b.size, b.body) for b in read_blobs(clone, [bad, good], 10_000)] == [(None, None), (1, b"2")]


def remove_objects(clone: Path) -> None:
    for path in (clone / "objects" / "pack").iterdir():
        path.unlink()


def cut_pack(clone: Path) -> None:
    pack = next(clone.rglob("*.pack"))
    pack.chmod(0o644)
    pack.write_bytes(pack.read_bytes()[:-60])


def empty_refs(clone: Path) -> None:
    for path in (clone / "refs" / "papers" / "tips").iterdir():
        path.write_text("")


def remove_frame(clone: Path) -> None:
    (clone / "HEAD").unlink()
    (clone / "config").write_bytes(b"\0\0\0")


def leave_locks(clone: Path) -> None:
    for name in ("config.lock", "packed-refs.lock", "shallow.lock", "objects/pack/tmp_pack_x"):
        (clone / name).write_text("")
    tip = next((clone / "refs" / "papers" / "tips").iterdir())
    tip.with_name(f"{tip.name}.lock").write_text("")


def replace_by_a_file(clone: Path) -> None:
    subprocess.run(["rm", "-rf", clone], check=True)
    clone.write_text("")


@pytest.mark.parametrize(
    "damage",
    [remove_objects, cut_pack, empty_refs, remove_frame, leave_locks, replace_by_a_file],
    ids=lambda d: d.__name__,
)
def test_a_damaged_clone_is_repaired_or_made_anew(remote, clone, damage):
    remote.commit({"a": "1"})
    update(remote, clone)
    damage(clone)
    remote.commit({"a": "2"})
    assert read(update(remote, clone)) == [("a", "1"), ("a", "2")]
    assert [path.name for path in clone.parent.iterdir()] == [clone.name]
    assert not [path for path in clone.rglob("*") if path.suffix == ".lock" or path.name.startswith("tmp_")]


def test_a_killed_update_leaves_a_clone_that_the_next_one_completes(remote, clone):
    remote.commit({"a": "1"})
    update(remote, clone)
    for number in range(4):
        (remote.folder / "big").write_bytes(os.urandom(3 << 20))
        remote.commit({"a": str(number)})
    script = f"""
from pathlib import Path
from dagster_project.sources.git import update_clone
print(flush=True)
update_clone({str(remote.folder)!r}, Path({str(clone)!r}), timeout=60, max_bytes=1 << 30)
"""
    for wait in (0.0, 0.02, 0.05, 0.1, 0.2):
        with subprocess.Popen([sys.executable, "-c", script], stdout=subprocess.PIPE) as process:
            assert process.stdout
            process.stdout.readline()
            time.sleep(wait)
            process.send_signal(signal.SIGKILL)
        assert ("a", "1") in read(clone)
    update(remote, clone, max_bytes=1 << 30)
    assert len(read(clone)) == len(read(update(remote, clone.with_name("other"))))


def test_a_limit_ends_after_a_commit_from_which_the_next_read_goes_on(remote, clone):
    for number in range(5):
        remote.commit({"a": str(number), "b": str(number)})
    update(remote, clone)
    known, found = [], []
    while part := list(list_versions(clone, ALL, known=known, limit=3)):
        assert len(part) in (2, 4)
        found += part
        known.append(part[-1].commit)
    assert found == list(list_versions(clone, ALL))
    with pytest.raises(HistoryError, match="changes more than 1 files"):
        list(list_versions(clone, ALL, limit=1))


def test_a_reader_that_stops_leaves_no_process(remote, clone):
    remote.commit({str(number): "x" for number in range(3_000)})
    update(remote, clone)
    assert len(list(islice(list_versions(clone, ALL), 2))) == 2
    line = ["ps", "--ppid", str(os.getpid()), "-o", "comm="]
    assert "git" not in subprocess.run(line, check=True, capture_output=True, text=True).stdout.split()


def test_a_bomb_of_folders_ends_in_time_and_memory(remote, clone, monkeypatch):
    tree = remote.git("mktree", given=f"100644 blob {remote.write('blob', 'x')}\tx\n")
    for _ in range(10):
        tree = remote.git("mktree", given="".join(f"040000 tree {tree}\t{letter}\n" for letter in "abcdefghij"))
    remote.point(remote.git("commit-tree", "-m", "x", tree))
    update(remote, clone)
    for path in (":(glob)**/y", ":(glob)**"):
        with pytest.raises(HistoryError, match="found nothing in 1 seconds; leave it out"):
            list(list_versions(clone, [path], timeout=1))
    if hasattr(resource, "prlimit"):
        monkeypatch.setattr(git, "MEMORY", 100 << 20)
        with pytest.raises(HistoryError, match=r"(?i)out of memory.*; leave it out"):
            list(list_versions(clone, ALL))


def test_git_must_be_installed(clone, monkeypatch):
    monkeypatch.setenv("PATH", str(clone))
    with pytest.raises(HistoryError, match="git is not installed; install it"):
        update(clone, clone)


def test_the_public_archives_give_every_version(shared_data, clone):
    bundles = sorted((shared_data / "archives").glob("*.bundle"))
    if not bundles:
        pytest.skip(f"no git archives in {shared_data}")
    for bundle in bundles:
        place = update(bundle.as_uri(), clone.with_name(bundle.stem))
        found = list(list_versions(place, ALL))
        assert {(v.commit, v.path, v.blob) for v in found} == list_by_trees(place)
        assert len(found) == len(set(found))
        sizes = [blob.size for blob in read_blobs(place, (v.blob for v in found if v.blob), 1 << 30) if blob.body]
        assert len(sizes) > 150
        assert read(update(bundle, place), known=list_tips(place)) == []


def list_by_trees(clone: Path) -> set[tuple[str, str, str | None]]:
    """Every change from a commit's only parent, by comparing whole trees."""
    changes: set[tuple[str, str, str | None]] = set()
    trees: dict[str, dict[str, str]] = {"": {}}
    for line in git_of(clone, "rev-list", "--all", "--parents", "--topo-order", "--reverse").splitlines():
        commit, _, parent = line.partition(" ")
        listed = git_of(clone, "ls-tree", "-r", "-z", commit).split("\0")
        tree = trees[commit] = {
            path: entry.split()[2] for entry, _, path in (each.partition("\t") for each in listed if each)
        }
        changes |= {(commit, path, blob) for path, blob in tree.items() if trees[parent].get(path) != blob}
        changes |= {(commit, path, None) for path in trees[parent].keys() - tree.keys()}
    return changes
