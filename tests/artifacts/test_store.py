import json
import os
import threading

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from pipeline.artifacts.files import is_plain_name, map_tensors, write_file, write_tensors
from pipeline.artifacts.release import Release, differences
from pipeline.artifacts.store import Store, stage_key
from pipeline.errors import StoreError
from pipeline.predict import Predictor

FILES = {"a.json": b"{}\n", "b.bin": bytes(range(256))}


@pytest.fixture
def store(tmp_path):
    return Store(tmp_path / "store")


@pytest.fixture
def artifact(store):
    return store.open("words", store.put("words", 1, {"notices": "x"}, {"n": 1}, FILES).key)


def test_an_artifact_comes_back_with_its_manifest(store, artifact):
    assert artifact.json("a.json") == {}
    assert artifact.path("b.bin").read_bytes() == FILES["b.bin"]
    assert (artifact.manifest["inputs"], artifact.manifest["parameters"]) == ({"notices": "x"}, {"n": 1})
    assert artifact.manifest["libraries"]["numpy"] == np.__version__
    assert not list((store.root / "tmp").iterdir())


def test_a_key_follows_from_stage_inputs_and_parameters_in_any_order():
    assert stage_key("a", 1, {"x": "1", "y": "2"}, {}) == stage_key("a", 1, {"y": "2", "x": "1"}, {})
    keys = {
        stage_key(*facts)
        for facts in (
            ("a", 1, {}, {}),
            ("a", 2, {}, {}),
            ("b", 1, {}, {}),
            ("a", 1, {"x": "1"}, {}),
            ("a", 1, {}, {"x": 1}),
        )
    }
    assert len(keys) == 5


def test_an_artifact_that_is_there_stays_as_it_is(store, artifact):
    before = artifact.path("b.bin").stat().st_mtime_ns
    store.put("words", 1, {"notices": "x"}, {"n": 1}, {"other": b""})
    assert artifact.path("b.bin").stat().st_mtime_ns == before
    assert not (artifact.folder / "other").exists()


@pytest.mark.parametrize("name", ["a.json", "b.bin", "manifest.json"])
@pytest.mark.parametrize("harm", ["flip", "cut", "grow", "remove", "link", "folder", "pipe"])
def test_every_harm_to_a_file_is_named(store, artifact, name, harm):
    path = artifact.path(name)
    content = path.read_bytes()
    path.unlink()
    if harm == "flip":
        path.write_bytes(content[:-1] + bytes([content[-1] ^ 1]))
    elif harm == "cut":
        path.write_bytes(content[:-1])
    elif harm == "grow":
        path.write_bytes(content + b"\n")
    elif harm == "link":
        elsewhere = path.with_name(".elsewhere")
        elsewhere.write_bytes(content)
        path.symlink_to(elsewhere)
    elif harm == "folder":
        path.mkdir()
    elif harm == "pipe":
        os.mkfifo(path)
    with pytest.raises(StoreError) as caught:
        store.open("words", artifact.manifest["key"], store_digest(artifact))
    assert caught.value.where == str(path)
    assert caught.value.remedy


def store_digest(artifact):
    import hashlib

    from pipeline.artifacts.files import write_json

    return hashlib.sha256(write_json(artifact.manifest)).hexdigest()


def test_a_file_that_no_manifest_names_is_a_problem(store, artifact):
    (artifact.folder / "extra.py").write_text("print()")
    with pytest.raises(StoreError, match=r"extra\.py"):
        store.open("words", artifact.manifest["key"])


@pytest.mark.parametrize("level", ["objects", "objects/words", "objects/words/KEY", "releases"])
def test_a_folder_that_leads_elsewhere_is_refused(models, level):
    store = Store(models)
    key = store.release()["words"].key
    folder = models / level.replace("KEY", key)
    moved = models.with_name("moved")
    folder.rename(moved)
    folder.symlink_to(moved)
    with pytest.raises(StoreError, match="is a link"):
        store.release()
        store.open("words", key)


@pytest.mark.parametrize(
    "name", ["..", ".", "", "a/b", "a\\b", "/etc", ".hidden", "a\x00", "甲", "-x", "a" * 101, "a\n", None, 7]
)
def test_no_other_name_than_a_plain_one_stands_for_a_file(name):
    assert not is_plain_name(name)


def test_plain_names_do():
    assert all(map(is_plain_name, ("a", "a.json", "0-notices.parquet", "head_1", "A" * 100)))


