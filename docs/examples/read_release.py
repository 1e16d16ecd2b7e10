"""Labels one notice with a release, by the page "The store's format" alone: nothing of this project is imported.

    python read_release.py MODELS TITLE TEXT

Needs jieba and NumPy. Prints one JSON object: head to label and probability, and whether to review.
"""

import hashlib
import json
import re
import sys
import unicodedata
from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import jieba
import numpy as np

HAN = "一-鿕"
PIECES = re.compile(rf"(?P<han>[{HAN}]+)|[A-Za-z]+(?:[&'.+\-][A-Za-z]+)*|\d+(?:[.,:]\d+)*%?|[^\W\d_A-Za-z{HAN}]+")
DTYPES = {"F64": "<f8", "I64": "<i8", "I32": "<i4", "U32": "<u4", "U16": "<u2"}
FOLDED = ((0x09, 0x250), (0x370, 0x530), (0x2000, 0x2100), (0x3000, 0x3040), (0xFF00, 0xFFF0))


def artifact(models: Path, record: dict[str, Any]) -> Path:
    """Check an artifact against the release, and give its folder."""
    folder = models / "objects" / str(record["stage"]) / str(record["key"])
    content = (folder / "manifest.json").read_bytes()
    assert hashlib.sha256(content).hexdigest() == record["manifest_sha256"]
    for name, entry in json.loads(content)["files"].items():
        assert hashlib.sha256((folder / name).read_bytes()).hexdigest() == entry["sha256"]
    return folder


def tensors(path: Path) -> dict[str, Any]:
    """Read a safetensors file."""
    content = path.read_bytes()
    start = 8 + int.from_bytes(content[:8], "little")
    arrays = {}
    for name, entry in json.loads(content[8:start]).items():
        if name != "__metadata__":
            begin, end = entry["data_offsets"]
            raw = np.frombuffer(content[start + begin : start + end], DTYPES[entry["dtype"]])
            arrays[name] = raw.reshape(entry["shape"])
    return arrays


def tokenizer(lexicon: dict[str, int]) -> jieba.Tokenizer:
    """Give jieba the Chinese words of the lexicon; the sum of all frequencies stays the true sum."""
    cutter = jieba.Tokenizer()
    cutter.initialize()
    for word, count in lexicon.items():
        if re.fullmatch(f"[{HAN}]+", word):
            cutter.total -= cutter.FREQ.get(word, 0)
            cutter.add_word(word, count)
    return cutter


def words(text: str, cutter: jieba.Tokenizer) -> Iterator[str]:
    """Cut a text into words."""
    for piece in PIECES.finditer(text):
        if piece["han"]:
            yield from cutter.lcut(piece[0])
        else:
            yield re.sub("[0-9]", "0", unicodedata.normalize("NFKC", piece[0]).lower())


def fold(character: str) -> str:
    """Fold a character as it is counted in n-grams."""
    if not any(first <= ord(character) < last for first, last in FOLDED):
        return character
    plain = unicodedata.normalize("NFKC", character).lower()
    if len(plain) != 1:
        return character
    return "0" if plain.isdecimal() else " " if plain.isspace() else plain


def ngrams(text: str, table: dict[str, Any]) -> Iterator[int]:
    """Yield the feature of every n-gram of the vocabulary, where it stands."""
    number = dict(zip(map(chr, table["letters"]), table["numbers"].tolist(), strict=True))
    dense = [number.get(fold(character), 0) for character in text]
    for start, first in enumerate(dense):
        yield int(table["unigram"][first])
        parent = first
        for level, letter in enumerate(dense[start + 1 : start + 3], 2):
            slot = int(table[f"base{level}"][parent]) + letter
            if table[f"owner{level}"][slot] != parent:
                break
            yield int(table[f"feature{level}"][slot])
            parent = slot


def row(fields: dict[str, str], space: Path, cutter: jieba.Tokenizer) -> dict[int, float]:
    """Weigh the features of a notice."""
    facts, arrays = json.loads((space / "blocks.json").read_bytes()), tensors(space / "tables.safetensors")
    values: dict[int, float] = {}
    offset = 0
    for at, block in enumerate(facts["blocks"]):
        own = {name.removeprefix(f"{at}."): array for name, array in arrays.items() if name.startswith(f"{at}.")}
        known = {word: feature for feature, word in enumerate(block["vocabulary"])}
        counts: Counter[int] = Counter()
        for name in ("title", "text") if block["field"] == "whole" else (block["field"],):
            if block["kind"] == "words":
                counts.update(known.get(word, -1) for word in words(fields[name], cutter))
            else:
                counts.update(ngrams(fields[name], own))
        del counts[-1]
        weighed = {f: (1 + np.log(n) if facts["sublinear"] else n) * own["idf"][f] for f, n in counts.items()}
        length = np.sqrt(sum(value * value for value in weighed.values()))
        values |= {offset + feature: block["weight"] * value / length for feature, value in weighed.items()}
        offset += len(own["idf"])
    return values


def softmax(scores: np.ndarray) -> np.ndarray:
    """Powers of e that add up to one."""
    powers = np.exp(scores - scores.max())
    return powers / powers.sum()


def main(models: Path, title: str, text: str) -> None:
    """Label one notice with the current release."""
    version = (models / "current").read_text(encoding="utf-8").strip()
    release = json.loads((models / "releases" / f"{version}.json").read_bytes())
    folders = {one["stage"]: artifact(models, one) for one in release["stages"] if one["serving"]}
    cutter = tokenizer(json.loads((folders["lexicon"] / "lexicon.json").read_bytes()))
    scorer = tensors(folders["scorer"] / "scorer.safetensors")
    scores = scorer["intercept"].copy()
    for feature, value in row({"title": title, "text": text}, folders["vectorizer"], cutter).items():
        scores += scorer["weights"][feature] * value
    told: dict[str, Any] = {}
    sure, column = 1.0, 0
    heads = json.loads((folders["scorer"] / "heads.json").read_bytes())
    doubt = scorer.get("doubt", np.zeros((len(heads), 2)))
    for (head, labels), (share, discount) in zip(heads.items(), doubt, strict=True):
        own = scores[column : column + len(labels)]
        probabilities = (1 - share) * softmax(own) + share * softmax(own * discount)
        best = int(probabilities.argmax())
        told[head] = {"label": labels[best], "probability": float(probabilities[best])}
        sure, column = sure * told[head]["probability"], column + len(labels)
    told["needs_review"] = bool(sure < scorer["threshold"][0])
    sys.stdout.write(json.dumps(told, ensure_ascii=False) + "\n")


if __name__ == "__main__":
    main(Path(sys.argv[1]), sys.argv[2], sys.argv[3])
