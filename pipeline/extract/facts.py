"""What is found in a notice: values with the places they were read at, and the columns they fill."""

from dataclasses import dataclass
from typing import Literal, NamedTuple

from pipeline.notice import FACT_COLUMNS

Field = Literal["title", "text"]

#: The status of a notice that says neither a day nor a stage.
UNSTATED = "未说明"


class Fact(NamedTuple):
    """A value read from a notice, and where: ``start`` and ``end`` count code points of the field."""

    value: str
    field: Field
    start: int
    end: int


@dataclass(frozen=True, slots=True)
class Facts:
    """All that one notice states; what it does not state is None or empty.

    Dates are ``YYYY-MM-DD``. ``status`` holds 征求意见, 公示, 已生效 or 将生效, and is None where
    nothing is stated (the column then says 未说明).
    """

    effective_date: Fact | None = None
    effective_until: Fact | None = None
    comment_until: Fact | None = None
    status: Fact | None = None
    rule_names: tuple[Fact, ...] = ()
    platform: Fact | None = None
    audience: tuple[Fact, ...] = ()
    amounts: tuple[Fact, ...] = ()

    def row(self) -> dict[str, str | list[str] | None]:
        """Give the values of `FACT_COLUMNS`, in that order: text, lists of text, or None."""
        return {
            "effective_date": self.effective_date and self.effective_date.value,
            "effective_until": self.effective_until and self.effective_until.value,
            "comment_until": self.comment_until and self.comment_until.value,
            "status": self.status.value if self.status else UNSTATED,
            "rule_names": [fact.value for fact in self.rule_names],
            "platform": self.platform and self.platform.value,
            "audience": [fact.value for fact in self.audience],
            "amounts": [fact.value for fact in self.amounts],
            "fact_places": self.places(),
        }

    def places(self) -> str:
        """JSON text: an object of fact column to list of ``[field, start, end]``; unstated facts left out."""
        columns = []
        for name in FACT_COLUMNS[:-1]:
            value: Fact | tuple[Fact, ...] | None = getattr(self, name)
            if value:
                facts = (value,) if isinstance(value, Fact) else value
                # Names and numbers only, nothing to escape: written out at a fifth of json.dumps' cost.
                places = ",".join([f'["{fact.field}",{fact.start},{fact.end}]' for fact in facts])
                columns.append(f'"{name}":[{places}]')
        return f"{{{','.join(columns)}}}"
