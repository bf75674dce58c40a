"""Bodies that are lost, damaged or cannot be stored: told in a sentence, and nothing half-written."""

from __future__ import annotations

import os
import resource
import sys
from pathlib import Path
from types import ModuleType

import pytest
import zstandard

from geo_tracker.errors import GeoTrackerError
from geo_tracker.storage import archive as archives
from geo_tracker.storage.archive import Archive, DamagedBody, MissingBody, sha256_of

PACKED = zstandard.ZstdCompressor().compress(b"an answer")


@pytest.mark.parametrize("lies", [b"", b"no zstd frame", PACKED[:-3], PACKED[4:], PACKED, b"\0" * 100])
def test_what_does_not_unpack_to_its_name_is_damaged(archive: Archive, tmp_path: Path, lies: bytes) -> None:
    sha = archive.put(b"the answer")
    (tmp_path / "archive" / sha[:2] / f"{sha}.zst").write_bytes(lies)
    with pytest.raises(DamagedBody, match="damaged: restore it"):
        archive.get(sha)


def test_a_body_that_unpacks_without_end_is_damaged(
    archive: Archive, monkeypatch: pytest.MonkeyPatch
) -> None:
    sha = archive.put(b"\0" * 5000)
    monkeypatch.setattr(archives, "MAX_BODY", 4999)
    with pytest.raises(DamagedBody):
        archive.get(sha)


def test_a_body_that_cannot_be_read_is_damaged_and_one_that_is_not_there_is_missing(
    archive: Archive, tmp_path: Path
) -> None:
    sha = archive.put(b"the answer")
    path = tmp_path / "archive" / sha[:2] / f"{sha}.zst"
    path.unlink()
    with pytest.raises(MissingBody):
        archive.get(sha)
    path.mkdir()
    with pytest.raises(DamagedBody, match="cannot be read"):
        archive.get(sha)


@pytest.mark.parametrize("small", [[], [b"one that fits"]], ids=["alone", "beside another"])
def test_a_full_disk_leaves_nothing_behind_and_says_so(
    archive: Archive, tmp_path: Path, small: list[bytes]
) -> None:
    soft, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
    body = os.urandom(100_000)
    resource.setrlimit(resource.RLIMIT_FSIZE, (20_000, hard))
    try:
        with pytest.raises(GeoTrackerError, match="cannot store a body: File too large: free space"):
            archive.put_all([*small, body])
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, (soft, hard))
    assert not [path for path in (tmp_path / "archive").rglob("*") if path.is_file()]
    assert archive.get(archive.put(body)) == body


def test_what_cannot_be_synced_is_not_kept(
    archive: Archive, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def refuse(_file: int) -> None:
        raise OSError(5, "Input/output error")

    with monkeypatch.context() as broken:
        broken.setattr(os, "fsync", refuse)
        for bodies in ([b"alone"], [b"one", b"two"]):
            with pytest.raises(GeoTrackerError, match="cannot store a body: Input/output error"):
                archive.put_all(bodies)
    assert list(archive.stored()) == []
    assert not [path for path in (tmp_path / "archive").rglob("*") if path.is_file()]


def test_bodies_are_stored_side_by_side(archive: Archive) -> None:
    bodies = [os.urandom(2_000) for _ in range(30)]
    known = archive.put(bodies[0])
    for place in (archive, Archive("memory://together")):
        place.put_all([*bodies, bodies[3]])
        assert {archives.sha256_of(body) for body in bodies} == set(place.stored())
        assert [place.get(archives.sha256_of(body)) for body in bodies] == bodies
    assert archive.get(known) == bodies[0]


def test_every_stored_body_is_listed(archive: Archive) -> None:
    assert list(archive.stored()) == []
    shas = {archive.put(bytes([number])) for number in range(20)}
    assert set(archive.stored()) == shas
    memory = Archive("memory://listed")
    sha = memory.put(b"x")
    assert list(memory.stored()) == [sha]


def test_a_store_that_cannot_be_reached_is_told_in_a_sentence(monkeypatch: pytest.MonkeyPatch) -> None:
    class BotoCoreError(Exception):
        """As S3's client has it: no OSError."""

    def away(*of: object, **more: object) -> None:
        raise BotoCoreError("Could not connect to the endpoint URL")

    client = ModuleType("botocore.exceptions")
    client.BotoCoreError = BotoCoreError  # type: ignore[attr-defined]
    monkeypatch.setitem(sys.modules, "botocore.exceptions", client)
    archive = Archive("memory://away")
    for name in ("exists", "pipe_file", "cat_file"):
        monkeypatch.setattr(archive._fs, name, away)
    for store in (lambda: archive.put(b"body"), lambda: archive.put_all([b"one", b"two"])):
        with pytest.raises(
            GeoTrackerError, match=r"cannot store a body: Could not connect.*see that it can be reached"
        ):
            store()
    with pytest.raises(DamagedBody, match="cannot be read: Could not connect"):
        archive.get(sha256_of(b"body"))
