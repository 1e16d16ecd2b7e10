"""JSON and JSON lines: objects to columns, with every value's type kept."""

import json
import json.scanner
from collections.abc import Iterable, Iterator
from typing import Any

from pipeline.errors import InputError
from pipeline.ingest.decoding import Encoding, find_encoding, open_text, read_lines, whole_text
from pipeline.ingest.fields import names_a_headline
from pipeline.ingest.limits import MAX_BATCH, MAX_COLUMNS
from pipeline.ingest.locate import Source
from pipeline.ingest.tables import ABSENT, Chunk, Reject, excerpt

_encode_text = json.encoder.encode_basestring
_encode_value = json.JSONEncoder(ensure_ascii=False).encode
_scan = json.scanner.make_scanner(json.JSONDecoder())  # type: ignore[arg-type] # wants a decoder, not itself
_JSON_BLANKS = " \t\r\n"
_encode_ascii = json.JSONEncoder().encode


def encode_extra(value: object) -> str | None:
    """JSON text of a value, or None where the object has no such key; `decode_extra` gives the value back."""
    if type(value) is str:
        return _encode_text(value)
    return None if value is ABSENT else _encode_value(value)


def encode_extra_safely(value: object) -> str | None:
    """As `encode_extra`, for values with lone surrogates, which only escapes can carry in UTF-8."""
    return None if value is ABSENT else _encode_ascii(value)


def parse(text: str) -> Any:
    """Value of a JSON text; ValueError where it is none, nests too deep or has a number of too many digits."""
    try:
        if text[:1] == "{":  # the common line, without the detours of json.loads
            value, end = _scan(text, 0)
            if text[end:].strip(_JSON_BLANKS) == "":
                return value
        return json.loads(text)
    except StopIteration:
        return json.loads(text)  # for its message
    except RecursionError as error:
        raise ValueError("nested too deep") from error


def _reason(error: ValueError) -> str:
    if isinstance(error, json.JSONDecodeError):
        return f"not JSON: {error.msg} at column {error.colno}"
    return f"not JSON that can be read: {str(error).split(';')[0]}"


class JsonLinesTable:
    """One JSON object a line. A first pass over the file finds all keys, so that every batch has all columns."""

    guarded = False

    def __init__(self, source: Source) -> None:
        self._source = source
        self._encoding: Encoding = find_encoding(source)
        self.first_id: str | None = None
        self.names = self._all_keys()
        self.types: list[Any] = [None] * len(self.names)

    def _all_keys(self) -> list[str]:
        keys: dict[str, None] = {}
        known: set[tuple[str, ...]] = set()
        rejects: list[Reject] = []
        with open_text(self._source, self._encoding) as text:
            for _, line in read_lines(text, self._source, self._encoding, rejects):
                rejects.clear()
                try:
                    value = parse(line)
                except ValueError:
                    continue
                if not isinstance(value, dict):
                    continue
                shape = tuple(value)
                if shape not in known:
                    if not keys and isinstance(value.get("id"), str):
                        self.first_id = value["id"]
                    _remember(shape, known, keys, self._source)
        if not keys:
            raise InputError("no line holds a JSON object", where=self._source.where, remedy="Write one object a line")
        return list(keys)

    def chunks(self, batch_rows: int) -> Iterator[Chunk]:
        """Objects in order; a line that is no object is rejected."""
        rejects: list[Reject] = []
        lines: list[int] = []
        rows: list[dict[str, Any]] = []
        size = 0
        where = self._source.where
        with open_text(self._source, self._encoding) as text:
            for number, line in read_lines(text, self._source, self._encoding, rejects):
                size += len(line)
                try:
                    value = parse(line)
                except ValueError as error:
                    if line.strip():
                        rejects.append(Reject(where, number, _reason(error), excerpt(line)))
                else:
                    if type(value) is dict:
                        lines.append(number)
                        rows.append(value)
                    else:
                        rejects.append(Reject(where, number, "not a JSON object", excerpt(line)))
                if len(rows) >= batch_rows or len(rejects) >= batch_rows or size >= MAX_BATCH:
                    yield Chunk(lines, _columns(rows, self.names), rejects[:])
                    lines, rows, size = [], [], 0
                    rejects.clear()
        yield Chunk(lines, _columns(rows, self.names), rejects)


