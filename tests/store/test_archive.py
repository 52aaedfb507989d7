"""A backup is whole, or it is refused with the reason: there is nothing between."""

from __future__ import annotations

import io
import json
import random
import tarfile
from collections.abc import Callable
from datetime import UTC, datetime
from hashlib import sha256
from pathlib import Path

import pytest

from interurban.core.errors import BadRequest, StoreError
from interurban.store import archive
from interurban.store.archive import ArchiveWriter, Manifest, read_archive
from interurban.store.restore import check_backup, unpacked

AT = datetime(2026, 3, 1, 12, tzinfo=UTC)
FILES = {
    "catalogue.sqlite": b"SQLite format 3\0" + bytes(range(256)) * 5,
    "data/chicago/trees/a.parquet": b"PAR1" * 300,
    "workspace/uploads/ab/" + "long " * 40 + "é.csv": b"a,b\n1,2\n",
    "keys/node.pem": b"secret",
    "empty": b"",
}
CHANCES = 20


def write(file: io.BytesIO, files: dict[str, bytes] = FILES) -> Manifest:
    writer = ArchiveWriter(file, AT, keys=True)
    for path, content in files.items():
        mode = 0o600 if path.startswith("keys") else 0o644
        writer.add(path, io.BytesIO(content), len(content), mode, lambda _: None)
    return writer.finish({"node": "ab"})


@pytest.fixture
def whole() -> bytes:
    file = io.BytesIO()
    write(file)
    return file.getvalue()


def refusal(content: bytes) -> str:
    with pytest.raises(StoreError) as refused:
        read_archive(io.BytesIO(content))
    return str(refused.value)


def test_what_was_written_is_read(whole: bytes) -> None:
    kept: dict[str, io.BytesIO] = {}
    done: list[int] = []
    manifest = read_archive(
        io.BytesIO(whole), lambda path, *_: kept.setdefault(path, io.BytesIO()), done.append
    )
    assert {path: file.getvalue() for path, file in kept.items()} == FILES
    assert manifest == write(io.BytesIO())
    assert (manifest.at, manifest.keys, manifest.facts) == (AT, True, {"node": "ab"})
    assert sum(done) == manifest.size == sum(map(len, FILES.values()))


def test_any_tar_program_reads_it(whole: bytes) -> None:
    with tarfile.open(fileobj=io.BytesIO(whole)) as tar:
        read = {m.name: tar.extractfile(m).read() for m in tar if m.isreg()}  # type: ignore[union-attr]
        keys = tar.getmember("home/keys/node.pem")
    assert {name.removeprefix("home/"): content for name, content in read.items()}.items() > (
        FILES.items()
    )
    assert keys.mode == 0o600


def test_the_largest_files_have_a_place(whole: bytes) -> None:
    """Past 8 GiB the size does not fit the old header any more."""
    header = archive._header("home/large", 1 << 40, 0o644, AT)
    reader = archive._Reader(io.BytesIO(header), lambda _: None)
    assert reader._next[:2] == ("home/large", 1 << 40)


def test_cut_short_anywhere_it_is_refused(whole: bytes) -> None:
    chance = random.Random(20161)
    for length in [0, 1, 511, 512, len(whole) - 1, *chance.choices(range(len(whole)), k=CHANCES)]:
        assert "cut short" in refusal(whole[:length]), length


def test_one_byte_flipped_anywhere_is_refused(whole: bytes) -> None:
    chance = random.Random(20162)
    for place in [0, len(whole) - 1, *chance.choices(range(len(whole)), k=10 * CHANCES)]:
        altered = bytearray(whole)
        altered[place] ^= 1 << chance.randrange(8)
        said = refusal(bytes(altered))
        assert "altered" in said or "no backup" in said or "cut short" in said, place


def test_something_behind_the_end_is_refused(whole: bytes) -> None:
    assert "behind its end" in refusal(whole + b"\0")


def test_it_is_not_believed_that_anything_is_a_backup(tmp_path: Path) -> None:
    tar = io.BytesIO()
    with tarfile.open(fileobj=tar, mode="w") as other:
        other.add(__file__, "home/x")
    for content in (b"x" * 4_000, tar.getvalue(), bytes(20_000), json.dumps({}).encode()):
        refusal(content)
    with pytest.raises(BadRequest, match="no file"):
        check_backup(tmp_path / "nothing.tar")
    with pytest.raises(BadRequest, match="no file"):
        check_backup(tmp_path)


def forged(change: Callable[[dict[str, object]], None]) -> bytes:
    """An archive whose manifest says something else, with all hashes right."""
    file = io.BytesIO()
    writer = ArchiveWriter(file, AT, keys=True)
    writer.add("a", io.BytesIO(b"abc"), 3, 0o644, lambda _: None)
    content = writer._all.hexdigest()
    document = {
        "format": 1, "program": "0.0.1", "at": AT.isoformat(), "keys": True, "facts": {},
        "files": [{"path": "a", "size": 3, "mode": 0o644, "sha256": sha256(b"abc").hexdigest()}],
        "content": content,
    }  # fmt: skip
    change(document)
    document["sha256"] = sha256(archive._json(document)).hexdigest()
    writer._add_words("manifest.json", archive._json(document))
    writer._write(bytes(1024))
    return file.getvalue()


