"""Files of the store: written whole or not at all, read only as far as their manifest vouches for them."""

import errno
import hashlib
import json
import math
import os
import re
import secrets
import shutil
import stat
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from pipeline.errors import NoticesError, StoreError

#: The largest release, manifest or other small JSON file, in bytes, and the largest with a vocabulary.
LARGEST_MANIFEST = 1 << 20
LARGEST_VOCABULARY = 16 << 20

#: Ending of a file of arrays.
TENSORS = ".safetensors"

#: The largest file of an artifact, in bytes: what a manifest may ask to be read.
LARGEST_FILE = 4 << 30

#: What to do about a damaged or missing file.
REPAIR = "Train again, or import the release once more"

#: The largest header of a safetensors file, in bytes.
LARGEST_HEADER = 1 << 20

_NAME = re.compile(r"[A-Za-z0-9_][A-Za-z0-9._-]{0,99}")
_DTYPES: Mapping[str, np.dtype[Any]] = {
    "F64": np.dtype("<f8"),
    "F32": np.dtype("<f4"),
    "I64": np.dtype("<i8"),
    "I32": np.dtype("<i4"),
    "U32": np.dtype("<u4"),
    "U16": np.dtype("<u2"),
    "U8": np.dtype("u1"),
    "BOOL": np.dtype("?"),
}


def is_plain_name(name: object) -> bool:
    """Whether ``name`` may name a file or folder of the store: no separator, no ``..``, nothing hidden."""
    return isinstance(name, str) and _NAME.fullmatch(name) is not None


def write_json(value: Any) -> bytes:
    """The one way in which a value is written as JSON: UTF-8, keys as given, two blanks of indent, a final newline."""
    return (json.dumps(value, ensure_ascii=False, indent=2, allow_nan=False) + "\n").encode()


def parse_json(content: bytes, where: object) -> Any:
    """Parse JSON of a store.

    Raises
    ------
    StoreError
        Where it is no JSON, or nested more deeply than Python's parser goes.
    """
    try:
        return json.loads(content.decode())
    except (ValueError, RecursionError) as error:
        raise StoreError("damaged: it is no JSON", where=where, remedy=REPAIR) from error


def read_bounded(path: Path, limit: int = LARGEST_MANIFEST) -> bytes:
    """Read a small file that must be a real file, not a link, and within ``limit`` bytes."""
    try:
        # Without O_NONBLOCK a pipe of that name would be waited for, for ever.
        handle = os.open(path, os.O_RDONLY | getattr(os, "O_NOFOLLOW", 0) | getattr(os, "O_NONBLOCK", 0))
        with os.fdopen(handle, "rb") as file:
            if not stat.S_ISREG(os.fstat(file.fileno()).st_mode):
                raise StoreError("is no plain file, and a store holds no others", where=path, remedy="Remove it")
            content = file.read(limit + 1)
    except OSError as error:
        raise unreadable(path, error) from error
    if len(content) > limit:
        raise StoreError(f"larger than {limit} bytes", where=path, remedy="This is no file of a store; remove it")
    return content


def unreadable(path: Path, error: OSError) -> StoreError:
    """The error for a file of the store that cannot be opened."""
    if error.errno == errno.ELOOP:
        return StoreError("is a link, and a store holds none", where=path, remedy="Remove it and train again")
    if error.errno == errno.ENOENT:
        return StoreError("is missing", where=path, remedy=REPAIR)
    return StoreError(f"cannot be read: {error.strerror}", where=path, remedy="Check who may read this folder")


def refuse_links(*paths: Path) -> None:
    """Refuse folders of a store that lead out of it."""
    for path in paths:
        if path.is_symlink():
            raise StoreError("is a link, and a store holds none", where=path, remedy="Remove it and train again")


def check_file(path: Path, size: int, sha256: str) -> None:
    """Check that a file is a plain one of that size and SHA-256 (hexadecimal).

    Raises
    ------
    StoreError
        Where it is not; a file of another size is not read.
    """
    try:
        state = path.lstat()
        if not stat.S_ISREG(state.st_mode):
            raise StoreError("is no plain file, and a store holds no others", where=path, remedy=REPAIR)
        if state.st_size == size:
            with path.open("rb") as file:
                if hashlib.file_digest(file, "sha256").hexdigest() == sha256:
                    return
    except OSError as error:
        raise unreadable(path, error) from error
    raise StoreError("damaged: its content is not what was written", where=path, remedy=REPAIR)


