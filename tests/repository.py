"""A git repository of somebody's, which tests fill and rewrite."""

import os
import subprocess
from collections.abc import Mapping
from pathlib import Path

START = 1_700_000_000
"""The time of a repository before its first commit, in seconds since 1970: 2023-11-14 22:13:20 UTC."""


class Repository:
    """A repository of somebody's, with one clock: each commit is a minute after the last."""

    def __init__(self, folder: Path, *options: str) -> None:
        self.folder, self.now = folder, START
        folder.mkdir(parents=True)
        self.git("init", "--quiet", "--initial-branch=main", *options)

    def git(self, *command: str, given: str | bytes = b"", **more: str) -> str:
        me = {"NAME": "Ada", "EMAIL": "ada@example.org"}
        environment = {f"GIT_{role}_{name}": value for role in ("AUTHOR", "COMMITTER") for name, value in me.items()}
        environment |= {"HOME": "/dev/null", "GIT_COMMITTER_DATE": f"@{self.now} +0900", "PATH": os.environ["PATH"]}
        given = given.encode() if isinstance(given, str) else given
        line = ["git", "-C", str(self.folder), "-c", "protocol.file.allow=always", *command]
        ended = subprocess.run(line, input=given, capture_output=True, check=True, env=environment | more)
        return ended.stdout.decode(errors="surrogateescape").strip()

    def commit(self, files: Mapping[str, str | None] | None = None, at: int | None = None, *options: str) -> str:
        """Commit some files by their paths, of which None is removed, and return the commit."""
        self.now = self.now + 60 if at is None else at
        for path, text in (files or {}).items():
            place = self.folder / path
            if text is None:
                place.unlink()
            else:
                place.parent.mkdir(parents=True, exist_ok=True)
                place.write_text(text)
        self.git("add", "--all")
        self.git("commit", "--quiet", "--allow-empty", "--message=Capture", *options)
        return self.git("rev-parse", "HEAD")

    def commit_tree(self, *entries: tuple[str, str, str], time: str | None = None) -> str:
        """Commit a tree of (mode, path, object) on main, as it stands, and return the commit."""
        listed = b"".join(b"%s %s\0%s" % (m.encode(), os.fsencode(p), bytes.fromhex(o)) for m, p, o in entries)
        tree = self.write("tree", listed)
        who = f"Ada <ada@example.org> {time or self.now} +0000"
        return self.point(self.write("commit", f"tree {tree}\nauthor {who}\ncommitter {who}\n\nx\n"))

    def point(self, commit: str) -> str:
        (self.folder / ".git" / "refs" / "heads" / "main").write_text(f"{commit}\n")
        return commit

    def write(self, kind: str, body: str | bytes) -> str:
        return self.git("hash-object", "-t", kind, "-w", "--stdin", "--literally", given=body)
