"""Git archives that are broken, rewritten or hostile: what was read stays, and each ends in time with a line.

Every case goes through a build: the command's where it counts what is said, otherwise one in this process, without
Dagster. What git makes of odd histories by itself belongs in `test_git.py`.
"""

import datetime as dt
import os
import random
import re
import shutil
import signal
import subprocess
import time
from collections.abc import Callable, Iterable, Mapping
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import NamedTuple

import pytest

from dagster_project.build import BuildRequest
from dagster_project.lake.raw import RawStore
from tests.integration.conftest import PAPERS, Papers
from tests.reliability.days import Paper, body_of
from tests.reliability.figures import Figure, tell
from tests.reliability.test_bad_disk import Disk, disk  # noqa: F401
from tests.reliability.test_kill import content, left_over, missing

PART = "Git archives"
DAY = dt.date(2025, 2, 21)
NOON = int(dt.datetime(2025, 2, 21, 12, tzinfo=dt.UTC).timestamp())
PATH = f"daily/{DAY}.json"
READ, NEW = 3, 5
"""The number of captures that a home holds before the damage, and of those that there are in the end."""
Observations = set[tuple[str, dt.datetime, int]]


def commit(
    number: int, body: bytes | None = None, *, path: str = PATH, time: object = None, ref: str = "main"
) -> bytes:
    """Return a commit for `git fast-import`: a capture with votes of its own, an hour after the one before."""
    body = body or body_of("huggingface", DAY, [Paper("2502.00001", 10 + number), Paper("2502.00002", number)])
    name = ref if ref.startswith("refs/") else f"refs/heads/{ref}"
    who = f"Ada <ada@example.org> {NOON + 3600 * number if time is None else time} +0000"
    lines = f"commit {name}\nauthor {who}\ncommitter {who}\ndata 1\nx\nM 100644 inline {path}\ndata {len(body)}\n"
    return lines.encode() + body + b"\n"


class Stranger:
    """A repository of somebody's."""

    def __init__(self, folder: Path, commits: Iterable[bytes] = ()) -> None:
        self.folder = folder
        subprocess.run(["git", "init", "--quiet", "--bare", "--initial-branch=main", folder], check=True)
        self.add(commits)

    def git(self, *command: str, given: bytes = b"") -> str:
        line = ["git", "-c", "user.name=a", "-c", "user.email=a", f"--git-dir={self.folder}", *command]
        return subprocess.run(line, input=given, capture_output=True, check=True).stdout.decode().strip()

    def add(self, commits: Iterable[bytes]) -> None:
        """Commit on top of the branches that there are."""
        tips = self.git("for-each-ref", "--format=%(refname)").split()
        with subprocess.Popen(
            ["git", f"--git-dir={self.folder}", "fast-import", "--quiet"], stdin=subprocess.PIPE
        ) as importer:
            assert importer.stdin
            for tip in tips:
                importer.stdin.write(f"reset {tip}\nfrom {tip}^0\n\n".encode())
            for one in commits:
                importer.stdin.write(one)
        assert importer.returncode == 0

    def commit_tree(self, *entries: tuple[str, bytes, str], time: str) -> None:
        """Commit a folder `daily` of (mode, name, object) on main, whatever git itself would say to it."""
        listed = b"".join(b"%s %s\0%s" % (mode.encode(), name, bytes.fromhex(one)) for mode, name, one in entries)
        tree = self.write("tree", b"40000 daily\0" + bytes.fromhex(self.write("tree", listed)))
        who = f"Ada <ada@example.org>{time}"
        parent = self.git("rev-parse", "main")
        text = f"tree {tree}\nparent {parent}\nauthor {who}\ncommitter {who}\n\nx\n"
        self.git("update-ref", "refs/heads/main", self.write("commit", text.encode()))

    def write(self, kind: str, body: bytes) -> str:
        return self.git("hash-object", "-t", kind, "-w", "--stdin", "--literally", given=body)

    def bundle(self, file: Path) -> Path:
        self.git("bundle", "create", "--quiet", str(file), "--all")
        return file


def captures(first: int, end: int) -> list[bytes]:
    return [commit(number) for number in range(first, end)]


