import csv
import io
import json
import os
import shutil
import subprocess
import sys
from pathlib import Path

import pandas as pd
import pytest

from pipeline.batch import label as batch
from pipeline.batch.label import label_to_file, label_to_stream
from pipeline.batch.ledger import Ledger
from pipeline.batch.rejects import Rejects
from pipeline.batch.table import Options
from pipeline.errors import InputError, NoticesError, OutputError, ParameterError
from pipeline.ingest import read

FORMS = ("csv", "jsonl", "parquet", "xlsx")


@pytest.fixture
def options(release):
    return Options(str(release), "current").resolved()


@pytest.fixture
def small_batches(monkeypatch):
    monkeypatch.setattr(batch, "BATCH_ROWS", 16)


def label(sources, output: Path, options, **more):
    with Rejects.beside(output) as rejects:
        tally = label_to_file(sources, output, output.suffix[1:], options, rejects, **more)
    return tally, rejects.count


@pytest.mark.parametrize("form", FORMS)
@pytest.mark.usefixtures("small_batches")
def test_every_format_holds_the_predictor_s_labels(predictor, options, table, tmp_path, unseen, form):
    tally, rejected = label([table(rows=40)], tmp_path / f"out.{form}", options)
    assert (tally.labelled, rejected) == (40, 0)
    frame = read(tmp_path / f"out.{form}", repeats=False).notices
    expected = predictor.label(unseen.head(40))
    for name in ("title", "action", "topic", "model_version", "input_platform", "register"):
        assert list(frame[name]) == list(expected[name]), name
    sure = frame["action_confidence"].astype(float)
    assert list(sure) == pytest.approx(
        list(expected["action_confidence"]), abs=1e-6 if form in ("csv", "xlsx") else 1e-12
    )


@pytest.mark.parametrize("form", FORMS)
@pytest.mark.usefixtures("small_batches")
def test_jobs_change_no_byte(options, table, tmp_path, form):
    source = table(rows=100)
    for jobs in (1, 2):
        label([source], tmp_path / f"{jobs}.{form}", options, jobs=jobs)
    assert (tmp_path / f"1.{form}").read_bytes() == (tmp_path / f"2.{form}").read_bytes()


def test_nothing_is_left_beside_the_output(options, table, tmp_path):
    source = table()
    label([source], tmp_path / "out.csv", options)
    assert {path.name for path in tmp_path.iterdir()} == {source.name, "out.csv"}


def test_rows_labelled_and_rows_rejected_add_up(options, table, tmp_path):
    source = table(rows=20)
    with source.open("a", encoding="utf-8") as sink:
        sink.write('{"title": ""}\nnonsense\n{"title": "又一条"}\n')
    tally, rejected = label([source], tmp_path / "out.jsonl", options)
    assert (tally.labelled, rejected) == (21, 2)
    rows = list(csv.DictReader(io.StringIO((tmp_path / "out.jsonl.rejects.csv").read_text(encoding="utf-8-sig"))))
    assert [row["line"] for row in rows] == ["21", "22"]
    assert all(row["reason"] for row in rows)
    label([table(rows=3)], tmp_path / "out.jsonl", options)
    assert not (tmp_path / "out.jsonl.rejects.csv").exists()


class StoppedError(Exception):
    pass


def interrupted_after(parts):
    done = []

    def progress(count):
        done.append(count)
        if len(done) == parts:
            raise StoppedError

    return progress


@pytest.mark.parametrize("form", FORMS)
@pytest.mark.usefixtures("small_batches")
def test_an_interrupted_run_goes_on_to_the_same_bytes(options, table, tmp_path, form):
    source = table(rows=100)
    label([source], tmp_path / f"whole.{form}", options)
    output = tmp_path / f"broken.{form}"
    with pytest.raises(StoppedError):
        label([source], output, options, progress=interrupted_after(3))
    assert not output.exists()
    tally, _ = label([source], output, options, resume=True)
    assert (tally.labelled, tally.reused) == (100, 48)
    assert output.read_bytes() == (tmp_path / f"whole.{form}").read_bytes()
    assert not list(tmp_path.glob("*.partial"))