@contextmanager
def told_plainly(where: object) -> Iterator[None]:
    """Turn what the operating system says of a failed write into one line."""
    try:
        yield
    except NoticesError:
        raise
    except OSError as error:
        reasons = {
            errno.ENOSPC: ("the disk is full", "Free some space and run the command again"),
            errno.EDQUOT: ("the disk quota is used up", "Free some space and run the command again"),
            errno.EROFS: ("the file system is read-only", "Choose a folder that you may write, e.g. with --models"),
            errno.EACCES: ("no permission to write", "Choose a folder that you may write, e.g. with --models"),
        }
        reason, remedy = reasons.get(error.errno or 0, (error.strerror or str(error), "Check the folder and try again"))
        raise StoreError(f"cannot be written: {reason}", where=where, remedy=remedy) from error


def sync(path: Path) -> None:
    """Ask the disk to keep what was written to a file or folder."""
    handle = os.open(path, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)


def write_file(path: Path, content: bytes) -> None:
    """Put ``content`` at ``path`` so that a reader sees the old file or the new one, never a part."""
    with told_plainly(path):
        path.parent.mkdir(parents=True, exist_ok=True)
        temporary = path.with_name(f".{path.name}.{secrets.token_hex(6)}.tmp")
        try:
            with temporary.open("xb") as file:
                file.write(content)
                file.flush()
                os.fsync(file.fileno())
            temporary.replace(path)
            sync(path.parent)
        finally:
            temporary.unlink(missing_ok=True)


def write_folder(path: Path, files: Mapping[str, bytes], temporary: Path) -> None:
    """Put a folder with ``files`` at ``path``: all of it at once, or nothing.

    A folder that is already there is left as it is: in a store, the same name means the same content.
    """
    with told_plainly(path):
        temporary.parent.mkdir(parents=True, exist_ok=True)
        temporary.mkdir()
        try:
            for name, content in files.items():
                with (temporary / name).open("xb") as file:
                    file.write(content)
                    file.flush()
                    os.fsync(file.fileno())
            sync(temporary)
            path.parent.mkdir(parents=True, exist_ok=True)
            _move_folder(temporary, path)
            sync(path.parent)
        finally:
            shutil.rmtree(temporary, ignore_errors=True)


def _move_folder(temporary: Path, path: Path) -> None:
    try:
        temporary.rename(path)
    except OSError as error:
        if error.errno not in (errno.EEXIST, errno.ENOTEMPTY):
            raise


def write_tensors(arrays: Mapping[str, npt.NDArray[Any]]) -> bytes:
    """Arrays as the bytes of a safetensors file, the same for the same arrays."""
    from safetensors.numpy import save

    return bytes(save({name: np.ascontiguousarray(arrays[name]) for name in sorted(arrays)}))


def map_tensors(path: Path) -> dict[str, npt.NDArray[Any]]:
    """Arrays of a safetensors file, mapped into memory read-only, not copied.

    The header is checked against the file's real size before anything is mapped; the library's own reader copies.

    Raises
    ------
    StoreError
        Where the header does not describe exactly the bytes that are there.
    """
    header, start = _header(path)
    size = path.stat().st_size
    arrays, reached = {}, start
    for name, entry in sorted(header.items(), key=lambda item: item[1]["data_offsets"]):
        dtype, shape, (begin, end) = _DTYPES[entry["dtype"]], tuple(entry["shape"]), entry["data_offsets"]
        count = math.prod(shape)
        if start + begin != reached or end - begin != count * dtype.itemsize or start + end > size:
            raise _forged(path)
        reached = start + end
        if not count:
            if max(shape) > size:
                raise _forged(path)
            arrays[name] = np.zeros(shape, dtype)
            continue
        raw = np.memmap(path, dtype=np.uint8, mode="r", offset=start + begin, shape=(end - begin,))
        arrays[name] = np.frombuffer(raw, dtype=dtype).reshape(shape)
    if reached != size:
        raise _forged(path)
    return arrays


def _header(path: Path) -> tuple[dict[str, Any], int]:
    try:
        with path.open("rb") as file:
            length = int.from_bytes(file.read(8), "little")
            if length > LARGEST_HEADER:
                raise _forged(path)
            header = parse_json(file.read(length), path)
    except OSError as error:
        raise unreadable(path, error) from error
    if not isinstance(header, dict):
        raise _forged(path)
    header.pop("__metadata__", None)
    if not all(_is_entry(entry) for entry in header.values()):
        raise _forged(path)
    return header, 8 + length


def _is_entry(entry: Any) -> bool:
    if not isinstance(entry, dict) or entry.get("dtype") not in _DTYPES:
        return False
    shape, offsets = entry.get("shape"), entry.get("data_offsets")
    return (
        isinstance(shape, list)
        and isinstance(offsets, list)
        and len(offsets) == 2
        and len(shape) <= 4
        and all(type(number) is int and 0 <= number < 1 << 48 for number in (*shape, *offsets))
        and offsets[0] <= offsets[1]
    )


def _forged(path: Path) -> StoreError:
    return StoreError(
        "damaged: its header does not describe its content",
        where=path,
        remedy=REPAIR,
    )