class Reader(Papers):
    """The command on a home, with a list of archives."""

    def list_archives(self, urls: Mapping[str, object]) -> None:
        tables = [
            f'[[archive]]\nname = "{name}"\nurl = \'{url}\'\npath = "daily/{{date:%Y-%m-%d}}.json"\n'
            'format = "huggingface"\nlicence = "none"\n'
            for name, url in urls.items()
        ]
        file = self.home.with_name("archives.toml")
        file.write_text("\n".join(tables))
        self.env["PAPERS_ARCHIVES"] = str(file)

    def read(self, status: int = 0) -> tuple[str, float]:
        """Read all archives; return what was printed, and how many seconds it took."""
        started = time.monotonic()
        return self("build", "--source", "archive", status=status), time.monotonic() - started

    def read_in_silence(self) -> float:
        """Read all archives in this process; return how many seconds it took."""
        started = time.monotonic()
        self.build(BuildRequest(archives=()))
        return time.monotonic() - started

    def read_failing(self) -> dict[str, str]:
        """Read all archives, some of which fail; return what was said of those."""
        return find_failed(self.read()[0])

    def measure(self) -> tuple[str, float, int]:
        """Read all archives in a process of its own; return what was printed, its seconds and the most bytes it took.

        The processes of git count, too.
        """
        started = time.monotonic()
        with subprocess.Popen(
            [PAPERS, "build", "--source", "archive"],
            env=self.environment,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
        ) as process:
            assert process.stdout
            printed = process.stdout.read()
            _, status, used = os.wait4(process.pid, 0)
            process.returncode = os.waitstatus_to_exitcode(status)
        assert process.returncode == 0, printed
        assert "Traceback" not in printed
        return " ".join(printed.split()), time.monotonic() - started, used.ru_maxrss * 1024

    def observations(self) -> Observations:
        """Return all that was seen, by archive."""
        joined = "fact_observation JOIN dim_archive USING (archive_key) JOIN dim_paper USING (paper_key)"
        return set(self.rows(f"SELECT archive, observed_at, votes FROM {joined} WHERE arxiv_id = '2502.00001'"))

    def clone(self, name: str) -> Path:
        return self.home / "archives" / f"{name}.git"


def find_failed(printed: str) -> dict[str, str]:
    """Return what a build said of the archives that failed."""
    lines = re.split(r"\n(?=failed |skipped |check |\n)", printed)  # long ones are wrapped
    found = [re.fullmatch(r"failed +(\w+): (.+)", " ".join(line.split())) for line in lines]
    return {one[1]: one[2] for one in found if one}


def seen(name: str, numbers: Iterable[int]) -> Observations:
    """Return what captures of these numbers say."""
    noon = dt.datetime(2025, 2, 21, 12)
    return {(name, noon + dt.timedelta(hours=number), 10 + number) for number in numbers}


@pytest.fixture
def reader(tmp_path) -> Reader:
    return Reader(tmp_path / "home")


# What a repository may become. Each gets the repository, and the clone in the home.


def rewrite(stranger: Stranger, _clone: Path) -> None:
    stranger.git("update-ref", "refs/heads/main", "main~2")
    stranger.add(captures(READ, READ + 1))


def begin_anew(stranger: Stranger, _clone: Path) -> None:
    stranger.git("update-ref", "-d", "refs/heads/main")
    stranger.add(captures(READ, READ + 1))


def cut_off(stranger: Stranger, _clone: Path) -> None:
    stranger.git("update-ref", "refs/heads/main", "main~2")


def make_shallow(stranger: Stranger, _clone: Path) -> None:
    stranger.add(captures(READ, READ + 1))
    whole = stranger.folder.rename(stranger.folder.with_name(f"{stranger.folder.name} whole"))
    line = ["git", "clone", "--quiet", "--bare", "--depth=1", whole.as_uri(), stranger.folder]
    subprocess.run(line, check=True, env=os.environ | {"GIT_ALLOW_PROTOCOL": "file"})


def graft(stranger: Stranger, _clone: Path) -> None:
    stranger.add(captures(READ, READ + 1))
    tip = stranger.git("rev-parse", "main")
    stranger.git("replace", "main~1", "main~2")
    (stranger.folder / "info" / "grafts").write_text(f"{tip}\n")


