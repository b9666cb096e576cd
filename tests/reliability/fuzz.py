"""Lets libFuzzer look for input that raises, loses a line or takes long, guided by which code a parser runs.

python -m tests.reliability.fuzz digest 60 — for so many seconds. What is a loss is said in `test_bad_content.py`; what
was found is written to a file that libFuzzer names, and prints as bytes.
"""

import sys
import tempfile
from pathlib import Path

import atheris

with atheris.instrument_imports(include=["dagster_project.parse"]):
    from dagster_project.parse.digest import parse_digest
    from dagster_project.parse.huggingface import parse_huggingface

from tests.reliability.test_bad_content import SAMPLE, day_of, lost_from_digest, lost_from_payload

LONGEST = 8_192
"""Bytes of an input."""
SLOW = 2
"""Seconds after which an input counts as found; one of that size takes milliseconds."""
SEEDS = {"digest": "digests/*/*/*.md", "huggingface": "api/*/*.json"}


def digest(body: bytes) -> None:
    assert lost_from_digest(body, parse_digest([body], day_of("digest", 0))) == 0


def huggingface(body: bytes) -> None:
    assert lost_from_payload(body, parse_huggingface([body], day_of("huggingface", 0))) == 0


def main() -> None:
    source, seconds = sys.argv[1:]
    with tempfile.TemporaryDirectory() as folder:
        for number, file in enumerate(sorted(SAMPLE.glob(SEEDS[source]))):
            (Path(folder) / str(number)).write_bytes(file.read_bytes()[:LONGEST])
        limits = [f"-max_total_time={seconds}", f"-max_len={LONGEST}", f"-timeout={SLOW}", "-print_final_stats=1"]
        atheris.Setup([sys.argv[0], *limits, folder], {"digest": digest, "huggingface": huggingface}[source])
        atheris.Fuzz()


if __name__ == "__main__":
    main()
