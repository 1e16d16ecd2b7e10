import csv
import io
import json
import os
import signal
import subprocess
import sys
import time
from functools import partial
from pathlib import Path

import pytest

from pipeline.resources import data_path
from tests.small import SETTINGS, corpus, notices, write_lines


def one_line(content: bytes) -> bool:
    return content.count(b"\n") == 1 and content.startswith(b"notices: ")


def rows_of(content: bytes) -> list[dict]:
    return [json.loads(line) for line in content.splitlines()]


def files(folder: Path) -> set[str]:
    return {path.relative_to(folder).as_posix() for path in folder.rglob("*") if path.is_file()}


def label(release, *arguments, **more):
    return notices("label", "--models", release, *arguments, **more)


def test_a_pipe_takes_notices_in_and_gives_json_lines(release, predictor, table):
    done = label(release, stdin=table(rows=5).read_bytes())
    rows = rows_of(done.stdout)
    assert (done.returncode, len(rows)) == (0, 5)
    assert list(rows[0])[: len(predictor.output_columns())] == list(predictor.output_columns())
    assert done.stderr.count(b"\n") == 1
    assert rows_of(label(release, "-", stdin=table(rows=5).read_bytes()).stdout) == rows


def test_the_example_page_is_labelled_to_a_spreadsheet(release, tmp_path):
    done = label(release, data_path("example", "listing.txt"), "-o", tmp_path / "out.csv")
    assert (done.returncode, done.stdout) == (0, b"")
    content = (tmp_path / "out.csv").read_bytes()
    assert content.startswith(b"\xef\xbb\xbf")
    rows = list(csv.DictReader(io.StringIO(content.decode("utf-8-sig"))))
    assert len(rows) == 12
    assert all(row["title"] and row["published_at"] and row["action"] and row["topic"] for row in rows)
    assert files(tmp_path) == {"out.csv"}


def test_rejected_rows_end_with_status_3_and_the_rest_is_labelled(release, tmp_path):
    (tmp_path / "in.csv").write_text("标题,日期\n平台修订发货规则,2024-02-30\n又一条,2024-02-28\n", encoding="utf-8")
    done = label(release, tmp_path / "in.csv", "-o", tmp_path / "out.jsonl")
    assert (done.returncode, done.stdout) == (3, b"")
    assert len((tmp_path / "out.jsonl").read_text(encoding="utf-8").splitlines()) == 1
    assert "out.jsonl.rejects.csv" in done.stderr.decode()
    assert "in.csv,2" in (tmp_path / "out.jsonl.rejects.csv").read_text(encoding="utf-8-sig")


def truncated_parquet(folder: Path) -> Path:
    import pandas as pd

    path = folder / "cut.parquet"
    pd.DataFrame({"title": ["标题"] * 50}).to_parquet(path)
    path.write_bytes(path.read_bytes()[:-40])
    return path


def content_file(name: str, content: bytes):
    def make(folder: Path) -> Path:
        (folder / name).write_bytes(content)
        return folder / name

    return make


BAD_INPUT = {
    "an empty file": content_file("empty.txt", b""),
    "a binary file": content_file("photo.txt", b"\x89PNG\r\n\x1a\n" + bytes(range(256)) * 20),
    "a page with no notice": content_file("page.html", "<html><body><p>首页</p><p>关于</p></body></html>".encode()),
    "a CSV without a headline column": content_file("in.csv", "正文,日期\n甲,2024-01-01\n".encode()),
    "a truncated Parquet file": truncated_parquet,
    "no file": lambda folder: folder / "nowhere.csv",
    "an unfinished JSON": content_file("in.json", b'[{"title": "a"'),
}


@pytest.mark.parametrize("make", BAD_INPUT.values(), ids=BAD_INPUT)
@pytest.mark.parametrize("command", ["label", "ingest"])
def test_bad_input_is_one_line_that_says_where_and_nothing_is_written(release, tmp_path, command, make):
    path = make(tmp_path)
    before = files(tmp_path)
    models = ["--models", release] if command == "label" else []
    done = notices(command, *models, path, "-o", tmp_path / "out" / "x.csv")
    assert (done.returncode, done.stdout) == (2, b"")
    assert one_line(done.stderr)
    assert path.name in done.stderr.decode()
    assert files(tmp_path) == before


def test_a_release_with_a_changed_byte_labels_nothing(models, table, tmp_path):
    [path] = (models / "objects" / "scorer").glob("*/scorer.safetensors")
    content = bytearray(path.read_bytes())
    content[-3] ^= 1
    path.write_bytes(content)
    for arguments in ([table()], [table(), "-o", tmp_path / "out.csv"], [table(), "-o", f"{tmp_path}/out/"]):
        done = label(models, *arguments)
        assert (done.returncode, done.stdout) == (2, b"")
        assert one_line(done.stderr)
        assert str(path) in done.stderr.decode()
    assert not (tmp_path / "out.csv").exists()
    assert not (tmp_path / "out").exists()
    verified = notices("models", "verify", "--models", models)
    assert (verified.returncode, verified.stdout) == (2, b"")
    assert str(path) in verified.stderr.decode()