@pytest.mark.usefixtures("small_batches")
def test_without_resume_an_interrupted_run_is_begun_anew(options, table, tmp_path):
    source, output = table(rows=50), tmp_path / "out.csv"
    with pytest.raises(StoppedError):
        label([source], output, options, progress=interrupted_after(2))
    assert label([source], output, options)[0].reused == 0


@pytest.mark.parametrize("change", ["source", "options", "ledger"])
@pytest.mark.usefixtures("small_batches")
def test_a_run_of_another_plan_is_not_resumed(options, table, tmp_path, change):
    from dataclasses import replace

    source, output = table(rows=50), tmp_path / "out.csv"
    (tmp_path / "seen").write_text("0" * 16 + "\n")
    with pytest.raises(StoppedError):
        label([source], output, options, ledger=Ledger(tmp_path / "seen"), progress=interrupted_after(1))
    if change == "source":
        os.utime(source, (1, 1))
    elif change == "ledger":
        (tmp_path / "seen").write_text("1" * 16 + "\n")
    other = replace(options, facts=False) if change == "options" else options
    with pytest.raises(ParameterError, match="without --resume"):
        label([source], output, other, ledger=Ledger(tmp_path / "seen"), resume=True)


@pytest.mark.usefixtures("small_batches")
def test_a_folder_that_was_half_cleared_is_not_taken_for_finished_parts(options, table, tmp_path):
    source, output = table(rows=50), tmp_path / "out.jsonl"
    with pytest.raises(StoppedError):
        label([source], output, options, progress=interrupted_after(2))
    kept = tmp_path / "kept"
    shutil.copytree(f"{output}.partial", kept)
    label([source], output, options, resume=True)
    whole = output.read_bytes()
    shutil.copytree(kept, f"{output}.partial")
    (Path(f"{output}.partial") / "plan").unlink()
    for part in Path(f"{output}.partial").rglob("00000000.jsonl"):
        part.unlink()
    assert label([source], output, options, resume=True)[0].reused == 0
    assert output.read_bytes() == whole


def test_an_output_that_is_a_source_is_refused(options, table):
    source = table(name="in.csv.jsonl")
    before = source.read_bytes()
    with pytest.raises(OutputError, match="one of the sources"):
        label([source], source, options)
    assert source.read_bytes() == before


def test_two_labellings_of_one_output_do_not_meet(options, table, tmp_path):
    source, output = table(), tmp_path / "out.csv"

    def meanwhile(count):
        with pytest.raises(OutputError, match="another labelling"):
            label([source], output, options)

    label([source], output, options, progress=meanwhile)
    assert output.exists()


def test_a_source_that_fails_leaves_the_old_output_and_no_rejects(options, tmp_path):
    output = tmp_path / "out.csv"
    output.write_text("old")
    (tmp_path / "in.csv").write_text("body\nx\n")
    with pytest.raises(InputError, match="headline|title"):
        label([tmp_path / "in.csv"], output, options)
    assert {path.name for path in tmp_path.iterdir()} == {"in.csv", "out.csv"}
    assert output.read_text() == "old"


def test_a_ledger_leaves_out_what_was_labelled_before(options, table, tmp_path):
    first, both = table(rows=10, name="a.jsonl"), table(rows=25, name="b.jsonl")
    counts = [
        label([source], tmp_path / "out.csv", options, ledger=Ledger(tmp_path / "seen"))[0].labelled
        for source in (first, both, both)
    ]
    assert counts == [10, 15, 0]
    assert len((tmp_path / "seen").read_text().splitlines()) == 25


def test_a_ledger_is_not_saved_when_labelling_fails(options, table, tmp_path):
    with pytest.raises(StoppedError):
        label([table()], tmp_path / "out.csv", options, ledger=Ledger(tmp_path / "seen"), progress=interrupted_after(1))
    assert not (tmp_path / "seen").exists()


@pytest.mark.parametrize("content", [b"not an identity\n", b"\xff\xfe", b"0123456789ABCDEF\n", b"\n"])
def test_a_file_that_is_no_ledger_is_refused(tmp_path, content):
    (tmp_path / "seen").write_bytes(content)
    with pytest.raises(InputError, match="seen"):
        Ledger(tmp_path / "seen")
    assert (tmp_path / "seen").read_bytes() == content


