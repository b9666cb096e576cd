"""The container image: built and run where an engine has its base image, otherwise its steps are done without one.

Then the steps of `deploy/Dockerfile` fill a folder, which becomes the root file system of processes of another user, in
mount and network namespaces of their own. Of the base image only Python, git and libraries are there: this machine's.
"""

import json
import os
import re
import shlex
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import pytest

from dagster_project.config import CHECKOUT
from tests.integration.conftest import wait_until
from tests.integration.test_wheel import give_up, list_files, run_uv, wheel  # noqa: F401

pytestmark = pytest.mark.wheel

FILE = CHECKOUT / "deploy" / "Dockerfile"
KNOWN = {"ARG", "FROM", "COPY", "RUN", "LABEL", "ENV", "USER", "WORKDIR", "VOLUME", "HEALTHCHECK", "STOPSIGNAL"}
KNOWN |= {"ENTRYPOINT", "CMD"}
OF_BASE = ("/usr", "/bin", "/lib", "/lib64", "/sbin", "/etc/ld.so.cache", "/etc/alternatives", sys.base_prefix)
MOUNTS = """
set -eu; root=$1 volume=$2; shift 2
mount --make-rprivate /
mount --bind "$root" "$root"
mount --bind "$volume" "$root/home/papers"
mount -t tmpfs tmpfs "$root/tmp"
mount -t proc proc "$root/proc"
mount --rbind /dev "$root/dev"
for place in $OF_BASE; do
    [ ! -e "$place" ] || { mount --bind "$place" "$root$place"; mount -o remount,bind,ro "$root$place"; }
done
mount -o remount,bind,ro "$root"
exec chroot "$root" "$@"
"""
"""Runs a command in a root file system that is read-only but for a volume and `/tmp`."""
WHO = """
import errno, os, pathlib
def find_error(file):
    try:
        pathlib.Path(file).write_text("")
    except OSError as error:
        return errno.errorcode[error.errno]
files = "/file", "/opt/papers/file", "/usr/file", "/tmp/file", "/home/papers/file"
print(os.getuid(), os.getgid(), *(find_error(file) for file in files))
"""


def read_instructions(text: str) -> list[tuple[str, str]]:
    """Return the instructions of a Dockerfile. One that is not known, or not in capitals, is an error."""
    lines = re.sub(r"^#.*\n", "", text, flags=re.MULTILINE).replace("\\\n", " ").splitlines()
    found = [(name, " ".join(rest.split())) for name, _, rest in (line.partition(" ") for line in lines if line)]
    assert {name for name, _ in found} <= KNOWN
    return found


INSTRUCTIONS = read_instructions(FILE.read_text(encoding="utf-8"))


def find(name: str) -> str:
    """Return the only instruction of a name."""
    [value] = [value for one, value in INSTRUCTIONS if one == name]
    return value


def find_engine() -> str | None:
    """Return the container engine that works here and has the base image, if one does: tests ask no registry for it."""
    _, _, base = find("ARG").partition("=")
    engines = filter(None, map(shutil.which, ("docker", "podman")))
    asked = (
        (one, subprocess.run([one, "image", "inspect", base], capture_output=True, check=False)) for one in engines
    )
    return next((one for one, answer in asked if answer.returncode == 0), None)


@dataclass
class Image:
    """How a process of the image is started: by an engine, or in a folder that holds what the image does."""

    engine: str | None
    root: Path
    volume: Path

    def name_command(self, *command: str) -> list[str]:
        """Return the command line that runs a command of the image, without a network."""
        if self.engine:
            options = ["--rm", "--init", "--read-only", "--tmpfs", "/tmp", "--network", "none"]  # noqa: S108
            options += ["--cap-drop", "ALL", "--security-opt", "no-new-privileges", "--entrypoint", command[0]]
            options += ["--volume", f"{self.volume}:/home/papers"]
            return [self.engine, "run", *options, "papers-test", *command[1:]]
        user, _, group = find("USER").partition(":")
        variables = dict(pair.split("=", 1) for pair in shlex.split(find("ENV"))) | {"HOME": "/home/papers"}
        inside = ["setpriv", f"--reuid={user}", f"--regid={group}", "--clear-groups", "--no-new-privs"]
        inside += ["env", "-i", "-C", find("WORKDIR"), *(f"{name}={value}" for name, value in variables.items())]
        outside = ["unshare", "--mount", "--net", "sh", "-c", MOUNTS, "sh", str(self.root), str(self.volume)]
        return [*outside, *inside, *command]

    def run(self, *command: str, status: int = 0) -> str:
        """Run a command to its end, and return what it printed."""
        ended = subprocess.run(
            self.name_command(*command),
            env=os.environ | {"OF_BASE": " ".join(OF_BASE)},
            capture_output=True,
            text=True,
            timeout=300,
            check=False,
        )
        assert ended.returncode == status, ended.stdout + ended.stderr
        return ended.stdout + ended.stderr


def replay(context: Path, root: Path) -> None:
    """Do the steps of the Dockerfile in a folder; those of the package manager are left to this machine."""
    for place in ("tmp", "proc", "dev", "home", "opt", "dist", "etc"):
        (root / place).mkdir(parents=True)
    for place in map(Path, OF_BASE):
        target = root / place.relative_to("/")
        target.parent.mkdir(parents=True, exist_ok=True)
        target.mkdir() if place.is_dir() else target.touch()
    (root / "etc" / "passwd").write_text("root:x:0:0::/root:/bin/sh\n")
    for name, value in INSTRUCTIONS:
        if name == "RUN":
            run_step(value, root)
        elif name == "COPY" and not value.startswith("--from=packages "):
            *patterns, place = value.split()
            for file in (file for pattern in patterns for file in context.glob(pattern)):
                shutil.copy(file, root / place.strip("/"))
        elif name == "COPY":
            assert len({*value.split()[1:]}) == 1  # one root stands for both stages, so the place must be the same