def test_a_reader_sees_the_old_file_or_the_new_one(tmp_path):
    path = tmp_path / "current"
    contents = [bytes([n]) * 40_000 for n in range(2)]
    write_file(path, contents[0])
    stop = threading.Event()

    def write():
        while not stop.is_set():
            for content in contents:
                write_file(path, content)

    writer = threading.Thread(target=write)
    writer.start()
    try:
        seen = {path.read_bytes() for _ in range(300)}
    finally:
        stop.set()
        writer.join()
    assert seen <= set(contents)
    assert [p.name for p in tmp_path.iterdir()] == ["current"]


@given(
    st.dictionaries(
        st.text("abc.0", min_size=1, max_size=4),
        st.tuples(
            st.sampled_from(["<f8", "<f4", "<i8", "<i4", "<u4", "<u2", "u1", "?"]),
            st.lists(st.integers(0, 3), max_size=3),
        ),
        max_size=4,
    )
)
def test_arrays_come_back_as_they_were(tmp_path_factory, kinds):
    arrays = {
        name: np.arange(np.prod(shape, dtype=int)).reshape(shape).astype(kind) for name, (kind, shape) in kinds.items()
    }
    path = tmp_path_factory.mktemp("tensors") / "t.safetensors"
    path.write_bytes(write_tensors(arrays))
    found = map_tensors(path)
    assert found.keys() == arrays.keys()
    for name, array in arrays.items():
        assert found[name].dtype == array.dtype
        np.testing.assert_array_equal(found[name], array)
        assert not array.size or not found[name].flags.writeable


def tensors(header, content=b"", length=None):
    text = header if isinstance(header, bytes) else json.dumps(header).encode()
    return (len(text) if length is None else length).to_bytes(8, "little") + text + content


FORGED = {
    "2^60 bytes": tensors({"a": {"dtype": "F64", "shape": [1 << 57], "data_offsets": [0, 1 << 60]}}),
    "2^40 bytes": tensors({"a": {"dtype": "U8", "shape": [1 << 40], "data_offsets": [0, 1 << 40]}}),
    "shape of zeros": tensors({"a": {"dtype": "U8", "shape": [0, 1 << 47, 1 << 47], "data_offsets": [0, 0]}}),
    "header of 2^60": tensors({}, length=1 << 60),
    "a million keys": tensors({f"k{n}": {"dtype": "U8", "shape": [0], "data_offsets": [0, 0]} for n in range(200_000)}),
    "deep": tensors(b"[" * 100_000),
    "deep shape": tensors(
        b'{"a": {"dtype": "U8", "shape": ' + b"[" * 5000 + b"]" * 5000 + b', "data_offsets": [0, 0]}}'
    ),
    "overlap": tensors({n: {"dtype": "U8", "shape": [2], "data_offsets": [0, 2]} for n in "ab"}, b"xy"),
    "gap": tensors({"a": {"dtype": "U8", "shape": [1], "data_offsets": [1, 2]}}, b"xy"),
    "rest": tensors({"a": {"dtype": "U8", "shape": [1], "data_offsets": [0, 1]}}, b"xy"),
    "negative": tensors({"a": {"dtype": "U8", "shape": [-1], "data_offsets": [0, -1]}}),
    "float sizes": tensors({"a": {"dtype": "U8", "shape": [1.0], "data_offsets": [0, 1]}}, b"x"),
    "object": tensors({"a": {"dtype": "O", "shape": [1], "data_offsets": [0, 8]}}, b"x" * 8),
    "no entry": tensors({"a": 7}),
    "list": tensors([1]),
    "empty": b"",
    "half a length": b"\x01\x00",
}


@pytest.mark.parametrize("content", FORGED.values(), ids=FORGED)
def test_a_forged_header_is_refused(tmp_path, content):
    path = tmp_path / "t.safetensors"
    path.write_bytes(content)
    with pytest.raises(StoreError, match="damaged"):
        map_tensors(path)


def test_a_release_is_found_by_its_first_digits(release):
    store = Store(release)
    version = store.current()
    assert store.release(version[:4]) == store.release("current") == store.release(version)
    with pytest.raises(StoreError, match=version):
        store.release("zzz")
    with pytest.raises(StoreError):
        store.release("")


def test_a_store_with_no_release_says_what_to_do(store):
    with pytest.raises(StoreError, match="notices train"):
        store.release()
    with pytest.raises(StoreError, match="notices train"):
        store.release("abc")