def test_a_manifest_that_tells_of_other_files_is_refused() -> None:
    assert read_archive(io.BytesIO(forged(lambda _: None))).members[0].path == "a"
    for change in (
        {"files": []},
        {"files": [{"path": "a", "size": 3, "mode": 0o644, "sha256": "0" * 64}]},
        {"files": [{"path": "a", "size": 4, "mode": 0o644}]},
        {"files": "a"},
        {"content": "0" * 64},
        {"at": "2026-03-01"},
        {"facts": None},
    ):
        assert "altered" in refusal(forged(lambda known, change=change: known.update(change)))


def test_what_a_newer_program_made_is_refused_by_its_name() -> None:
    said = refusal(forged(lambda known: known.update(program="99.1.0")))
    assert "made by Interurban 99.1.0" in said
    assert "Install that version" in said
    file = io.BytesIO()
    words = archive._json({"format": 2, "program": "99.1.0", "at": AT.isoformat()})
    file.write(archive._header("interurban-backup.json", len(words), 0o600, AT))
    file.write(words + archive._padding(len(words)) + bytes(1024))
    assert "made by Interurban 99.1.0" in refusal(file.getvalue())


@pytest.mark.parametrize(
    "path",
    ["../x", "a/../../x", "/etc/passwd", "a//b", ".", "a/./b", "a/", "", "a\0b"],
    ids=repr,
)
def test_a_path_that_leads_out_is_refused(path: str, tmp_path: Path) -> None:
    file = io.BytesIO()
    try:
        manifest = write(file, {path: b"x"})
    except ValueError:
        return
    said = refusal(file.getvalue())
    assert "altered" in said
    hostile = tmp_path / "hostile.tar"
    hostile.write_bytes(file.getvalue())
    with pytest.raises(StoreError), unpacked(hostile, manifest, tmp_path / "home"):
        pytest.fail("it was unpacked")
    assert [p.name for p in tmp_path.iterdir()] == ["hostile.tar"]


@pytest.mark.parametrize("second", ["a", "a/b"])
def test_a_file_that_comes_twice_is_refused(second: str) -> None:
    file = io.BytesIO()
    writer = ArchiveWriter(file, AT, keys=True)
    for path in ("a", second):
        writer.add(path, io.BytesIO(b"x"), 1, 0o644, lambda _: None)
    writer.finish({})
    assert "twice" in refusal(file.getvalue())


@pytest.mark.parametrize(
    "change",
    [
        {"type": tarfile.SYMTYPE, "linkname": "/etc/passwd"},
        {"type": tarfile.LNKTYPE, "linkname": "home/a"},
        {"type": tarfile.FIFOTYPE},
        {"type": tarfile.DIRTYPE},
        {"type": tarfile.GNUTYPE_SPARSE},
        {"mode": 0o4755},
        {"uid": 1000},
        {"uname": "root"},
    ],
    ids=repr,
)
def test_a_header_says_nothing_but_name_size_mode_and_time(change: dict[str, object]) -> None:
    file = io.BytesIO()
    writer = ArchiveWriter(file, AT, keys=True)
    info = tarfile.TarInfo("home/x")
    info.mtime, info.mode = int(AT.timestamp()), 0o644
    for name, value in change.items():
        setattr(info, name, value)
    writer._write(info.tobuf(tarfile.PAX_FORMAT))
    writer.finish({})
    assert "header" in refusal(file.getvalue())


def test_a_file_that_declares_more_than_there_is_fills_no_disk() -> None:
    file = io.BytesIO()
    writer = ArchiveWriter(file, AT, keys=True)
    writer._write(archive._header("home/bomb", 1 << 50, 0o644, AT))
    writer._write(b"x" * 10_000)
    kept = io.BytesIO()
    with pytest.raises(StoreError, match="cut short"):
        read_archive(io.BytesIO(file.getvalue()), lambda *_: kept)
    assert len(kept.getvalue()) <= 10_000


def test_extended_headers_that_never_end_are_refused() -> None:
    for payload in (b"0 path=x\n", b"3 p", b"-5 path=x\n", b"999999 path=x\n", b"x", b"\xff" * 9):
        info = tarfile.TarInfo("././@PaxHeader")
        info.type, info.size = tarfile.XHDTYPE, len(payload)
        raw = info.tobuf(tarfile.USTAR_FORMAT) + payload + archive._padding(len(payload))
        assert refusal(raw + archive._header("home/x", 0, 0o644, AT))
