"""List pages as tables: saved as text, or as HTML."""

import re
from collections.abc import Iterable, Iterator, Sequence
from itertools import islice
from typing import TYPE_CHECKING, Any

from pipeline.errors import InputError
from pipeline.ingest.decoding import find_encoding, open_text, read_lines, whole_text
from pipeline.ingest.limits import MAX_BATCH, MAX_DEPTH
from pipeline.ingest.listing import Entry, parse_listing
from pipeline.ingest.locate import Source
from pipeline.ingest.tables import Chunk, Reject, excerpt

if TYPE_CHECKING:
    from selectolax.lexbor import LexborNode

_NAMES = ("title", "published_at", "text")
_HIDDEN = frozenset(
    [
        "head",
        "script",
        "style",
        "noscript",
        "template",
        "svg",
        "iframe",
        "object",
        "select",
        "textarea",
        "nav",
        "footer",
    ]
)
_BREAKS = frozenset(
    [
        "address",
        "article",
        "aside",
        "blockquote",
        "body",
        "br",
        "center",
        "dd",
        "details",
        "div",
        "dl",
        "dt",
        "fieldset",
        "figcaption",
        "figure",
        "form",
        "h1",
        "h2",
        "h3",
        "h4",
        "h5",
        "h6",
        "header",
        "hr",
        "html",
        "li",
        "main",
        "ol",
        "option",
        "p",
        "pre",
        "section",
        "summary",
        "table",
        "tbody",
        "td",
        "th",
        "thead",
        "time",
        "tr",
        "ul",
    ]
)
_TAG = re.compile(r"<(/?)([a-zA-Z][a-zA-Z0-9]{0,15})")
# These are closed by the parser itself, so that they cannot pile up.
_SHALLOW = frozenset(
    [
        "p",
        "li",
        "dt",
        "dd",
        "td",
        "th",
        "tr",
        "tbody",
        "thead",
        "option",
        "br",
        "hr",
        "img",
        "input",
        "meta",
        "link",
        "wbr",
        "source",
        "area",
        "col",
        "base",
    ]
)


class ListingTable:
    """A list page saved as text."""

    guarded = False
    names: Sequence[str] = _NAMES
    first_id: str | None = None

    def __init__(self, source: Source) -> None:
        self._source = source
        self._encoding = find_encoding(source)
        self.types: list[Any] = [None] * len(self.names)

    def chunks(self, batch_rows: int) -> Iterator[Chunk]:
        """Entries in order."""
        rejects: list[Reject] = []
        with open_text(self._source, self._encoding) as text:
            lines = read_lines(text, self._source, self._encoding, rejects)
            yield from _chunks(lines, self._source, batch_rows, rejects)


class HtmlTable:
    """A list page as HTML: its visible lines are read like those of a saved text."""

    guarded = False
    names: Sequence[str] = _NAMES
    first_id: str | None = None

    def __init__(self, source: Source) -> None:
        self._source = source
        self.types: list[Any] = [None] * len(self.names)
        self._rejects: list[Reject] = []
        self._text = whole_text(source, find_encoding(source), self._rejects)
        _refuse_deep(self._text, source)

    def chunks(self, batch_rows: int) -> Iterator[Chunk]:
        """Entries in order; ``lines`` count the visible lines."""
        lines = enumerate(visible_lines(self._text), 1)
        yield from _chunks(lines, self._source, batch_rows, self._rejects[:])


def _chunks(
    lines: Iterable[tuple[int, str]], source: Source, batch_rows: int, rejects: list[Reject]
) -> Iterator[Chunk]:
    found = False
    entries = parse_listing(lines)
    while taken := list(_some(entries, batch_rows)):
        notices = [entry for entry in taken if entry.fault is None]
        rejects += [_reject(entry, source) for entry in taken if entry.fault is not None]
        found = True
        columns: list[Any] = [[getattr(entry, name) for entry in notices] for name in _NAMES]
        yield Chunk([entry.line for entry in notices], columns, rejects[:])
        rejects.clear()
    if not found:
        raise InputError(
            "the page holds no notice: no time line below a headline",
            where=source.where,
            remedy="Save the list page itself, with each notice's headline and time",
        )
    if rejects:
        yield Chunk([], [(), (), ()], rejects)


def _some(entries: Iterator[Entry], most: int) -> Iterator[Entry]:
    size = 0
    for entry in islice(entries, most):
        yield entry
        size += len(entry.text)
        if size >= MAX_BATCH:
            return


def _reject(entry: Entry, source: Source) -> Reject:
    return Reject(source.where, entry.line, str(entry.fault), excerpt(entry.title))


def _refuse_deep(page: str, source: Source) -> None:
    # The parser needs time quadratic in the depth of the page; a page this deep is no page.
    depth = 0
    for closing, name in _TAG.findall(page):
        if name.lower() in _SHALLOW:
            continue
        depth = max(depth - 1, 0) if closing else depth + 1
        if depth > MAX_DEPTH:
            raise InputError(
                f"elements nest more than {MAX_DEPTH:,} deep", where=source.where, remedy="Save the page as text"
            )


class _Lines:
    """Collects the text of a page line by line, with the number or bullet of a list's item in front."""

    def __init__(self) -> None:
        self._parts: list[str] = []
        self._mark = ""
        self._counts: list[int | None] = []

    def enter(self, node: "LexborNode") -> Iterator[str]:
        """Take an element's start, or a text; give the line it ends."""
        tag = node.tag
        if tag == "-text":
            self._parts.append(node.text_content or "")
        elif tag in _BREAKS:
            yield from self.flush()
        if tag in {"ol", "ul"}:
            start = node.attributes.get("start") or "1"
            self._counts.append(int(start) if start.isdecimal() and len(start) < 5 else 1)
            if tag == "ul":
                self._counts[-1] = None
        elif tag == "li" and self._counts:
            count = self._counts[-1]
            self._mark = "• " if count is None else f"{count}. "
            self._counts[-1] = None if count is None else count + 1

    def leave(self, tag: str | None) -> Iterator[str]:
        """Take an element's end; give the line it ends."""
        if tag in _BREAKS:
            yield from self.flush()
        if tag in {"ol", "ul"} and self._counts:
            self._counts.pop()

    def flush(self) -> Iterator[str]:
        """Give the line collected so far, if it has any text."""
        text = " ".join("".join(self._parts).split())
        self._parts.clear()
        if text:
            yield self._mark + text
            self._mark = ""


def visible_lines(page: str) -> Iterator[str]:
    """Lines of text a reader of an HTML page sees; the items of lists carry their number or bullet."""
    from selectolax.lexbor import LexborHTMLParser

    node = LexborHTMLParser(page).root
    end = None if node is None else node.mem_id
    lines = _Lines()
    # A loop and not a recursion: pages nest as deep as their authors like.
    while node is not None:
        yield from lines.enter(node)
        following = None if node.tag in _HIDDEN else node.first_child
        while following is None and node is not None:
            yield from lines.leave(node.tag)
            following = node.next
            # Nodes are told apart by their address: to compare them is to compare their whole content.
            up = node.parent if node.mem_id != end else None
            node = up if following is None else following
        node = following
    yield from lines.flush()
