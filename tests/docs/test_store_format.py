"""The page on the store's format tells enough: a program written by it alone gives the predictor's labels."""

import json
import subprocess
import sys

import pytest

from pipeline.ingest import read
from pipeline.resources import data_path
from tests.shared import ROOT

READER = ROOT / "docs" / "examples" / "read_release.py"


def test_the_reader_needs_nothing_of_this_project():
    assert "pipeline" not in READER.read_text(encoding="utf-8")


@pytest.mark.parametrize("row", [0, 6, 9])
def test_the_reader_of_the_page_gives_the_predictors_labels(row, shipped, predictor_of_shipped):
    notice = read(data_path("example", "listing.txt")).notices.iloc[[row]]
    arguments = [sys.executable, READER, shipped, notice["title"].item(), notice["text"].item()]
    done = subprocess.run(arguments, capture_output=True, check=True, timeout=60)
    told = json.loads(done.stdout)
    labelled = predictor_of_shipped.label(notice).iloc[0]
    assert told["needs_review"] == labelled["needs_review"]
    for head in ("action", "topic"):
        assert told[head]["label"] == labelled[head]
        assert told[head]["probability"] == pytest.approx(labelled[f"{head}_confidence"], abs=1e-9)
