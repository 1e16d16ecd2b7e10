"""The two fields of a notice as one text, so that each search runs once and still tells where it found what."""

from pipeline.extract.facts import Fact

#: Stands between headline and text; no pattern of this room matches it, so nothing is found across the two.
BETWEEN = "\x00"


class Content:
    """Headline and text joined; `fact` turns places in the whole back into places in a field."""

    __slots__ = ("text_start", "title_end", "whole")

    def __init__(self, title: str, text: str) -> None:
        self.whole = f"{title}{BETWEEN}{text}"
        self.title_end = len(title)
        self.text_start = self.title_end + 1

    def fact(self, value: str, start: int, end: int) -> Fact:
        """``value`` as read at ``start:end`` of the whole."""
        if start < self.text_start:
            return Fact(value, "title", start, end)
        return Fact(value, "text", start - self.text_start, end - self.text_start)
