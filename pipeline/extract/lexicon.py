"""Words to look for, as one linear pattern: a trie in which the longest word wins."""

import re
from collections.abc import Iterable
from typing import TypeAlias

_ALNUM = frozenset("0123456789abcdefghijklmnopqrstuvwxyz")
_END = ""
#: First letters told apart at a time: about the root of their number.
_GROUP = 14

_Trie: TypeAlias = dict[str, "_Trie"]


def compile_words(words: Iterable[str]) -> re.Pattern[str]:
    """Pattern that finds any of ``words`` (lower case, two letters or more) in text of either case.

    A Latin word is found only where no other Latin letter or digit touches it. The alternatives share
    their beginnings, so a place in the text is looked at once, however many words there are.
    """
    trie: _Trie = {}
    for word in words:
        node = trie
        for character in word:
            node = node.setdefault(character, {})
        node[_END] = {}
    firsts = sorted({(form, letter) for letter in trie for form in _forms(letter)})
    seconds = sorted({form for node in trie.values() for letter in node for form in _forms(letter)})
    ways = [_behind(form) + _rest(trie[letter], letter) for form, letter in firsts]
    # The first letter is read by one character class, which the search skips to at the speed of a scan;
    # a second class turns most places away. What is left finds its letter group by group instead of
    # walking through all of them.
    groups = []
    for begin in range(0, len(ways), _GROUP):
        letters = "".join(form for form, _ in firsts[begin : begin + _GROUP])
        groups.append(f"(?<={_class(letters)})(?:{'|'.join(ways[begin : begin + _GROUP])})")
    heads = _class("".join(form for form, _ in firsts))
    return re.compile(f"{heads}(?={_class(''.join(seconds))})(?:{'|'.join(groups)})")


def _forms(letter: str) -> tuple[str, ...]:
    return (letter, letter.upper()) if "a" <= letter <= "z" else (letter,)


def _class(letters: str) -> str:
    return f"[{re.escape(letters)}]"


def _behind(form: str) -> str:
    border = "(?<![a-zA-Z0-9]{})" if form.lower() in _ALNUM else ""
    return f"(?<={re.escape(form)})" + border.format(re.escape(form))


def _letter(character: str) -> str:
    forms = _forms(character)
    return _class("".join(forms)) if len(forms) > 1 else re.escape(character)


def _rest(node: _Trie, last: str) -> str:
    ways = [_letter(character) + _rest(child, character) for character, child in sorted(node.items()) if character]
    if _END in node:
        ways.append("(?![a-zA-Z0-9])" if last in _ALNUM else "")
    return ways[0] if len(ways) == 1 else f"(?:{'|'.join(ways)})"