@pytest.mark.parametrize("form", FORMS)
def test_a_stream_holds_what_a_file_does(options, table, tmp_path, form):
    source, sink = table(rows=20), io.BytesIO()
    label_to_stream([source], sink, form, options, Rejects(None))
    label([source], tmp_path / f"out.{form}", options)
    assert sink.getvalue() == (tmp_path / f"out.{form}").read_bytes()


def test_sources_of_several_columns_make_one_table(options, tmp_path):
    (tmp_path / "a.csv").write_text("标题,甲,url\n一,1,u\n", encoding="utf-8")
    (tmp_path / "b.jsonl").write_text('{"title": "二", "乙": [1], "link": "v"}\n', encoding="utf-8")
    label([tmp_path / "a.csv", tmp_path / "b.jsonl"], tmp_path / "out.jsonl", options)
    one, other = map(json.loads, (tmp_path / "out.jsonl").read_text(encoding="utf-8").splitlines())
    assert [one["甲"], one["乙"], one["url"]] == ["1", None, "u"]
    assert [other["甲"], other["乙"], other["url"]] == [None, [1], "v"]


def test_another_as_of_changes_the_status_alone(options, tmp_path):
    import datetime as dt
    from dataclasses import replace

    (tmp_path / "in.jsonl").write_text('{"title": "新规5月8日起生效", "date": "2024-05-01"}\n', encoding="utf-8")
    rows = []
    for day in (dt.date(2024, 5, 7), dt.date(2024, 5, 9)):
        label([tmp_path / "in.jsonl"], tmp_path / "out.jsonl", replace(options, as_of=day))
        rows.append(json.loads((tmp_path / "out.jsonl").read_text(encoding="utf-8")))
    assert [row.pop("status") for row in rows] == ["将生效", "已生效"]
    assert rows[0] == rows[1]


def test_ten_thousand_rows_stream_in_the_memory_of_a_few_batches(release, tmp_path):
    code = (
        "import resource, sys; from pathlib import Path; from pipeline.batch.label import *\n"
        "options = Options(sys.argv[1], 'current').resolved()\n"
        "with Rejects(None) as rejects:\n"
        "    label_to_file([sys.argv[2]], Path(sys.argv[3]), 'jsonl', options, rejects)\n"
        "print(resource.getrusage(resource.RUSAGE_SELF).ru_maxrss)"
    )
    peaks = []
    for rows in (10_000, 30_000):
        source = tmp_path / f"{rows}.jsonl"
        source.write_text(
            "".join(f'{{"title": "平台第{n}号发货规则修订", "text": "{n}天"}}\n' for n in range(rows)), encoding="utf-8"
        )
        command = [sys.executable, "-c", code, str(release), str(source), str(tmp_path / f"out{rows}.jsonl")]
        peaks.append(int(subprocess.run(command, capture_output=True, check=True).stdout))
    assert peaks[1] < peaks[0] * 1.25


def test_an_unknown_engine_of_a_dataset_is_an_error(options, table, tmp_path):
    from pipeline.batch.dataset import label_dataset

    for more in (
        {"engine": "ray"},
        {"engine": "dask"},
        {"scheduler": "tcp://x:1"},
        {"engine": "dask", "scheduler": "nonsense"},
    ):
        with pytest.raises(NoticesError, match="--engine|--scheduler|nonsense"):
            label_dataset([str(table())], str(tmp_path / "out"), options, **more)


def test_frames_are_equal_across_formats(options, table, tmp_path):
    frames = []
    for form in ("jsonl", "parquet"):
        label([table(rows=10)], tmp_path / f"o.{form}", options)
    frames = [pd.read_json(tmp_path / "o.jsonl", lines=True, dtype=False), pd.read_parquet(tmp_path / "o.parquet")]
    assert list(frames[0].columns) == list(frames[1].columns)
    assert [list(x) for x in frames[0]["audience"]] == [list(x) for x in frames[1]["audience"]]