WRONG = {
    "an unknown version": (["label", "--version", "nope", "IN"], "Choose one of"),
    "no release": (["label", "--models", "nowhere", "IN"], "notices train"),
    "an unknown format": (["label", "IN", "-o", "out.doc"], "--format"),
    "another format": (["label", "IN", "--format", "yaml"], "csv, jsonl, parquet, xlsx"),
    "a day that is none": (["label", "IN", "--as-of", "2024-02-30"], "YYYY-MM-DD"),
    "resuming standard input": (["label", "-", "-o", "out.csv", "--resume"], "--resume"),
    "overwriting the source": (["label", "IN", "-o", "IN"], "one of the sources"),
    "an unknown parameter": (["train", "--set", "classify.D=1"], "classify.C"),
    "missing data": (["train", "--data", "nowhere.jsonl"], "nowhere.jsonl"),
    "a taxonomy that is none": (["train", "--taxonomy", "IN"], "in.jsonl"),
    "an engine without a scheduler": (["label", "IN", "-o", "out/", "--engine", "dask"], "--scheduler"),
    "a release to export": (["models", "export", "nope", "x.tar.zst"], "Choose one of"),
    "a release to import": (["models", "import", "IN"], "in.jsonl"),
}


@pytest.mark.parametrize(("arguments", "message"), WRONG.values(), ids=WRONG)
def test_a_mistake_is_one_line_that_says_what_to_do(release, table, tmp_path, arguments, message):
    source = table()
    env = {"NOTICES_MODELS": str(release if arguments[0] != "train" else tmp_path / "models")}
    if "import" in arguments:
        env["NOTICES_MODELS"] = str(tmp_path / "fresh")
    before = source.read_bytes()
    done = notices(*(str(source) if one == "IN" else one for one in arguments), stdin=before, cwd=tmp_path, env=env)
    assert (done.returncode, done.stdout) == (2, b"")
    assert one_line(done.stderr)
    assert message in done.stderr.decode()
    assert source.read_bytes() == before
    assert files(tmp_path) - {"models/.lock", "fresh/.lock"} == {"in.jsonl"}


@pytest.mark.parametrize(
    "arguments", [["label", "--nonsense"], ["nonsense"], ["label", "--jobs", "many"], ["models", "show", "--x"]]
)
def test_wrong_usage_ends_with_status_2_and_no_traceback(arguments):
    done = notices(*arguments)
    assert (done.returncode, done.stdout) == (2, b"")
    assert b"Traceback" not in done.stderr


COMMANDS = ["label", "explain", "ingest", "train", "tune", "evaluate", "report", "calendar"] + [
    f"models {name}" for name in ("list", "show", "use", "diff", "verify", "prune", "export", "import", "card")
]


@pytest.mark.parametrize("command", COMMANDS)
def test_help_shows_an_example(command):
    done = notices(*command.split(), "--help")
    assert done.returncode == 0
    assert f"Example: notices {command}" in " ".join(done.stdout.decode().split())


def test_a_training_from_the_shell_and_what_the_store_then_says(sample, tmp_path):
    models = tmp_path / "models"
    data = [option for path in sample for option in ("--data", path)]
    settings = [option for setting in SETTINGS for option in ("--set", setting)]
    first = notices("train", "--models", models, *data, *settings, "--json")
    version = json.loads(first.stdout)["version"]
    again = notices("train", "--models", models, *data, *settings)
    assert (first.returncode, again.returncode) == (0, 0)
    assert b"nothing to do" in again.stderr
    listed = json.loads(notices("models", "list", "--json", "--models", models).stdout)
    assert [(one["version"], one["current"]) for one in listed] == [(version, True)]
    assert json.loads(notices("models", "show", "--models", models).stdout)["version"] == version
    packed = tmp_path / "release.tar.zst"
    for arguments in (
        ["verify"],
        ["export", "current", packed],
        ["use", version[:5]],
        ["diff", version, "current"],
        ["prune"],
    ):
        done = notices("models", *arguments, "--models", models)
        assert (done.returncode, done.stdout, done.stderr.count(b"\n")) == (0, b"", 1)
    assert notices("models", "import", packed, "--models", tmp_path / "other").returncode == 0
    assert notices("models", "verify", "--models", tmp_path / "other").returncode == 0


def test_a_row_of_the_data_that_is_rejected_ends_training_with_status_3(sample, tmp_path):
    broken = write_lines(tmp_path / "broken.jsonl", [{"title": "", "action": "修订", "topic": "其他"}])
    data = [option for path in [*sample, broken] for option in ("--data", path)]
    done = notices("train", "--models", tmp_path / "models", *data, "--set", "classify.folds=2")
    assert done.returncode == 3
    assert (tmp_path / "models" / "current").exists()


