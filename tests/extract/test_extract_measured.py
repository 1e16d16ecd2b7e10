"""The facts on notices labelled by other hands, where they are at hand."""

import json
import re
from itertools import pairwise
from pathlib import Path

import pytest

from pipeline.extract import extract

NOTICES = Path(__file__).parents[3] / "shared" / "notices"

pytestmark = pytest.mark.skipif(not NOTICES.is_dir(), reason="the labelled notices are not here")


def records(name: str) -> list[dict]:
    return [json.loads(line) for line in (NOTICES / name).read_text(encoding="utf-8").splitlines()]


def shares_right(notices: list[dict]) -> tuple[float, float]:
    """Share of notices whose effective date is right, and whose rule names are."""
    rows = [extract(notice["title"], notice["text"], notice["published_at"]).row() for notice in notices]
    pairs = list(zip(rows, notices, strict=True))
    dates = sum(row["effective_date"] == (notice["effective_date"] or None) for row, notice in pairs)
    names = sum(row["rule_names"] == notice["rule_names"] for row, notice in pairs)
    return dates / len(pairs), names / len(pairs)


def test_the_dev_set_is_read_as_its_labels_say():
    dates, names = shares_right(records("dev.jsonl"))
    assert dates >= 0.95
    assert names >= 0.98


def test_every_fact_of_the_real_page_is_right():
    gold = records("kuaishou_gold.jsonl")
    lines = (NOTICES / "kuaishou_listing.txt").read_text(encoding="utf-8").splitlines()
    entries = [i for i, line in enumerate(lines) if re.match(r"\s*\d{1,3}\.\s+\S", line)] + [len(lines)]
    texts = [lines[start + 2].strip() if end > start + 2 else "" for start, end in pairwise(entries)]
    assert len(texts) == len(gold)
    assert shares_right([{**notice, "text": text} for notice, text in zip(gold, texts, strict=True)]) == (1, 1)