def rename_branch(stranger: Stranger, _clone: Path) -> None:
    stranger.add(captures(READ, READ + 1))
    stranger.git("update-ref", "refs/heads/other", "main")
    stranger.git("update-ref", "-d", "refs/heads/main")


def drop_branch(stranger: Stranger, _clone: Path) -> None:
    stranger.git("update-ref", "-d", "refs/heads/main")


def remove_repository(stranger: Stranger, _clone: Path) -> None:
    shutil.rmtree(stranger.folder)


def replace_by_text(stranger: Stranger, _clone: Path) -> None:
    shutil.rmtree(stranger.folder)
    stranger.folder.write_text("It has moved.")


def remove_objects(stranger: Stranger, _clone: Path) -> None:
    shutil.rmtree(stranger.folder / "objects" / "pack")


def remove_clone(stranger: Stranger, clone: Path) -> None:
    stranger.add(captures(READ, READ + 1))
    shutil.rmtree(clone)


def remove_clone_and_repository(stranger: Stranger, clone: Path) -> None:
    shutil.rmtree(stranger.folder)
    shutil.rmtree(clone)


def spoil(pack: Path, first: int, last: int, mask: int | None = None) -> None:
    """Write zeros over a part of a pack, or flip the bits of a mask in it."""
    pack.chmod(0o644)
    body = bytearray(pack.read_bytes())
    for place in range(*slice(first, last).indices(len(body))):
        body[place] = 0 if mask is None else body[place] ^ mask
    pack.write_bytes(body)


def spoil_packs(stranger: Stranger, clone: Path) -> None:
    stranger.add(captures(READ, READ + 1))
    for pack in clone.rglob("*.pack"):
        spoil(pack, 20, -20)


def spoil_a_byte(stranger: Stranger, clone: Path) -> None:
    stranger.add(captures(READ, READ + 1))
    for pack in clone.rglob("*.pack"):
        middle = pack.stat().st_size // 2
        spoil(pack, middle, middle + 1, 0x10)


def cut_index(stranger: Stranger, clone: Path) -> None:
    stranger.add(captures(READ, READ + 1))
    for index in clone.rglob("*.idx"):
        index.chmod(0o644)
        index.write_bytes(index.read_bytes()[:100])


DAMAGES: Mapping[str, tuple[Callable[[Stranger, Path], None], str]] = {
    "rewritten and force-pushed": (rewrite, ""),
    "begun anew": (begin_anew, ""),
    "cut off": (cut_off, ""),
    "made shallow": (make_shallow, ""),
    "grafted": (graft, ""),
    "under another branch": (rename_branch, ""),
    "without a branch": (drop_branch, ""),
    "gone or moved": (remove_repository, "correct the address"),
    "replaced by a page": (replace_by_text, "correct the address"),
    "without its objects": (remove_objects, ""),
    "whose clone is removed": (remove_clone, ""),
    "gone, as is its clone": (remove_clone_and_repository, "correct the address"),
    "whose clone has zeroed packs": (spoil_packs, ""),
    "whose clone has a pack with a flipped bit": (spoil_a_byte, ""),
    "whose clone has a cut index": (cut_index, ""),
}
"""How a repository is found, what was done to it, and what is said then; where nothing is, its news are read."""
NO_NEWS = {"cut off", "without a branch", "without its objects"}