def run_step(step: str, root: Path) -> None:
    """Do a RUN: uv does what is asked of pip and venv, since it has a cache; all else is one of two known steps."""
    words = shlex.split(step.replace("/opt/", f"{root}/opt/").replace("/dist/", f"{root}/dist/"))
    if words[:3] == ["python", "-m", "venv"]:
        run_uv("venv", "--quiet", "--no-config", "--relocatable", "--python", sys.executable, *words[3:])
    elif words[1:4] == ["-m", "pip", "install"]:
        assert words[4] == "--no-cache-dir"
        options = [word for word in words[5:] if "*" not in word]
        files = [str(file) for word in words[5:] if "*" in word for file in Path(word).parent.glob(Path(word).name)]
        run_uv("pip", "install", "--quiet", "--no-config", "--compile-bytecode", "--python", words[0], *options, *files)
    elif words[0] == "useradd":
        assert words == ["useradd", "--uid", "10001", "--user-group", "--create-home", "papers"]
        with (root / "etc" / "passwd").open("a") as users:
            users.write("papers:x:10001:10001::/home/papers:/bin/sh\n")
        (root / "home" / "papers").mkdir()
    else:
        assert re.fullmatch(
            r"apt-get update && apt-get install (--[\w-]+ )+ca-certificates git && rm -rf /var/lib/apt/lists/\*", step
        )


@pytest.fixture(scope="module")
def image(tmp_path_factory, wheel):  # noqa: F811
    """The image, by the commands of the README, with a volume that belongs to its user."""
    folder = tmp_path_factory.mktemp("image")
    context, root, volume = folder / "context", folder / "root", folder / "volume"
    for place in (context, volume):
        place.mkdir()
    readme = (CHECKOUT / "README.md").read_text(encoding="utf-8")
    [export, build] = re.findall(r"^(?:uv|docker) ((?:export|build --tag) .* build/image\b.*)$", readme, re.MULTILINE)
    run_uv(*shlex.split(export.replace("build/image", str(context))), "--quiet")
    shutil.copy(wheel, context)
    engine = find_engine()
    if engine:
        line = [engine, *shlex.split(build.replace("build/image", str(context)).replace("papers ", "papers-test ", 1))]
        subprocess.run(line, cwd=CHECKOUT, check=True)
        volume.chmod(0o777)
    elif os.getuid() or not shutil.which("unshare"):
        give_up("needs a container engine; or root, to do without one")
    else:
        replay(context, root)
        os.chown(volume, 10001, 10001)
        for place in (folder, *folder.parents):
            if place.stat().st_uid == os.getuid() and place.is_relative_to(tmp_path_factory.getbasetemp()):
                place.chmod(0o755)
    return Image(engine, root, volume)


@pytest.fixture
def entry() -> Sequence[str]:
    return json.loads(find("ENTRYPOINT"))


def test_it_is_not_root_and_can_write_to_its_volume_and_tmp_alone(image):
    who = image.run("python", "-c", WHO).split()
    assert who == ["10001", "10001", "EROFS", "EROFS", "EROFS", "None", "None"]
    (image.volume / "file").unlink()


def test_it_builds_the_sample_and_shows_its_status(image, entry):
    before = list_files(image.root)
    assert "Warehouse: /home/papers/warehouse/current/papers.duckdb" in image.run(*entry, "build")
    assert "144" in image.run(*entry, "sql", "SELECT count(*) AS papers FROM dim_paper", "--format", "csv")
    image.run(*entry, "status")
    image.run(*json.loads(find("HEALTHCHECK").partition(" CMD ")[2]))
    image.run("git", "--version")
    assert list_files(image.root) == before
    assert [place.name for place in image.volume.iterdir()] == ["warehouse"]


def test_what_it_runs_by_itself_says_what_to_do_where_there_is_only_the_sample(image, entry):
    said = image.run(*entry, *json.loads(find("CMD")), status=2)
    assert "holds no real data, so nothing is scheduled" in said
    assert find("HEALTHCHECK").endswith(f"CMD {json.dumps([*entry, 'status', '--check'])}")


def test_it_watches_and_ends_on_its_stop_signal(image, entry, tmp_path):
    before = list_files(image.root)
    line = image.name_command(*entry, "watch", "--source", "digest")
    with (tmp_path / "said").open("w") as said:
        process = subprocess.Popen(
            line, env=os.environ | {"OF_BASE": " ".join(OF_BASE)}, stdout=said, stderr=subprocess.STDOUT
        )
    try:
        wait_until(lambda: " next: daily_digest at " in (tmp_path / "said").read_text(), "its first build has failed")
        begun = time.monotonic()
        process.send_signal(signal.Signals[find("STOPSIGNAL")])
        assert process.wait(30) == 0
        assert time.monotonic() - begun < 10  # after which an engine would kill it
    finally:
        process.kill()
    text = (tmp_path / "said").read_text()
    assert "daily_digest: failed with exit status 1" in text
    assert "Traceback" not in text
    assert list_files(image.root) == before
