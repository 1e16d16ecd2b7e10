"""Bytes to lines of text: which encoding it is, and which lines cannot be decoded."""

import codecs
import io
import re
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from functools import partial
from typing import IO

from pipeline.errors import InputError
from pipeline.ingest.limits import MAX_DOCUMENT, MAX_LINE
from pipeline.ingest.locate import Source
from pipeline.ingest.tables import Reject

_PIECE = 1 << 20
_SAMPLE = 1 << 16
_BINARY_MARKS = {b"%PDF": "PDF", b"\xd0\xcf\x11\xe0": "old Excel (.xls) or Word", b"\x89PNG": "image"}
# Bytes that are not UTF-8 come back as these lone surrogates (PEP 383); in other encodings, as U+FFFD.
_UNDECODED = re.compile("[\udc80-\udcff]")
_REPLACED = re.compile("\ufffd")
_CONTROL = bytes(set(range(32)) - set(b"\t\n\r\x0b\x0c\x1b"))


@dataclass(frozen=True)
class Encoding:
    """How a source's bytes become text.

    ``undecoded`` finds what could not be decoded (None: all can); ``mixed`` says that
    some lines are UTF-8 all the same.
    """

    name: str
    errors: str = "strict"
    undecoded: re.Pattern[str] | None = None
    mixed: bool = False

    @property
    def label(self) -> str:
        """Name for people."""
        return self.name.removesuffix("-sig").upper()


def find_encoding(source: Source) -> Encoding:
    """Tell UTF-8 and UTF-16, with BOM or without, GB18030, and what charset-normalizer finds.

    A source that is neither UTF-8 nor GB18030 throughout is read as the one that fits more of its lines; the other
    lines are rejected one by one.

    Raises
    ------
    InputError
        For an empty or a binary file.
    """
    sample = source.head(_SAMPLE)
    _refuse_binary(sample, source)
    if wide := _utf_16(sample):
        return Encoding(wide, "replace", _REPLACED)
    if _is_strictly(source, "utf-8"):
        return Encoding("utf-8-sig")
    tally = _tally(source)
    if tally.utf_8 >= tally.gb18030 or _is_nearly_utf_8(sample):
        return Encoding("utf-8-sig", "surrogateescape", _UNDECODED)
    if tally.utf_8 == 0 and tally.neither > tally.gb18030 and (guess := _guess(sample)):
        return Encoding(guess, "replace", _REPLACED)
    if tally.neither or tally.utf_8:
        return Encoding("gb18030", "replace", _REPLACED, mixed=tally.utf_8 > 0)
    return Encoding("gb18030")


