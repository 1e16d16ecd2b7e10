import pytest

from pipeline.batch.dataset import PLAN, Made, label_dataset, plan
from pipeline.batch.table import Options
from pipeline.errors import InputError, OutputError, ParameterError
from pipeline.ingest import read


@pytest.fixture
def options(release):
    return Options(str(release), "current")


@pytest.fixture
def parts(table, unseen, tmp_path):
    for number in range(4):
        unseen.iloc[number * 10 : number * 10 + 10].to_parquet(tmp_path / f"part-{number}.parquet")
    return str(tmp_path / "part-*.parquet")


def contents(folder):
    return {path.name: path.read_bytes() for path in folder.iterdir()}


def test_every_partition_becomes_a_file_of_its_own(predictor, options, parts, unseen, tmp_path):
    made = label_dataset([parts], str(tmp_path / "out"), options)
    assert made == Made(made=4, labelled=40)
    assert set(contents(tmp_path / "out")) == {PLAN, *(f"part-{number}.parquet" for number in range(4))}
    frame = read(str(tmp_path / "out" / "part-*.parquet"), repeats=False).notices
    assert list(frame["action"]) == list(predictor.label(unseen.head(40))["action"])


def test_jobs_change_no_byte_and_a_rerun_does_what_is_missing(options, parts, tmp_path):
    label_dataset([parts], str(tmp_path / "one"), options)
    label_dataset([parts], str(tmp_path / "two"), options, jobs=2)
    before = contents(tmp_path / "two")
    assert contents(tmp_path / "one") == before
    (tmp_path / "two" / "part-2.parquet").unlink()
    assert label_dataset([parts], str(tmp_path / "two"), options) == Made(made=1, present=3, labelled=10)
    assert contents(tmp_path / "two") == before


def test_dask_workers_write_the_same_bytes(options, parts, tmp_path):
    distributed = pytest.importorskip("distributed")
    label_dataset([parts], str(tmp_path / "one"), options)
    with distributed.LocalCluster(n_workers=2, threads_per_worker=1, dashboard_address=None) as cluster:
        made = label_dataset(
            [parts], str(tmp_path / "two"), options, engine="dask", scheduler=cluster.scheduler_address
        )
    assert made == Made(made=4, labelled=40)
    assert contents(tmp_path / "two") == contents(tmp_path / "one")


def test_rejects_stand_beside_their_partition(options, tmp_path):
    (tmp_path / "in.jsonl").write_text('{"title": "一"}\nnonsense\n', encoding="utf-8")
    assert label_dataset([str(tmp_path / "in.jsonl")], str(tmp_path / "out"), options) == Made(1, 0, 1, 1)
    assert set(contents(tmp_path / "out")) == {PLAN, "in.jsonl", "in.jsonl.rejects.csv"}


def test_a_partition_that_fails_leaves_nothing_of_itself(options, parts, tmp_path):
    (tmp_path / "part-9.parquet").write_bytes(b"PAR1")
    with pytest.raises(InputError, match="part-9"):
        label_dataset([parts], str(tmp_path / "out"), options)
    assert set(contents(tmp_path / "out")) == {PLAN, *(f"part-{number}.parquet" for number in range(4))}


def test_what_a_killed_worker_left_is_cleared_away(options, parts, tmp_path):
    (tmp_path / "out" / ".part-0.parquet.abc.tmp").mkdir(parents=True)
    label_dataset([parts], str(tmp_path / "out"), options)
    assert not [name for name in contents(tmp_path / "out") if name.startswith(".")]


def test_partitions_of_two_labellings_are_not_mixed(options, parts, tmp_path):
    from dataclasses import replace

    label_dataset([parts], str(tmp_path / "out"), options)
    with pytest.raises(OutputError, match="other options"):
        label_dataset([parts], str(tmp_path / "out"), replace(options, facts=False))


def test_two_labellings_of_one_folder_do_not_meet(options, parts, tmp_path):
    def meanwhile(count):
        with pytest.raises(OutputError, match="another labelling"):
            label_dataset([parts], str(tmp_path / "out"), options)

    label_dataset([parts], str(tmp_path / "out"), options, progress=meanwhile)


def test_two_sources_of_one_name_are_refused(tmp_path):
    for folder in ("a", "b"):
        (tmp_path / folder).mkdir()
        (tmp_path / folder / "x.csv").write_text("title\na\n")
    with pytest.raises(ParameterError, match="would both become"):
        plan([str(tmp_path / "a"), str(tmp_path / "b")], "out")


def test_addresses_far_away_are_read_and_written_too(options, unseen, tmp_path):
    fsspec = pytest.importorskip("fsspec")
    memory = fsspec.filesystem("memory")
    for number in range(2):
        local = tmp_path / f"{number}.parquet"
        unseen.iloc[number * 5 : number * 5 + 5].to_parquet(local)
        memory.pipe(f"/in/{number}.parquet", local.read_bytes())
    assert label_dataset(["memory://in/*.parquet"], "memory://out", options) == Made(made=2, labelled=10)
    assert label_dataset(["memory://in/*.parquet"], "memory://out", options) == Made(present=2)
    label_dataset([str(tmp_path / "*.parquet")], str(tmp_path / "near"), options)
    for number in range(2):
        assert memory.cat(f"/out/{number}.parquet") == (tmp_path / "near" / f"{number}.parquet").read_bytes()
    assert not [path for path in memory.find("/out") if path.endswith(".tmp")]
    memory.rm("/in", recursive=True)
    memory.rm("/out", recursive=True)
