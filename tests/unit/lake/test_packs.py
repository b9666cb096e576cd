"""A pack: what was written is read, by us and by others, and damage takes no more than what lies beside it."""

from itertools import pairwise

import duckdb
import polars as pl
import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from dagster_project.lake import packs
from dagster_project.lake.files import read_bytes
from dagster_project.lake.packs import DamagedPackError, cut, read_answers, read_pack, salvage, write_pack
from dagster_project.sources.attempt import hash_body

BODIES = [b"one", b"", b"two" * 1_000, bytes(range(256)) * 40, "세 번째".encode()]
ANSWERS = [(hash_body(body), body) for body in BODIES]
NAMES = [name for name, _ in ANSWERS]


@pytest.fixture
def file(folder):
    return folder / "huggingface" / "20260101T000000000000.parquet"


@pytest.fixture
def small_groups(monkeypatch):
    """Each answer is compressed by itself."""
    monkeypatch.setattr(packs, "TOGETHER", 1)


def test_a_pack_gives_what_was_written_in_its_order(file):
    write_pack(file, ANSWERS)
    pack = read_pack(file)
    assert pack.names == set(NAMES)
    assert list(read_answers(pack, NAMES)) == ANSWERS
    assert list(read_answers(pack, NAMES[1:3])) == ANSWERS[1:3]
    assert list(read_answers(pack, [])) == []


@pytest.mark.usefixtures("small_groups")
def test_answers_that_are_apart_are_read_apart(file):
    write_pack(file, ANSWERS)
    pack = read_pack(file)
    assert pack.groups == tuple((name,) for name in NAMES)
    assert list(read_answers(pack, NAMES[1:3])) == ANSWERS[1:3]


def test_it_says_about_how_large_its_answers_are(file):
    write_pack(file, ANSWERS)
    assert sum(map(len, BODIES)) <= read_pack(file).size <= sum(map(len, BODIES)) + 100


def test_answers_that_are_nearly_the_same_take_little(file):
    prose = bytes(pl.int_range(20_000, eager=True).hash(7).cast(pl.UInt8, wrap_numerical=True).to_list())
    bodies = [prose + b"%d" % votes for votes in range(50)]
    write_pack(file, [(hash_body(body), body) for body in bodies])
    assert len(read_bytes(file)) < 1.5 * len(prose)


def test_other_programs_read_it(tmp_path):
    file, answer = tmp_path / "pack.parquet", tmp_path / "answer"
    write_pack(file, ANSWERS)
    assert pl.read_parquet(file).rows() == ANSWERS
    duckdb.sql(f"COPY (SELECT body FROM '{file}' WHERE sha256 = '{NAMES[3]}') TO '{answer}' (FORMAT blob)")
    assert answer.read_bytes() == BODIES[3]


def test_a_pack_that_is_gone_is_no_damage(file):
    with pytest.raises(FileNotFoundError):
        read_pack(file)


@pytest.mark.parametrize("damaged", [b"", b"PAR1", b"not Parquet"])
def test_what_is_no_pack_is_damaged(file, damaged):
    file.parent.mkdir(parents=True, exist_ok=True)
    file.write_bytes(damaged)
    with pytest.raises(DamagedPackError):
        read_pack(file)


def test_parquet_that_names_no_answers_is_damaged(tmp_path):
    pl.DataFrame({"sha256": ["a"], "body": [b""]}).write_parquet(tmp_path / "other.parquet")
    with pytest.raises(DamagedPackError):
        read_pack(tmp_path / "other.parquet")


@pytest.mark.usefixtures("small_groups")
def test_what_is_damaged_is_not_given_and_the_rest_is_saved(tmp_path):
    file = tmp_path / "pack.parquet"
    write_pack(file, ANSWERS)
    pack = read_pack(file)
    column = pack.metadata.row_group(2).column(1)
    body = bytearray(file.read_bytes())
    body[column.data_page_offset + column.total_compressed_size // 2] ^= 1
    file.write_bytes(body)
    with pytest.raises(DamagedPackError):
        list(read_answers(pack, NAMES))
    assert list(salvage(pack)) == [*ANSWERS[:2], *ANSWERS[3:]]


@example(place=348_926_449_510, mask=1)  # a row group that has fewer answers than it says
@given(place=st.integers(min_value=0), mask=st.integers(min_value=1, max_value=255))
def test_a_changed_byte_never_gives_other_bytes(tmp_path_factory, place, mask):
    """Whatever Arrow makes of it: what is given was written, and nothing but damage is raised."""
    file = tmp_path_factory.mktemp("packs") / "pack.parquet"
    write_pack(file, ANSWERS)
    body = bytearray(file.read_bytes())
    body[place % len(body)] ^= mask
    file.write_bytes(body)
    try:
        pack = read_pack(file)
    except DamagedPackError:
        return
    assert set(salvage(pack)) <= set(ANSWERS)
    try:
        found = list(read_answers(pack, NAMES))
    except DamagedPackError:
        return
    assert set(found) <= set(ANSWERS)


@given(st.lists(st.integers(0, 9)), st.integers(1, 20))
def test_things_are_cut_in_order_into_lists_that_are_full(sizes, most):
    lists = list(cut(sizes, most, int))
    assert [size for some in lists for size in some] == sizes
    assert all(some for some in lists)
    assert all(sum(some) <= most or len(some) == 1 for some in lists)
    assert all(sum(some) + later[0] > most for some, later in pairwise(lists))