def _remember(shape: tuple[str, ...], known: set[tuple[str, ...]], keys: dict[str, None], source: Source) -> None:
    keys.update(dict.fromkeys(shape))
    if len(known) < MAX_COLUMNS:
        known.add(shape)
    if len(keys) > MAX_COLUMNS:
        raise InputError(
            f"more than {MAX_COLUMNS:,} different keys", where=source.where, remedy="Keep only the keys you need"
        )


def _columns(rows: list[dict[str, Any]], names: Iterable[str]) -> list[Any]:
    return [[row.get(name, ABSENT) for row in rows] for name in names]


class JsonTable:
    """A JSON document: an array of objects, one object, or an object in which one array of objects is found."""

    guarded = False

    def __init__(self, source: Source) -> None:
        self._source = source
        self._rejects: list[Reject] = []
        text = whole_text(source, find_encoding(source), self._rejects)
        try:
            document = parse(text)
        except ValueError as error:
            line = getattr(error, "lineno", None)
            where = f"{source.where}:{line}" if line else source.where
            raise InputError(_reason(error), where=where, remedy="Mend the file, or save it as JSON lines") from error
        self._rows: list[Any] = _rows_of(document, source)
        keys: dict[str, None] = {}
        known: set[tuple[str, ...]] = set()
        for row in self._rows:
            if isinstance(row, dict) and (shape := tuple(row)) not in known:
                _remember(shape, known, keys, source)
        if not keys:
            raise InputError("no object in the document", where=source.where, remedy="Give an array of objects")
        self.names = list(keys)
        self.types: list[Any] = [None] * len(self.names)
        first = next(row for row in self._rows if isinstance(row, dict))
        self.first_id = first["id"] if isinstance(first.get("id"), str) else None

    def chunks(self, batch_rows: int) -> Iterator[Chunk]:
        """Elements in order; one that is no object is rejected."""
        rejects = self._rejects[:]
        for start in range(0, len(self._rows), batch_rows):
            lines: list[int] = []
            rows: list[dict[str, Any]] = []
            for number, row in enumerate(self._rows[start : start + batch_rows], start + 1):
                if isinstance(row, dict):
                    lines.append(number)
                    rows.append(row)
                else:
                    rejects.append(Reject(self._source.where, number, "not a JSON object", excerpt(_encode_ascii(row))))
            yield Chunk(lines, _columns(rows, self.names), rejects)
            rejects = []


def _rows_of(document: Any, source: Source) -> list[Any]:
    # {"code": 0, "data": {"list": [...]}} is how web services answer: step down while there is one way only.
    while isinstance(document, dict) and not names_a_headline(list(document)):
        arrays = [value for value in document.values() if isinstance(value, list) and _holds_objects(value)]
        objects = [value for value in document.values() if isinstance(value, dict)]
        if len(arrays) == 1:
            return arrays[0]
        if arrays or len(objects) != 1:
            raise InputError(
                f"the object holds {len(arrays)} arrays of objects and no headline",
                where=source.where,
                remedy="Give an array of objects, one object with a title, or an object with one array of them",
            )
        document = objects[0]
    if isinstance(document, dict):
        return [document]
    if isinstance(document, list) and document:
        return document
    raise InputError(
        "the document holds no notice" if document == [] else "the document is no array of objects",
        where=source.where,
        remedy="Give an array of objects, each with a title",
    )


def _holds_objects(values: list[Any]) -> bool:
    return any(isinstance(value, dict) for value in values[:100])
