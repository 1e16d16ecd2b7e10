"""Texts in spreadsheet cells that must not run as formulas: written with a guard, read back without it."""

import re

# A cell is a formula to Excel and its kin if it begins with one of these. A text in which apostrophes precede such
# a character is guarded too, so that every guarded text has exactly one original.
_RISKY = re.compile(r"\A'*[=+\-@\t\r]")
_GUARDED = re.compile(r"\A'+[=+\-@\t\r]")


def guard(text: str) -> str:
    """Text for a cell of CSV or XLSX: one apostrophe in front where a spreadsheet would see a formula."""
    return "'" + text if _RISKY.match(text) else text


def unguard(text: str) -> str:
    """Text that `guard` was given; the inverse for every text."""
    return text[1:] if _GUARDED.match(text) else text