def _refuse_binary(sample: bytes, source: Source) -> None:
    if not sample.strip(b"\xef\xbb\xbf\xff\xfe \t\r\n\x00"):
        raise InputError("the file is empty", where=source.where, remedy="Name a file with notices in it")
    kind = next((kind for mark, kind in _BINARY_MARKS.items() if sample.startswith(mark)), None)
    control = len(sample) - len(sample.translate(None, _CONTROL))
    if kind is None and (control <= len(sample) // 20 or _utf_16(sample)):
        return
    raise InputError(
        f"a binary file ({kind})" if kind else "a binary file, not text",
        where=source.where,
        remedy="Save it as text, CSV, JSON lines, XLSX or Parquet",
    )


def _utf_16(sample: bytes) -> str | None:
    if sample.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)):
        return "utf-16"
    if b"\x00" not in sample:
        return None
    even = sample[: len(sample) // 2 * 2]
    for name in ("utf-16-le", "utf-16-be"):
        text = even.decode(name, "replace")
        usual = sum("\t" <= c <= "~" or "\u3000" <= c <= "\u9fff" or "\uff00" <= c <= "\uffef" for c in text)
        if usual >= 0.9 * len(text):
            return name
    return None


def _is_strictly(source: Source, encoding: str) -> bool:
    decoder = codecs.getincrementaldecoder(encoding)()
    with source.open() as stream:
        try:
            while piece := stream.read(_PIECE):
                decoder.decode(piece)
            decoder.decode(b"", final=True)
        except UnicodeDecodeError:
            return False
    return True


@dataclass
class _Tally:
    """Lines beyond ASCII: valid UTF-8, else valid GB18030, else neither."""

    utf_8: int = 0
    gb18030: int = 0
    neither: int = 0


def _tally(source: Source) -> _Tally:
    tally = _Tally()
    with source.open() as stream:
        for line in iter(partial(stream.readline, MAX_LINE), b""):
            if line.isascii():
                continue
            if _decodes(line, "utf-8") and max(line) >= 0xE0:  # two bytes alone may be Chinese in GB18030 too
                tally.utf_8 += 1
            elif _decodes(line, "gb18030"):
                tally.gb18030 += 1
            else:
                tally.neither += 1
    return tally


def _decodes(line: bytes, encoding: str) -> bool:
    try:
        line.decode(encoding)
    except UnicodeDecodeError:
        return False
    return True


def _is_nearly_utf_8(sample: bytes) -> bool:
    # One damaged character in a long line: UTF-8 shows a few replacements, GB18030 read as UTF-8 nearly only such.
    text = sample.decode("utf-8", "replace")
    beyond = sum(not c.isascii() for c in text)
    return text.count("\ufffd") * 5 < beyond


def _guess(sample: bytes) -> str | None:
    from charset_normalizer import from_bytes

    best = from_bytes(sample[:8192]).best()
    return None if best is None else best.encoding


@contextmanager
def open_text(source: Source, encoding: Encoding) -> Iterator[IO[str]]:
    """Open a source as text; line ends are kept as they are."""
    with source.open() as stream:
        text = io.TextIOWrapper(stream, encoding=encoding.name, errors=encoding.errors, newline="")
        try:
            yield text
        finally:
            text.detach()


def read_lines(text: IO[str], source: Source, encoding: Encoding, rejects: list[Reject]) -> Iterator[tuple[int, str]]:
    """Numbered lines of a text; lines too long or not decodable are put among the rejects instead."""
    readline = partial(text.readline, MAX_LINE)
    undecoded = encoding.undecoded
    for number, line in enumerate(iter(readline, ""), 1):
        if len(line) >= MAX_LINE and line[-1] not in "\r\n":
            _skip_line(text)
            reason = f"the line has more than {MAX_LINE:,} characters"
            rejects.append(Reject(source.where, number, reason, quote(line)))
        elif encoding.mixed and (better := _as_utf_8(line, encoding.name)):
            yield number, better
        elif undecoded is not None and undecoded.search(line):
            rejects.append(Reject(source.where, number, undecodable(encoding), quote(line)))
        else:
            yield number, line


def _as_utf_8(line: str, read_as: str) -> str | None:
    if line.isascii():
        return None
    written = line.encode(read_as, "replace")
    return written.decode("utf-8") if max(written) >= 0xE0 and _decodes(written, "utf-8") else None


def _skip_line(text: IO[str]) -> None:
    while (piece := text.readline(_PIECE)) and piece[-1] not in "\r\n":
        pass


def undecodable(encoding: Encoding) -> str:
    """Reason for rejecting a line that is not in the encoding of the rest."""
    return f"the line cannot be decoded as {encoding.label}, the encoding of the rest"


def quote(line: str) -> str:
    """Start of a line, with what could not be decoded shown as U+FFFD."""
    from pipeline.ingest.tables import excerpt

    return excerpt(_UNDECODED.sub("\ufffd", line[:400]))


def whole_text(source: Source, encoding: Encoding, rejects: list[Reject]) -> str:
    """All text of a document that must be parsed whole; lines that cannot be decoded are left out and rejected."""
    text = source.whole(MAX_DOCUMENT).decode(encoding.name, encoding.errors)
    if encoding.undecoded is None or not encoding.undecoded.search(text):
        return text
    lines = text.splitlines(keepends=True)
    for number, line in enumerate(lines, 1):
        if encoding.undecoded.search(line):
            rejects.append(Reject(source.where, number, undecodable(encoding), quote(line)))
            lines[number - 1] = "\n"
    return "".join(lines)
