"""Arrow columns of Python values, built from their buffers.

``pyarrow.array`` imports pandas to see whether it was given a Series, which costs a command more time than all its
other work on one notice. These columns are equal to its own.
"""

from collections.abc import Sequence
from itertools import chain
from typing import TYPE_CHECKING, Any

import numpy as np

if TYPE_CHECKING:
    import pyarrow as pa


def column(values: Sequence[Any], kind: "pa.DataType") -> "pa.Array":
    """An Arrow array of ``values``, None where there is none.

    Parameters
    ----------
    values
        Texts, numbers, truth values, or lists of texts.
    kind
        The Arrow type.
    """
    import pyarrow as pa

    if kind == pa.string():
        return _texts(values)
    if kind == pa.list_(pa.string()):
        return _lists(values)
    if kind == pa.float64():
        return pa.Array.from_buffers(kind, len(values), [None, pa.py_buffer(np.asarray(values, dtype=np.float64))])
    if kind == pa.bool_() and None not in values:
        bits = np.packbits(np.asarray(values, dtype=bool), bitorder="little")
        return pa.Array.from_buffers(kind, len(values), [None, pa.py_buffer(bits)])
    return pa.array(values, kind)


def _texts(values: Sequence[str | None]) -> "pa.Array":
    import pyarrow as pa

    present = None
    if None in values:
        present = pa.py_buffer(np.packbits(np.array([value is not None for value in values]), bitorder="little"))
    encoded = [value.encode() if value else b"" for value in values]
    content = b"".join(encoded)
    if len(content) > np.iinfo(np.int32).max:
        return pa.array(values, pa.string())  # chunked there
    offsets = _offsets(encoded)
    return pa.Array.from_buffers(pa.string(), len(values), [present, pa.py_buffer(offsets), pa.py_buffer(content)])


def _lists(values: Sequence[Sequence[str]]) -> "pa.Array":
    import pyarrow as pa

    members = _texts(list(chain.from_iterable(values)))
    kind = pa.list_(pa.string())
    return pa.Array.from_buffers(kind, len(values), [None, pa.py_buffer(_offsets(values))], children=[members])


def _offsets(values: Sequence[Sequence[Any]]) -> "np.ndarray[Any, np.dtype[np.int32]]":
    offsets = np.zeros(len(values) + 1, dtype=np.int32)
    offsets[1:] = np.cumsum(np.fromiter(map(len, values), dtype=np.int64, count=len(values)))
    return offsets
