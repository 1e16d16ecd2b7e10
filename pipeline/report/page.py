"""The digest as one self-contained page: no network, nothing but text ever comes out of a notice."""

import base64
import hashlib
import json
from collections import Counter
from collections.abc import Mapping, Sequence
from datetime import date
from html import escape
from importlib.resources import files
from string import Template
from typing import Any

from pipeline.notice import Taxonomy
from pipeline.report.agenda import Folded, agenda, fold
from pipeline.report.labelled import LabelledNotice, Place, Share
from pipeline.resources import data_path

#: The page's title where none is given.
TITLE = "平台规则摘要"

#: Spans of evidence a page can hold, and those kept for one label: the strongest ones. The evidence would else be
#: most of a long page.
SPANS_OF_PAGE, MOST_SPANS, FEWEST_SPANS = 40_000, 24, 4

_FIELDS = ("title", "text")
_STYLES = ("base.css", "overview.css", "list.css", "notice.css")
_SCRIPTS = (
    "core.js",
    "marks.js",
    "notice.js",
    "calendar.js",
    "charts.js",
    "filters.js",
    "list.js",
    "main.js",
)
# What HTML or JavaScript could take for more than data; JSON reads the escapes back as the same characters.
_ESCAPES = {ord(c): f"\\u{ord(c):04x}" for c in "<>&\u2028\u2029"}


def html(
    labelled: Sequence[LabelledNotice], *, today: date, title: str = TITLE, taxonomy: Taxonomy | None = None
) -> str:
    """Write the digest as a page of HTML.

    Parameters
    ----------
    labelled
        Notices of one labelled table.
    today
        The day on which the page is read: "this week" and "next week" are counted from it.
    title
        The page's title.
    taxonomy
        Gives heads their titles and labels their order; the shipped one unless given. Heads and labels that
        it does not know are shown as the table has them.

    Returns
    -------
    str
        The page. Its Content-Security-Policy allows its own styles and script by their hashes and nothing
        else.

    """
    style, dark = "\n".join(_static(name) for name in _STYLES), _static("dark.css")
    script = '"use strict";\n(() => {\n' + "\n".join(_static(name) for name in _SCRIPTS) + "\n})();\n"
    data = json.dumps(_payload(labelled, today, taxonomy), ensure_ascii=False, separators=(",", ":"))
    return Template(_static("template.html")).substitute(
        title=escape(" ".join(title.split())),
        policy=f"default-src 'none'; style-src {_digest(style)} {_digest(dark)}; "
        f"script-src {_digest(script)}; base-uri 'none'; form-action 'none'",
        style=style,
        dark=dark,
        script=script,
        data=data.translate(_ESCAPES),
    )


def _static(name: str) -> str:
    return files(__package__).joinpath("static", name).read_text(encoding="utf-8")


def _digest(content: str) -> str:
    return f"'sha256-{base64.b64encode(hashlib.sha256(content.encode()).digest()).decode()}'"


def _payload(labelled: Sequence[LabelledNotice], today: date, taxonomy: Taxonomy | None) -> dict[str, object]:
    folded = fold(labelled)
    due = agenda(folded, today)
    index = {id(f): i for i, f in enumerate(folded)}
    heads = _heads(labelled, taxonomy or Taxonomy.load(data_path("taxonomy.toml")))
    share = SPANS_OF_PAGE // max(1, len(folded) * len(heads))
    spans = min(MOST_SPANS, max(FEWEST_SPANS, share))
    numbers = [{label: i for i, label in enumerate(head["labels"])} for head in heads]
    return {
        "today": today.isoformat(),
        "total": len(labelled),
        "heads": heads,
        "agenda": {
            "thisWeek": [index[id(f)] for f in due.this_week],
            "nextWeek": [index[id(f)] for f in due.next_week],
            "comments": [index[id(f)] for f in due.comments],
        },
        "notices": [_entry(f, heads, numbers, today) | _evidence(f.notice, spans) for f in folded],
    }


def _heads(labelled: Sequence[LabelledNotice], taxonomy: Taxonomy) -> list[dict[str, Any]]:
    known = {head.id: head for head in taxonomy.heads}
    found = []
    for head in labelled[0].labels if labelled else ():
        counts = Counter(notice.labels[head].value for notice in labelled)
        labels = list(known[head].labels) if head in known else []
        labels += [label for label, _ in counts.most_common() if label not in labels]
        found.append({"id": head, "title": known[head].title if head in known else head, "labels": labels})
    return found


def _entry(
    folded: Folded, heads: Sequence[Mapping[str, Any]], numbers: Sequence[Mapping[str, int]], today: date
) -> dict[str, object]:
    """One notice as the page's script reads it; what is empty is left out."""
    notice = folded.notice
    labels = [notice.labels[head["id"]] for head in heads]
    entry = {
        "title": notice.title,
        "text": notice.text,
        "at": (notice.published_at or "")[:16],
        "source": notice.source,
        "labels": [number[label.value] for number, label in zip(numbers, labels, strict=True)],
        "sure": [None if label.confidence is None else round(100 * label.confidence) for label in labels],
        "review": int(notice.needs_review),
        "from": _iso(folded.effective_date),
        "until": _iso(notice.effective_until),
        "comment": _iso(folded.comment_until),
        "status": folded.status_on(today),
        "rules": notice.rule_names,
        "platform": notice.platform,
        "audience": notice.audience,
        "amounts": notice.amounts,
        "places": {fact: _flat(places) for fact, places in notice.fact_places.items() if places},
        "url": notice.url,
        "copies": [_copy(copy, notice) for copy in folded.copies],
    }
    return {key: value for key, value in entry.items() if value or key in {"title", "text"}}


def _copy(copy: LabelledNotice, leader: LabelledNotice) -> dict[str, str]:
    title = copy.title if copy.title != leader.title else ""
    parts = {
        "title": title,
        "at": (copy.published_at or "")[:16],
        "source": copy.source,
        "url": copy.url or "",
    }
    return {key: value for key, value in parts.items() if value}


def _flat(places: Sequence[Place]) -> list[int]:
    """Lay places out as one list, three numbers each: 0 for the title or 1 for the text, start, end."""
    return [number for place in places for number in (_FIELDS.index(place.field), place.start, place.end)]


def _evidence(notice: LabelledNotice, most: int) -> dict[str, object]:
    why = {head: _strongest(spans, most) for head, spans in notice.why.items() if spans}
    return {"why": why} if why else {}


def _strongest(spans: Sequence[Share], most: int) -> list[int]:
    """Lay the strongest spans out as one list, four numbers each: as places, then percent of the strongest."""
    kept = sorted(spans, key=lambda span: -abs(span.share))[:most]
    scale = max(abs(span.share) for span in kept) or 1
    return [n for s in kept for n in (_FIELDS.index(s.field), s.start, s.end, round(100 * s.share / scale))]


def _iso(day: date | None) -> str | None:
    return day.isoformat() if day else None
