"""The example of mapInPandas, as the pages show it, in a real Spark."""

import json
import shutil
import subprocess
import sys
from importlib.util import find_spec

import pandas as pd
import pytest

from pipeline import Predictor
from tests.docs.examples import examples
from tests.shared import ROOT
from tests.small import corpus, write_lines


def shown(page: str) -> str:
    (found,) = [one for one in examples(ROOT / page) if "mapInPandas" in one.body]
    return found.body


def test_readme_and_how_to_show_the_same():
    assert shown("README.md") == shown("docs/how-to/spark.md")


@pytest.mark.skipif(not find_spec("pyspark"), reason="pyspark is not installed")
@pytest.mark.skipif(not shutil.which("java"), reason="there is no Java")
def test_spark_gives_the_labels_that_the_predictor_gives(release, tmp_path, monkeypatch):
    notices = [{name: one[name] for name in ("title", "text", "published_at")} for one in corpus(every=100)]
    write_lines(tmp_path / "notices.jsonl", notices)
    (tmp_path / "models").symlink_to(release)
    (tmp_path / "spark.py").write_text(shown("README.md"), encoding="utf-8")
    monkeypatch.setenv("PYSPARK_PYTHON", sys.executable)
    monkeypatch.setenv("SPARK_LOCAL_IP", "127.0.0.1")
    subprocess.run([sys.executable, "spark.py"], cwd=tmp_path, check=True, capture_output=True, timeout=300)
    by_spark = pd.read_parquet(tmp_path / "labelled.parquet")
    frame = pd.DataFrame(json.loads(line) for line in (tmp_path / "notices.jsonl").open(encoding="utf-8"))
    plain = Predictor.load(release).label(frame)[by_spark.columns]
    assert by_spark.sort_values("id").to_dict("records") == plain.sort_values("id").to_dict("records")