def test_ingest_gives_the_table_and_counts_what_it_dropped(tmp_path):
    rows = [next(corpus())] * 2 + [{"title": "另一条公告", "n": [1, "\ud800"], "x": float("nan")}]
    source = tmp_path / "in.jsonl"
    source.write_text("".join(json.dumps(row) + "\n" for row in rows), encoding="utf-8")
    for form in ("csv", "jsonl", "parquet", "xlsx"):
        done = notices("ingest", source, "-o", tmp_path / f"out.{form}")
        assert (done.returncode, done.stdout) == (0, b"")
        assert b"2 notices read, 1 exact repeats dropped" in done.stderr
    assert len(notices("ingest", source).stdout.splitlines()) == 2


def test_an_explanation_from_the_shell_adds_up(release):
    done = notices("explain", "平台修订发货规则", "自3月起执行。", "--json", "--models", release)
    for told in json.loads(done.stdout).values():
        assert told["base"] + sum(share["share"] for share in told["shares"]) == pytest.approx(told["score"])
    assert notices("explain", "平台修订发货规则", "--models", release).stdout


def test_an_interrupted_run_is_resumed_from_the_shell(release, tmp_path):
    source = tmp_path / "in.jsonl"
    source.write_text("".join(f'{{"title": "平台第{n}号发货规则修订"}}\n' for n in range(20_000)), encoding="utf-8")
    output = tmp_path / "out.csv"
    command = [sys.executable, "-m", "pipeline", "label", "--models", str(release), str(source), "-o", str(output)]
    # A shell that runs the tests in the background has them ignore the signal; the program must not inherit that.
    heard = partial(signal.signal, signal.SIGINT, signal.SIG_DFL)
    process = subprocess.Popen(command, stderr=subprocess.PIPE, preexec_fn=heard)
    while not list(tmp_path.rglob("*.note")) and process.poll() is None:
        time.sleep(0.01)
    process.send_signal(signal.SIGINT)
    message = process.communicate()[1]
    assert process.returncode not in (0, 1, 2, 3)
    assert (b"Traceback" in message, output.exists()) == (False, False)
    resumed = label(release, source, "-o", output, "--resume")
    assert resumed.returncode == 0
    assert b"by the interrupted run" in resumed.stderr
    label(release, source, "-o", tmp_path / "whole.csv")
    assert output.read_bytes() == (tmp_path / "whole.csv").read_bytes()
    assert files(tmp_path) == {"in.jsonl", "out.csv", "whole.csv"}


def test_a_reader_that_stops_early_is_no_error_to_tell_of(release, table):
    command = [sys.executable, "-m", "pipeline", "label", "--models", str(release), str(table(rows=200))]
    process = subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE)
    process.stdout.close()
    message = process.stderr.read()
    process.stderr.close()
    process.wait()
    assert b"Traceback" not in message
    assert message.count(b"\n") <= 1


def test_nothing_of_a_notice_is_written_to_standard_error(release, table):
    done = label(release, table(rows=20), "--jobs", "1")
    titles = [row["title"] for row in rows_of(done.stdout)]
    assert not [title for title in titles if title in done.stderr.decode()]


@pytest.mark.parametrize(
    "world", [{"LC_ALL": "C", "PYTHONUTF8": "0"}, {"LC_ALL": "POSIX", "PYTHONUTF8": "0", "PYTHONCOERCECLOCALE": "0"}]
)
def test_a_machine_without_utf_8_gets_the_same_bytes(release, table, tmp_path, world):
    source = table(rows=5, name="输入.jsonl")
    done = label(release, source, env=world)
    assert (done.returncode, done.stdout) == (0, label(release, source).stdout)


def test_a_file_with_a_strange_name_is_read(release, tmp_path):
    path = os.fsencode(tmp_path) + b"/\xff=x.jsonl"
    Path(os.fsdecode(path)).write_text('{"title": "一条"}\n', encoding="utf-8")
    done = label(release, os.fsdecode(path), "-o", tmp_path / "out.csv")
    assert done.returncode == 0
    assert label(release, os.fsdecode(path)).returncode == 0


def test_only_new_notices_are_labelled_since_the_last_time(release, table, tmp_path):
    state = tmp_path / "seen"
    counts = [label(release, table(rows=rows), "--new-since", state).stdout.count(b"\n") for rows in (3, 5, 5)]
    assert counts == [3, 2, 0]


def test_a_folder_of_sources_becomes_a_folder_of_outputs(release, table, tmp_path):
    for name in ("in/a.jsonl", "in/b.jsonl"):
        table(rows=4, name=name)
    done = label(release, tmp_path / "in", "-o", f"{tmp_path}/out/", "--format", "csv")
    assert (done.returncode, done.stdout) == (0, b"")
    assert files(tmp_path / "out") == {"_labelling.json", "a.csv", "b.csv"}
    assert b"2 were there" in label(release, tmp_path / "in", "-o", f"{tmp_path}/out/", "--format", "csv").stderr
