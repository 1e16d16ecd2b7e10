"""Words to look for, as one linear pattern: a trie in which the longest word wins."""

import re
from collections.abc import Iterable
from typing import TypeAlias

_ALNUM = frozenset("0123456789abcdefghijklmnopqrstuvwxyz")
_END = ""

_Trie: TypeAlias = dict[str, "_Trie"]


def compile_words(words: Iterable[str]) -> re.Pattern[str]:
    """Pattern that finds any of ``words`` (lower case) in text of either case.

    A Latin word is found only where no other Latin letter or digit touches it. The alternatives share
    their beginnings, so a place in the text is looked at once, however many words there are.
    """
    trie: _Trie = {}
    for word in words:
        node = trie
        for character in word:
            node = node.setdefault(character, {})
        node[_END] = {}
    # Every alternative begins with a plain letter (hence both cases are written out, and the border
    # is checked behind the letter): only then does the search skip ahead at the speed of a scan.
    firsts = sorted({(form, letter) for letter in trie for form in (letter, letter.upper()) if len(form) == 1})
    return re.compile("|".join(_first(form) + _rest(trie[letter], letter) for form, letter in firsts))


def _first(form: str) -> str:
    return re.escape(form) + (rf"(?<![a-zA-Z0-9]{re.escape(form)})" if form.lower() in _ALNUM else "")


def _letter(character: str) -> str:
    upper = character.upper()
    return f"[{character}{upper}]" if "a" <= character <= "z" else re.escape(character)


def _rest(node: _Trie, last: str) -> str:
    ways = [_letter(character) + _rest(child, character) for character, child in sorted(node.items()) if character]
    if _END in node:
        ways.append("(?![a-zA-Z0-9])" if last in _ALNUM else "")
    return ways[0] if len(ways) == 1 else f"(?:{'|'.join(ways)})"
