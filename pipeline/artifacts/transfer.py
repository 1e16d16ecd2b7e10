"""Handing a release on: what a predictor needs, as a folder or one packed file, checked on both sides."""

import contextlib
import os
import secrets
import shutil
import tarfile
from collections.abc import Iterator
from pathlib import Path
from typing import IO, Self

from pipeline.artifacts.files import REPAIR, is_plain_name, sync, told_plainly
from pipeline.artifacts.release import Release
from pipeline.artifacts.store import LOCK_SECONDS, MANIFEST, Store
from pipeline.errors import StoreError

#: Ending of a packed release.
PACKED = ".tar.zst"

#: The largest release that is unpacked, in bytes, and the most files it may have.
LARGEST_RELEASE = 1 << 30
MOST_FILES = 1000

_NO_RELEASE = "Ask for a file made by: notices models export"


class _PlainEntry(tarfile.TarInfo):
    """An entry that is a file and nothing else.

    The other kinds are refused by their first block: a long name, an extended header or a sparse map would be read
    into memory whole, however large a packed file makes it.
    """

    @classmethod
    def frombuf(cls, buf: bytes | bytearray, encoding: str, errors: str) -> Self:
        entry = super().frombuf(buf, encoding, errors)
        if entry.type not in (tarfile.REGTYPE, tarfile.AREGTYPE):
            raise tarfile.ReadError(f"entry of type {entry.type!r}")
        return entry


def export(store: Store, version: str, target: Path) -> Release:
    """Write a release to a new folder, or to a new file ``*.tar.zst``: its serving artifacts, nothing of the corpus.

    Raises
    ------
    StoreError
        Where the release is damaged or the target exists.
    """
    release = store.release(version)
    if target.exists():
        raise StoreError("is there already", where=target, remedy="Name a folder or file that is not there yet")
    names = list(_names(store, release))
    with told_plainly(target):
        target.parent.mkdir(parents=True, exist_ok=True)
        temporary = target.with_name(f".{target.name}.{secrets.token_hex(6)}.tmp")
        try:
            if target.name.endswith(PACKED):
                _pack(store, release, names, temporary)
                sync(temporary)
            else:
                for name in names:
                    (temporary / name).parent.mkdir(parents=True, exist_ok=True)
                    shutil.copyfile(store.root / name, temporary / name)
                (temporary / "current").write_bytes(f"{release.version}\n".encode())
            temporary.rename(target)
        finally:
            if temporary.is_dir():
                shutil.rmtree(temporary)
            else:
                temporary.unlink(missing_ok=True)
    return release


def import_(store: Store, source: Path, lock_seconds: float = LOCK_SECONDS) -> Release:
    """Take over a release from an exported folder or file; it is checked whole before any of it is in the store.

    Raises
    ------
    StoreError
        Where it is no release, damaged, or a release of its version with another content is there.
    """
    if not source.exists():
        raise StoreError("no such file or folder", where=source, remedy=_NO_RELEASE)
    with store.writing("import", lock_seconds), told_plainly(store.root):
        waiting = store.root / "tmp" / f"import-{secrets.token_hex(6)}"
        try:
            if source.is_dir():
                offered = Store(source)
            else:
                _unpack(source, waiting)
                offered = Store(waiting)
            release = _only_release(offered, source)
            _take_over(store, offered, release)
        finally:
            shutil.rmtree(waiting, ignore_errors=True)
        store.save(release)
        if not store.pointer.exists():
            store.use(release.version)
    return release


def _names(store: Store, release: Release) -> Iterator[str]:
    """Paths of a release's files below the store's root, each checked."""
    yield f"releases/{release.version}.json"
    for record in release.stages:
        if record.serving:
            artifact = store.open(record.stage, record.key, record.manifest_sha256)
            for name in (MANIFEST, *artifact.manifest["files"]):
                yield f"objects/{record.stage}/{record.key}/{name}"


def _pack(store: Store, release: Release, names: list[str], target: Path) -> None:
    import io

    import zstandard

    with (
        target.open("xb") as raw,
        zstandard.ZstdCompressor(level=10).stream_writer(raw) as packed,
        tarfile.open(fileobj=packed, mode="w|", format=tarfile.USTAR_FORMAT) as archive,
    ):
        for name in names:
            with (store.root / name).open("rb") as file:
                _add(archive, name, os.fstat(file.fileno()).st_size, file)
        pointer = f"{release.version}\n".encode()
        _add(archive, "current", len(pointer), io.BytesIO(pointer))


def _add(archive: tarfile.TarFile, name: str, size: int, content: IO[bytes]) -> None:
    # No owner, no clock, no mode of this machine: the same release packs to the same bytes.
    entry = tarfile.TarInfo(name)
    entry.size, entry.mode = size, 0o644
    archive.addfile(entry, content)


def _unpack(source: Path, folder: Path) -> None:
    """Unpack plain files with plain names, up to a bound, into an empty folder."""
    import zstandard

    total = 0
    try:
        with (
            source.open("rb") as raw,
            zstandard.ZstdDecompressor(max_window_size=1 << 27).stream_reader(raw) as unpacked,
            tarfile.open(fileobj=unpacked, mode="r|", tarinfo=_PlainEntry) as archive,
        ):
            for count, entry in enumerate(archive, 1):
                total += entry.size
                parts = entry.name.split("/")
                plain = entry.isreg() and len(parts) <= 4 and all(map(is_plain_name, parts))
                if not plain or count > MOST_FILES or total > LARGEST_RELEASE or entry.size < 0:
                    raise StoreError(
                        f"holds {entry.name[:80]!a}, which no release holds", where=source, remedy=_NO_RELEASE
                    )
                path = folder.joinpath(*parts)
                path.parent.mkdir(parents=True, exist_ok=True)
                content = archive.extractfile(entry)
                with path.open("xb") as file:
                    if content:
                        shutil.copyfileobj(content, file)
    except (tarfile.TarError, zstandard.ZstdError, EOFError, FileExistsError, UnicodeError) as error:
        raise StoreError(f"is no packed release ({type(error).__name__})", where=source, remedy=_NO_RELEASE) from error


def _only_release(offered: Store, source: Path) -> Release:
    versions = offered.versions()
    if len(versions) != 1:
        raise StoreError(f"holds {len(versions)} releases instead of one", where=source, remedy=_NO_RELEASE)
    return offered.release(versions[0])


def _take_over(store: Store, offered: Store, release: Release) -> None:
    for record in release.stages:
        if not record.serving:
            continue
        artifact = offered.open(record.stage, record.key, record.manifest_sha256)
        place = store.folder(record.stage, record.key)
        if place.exists() and not store.is_sound(record.stage, record.key):
            store.discard(record.stage, record.key)
        if place.exists():
            if store.record(record.stage, record.key).manifest_sha256 != record.manifest_sha256:
                raise StoreError(
                    "an artifact of this key is there with another content",
                    where=place,
                    remedy="Import into another folder with --models",
                )
            continue
        place.parent.mkdir(parents=True, exist_ok=True)
        temporary = store.root / "tmp" / f"{record.stage}-{secrets.token_hex(6)}"
        temporary.mkdir(parents=True)
        for name in (MANIFEST, *artifact.manifest["files"]):
            shutil.copyfile(artifact.path(name), temporary / name)
            sync(temporary / name)
        with contextlib.suppress(FileExistsError):
            temporary.rename(place)
        if not store.is_sound(record.stage, record.key):
            raise StoreError("changed while it was read", where=offered.root, remedy=REPAIR)