def test_what_was_read_of_a_repository_stays_whatever_becomes_of_it(reader, tmp_path):
    names = {f"a{number}": fault for number, fault in enumerate(DAMAGES)}
    strangers = {name: Stranger(tmp_path / name, captures(0, READ)) for name in names}
    reader.list_archives({name: one.folder for name, one in strangers.items()})
    reader.read_in_silence()
    before = reader.observations()
    assert before == set().union(*(seen(name, range(READ)) for name in names))
    for name, fault in names.items():
        DAMAGES[fault][0](strangers[name], reader.clone(name))
    failed = reader.read_failing()
    meanwhile = reader.observations()
    for name, fault in names.items():
        says = DAMAGES[fault][1]
        assert (name in failed) == bool(says), (fault, failed.get(name))
        assert failed.get(name, "").endswith(says), fault
        news = range(READ + (not says and fault not in NO_NEWS))
        assert {one for one in meanwhile if one[0] == name} == seen(name, news), fault
    for name in names:
        place = tmp_path / name
        subprocess.run(["rm", "-rf", place], check=True)
        Stranger(place, captures(0, NEW))
    recovery = reader.read_in_silence()
    after = reader.observations()
    wanted = {name: seen(name, range(NEW)) for name in names}
    assert after == set().union(*wanted.values())
    for name, fault in names.items():
        says = DAMAGES[fault][1]
        outcome = f"named, with the advice “{says}”" if says else "its news are read" * (fault not in NO_NEWS)
        lost = len({one for one in before if one[0] == name} - meanwhile) + len(wanted[name] - after)
        tell(Figure(PART, f"a repository {fault}", 1, lost, 0, recovery, outcome or "no news, and nothing to say"))


@pytest.mark.parametrize("cases", [6, pytest.param(100, marks=pytest.mark.long)])
def test_a_bundle_that_is_cut_or_flipped_is_named_and_a_good_one_goes_on(reader, tmp_path, cases):
    picks = random.Random(cases)  # noqa: S311
    stranger = Stranger(tmp_path / "repository", captures(0, READ))
    names = [f"{kind}{number}" for kind in ("cut", "flipped") for number in range(cases)]
    files = {name: tmp_path / f"{name}.bundle" for name in names}
    old = stranger.bundle(tmp_path / "old.bundle").read_bytes()
    stranger.add(captures(READ, NEW))
    new = stranger.bundle(tmp_path / "new.bundle").read_bytes()
    for file in files.values():
        file.write_bytes(old)
    reader.list_archives({**files, "whole": tmp_path / "new.bundle"})
    reader.read_in_silence()
    before = reader.observations()
    assert len(before) == READ * len(names) + NEW
    for name, file in files.items():
        body = bytearray(new)
        if name.startswith("cut"):
            del body[picks.randrange(len(body)) :]
        else:
            body[picks.randrange(len(body))] ^= 1 << picks.randrange(8)
        file.write_bytes(body)
    failed = reader.read_failing()
    meanwhile = reader.observations()
    wanted = set().union(*(seen(name, range(NEW)) for name in [*names, "whole"]))
    for file in files.values():
        file.write_bytes(new)
    recovery = reader.read_in_silence()
    after = reader.observations()
    for kind in ("cut", "flipped"):
        lost = len({one for one in before - meanwhile if one[0].startswith(kind)})
        lost += len({one for one in wanted ^ after if one[0].startswith(kind)})
        said = sum(name.startswith(kind) for name in failed)
        fault = "a bundle cut at some byte" if kind == "cut" else "a bundle with a flipped bit"
        outcome = f"{said} named, {cases - said} read to their end or without news"
        tell(Figure(PART, fault, cases, lost, len(meanwhile - wanted), recovery, outcome))
        assert said > 0
    assert before <= meanwhile <= wanted
    assert after == wanted


