"""The raw store: answers by their name, kept once, never changed, never trusted."""

import pyarrow as pa
import pytest

from dagster_project.errors import RawMissingError
from dagster_project.lake import raw as store
from dagster_project.lake.files import find_bucket, format_path, list_parquet, read_bytes
from dagster_project.lake.packs import read_pack
from dagster_project.lake.raw import RawStore
from dagster_project.sources.attempt import hash_body

BODY, OTHER = b"# Daily Papers", b"# Daily Papers!"
NAME, OTHER_NAME = hash_body(BODY), hash_body(OTHER)
SOURCE = "huggingface"


@pytest.fixture
def raw(folder):
    return RawStore(folder)


def packs(raw):
    return list_parquet(raw.packs)


def contents(raw):
    return dict(raw.read(raw.list_held()))


def write_loose(folder, body, *, zipped):
    """Write an answer as an older release did; return its file."""
    name = hash_body(body)
    file = folder / name[:2] / (f"{name}.zst" if zipped else name)
    if find_bucket(folder) is None:
        file.parent.mkdir(parents=True, exist_ok=True)
    file.write_bytes(pa.Codec("zstd").compress(body, asbytes=True) if zipped else body)
    return file


def listing(*bodies):
    return lambda: {hash_body(body): len(body) for body in bodies}


class TestPut:
    def test_answers_are_named_by_what_they_are(self, raw):
        assert raw.put(SOURCE, [BODY, OTHER]) == [NAME, OTHER_NAME]
        assert (raw.get(NAME), raw.get(OTHER_NAME)) == (BODY, OTHER)

    def test_those_of_one_go_are_one_file(self, raw, folder):
        raw.put(SOURCE, [BODY, OTHER])
        [file] = packs(raw)
        assert file.parent == folder / "answer" / SOURCE

    def test_the_store_lists_what_it_holds(self, raw):
        assert raw.put(SOURCE, []) == []
        assert raw.list_held() == set()
        names = {*raw.put(SOURCE, [BODY, b""]), *raw.put("digest", [OTHER])}
        assert raw.list_held() == names

    def test_no_bytes_are_an_answer_too(self, raw):
        [name] = raw.put(SOURCE, [b""])
        assert raw.get(name) == b""

    def test_the_same_answer_is_written_once(self, raw):
        raw.put(SOURCE, [BODY, BODY])
        before = {file: read_bytes(file) for file in packs(raw)}
        assert raw.put(SOURCE, [BODY]) == [NAME]
        assert raw.put("digest", [BODY]) == [NAME]
        assert {file: read_bytes(file) for file in packs(raw)} == before

    def test_files_of_other_programs_are_no_part_of_it(self, raw):
        raw.put(SOURCE, [BODY])
        [file] = packs(raw)
        for name in (f"._{file.name}", f"{file.stem} (conflicted copy).parquet", f"{file.name}.part"):
            file.with_name(name).write_bytes(b"theirs")
        assert contents(raw) == {NAME: BODY}


class TestLoss:
    def test_answers_that_are_gone_are_missed(self, raw):
        raw.put(SOURCE, [BODY])
        packs(raw)[0].unlink()
        with pytest.raises(RawMissingError, match=f"the answer {NAME} is missing or damaged; build its day again"):
            raw.get(NAME)
        assert dict(raw.read([NAME])) == {}

    def test_a_damaged_pack_is_set_aside_and_makes_room(self, raw, caplog):
        raw.put(SOURCE, [BODY])
        [file] = packs(raw)
        file.write_bytes(b"torn")
        with pytest.raises(RawMissingError):
            raw.get(NAME)
        assert raw.list_held() == set()
        assert file.with_suffix(".damaged").read_bytes() == b"torn"
        assert f"{file} is damaged and set aside" in caplog.text
        raw.put(SOURCE, [BODY])
        assert raw.get(NAME) == BODY

    def test_what_is_whole_in_a_damaged_pack_stays(self, raw, monkeypatch):
        monkeypatch.setattr("dagster_project.lake.packs.TOGETHER", 1)
        raw.put(SOURCE, [BODY, OTHER])
        [file] = packs(raw)
        column = read_pack(file).metadata.row_group(0).column(1)
        body = bytearray(read_bytes(file))
        body[column.data_page_offset + column.total_compressed_size - 3] ^= 1
        file.write_bytes(body)
        assert dict(raw.read([NAME, OTHER_NAME])) == {OTHER_NAME: OTHER}
        assert raw.list_held() == {OTHER_NAME}
        assert raw.get(OTHER_NAME) == OTHER
        assert file.with_suffix(".damaged").read_bytes() == bytes(body)

    def test_answers_that_another_writer_moved_meanwhile_are_found(self, raw):
        raw.put(SOURCE, [BODY])
        raw.put(SOURCE, [OTHER])
        reading = raw.read([NAME, OTHER_NAME])
        first = next(reading)
        raw.gather(SOURCE, listing(BODY, OTHER), least=2)
        assert dict([first, *reading]) == {NAME: BODY, OTHER_NAME: OTHER}

    def test_only_a_purge_removes(self, raw):
        raw.put(SOURCE, [BODY, OTHER])
        raw.put(SOURCE, [b""])
        raw.remove([NAME, hash_body(b"")])
        assert contents(raw) == {OTHER_NAME: OTHER}
        raw.remove([OTHER_NAME])
        assert (packs(raw), contents(raw)) == ([], {})


