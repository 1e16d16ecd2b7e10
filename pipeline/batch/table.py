"""Labelled notices as an Arrow table: its schema, and the joining of what was told with what came in."""

import datetime as dt
from dataclasses import dataclass, replace
from functools import lru_cache
from typing import TYPE_CHECKING

from pipeline.arrow import column
from pipeline.artifacts.store import Store
from pipeline.errors import ParameterError
from pipeline.notice import RECORD_COLUMNS
from pipeline.predict import Predictor, free_name

if TYPE_CHECKING:
    import pyarrow as pa

#: The facts that are lists of texts; the others are texts.
LIST_FACTS = frozenset({"rule_names", "audience", "amounts"})

#: Digits of a probability behind the point where people read it, in a spreadsheet.
DIGITS = "6"


@dataclass(frozen=True)
class Options:
    """What decides the labels and columns of an output.

    Attributes
    ----------
    models, version
        The release. A full version, so that every process labels with the same one.
    facts
        Whether the facts that stand in the text are given.
    why
        Whether the words that spoke for each label are given, as JSON text.
    as_of
        The day by which ``status`` tells 已生效 from 将生效; each notice's own day where None.
    """

    models: str
    version: str
    facts: bool = True
    why: bool = False
    as_of: dt.date | None = None

    def resolved(self) -> "Options":
        """The same with the full version of the release."""
        return replace(self, version=Store(self.models).release(self.version).version)


def read_day(text: str | None) -> dt.date | None:
    """A day given as ``YYYY-MM-DD``."""
    try:
        return None if text is None else dt.date.fromisoformat(text)
    except ValueError as error:
        raise ParameterError(f"{text!r} is no day", remedy="Write it as YYYY-MM-DD") from error


@lru_cache(maxsize=2)
def predictor_of(models: str, version: str) -> Predictor:
    """The predictor of a release, loaded once in each process."""
    return Predictor.load(models, version)


def output_schema(notices: "pa.Schema", options: Options) -> "pa.Schema":
    """Schema of the labelled table of notices with the schema ``notices``."""
    import pyarrow as pa

    predictor = predictor_of(options.models, options.version)
    kinds = {"needs_review": pa.bool_()}
    sure = {f"{head.id}_confidence": {"digits": DIGITS} for head in predictor.heads}
    kinds |= dict.fromkeys(sure, pa.float64())
    kinds |= dict.fromkeys(LIST_FACTS, pa.list_(pa.string()))
    names = predictor.output_columns(facts=options.facts, why=options.why)
    fields = [pa.field(name, kinds.get(name, pa.string()), metadata=sure.get(name)) for name in names]
    taken = set(names)
    extras = [notices.field(name) for name in notices.names if name not in RECORD_COLUMNS]
    return pa.schema(fields + [field.with_name(free_name(field.name, taken)) for field in extras])


def label_table(notices: "pa.Table", options: Options) -> "pa.Table":
    """Label a table of notices (see `pipeline.ingest.stream`); its other columns follow."""
    import pyarrow as pa

    predictor = predictor_of(options.models, options.version)
    record = {name: notices.column(name).to_pylist() for name in RECORD_COLUMNS}
    told = predictor.told(record, facts=options.facts, why=options.why, as_of=options.as_of)
    schema = output_schema(notices.schema, options)
    arrays = [
        notices.column(name) if name in RECORD_COLUMNS else column(values, schema.field(name).type)
        for name, values in told.items()
    ]
    arrays += [notices.column(name) for name in notices.column_names if name not in RECORD_COLUMNS]
    return pa.table(arrays, schema=schema)