def test_captures_that_home_and_clone_have_lost_are_named_until_the_clone_is_made_anew(reader, tmp_path):
    Stranger(tmp_path / "bad", captures(0, READ))
    Stranger(tmp_path / "whole", captures(READ, NEW))  # one that reads the same captures would bring them back
    reader.list_archives({name: tmp_path / name for name in ("bad", "whole")})
    reader.read_in_silence()
    before, clone, raw = reader.observations(), reader.clone("bad"), RawStore(reader.home / "raw")
    [pack] = clone.rglob("*.pack")
    listed = subprocess.run(["git", "verify-pack", "-v", pack], capture_output=True, check=True, text=True).stdout
    body = bytearray(pack.read_bytes())
    for size, start in re.findall(r"(?m)^\w{40} blob +\d+ (\d+) (\d+)", listed):
        body[int(start) + int(size) // 2] ^= 0xFF
    pack.chmod(0o644)
    pack.write_bytes(body)
    shutil.rmtree(raw.packs)
    for _ in range(2):
        said = reader.read_failing()["bad"]
        assert said == f"{clone}: does not hold {READ} versions whole; remove that folder, then build again"
        assert reader.observations() == before
    shutil.rmtree(clone)
    recovery = reader.read_in_silence()
    lost = len(before ^ reader.observations())
    lost += len(raw.list_held()) - NEW
    outcome = "named until the clone is removed; its rows stay meanwhile"
    tell(Figure(PART, "captures damaged in the clone and gone from the home", READ, lost, 0, recovery, outcome))
    assert lost == 0


def hostile(stranger: Stranger) -> int:
    """Add paths, links, hooks and settings that want out; return how many."""
    names = [b"..", b"../../escape.json", b"/etc/escape", b"a\nb.json", b"\xff\xfe.json", b".git", b"x" * 4_000]
    names += [b"2025-02-30.json", b"2025-02-21.json\n", b"-2025-02-21.json", b"\x1b]0;title\x07.json"]
    blob = stranger.write("blob", b"not for us")
    for name in names:
        stranger.commit_tree(("100644", name, blob), time=" 1740200000 +0000")
    link = stranger.write("blob", b"/etc/passwd")
    stranger.commit_tree(("120000", b"2025-02-22.json", link), time=" 1740200000 +0000")
    stranger.commit_tree(("160000", b"2025-02-23.json", "1" * 40), time=" 1740200000 +0000")
    stranger.commit_tree(("40000", b"2025-02-24.json", stranger.write("tree", b"")), time=" 1740200000 +0000")
    ran = stranger.folder.with_name("ran")
    for hook in ("post-upload-pack", "reference-transaction", "post-checkout", "pre-receive", "post-update"):
        (stranger.folder / "hooks" / hook).write_text(f"#!/bin/sh\ntouch '{ran}'\n")
        (stranger.folder / "hooks" / hook).chmod(0o755)
    for name in ("uploadpack.packObjectsHook", "core.fsmonitor", "core.sshCommand", "filter.lfs.smudge"):
        stranger.git("config", name, f"touch '{ran}'")
    return len(names) + 3 + 5 + 4


ODD_TIMES = {
    " 0 +0000": "a paper's votes before it was listed",
    " 4102444800 +0000": "an observation from the future",
    " -5 +0000": "a commit without a time",
    " 99999999999999999999 +0000": "a commit without a time",
    "": "a commit without a time",
}
"""What stands behind a commit's author, and what it makes of a capture."""


def test_what_strangers_commit_is_but_bytes(reader, tmp_path):
    stranger = Stranger(tmp_path / "hostile", captures(0, READ))
    kinds = hostile(stranger)
    pointer = b"version https://git-lfs.github.com/spec/v1\noid sha256:" + b"0" * 64 + b"\nsize 5\n"
    modules = b'[submodule "m"]\n\tpath = daily\n\turl = ext::sh -c touch% ran\n'
    stranger.add(
        [
            commit(0, b"* filter=lfs diff=lfs merge=lfs -text\n", path=".gitattributes"),
            commit(0, modules, path=".gitmodules"),
            commit(1, pointer, path="daily/2025-02-25.json"),
            commit(NEW, path=PATH),
        ]
    )
    stranger.git("update-server-info")
    (tmp_path / "ran").unlink(missing_ok=True)
    timely = Stranger(tmp_path / "timely", captures(0, READ))
    for number, stated in enumerate(ODD_TIMES, start=100):
        body = body_of("huggingface", DAY, [Paper("2502.00001", number)])
        timely.commit_tree(("100644", f"{DAY}.json".encode(), timely.write("blob", body)), time=stated)
    around = sorted(path for path in tmp_path.iterdir() if path != reader.home)
    reader.list_archives({"hostile": stranger.folder, "timely": timely.folder})
    printed, seconds = reader.read()
    assert find_failed(printed) == {}
    assert set(tmp_path.iterdir()) == {*around, reader.home, tmp_path / "archives.toml"}
    assert not [path for path in reader.home.rglob("*") if re.search(r"escape|passwd|title|x{9}", path.name)]
    assert "\x1b]" not in printed
    wanted = seen("hostile", [*range(READ), NEW])
    found = {one for one in reader.observations() if one[0] == "hostile"}
    [lfs] = reader.rows("SELECT outcome, reason FROM meta_fetch WHERE path = 'daily/2025-02-25.json'")
    assert lfs == ("failed", "not JSON, where a JSON list of papers was due")
    outcome = f"nothing is run or written under such a name; the captures beside them are read, {seconds:.0f} s"
    lost = len(found ^ wanted)
    tell(
        Figure(
            PART, "paths, links, submodules, filters, LFS and hooks that want out", kinds + 3, lost, 0, None, outcome
        )
    )
    assert lost == 0
    of_time = {one for one in reader.observations() if one[0] == "timely"}
    future = ("timely", dt.datetime(2100, 1, 1), 101)
    lost = len(of_time ^ (seen("timely", range(READ)) | {future}))
    assert reader.one("SELECT count(*) FROM meta_reject WHERE rule = 'entry.captured_before_listed'") == 1
    assert reader.one("SELECT count(*) FROM meta_fetch WHERE reason = 'its commit states no time'") == 3
    assert reader.one("SELECT max(latest_votes) FROM dim_paper WHERE arxiv_id = '2502.00001'") == 10 + NEW
    outcome = "1970: a reject; 2100: kept and doubted; none: a failed attempt"
    tell(Figure(PART, "commits of 1970, of 2100, and without a time", len(ODD_TIMES), lost, 0, None, outcome))
    assert lost == 0


REFUSED = [
    *(
        "ext::sh -c touch% ran",
        "fd::17",
        "--upload-pack=touch ran",
        "git@127.0.0.1:x",
        "ssh://-oProxyCommand=touch ran/x",
    ),
    *("git://127.0.0.1/x", "ftp://127.0.0.1/x", "file://127.0.0.1/x", "http://-oProxyCommand=touch ran/x"),
]


def test_addresses_that_git_would_run_are_refused(reader, tmp_path):
    urls = {f"a{number}": url for number, url in enumerate(REFUSED)}
    whole = Stranger(tmp_path / "whole", captures(0, READ))
    reader.list_archives({**urls, "whole": whole.folder})
    failed = reader.read_failing()
    assert failed.keys() == urls.keys()
    assert all("correct the address" in text or "see what is wrong" in text for text in failed.values()), failed
    assert not list(tmp_path.rglob("ran*"))
    lost = len(reader.observations() ^ seen("whole", range(READ)))
    outcome = "each named, none run; the archive beside them is read"
    tell(Figure(PART, "addresses that git would run", len(urls), lost, 0, None, outcome))
    assert lost == 0


MIB = 1 << 20


def add_zeros(stranger: Stranger, count: int) -> None:
    """Add a file of so many MiB of zeros."""
    head = commit(READ, b"-").replace(b"data 1\n-\n", f"data {count * MIB}\n".encode())
    stranger.add([head, *([bytes(MIB)] * count), b"\n", commit(READ)])


def add_noise(stranger: Stranger, count: int) -> None:
    """Add a file of so many MiB that cannot be packed any smaller."""
    stranger.add([commit(READ, os.urandom(count * MIB), path="other")])


def add_bombs(stranger: Stranger, count: int) -> None:
    """Add so many versions of a day, each 16 MiB of almost nothing."""
    stranger.add(commit(READ, b"%016d" % number + bytes(16 * MIB - 16)) for number in range(count))


def add_commits(stranger: Stranger, count: int) -> None:
    """Add so many versions of a day."""
    stranger.add(commit(number) for number in range(READ, count))


def add_tags(stranger: Stranger, count: int) -> None:
    """Add so many tags of one commit."""
    tip = stranger.git("rev-parse", "main")
    (stranger.folder / "packed-refs").write_text("".join(f"{tip} refs/tags/{number:07}\n" for number in range(count)))


def add_tagged_commits(stranger: Stranger, count: int) -> None:
    """Add so many tags, each of a commit of its own."""
    stranger.add(commit(READ, ref=f"refs/tags/{number:07}", path=f"other/{number}") for number in range(count))


def add_folders(stranger: Stranger, depth: int) -> None:
    """Add folders that each hold the next one ten times."""
    tree = stranger.git("mktree", given=f"100644 blob {stranger.write('blob', b'x')}\tx\n".encode())
    for _ in range(depth):
        tree = stranger.git("mktree", given="".join(f"040000 tree {tree}\t{one}\n" for one in range(10)).encode())
    stranger.commit_tree(("40000", b"bomb", tree), time=" 1740200000 +0000")


class Bomb(NamedTuple):
    """What is added to a repository, how much of it, what is said then, and how many captures are read."""

    what: str
    add: Callable[[Stranger, int], None]
    size: int
    says: str
    taken: int


OUT_OF_TIME = r"failed +{name}: .*(not read in time|found nothing in \d+ seconds); .*leave it out"
TOGETHER = [
    Bomb("64 MiB of zeros", add_zeros, 64, "", READ + 1),
    Bomb("8 zlib bombs", add_bombs, 8, "skipped {name}: 4 versions of a day", READ),
    Bomb("2,000 commits of a file", add_commits, 2_000, "skipped {name}: 1,000 versions of a day", 1_000),
    Bomb("10,000 tags of a commit", add_tags, 10_000, "", READ),
    Bomb("500 tags of other commits", add_tagged_commits, 500, "", READ),
]
"""Bombs that one build reads, one after the other."""
LARGE = [
    (Bomb("2 GiB of zeros", add_zeros, 2048, "", READ + 1), {}),
    (Bomb("500 zlib bombs", add_bombs, 500, "skipped {name}: 496 versions of a day", READ), {}),
    (
        Bomb("1,000,000 commits of a file", add_commits, 1_000_000, "skipped {name}: 999,000 versions of a day", 1_000),
        {},
    ),
    (Bomb("100,000 tags of a commit", add_tags, 100_000, "", READ), {}),
    (Bomb("100,000 tags of other commits", add_tagged_commits, 100_000, OUT_OF_TIME, 0), {"TIMEOUT": "60"}),
]


@pytest.mark.parametrize(
    ("bombs", "limits"),
    [
        pytest.param(TOGETHER, {}, id="all that is done in time"),
        pytest.param(
            [
                Bomb("a bomb of folders", add_folders, 10, OUT_OF_TIME, READ),
                Bomb("a clone beyond its size", add_noise, 2, "{name}: .*larger than 1,000,000 bytes; allow more", 0),
            ],
            {"TIMEOUT": "4", "BYTES": "1MB"},
            id="past a limit",
        ),
        *(
            pytest.param([bomb], limits, id=bomb.what, marks=[pytest.mark.long, pytest.mark.timeout(3_000)])
            for bomb, limits in LARGE
        ),
    ],
)
def test_a_bomb_ends_in_time_and_memory(reader, tmp_path, bombs, limits):
    named = {f"bad{number}": bomb for number, bomb in enumerate(bombs)}
    strangers = {name: Stranger(tmp_path / name, captures(0, READ)) for name in ("whole", *named)}
    for name, bomb in named.items():
        bomb.add(strangers[name], bomb.size)
    reader.list_archives({name: one.folder for name, one in strangers.items()})
    reader.env |= {f"PAPERS_ARCHIVE_{name}": value for name, value in limits.items()}
    printed, seconds, memory = reader.measure()
    assert memory < 2_200 * MIB
    assert seconds < 30 + 2 * float(limits.get("TIMEOUT", 900))
    observed = reader.observations()
    assert {one for one in observed if one[0] == "whole"} == seen("whole", range(READ))
    assert left_over(reader.home) == []
    others = f", of {len(bombs)} such histories together" if len(bombs) > 1 else ""
    for name, bomb in named.items():
        assert re.search(bomb.says.format(name=name), printed), printed
        lost = len(seen(name, range(bomb.taken)) ^ {one for one in observed if one[0] == name})
        outcome = f"{bomb.taken:,} captures read in {seconds:.0f} s, with {memory / MIB:,.0f} MiB at most{others}"
        tell(Figure(PART, f"a history with {bomb.what}", 1, lost, 0, None, outcome))
        assert lost == 0


MOMENTS: Mapping[str, Callable[[Path], object]] = {
    "starts": lambda home: home.exists(),
    "clones": lambda home: any(home.glob("archives/*.new/objects/pack/*")),
    "reads": lambda home: any(home.glob("archives/*.git/refs/papers/tips/*")),
    "logs": lambda home: any(home.glob("raw/answer/*/*.parquet")),
    "has logged": lambda home: any(home.glob("raw/fetch/huggingface/*")),
    "parses": lambda home: any(home.glob("lake/entry/huggingface/*")),
}
"""What a build is at, and how that shows in its home."""


@pytest.mark.parametrize(
    ("rounds", "count", "moments"),
    [
        (1, 100, ["clones", "parses"]),
        pytest.param(20, 900, list(MOMENTS), marks=[pytest.mark.long, pytest.mark.timeout(3_000)]),
    ],
)
def test_a_build_that_is_killed_anywhere_in_a_history_is_mended_by_the_next(reader, tmp_path, rounds, count, moments):
    waits = random.Random(rounds)  # noqa: S311
    stranger = Stranger(tmp_path / "stranger", captures(0, count))
    stranger.add([commit(count, os.urandom(20 * MIB), path="other")])
    reader.list_archives({"whole": stranger.folder})
    reader.read_in_silence()
    wanted = content(reader.home)
    length = len(wanted["fact_observation"])
    assert length == 2 * count
    for moment in moments:
        lost, recovery, left = 0, 0.0, list[str]()
        for number in range(rounds):
            killed = Reader(tmp_path / f"{moment} {number}" / "home", dict(reader.env))
            killed.home.parent.mkdir()
            with killed.start("build", "--source", "archive") as build:
                while not MOMENTS[moment](killed.home):
                    assert build.poll() is None
                    time.sleep(0.002)
                time.sleep(waits.uniform(0, 0.3))
                build.send_signal(signal.SIGKILL)
                assert build.wait(60) == -signal.SIGKILL
            recovery = max(recovery, killed.read_in_silence())
            lost += missing(content(killed.home), wanted)
            left += left_over(killed.home)
            left += [str(path) for path in killed.home.joinpath("archives").iterdir() if path.suffix != ".git"]
            shutil.rmtree(killed.home.parent)
        outcome = "the next build says what one says that nobody disturbs"
        tell(Figure(PART, f"SIGKILL of a build that {moment}", rounds, lost, 0, recovery, outcome))
        assert (lost, left) == (0, [])


@pytest.mark.parametrize("sizes", [(2**14, 2**21), pytest.param(range(2**14, 2**24, 2**19), marks=pytest.mark.long)])
def test_a_disk_that_fills_up_while_a_history_comes_in_says_so(disk, tmp_path, sizes):  # noqa: F811
    stranger = Stranger(tmp_path / "stranger", captures(0, READ))
    reader = Reader(disk.folder / "home")
    reader.list_archives({"whole": stranger.folder})
    reader.read_in_silence()
    stranger.add([commit(READ, os.urandom(16 * MIB), path="other"), *captures(READ, NEW)])
    lost, said = 0, set[str]()
    for free in sizes:
        disk.leave(free)
        printed, _ = reader.read(status=1)
        said.add(printed.splitlines()[-1])
        lost += len(seen("whole", range(READ)) ^ reader.observations())
        disk.give_back()
    assert {
        line for line in said if not line.endswith("No space left on device; free some space, then try again")
    } == set()
    recovery = reader.read_in_silence()
    lost += len(seen("whole", range(NEW)) ^ reader.observations())
    outcome = "one line that says so; the old release is served meanwhile"
    tell(Figure(PART, "a disk with room for a part of a clone alone", len(sizes), lost, 0, recovery, outcome))
    assert lost == 0


def test_two_builds_at_once_read_a_history_once(reader, tmp_path):
    stranger = Stranger(tmp_path / "stranger", captures(0, READ))
    reader.list_archives({"whole": stranger.folder})
    with ThreadPoolExecutor(2) as at_once:
        printed = list(at_once.map(lambda _: reader.read()[0], range(2)))
    assert sum("Unchanged" in text for text in printed) == 1
    lost = len(seen("whole", range(READ)) ^ reader.observations())
    assert reader.one("SELECT count(*) FROM meta_fetch") == READ
    outcome = "one waits for the other; each capture is in the log once"
    tell(Figure(PART, "two builds at once, of one archive", 2, lost, 0, None, outcome))
    assert lost == 0