class TestGather:
    def test_small_packs_become_one_in_the_order_given(self, raw):
        for body in (b"c", b"b", b"a"):
            raw.put(SOURCE, [body])
        raw.put("digest", [BODY])
        raw.gather(SOURCE, listing(b"a", b"b", b"c"), least=3)
        _, file = packs(raw)
        assert read_pack(file).groups == (tuple(map(hash_body, (b"a", b"b", b"c"))),)
        assert contents(raw) == {hash_body(body): body for body in (b"a", b"b", b"c", BODY)}

    def test_few_stay_as_they_are(self, raw):
        for number in range(store.MANY - 1):
            raw.put(SOURCE, [b"%d" % number])
        before = packs(raw)
        raw.gather(SOURCE, lambda: pytest.fail("nothing is to be done"))
        assert packs(raw) == before

    def test_answers_that_no_attempt_names_stay(self, raw):
        for body in (b"c", b"b", b"a"):
            raw.put(SOURCE, [body])
        raw.gather(SOURCE, listing(b"a"), least=2)
        assert contents(raw) == {hash_body(body): body for body in (b"a", b"b", b"c")}
        assert len(packs(raw)) == 1

    def test_a_full_pack_is_left_alone(self, raw, monkeypatch):
        monkeypatch.setattr(store, "MOST", 10_000)
        raw.put(SOURCE, [b"x" * 6_000])
        [full] = packs(raw)
        for number in range(3):
            raw.put(SOURCE, [b"%d" % number])
        raw.gather(SOURCE, listing(b"0", b"1", b"2"), least=3)
        assert len(packs(raw)) == 2
        assert full in packs(raw)

    def test_much_becomes_several_packs(self, raw, monkeypatch):
        monkeypatch.setattr(store, "MOST", 10_000)
        bodies = [b"%d" % number * 3_000 for number in range(8)]
        for body in bodies:
            raw.put(SOURCE, [body])
        raw.gather(SOURCE, listing(*bodies))
        assert len(packs(raw)) == 8
        raw.gather(SOURCE, listing(*bodies), least=8)
        assert [len(read_pack(file).names) for file in packs(raw)] == [3, 3, 2]
        assert contents(raw) == {hash_body(body): body for body in bodies}

    def test_what_lies_elsewhere_too_is_not_written_twice(self, raw, monkeypatch):
        """As a run leaves it that was killed after it had written a large pack."""
        monkeypatch.setattr(store, "MOST", 10_000)
        for body in (b"a", b"b"):
            raw.put(SOURCE, [body])
        small = {file: read_bytes(file) for file in packs(raw)}
        raw.remove(raw.list_held())
        raw.put(SOURCE, [b"a", b"x" * 6_000])
        for file, body in small.items():
            file.write_bytes(body)
        raw.gather(SOURCE, listing(b"a", b"b"), least=2)
        assert sorted(len(read_pack(file).names) for file in packs(raw)) == [1, 2]
        assert contents(raw) == {hash_body(body): body for body in (b"a", b"b", b"x" * 6_000)}


@pytest.mark.parametrize("zipped", [False, True], ids=["plain", "compressed"])
class TestOlderReleases:
    def test_their_answers_are_held_and_read(self, raw, folder, zipped):
        write_loose(folder, BODY, zipped=zipped)
        assert raw.list_held() == {NAME}
        assert raw.get(NAME) == BODY

    def test_their_answers_are_not_written_again(self, raw, folder, zipped):
        write_loose(folder, BODY, zipped=zipped)
        raw.put(SOURCE, [BODY])
        assert packs(raw) == []

    def test_damaged_ones_are_set_aside_and_make_room(self, raw, folder, zipped):
        file = write_loose(folder, BODY, zipped=zipped)
        file.write_bytes(b"torn")
        with pytest.raises(RawMissingError):
            raw.get(NAME)
        assert raw.list_held() == set()
        assert file.with_suffix(".damaged").read_bytes() == b"torn"
        raw.put(SOURCE, [BODY])
        assert raw.get(NAME) == BODY

    def test_they_are_packed_with_the_others(self, raw, folder, zipped):
        write_loose(folder, BODY, zipped=zipped)
        orphan = write_loose(folder, b"no attempt names it", zipped=zipped)
        raw.put(SOURCE, [OTHER])
        before = contents(raw)
        raw.gather(SOURCE, listing(BODY, OTHER), least=2)
        assert contents(raw) == before
        [file] = packs(raw)
        assert read_pack(file).names == {NAME, OTHER_NAME}
        if find_bucket(folder) is None:
            assert sorted(path for path in folder.glob("??/*")) == [orphan]
            assert not (folder / NAME[:2]).exists() or NAME[:2] == orphan.parent.name
        else:
            found = find_bucket(folder).find(format_path(folder))
            assert [name for name in found if "/answer/" not in name] == [format_path(orphan)]

    def test_a_purge_removes_them(self, raw, folder, zipped):
        write_loose(folder, BODY, zipped=zipped)
        raw.remove([NAME])
        assert raw.list_held() == set()
