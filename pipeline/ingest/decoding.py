"""Bytes to lines of text: which encoding it is, and which lines cannot be decoded."""

import codecs
import io
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from functools import partial
from typing import IO

from pipeline.errors import EmptyInputError, InputError
from pipeline.ingest.limits import MAX_DOCUMENT, MAX_LINE
from pipeline.ingest.locate import Source
from pipeline.ingest.tables import Reject, excerpt

_PIECE = 1 << 20
_SAMPLE = 1 << 16
_BINARY_MARKS = {b"%PDF": "PDF", b"\xd0\xcf\x11\xe0": "old Excel (.xls) or Word", b"\x89PNG": "image"}
_REPLACED = "\ufffd"
_CONTROL = bytes(set(range(32)) - set(b"\t\n\r\x0b\x0c\x1b"))


@dataclass(frozen=True)
class Encoding:
    """How a source's bytes become text.

    Where ``by_line`` names encodings, some lines differ from the rest: each line is decoded by the first of them that
    fits. Where ``errors`` is ``replace``, lines with a replacement character could not be decoded.
    """

    name: str
    errors: str = "strict"
    by_line: tuple[str, ...] = ()

    @property
    def label(self) -> str:
        """Name for people."""
        return self.name.removesuffix("-sig").upper()

    def decode_line(self, line: str) -> str | None:
        """Text of a line that was read as Latin 1 (with ``by_line``), or None if no encoding fits."""
        if not self.by_line:
            return None if self.errors == "replace" and _REPLACED in line else line
        written = line.encode("latin-1")
        for encoding in self.by_line:
            if _fits(written, encoding):
                return written.decode(encoding)
        return None


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
        return Encoding(wide, "replace")
    if _is_strictly(source, "utf-8"):
        return Encoding("utf-8-sig")
    tally = _tally(source)
    if tally.utf_8 >= tally.gb18030 or _is_nearly_utf_8(sample):
        return Encoding("utf-8-sig", by_line=("utf-8-sig",))
    if tally.utf_8 == 0 and tally.neither > tally.gb18030 and (guess := _guess(sample)):
        return Encoding(guess, "replace")
    if tally.neither or tally.utf_8:
        return Encoding("gb18030", by_line=("utf-8", "gb18030"))
    return Encoding("gb18030")


def _refuse_binary(sample: bytes, source: Source) -> None:
    if not sample.strip(b"\xef\xbb\xbf\xff\xfe \t\r\n\x00"):
        raise EmptyInputError("the file is empty", where=source.where, remedy="Name a file with notices in it")
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
    high, low = sample[::2].count(0), sample[1::2].count(0)
    # Blanks, digits and line ends have a zero byte, always on the same side; two Latin letters of a text with a stray
    # zero byte would make a Chinese character too, so valid UTF-8 has to be full of them.
    least = 0.3 if sample.isascii() else 0.01
    if max(high, low) < least * len(sample) or min(high, low) > 0.05 * max(high, low):
        return None
    even = sample[: len(sample) // 2 * 2]
    name = "utf-16-le" if low > high else "utf-16-be"
    text = even.decode(name, "replace")
    usual = sum("\t" <= c <= "~" or "\u3000" <= c <= "\u9fff" or "\uff00" <= c <= "\uffef" for c in text)
    return name if usual >= 0.9 * len(text) else None


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
            if _fits(line, "utf-8"):
                tally.utf_8 += 1
            elif _fits(line, "gb18030"):
                tally.gb18030 += 1
            else:
                tally.neither += 1
    return tally


def _fits(line: bytes, encoding: str) -> bool:
    # Chinese takes three bytes a character in UTF-8; a line with two-byte characters only may well be GB18030.
    if encoding == "utf-8" and not line.isascii() and max(line) < 0xE0:
        return False
    try:
        line.decode(encoding)
    except UnicodeDecodeError:
        return False
    return True


def _is_nearly_utf_8(sample: bytes) -> bool:
    # One damaged character in a long line: UTF-8 shows a few replacements, GB18030 read as UTF-8 nearly only such.
    text = sample.decode("utf-8", "replace")
    beyond = sum(c >= "\u0800" and c != _REPLACED for c in text)
    return text.count(_REPLACED) * 5 < beyond


def _guess(sample: bytes) -> str | None:
    from charset_normalizer import from_bytes

    best = from_bytes(sample[:8192]).best()
    return None if best is None else best.encoding


@contextmanager
def open_text(source: Source, encoding: Encoding) -> Iterator[IO[str]]:
    """Open a source as text for `read_lines`; line ends are kept as they are."""
    name = "latin-1" if encoding.by_line else encoding.name
    with source.open() as stream:
        text = io.TextIOWrapper(stream, encoding=name, errors=encoding.errors, newline="")
        try:
            yield text
        finally:
            text.detach()


def read_lines(text: IO[str], source: Source, encoding: Encoding, rejects: list[Reject]) -> Iterator[tuple[int, str]]:
    """Give the numbered lines of a text; lines too long or not decodable are put among the rejects instead."""
    clean = not encoding.by_line and encoding.errors == "strict"
    for number, line in enumerate(iter(partial(text.readline, MAX_LINE), ""), 1):
        if len(line) >= MAX_LINE and line[-1] not in "\r\n":
            _skip_line(text)
            reason = f"the line has more than {MAX_LINE:,} characters"
            rejects.append(Reject(source.where, number, reason, quote(line, encoding)))
        elif clean:
            yield number, line
        elif (decoded := encoding.decode_line(line)) is not None:
            yield number, decoded
        else:
            rejects.append(_undecodable(source, number, line, encoding))


def _skip_line(text: IO[str]) -> None:
    while (piece := text.readline(_PIECE)) and piece[-1] not in "\r\n":
        pass


def _undecodable(source: Source, number: int, line: str, encoding: Encoding) -> Reject:
    reason = f"the line cannot be decoded as {encoding.label}, the encoding of the rest"
    return Reject(source.where, number, reason, quote(line, encoding))


def quote(line: str, encoding: Encoding) -> str:
    """Start of a line, with what could not be decoded shown as U+FFFD."""
    start = line[:400]
    return excerpt(start.encode("latin-1").decode(encoding.name, "replace") if encoding.by_line else start)


def whole_text(source: Source, encoding: Encoding, rejects: list[Reject]) -> str:
    """Give all text of a document that must be parsed whole, without the lines that cannot be decoded."""
    content = source.whole(MAX_DOCUMENT)
    if not encoding.by_line and encoding.errors == "strict":
        return content.decode(encoding.name)
    kept = []
    name = "latin-1" if encoding.by_line else encoding.name
    for number, line in enumerate(content.decode(name, encoding.errors).split("\n"), 1):
        decoded = encoding.decode_line(line)
        if decoded is None:
            rejects.append(_undecodable(source, number, line, encoding))
        kept.append(decoded or "")
    return "\n".join(kept)
