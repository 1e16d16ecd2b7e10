"""A notice: the columns of its record, its identity, and the taxonomy of labels it can be given."""

import hashlib
import json
import tomllib
import unicodedata
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from pipeline.errors import TaxonomyError

#: The columns every notice has, in this order; all hold text. ``published_at`` is
#: ``YYYY-MM-DD HH:MM:SS`` in Asia/Shanghai, or missing (None).
RECORD_COLUMNS = ("id", "title", "published_at", "text", "source")

#: The columns that a notice's facts fill, in this order.
FACT_COLUMNS = (
    "effective_date",
    "effective_until",
    "comment_until",
    "status",
    "rule_names",
    "platform",
    "audience",
    "amounts",
    "fact_places",
)

#: What else stands beside a head in a labelled table or a table of measures, so that no head can be named so.
_TAKEN = {*RECORD_COLUMNS, *FACT_COLUMNS, "needs_review", "model_version", "why", "n"}

#: How ``published_at`` is written.
TIME_FORMAT = "%Y-%m-%d %H:%M:%S"

#: The time zone of every time in the project.
TIME_ZONE = "Asia/Shanghai"


def clean_text(value: str) -> str:
    """Text as it is kept: control characters and lone surrogates gone, blanks at the ends trimmed.

    Line breaks and tabs inside become single blanks; nothing else is changed.
    """
    if value.isprintable():  # the common case, decided in C: no control, no surrogate, no line break
        return value.strip()
    value = " ".join(value.split())  # the next commonest: nothing but line breaks and odd blanks
    if value.isprintable():
        return value
    value = value.encode("utf-8", "replace").decode("utf-8")
    kept = (c if _is_kept(c) else " " if c.isspace() else "" for c in value)
    return " ".join("".join(kept).split())


def _is_kept(character: str) -> bool:
    # Format characters (zero-width joiners, direction marks) carry no meaning here and hide words from the model.
    return character == " " or unicodedata.category(character) not in {"Cc", "Cf", "Cs", "Zl", "Zp"}


def notice_id(title: str, published_at: str | None, text: str) -> str:
    """Stable identity of a notice: 16 hexadecimal digits of BLAKE2b over headline, time and text.

    Blanks do not count, so that the same notice saved from two pages has one identity.
    """
    normal = "\x1f".join(("".join(title.split()), published_at or "", "".join(text.split())))
    if not normal.isascii() and not unicodedata.is_normalized("NFC", normal):
        normal = unicodedata.normalize("NFC", normal)
    return hashlib.blake2b(normal.encode("utf-8", "replace"), digest_size=8).hexdigest()


@dataclass(frozen=True)
class Head:
    """One question asked of every notice, with the labels that answer it."""

    id: str
    title: str
    labels: tuple[str, ...]
    meanings: tuple[str, ...]
    other: str | None = None

    def check(self, labels: Sequence[object], where: object = None) -> None:
        """Raise `TaxonomyError` for the first label that this head does not have."""
        known = set(self.labels)
        for row, label in enumerate(labels, 1):
            if label not in known:
                raise TaxonomyError(
                    f"row {row}: {label!r} is no label of {self.id!r}",
                    where=where,
                    remedy=f"Use one of: {'、'.join(self.labels)}",
                )


@dataclass(frozen=True)
class Taxonomy:
    """The heads of a classifier, in order."""

    heads: tuple[Head, ...]

    def __post_init__(self) -> None:
        """Refuse what no classifier could be trained for."""
        if not self.heads:
            raise TaxonomyError("the taxonomy has no head", remedy="Give it at least one [[heads]] table")
        names = [head.id for head in self.heads]
        if len(set(names)) < len(names):
            raise TaxonomyError(f"two heads have the same id: {', '.join(names)}", remedy="Rename one of them")
        taken = _TAKEN | {f"{name}_confidence" for name in names}
        for head in self.heads:
            if not head.id.isidentifier() or head.id in taken:
                raise TaxonomyError(
                    f"a head cannot be named {head.id!r}",
                    remedy=f"Use letters, digits and underscores, and none of {', '.join(sorted(taken))}",
                )
            if len(head.labels) < 2 or len(set(head.labels)) < len(head.labels):
                raise TaxonomyError(f"head {head.id!r} needs two or more different labels")

    @classmethod
    def from_mapping(cls, mapping: Mapping[str, Any], where: object = None) -> "Taxonomy":
        """Make a taxonomy of the parsed content of a taxonomy file.

        Raises
        ------
        TaxonomyError
            Where a head lacks its ``id`` or its ``labels``, or has a name or labels that cannot be.
        """
        try:
            return cls(tuple(_head(entry) for entry in mapping["heads"]))
        except TaxonomyError as error:
            raise TaxonomyError(error.what, where=where, remedy=error.remedy) from None
        except (KeyError, TypeError, AttributeError) as error:
            raise TaxonomyError(
                f"not a taxonomy ({error!r})",
                where=where,
                remedy="Give each [[heads]] an id and a [heads.labels] table of label = meaning",
            ) from error

    @classmethod
    def load(cls, path: Path | str) -> "Taxonomy":
        """Read a taxonomy file (TOML)."""
        try:
            content = tomllib.loads(Path(path).read_text(encoding="utf-8-sig"))
        except (OSError, UnicodeDecodeError, tomllib.TOMLDecodeError) as error:
            reason = getattr(error, "strerror", None) or error
            raise TaxonomyError(
                f"the taxonomy cannot be read: {reason}", where=path, remedy="Name a TOML file with [[heads]]"
            ) from error
        return cls.from_mapping(content, where=path)

    def to_mapping(self) -> dict[str, Any]:
        """Plain data that `from_mapping` reads back to an equal taxonomy."""
        return {
            "heads": [
                {
                    "id": head.id,
                    "title": head.title,
                    "other": head.other,
                    "labels": dict(zip(head.labels, head.meanings, strict=True)),
                }
                for head in self.heads
            ]
        }

    def fingerprint(self) -> str:
        """SHA-256 of the content: what a stage's key depends on."""
        content = json.dumps(self.to_mapping(), ensure_ascii=False, separators=(",", ":"))
        return hashlib.sha256(content.encode()).hexdigest()

    def __getitem__(self, head_id: str) -> Head:
        """The head of that id."""
        for head in self.heads:
            if head.id == head_id:
                return head
        raise KeyError(head_id)


def _head(entry: Mapping[str, Any]) -> Head:
    labels = entry["labels"]
    if not isinstance(labels, Mapping):
        labels = dict.fromkeys(labels, "")
    return Head(
        id=str(entry["id"]),
        title=str(entry.get("title", entry["id"])),
        labels=tuple(str(label) for label in labels),
        meanings=tuple(str(meaning) for meaning in labels.values()),
        other=entry.get("other"),
    )