@pytest.mark.parametrize(
    ("content", "message"),
    [(b"nowhere\n", "not there"), (b"../../x\n", "damaged"), (b"\xff" * 300, "larger"), (b"", "damaged")],
)
def test_a_damaged_pointer_is_an_error(models, content, message):
    (models / "current").write_bytes(content)
    with pytest.raises(StoreError, match=message):
        Predictor.load(models)
    assert [problem.where for problem in Store(models).problems()] == [str(models / "current")]


def test_any_byte_of_a_release_file_counts(models):
    [path] = (models / "releases").glob("*.json")
    content = path.read_bytes()
    for at in range(0, len(content), max(len(content) // 40, 1)):
        path.write_bytes(content[:at] + bytes([content[at] ^ 1]) + content[at + 1 :])
        with pytest.raises(StoreError, match="damaged"):
            Store(models).release(path.stem)


@pytest.mark.parametrize(
    "change",
    [
        {"format_version": 2},
        {"stages": [{"stage": "../..", "key": "x", "manifest_sha256": "", "serving": True}]},
        {"stages": [{"stage": "words", "key": "/etc", "manifest_sha256": "", "serving": True}]},
        {"stages": 7},
        {"stages": [{"stage": "words"}]},
        {"version": "other"},
        {"data": None, "extra": 1},
    ],
)
def test_a_release_file_of_another_form_is_refused_though_its_digest_is_right(models, change):
    import hashlib

    from pipeline.artifacts.files import write_json

    [path] = (models / "releases").glob("*.json")
    body = {**json.loads(path.read_text(encoding="utf-8")), **change}
    del body["sha256"]
    path.write_bytes(write_json({**body, "sha256": hashlib.sha256(write_json(body)).hexdigest()}))
    with pytest.raises(StoreError):
        Store(models).release(path.stem)


def test_a_release_is_never_overwritten_by_another_content(models):
    store = Store(models)
    release = store.release()
    store.save(release)
    with pytest.raises(StoreError, match="another content"):
        store.save(Release(release.version, release.taxonomy, {}, release.stages))


def test_two_releases_are_compared_part_by_part(release):
    one = Store(release).release()
    other = Release(
        one.version, one.taxonomy, {**one.parameters, "classify.C": 9.0}, one.stages, one.data, one.measures
    )
    assert differences(one, one) == {"stages": {}, "parameters": {}, "data": {}, "measures": {}}
    assert differences(one, other)["parameters"] == {"classify.C": (one.parameters["classify.C"], 9.0)}


def test_a_store_in_use_names_who_uses_it(tmp_path):
    import subprocess
    import sys

    code = (
        "import sys, time; from pipeline.artifacts.store import Store\n"
        "with Store(sys.argv[1]).writing('a test'):\n    print('held', flush=True); time.sleep(60)"
    )
    holder = subprocess.Popen([sys.executable, "-c", code, tmp_path / "store"], stdout=subprocess.PIPE)
    try:
        assert holder.stdout.readline() == b"held\n"
        with (
            pytest.raises(StoreError, match=rf"process {holder.pid} on .* \(a test\)"),
            Store(tmp_path / "store").writing("x", 0.05),
        ):
            pass
    finally:
        holder.kill()
        holder.wait()
        holder.stdout.close()
    with Store(tmp_path / "store").writing("x", 5):  # a killed holder holds nothing
        pass


def test_leftovers_of_a_killed_writer_are_cleared_by_the_next(models):
    (models / "tmp" / "words-123").mkdir(parents=True)
    (models / "tmp" / "words-123" / "half").write_bytes(b"x")
    (models / ".current.0123.tmp").write_bytes(b"x")
    (models / "releases" / ".x.json.0123.tmp").write_bytes(b"x")
    with Store(models).writing("x"):
        pass
    assert not [path for path in models.rglob("*") if path.name == "tmp" or path.name.endswith(".tmp")]
    assert not list(Store(models).problems())


def test_pruning_removes_what_no_release_names(models):
    store = Store(models)
    stray = store.put("words", 1, {}, {}, FILES)
    assert store.prune() == ([], [f"words/{stray.key}"])
    assert store.prune() == ([], [])
    assert not list(store.problems())


def test_pruning_never_removes_the_current_release(models, sample):
    from tests.small import train_small

    store = Store(models)
    old = store.current()
    new = train_small(sample, models, "classify.C=7.5").release.version
    store.use(old)
    gone, unused = store.prune(keep=1)
    assert gone == []
    store.use(new)
    gone, unused = store.prune(keep=1)
    assert gone == [old]
    assert unused
    assert not list(store.problems())
    Predictor.load(models)
