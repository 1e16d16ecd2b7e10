import io
import json
import os
import shutil
import tarfile

import pytest
import zstandard

from pipeline.artifacts import transfer
from pipeline.artifacts.store import Store
from pipeline.errors import StoreError
from pipeline.predict import Predictor


@pytest.fixture(scope="module")
def packed(release, tmp_path_factory):
    path = tmp_path_factory.mktemp("packed") / "release.tar.zst"
    transfer.export(Store(release), "current", path)
    return path


def tree(folder):
    return {
        path.relative_to(folder).as_posix(): path.read_bytes()
        for path in folder.rglob("*")
        if path.is_file() and path.name != ".lock"
    }


@pytest.mark.parametrize("name", ["handed", "handed.tar.zst"])
def test_a_release_is_handed_on_whole_without_the_corpus(release, tmp_path, name, unseen):
    source, other = Store(release), Store(tmp_path / "other")
    given = transfer.export(source, "current", tmp_path / name)
    taken = transfer.import_(other, tmp_path / name)
    assert taken == given == other.release()
    assert not list(other.problems())
    assert not [path for path in tmp_path.rglob("*") if path.suffix == ".parquet" or path.name.endswith(".tmp")]
    labels = [Predictor.load(store.root).label(unseen.head(20)) for store in (source, other)]
    assert labels[0].equals(labels[1])


def test_the_same_release_packs_to_the_same_bytes(release, packed, tmp_path):
    copy = shutil.copytree(release, tmp_path / "copy")
    transfer.export(Store(copy), "current", tmp_path / "again.tar.zst")
    assert (tmp_path / "again.tar.zst").read_bytes() == packed.read_bytes()


def test_importing_twice_changes_nothing(packed, tmp_path):
    store = Store(tmp_path / "store")
    transfer.import_(store, packed)
    before = tree(store.root)
    transfer.import_(store, packed)
    assert tree(store.root) == before


def test_an_import_does_not_change_the_current_release(models, sample, packed):
    from tests.small import train_small

    current = train_small(sample, models, "classify.C=7.5").release.version
    transfer.import_(Store(models), packed)
    assert Store(models).current() == current


def test_what_is_there_is_never_overwritten(release, tmp_path):
    (tmp_path / "there").mkdir()
    with pytest.raises(StoreError, match="there already"):
        transfer.export(Store(release), "current", tmp_path / "there")
    with pytest.raises(StoreError, match="no such file"):
        transfer.import_(Store(tmp_path / "x"), tmp_path / "nowhere")


def forge(release, folder, stage, name, content):
    """A whole and consistent release in which a stage's file has another content, as its maker could hand on."""
    from hashlib import sha256

    from pipeline.artifacts.files import write_json
    from pipeline.artifacts.release import StageRecord

    store = Store(shutil.copytree(release, folder))
    record = store.release()[stage]
    place = store.folder(stage, record.key)
    (place / name).write_bytes(content)
    manifest = json.loads((place / "manifest.json").read_text(encoding="utf-8"))
    manifest["files"][name] = {"sha256": sha256(content).hexdigest(), "bytes": len(content)}
    (place / "manifest.json").write_bytes(write_json(manifest))
    whole = store.release()
    stages = tuple(
        StageRecord(r.stage, r.key, sha256(write_json(manifest)).hexdigest(), r.serving) if r.stage == stage else r
        for r in whole.stages
    )
    path = store.releases / f"{whole.version}.json"
    path.write_bytes(
        type(whole)(whole.version, whole.taxonomy, whole.parameters, stages, whole.data, whole.measures).to_bytes()
    )
    return store


def test_another_content_under_a_known_version_is_refused(release, models, tmp_path):
    forged = forge(release, tmp_path / "forged", "scorer", "heads.json", b'{"action": ["a", "b"]}\n')
    before = tree(models)
    with pytest.raises(StoreError, match="another content"):
        transfer.import_(Store(models), forged.root)
    assert tree(models) == before


def weights(release, **changes):
    from pipeline.artifacts.files import map_tensors, write_tensors

    store = Store(release)
    [path] = store.folder("scorer", store.release()["scorer"].key).glob("*.safetensors")
    return write_tensors({**map_tensors(path), **changes})


def table(release, name, change):
    from pipeline.artifacts.files import map_tensors, write_tensors

    store = Store(release)
    [path] = store.folder("vectorizer", store.release()["vectorizer"].key).glob("*.safetensors")
    arrays = map_tensors(path)
    found = next(key for key in arrays if key.endswith(name))
    return write_tensors({**arrays, found: change(arrays[found].copy())})


def shifted(array):
    array[array.argmax()] += 1 << 20
    return array


@pytest.mark.parametrize(
    ("stage", "name", "content"),
    [
        ("scorer", "scorer.safetensors", lambda release: weights(release, weights=__import__("numpy").zeros((3, 16)))),
        ("scorer", "scorer.safetensors", lambda release: weights(release, intercept=__import__("numpy").zeros(1))),
        ("scorer", "scorer.safetensors", lambda release: weights(release, doubt=__import__("numpy").zeros((1, 2)))),
        ("scorer", "scorer.safetensors", lambda release: weights(release, threshold=__import__("numpy").zeros(0))),
        ("scorer", "heads.json", lambda release: b'{"action": ["a"], "topic": ["b"]}'),
        ("scorer", "heads.json", lambda release: b"[]"),
        ("vectorizer", "blocks.json", lambda release: b'{"sublinear": true, "blocks": []}'),
        ("vectorizer", "blocks.json", lambda release: b'{"blocks": 7}'),
        ("vectorizer", "tables.safetensors", lambda release: table(release, "base2", shifted)),
        ("vectorizer", "tables.safetensors", lambda release: table(release, "feature2", shifted)),
        ("vectorizer", "tables.safetensors", lambda release: table(release, "unigram", shifted)),
        ("vectorizer", "tables.safetensors", lambda release: table(release, "numbers", lambda a: a + 60_000)),
        ("vectorizer", "tables.safetensors", lambda release: table(release, "letters", lambda a: a + 0x110000)),
        ("vectorizer", "tables.safetensors", lambda release: table(release, "owner2", lambda a: a[:5])),
        ("vectorizer", "tables.safetensors", lambda release: table(release, "idf", lambda a: a[:-1])),
        ("lexicon", "lexicon.json", lambda release: b'{"": 1}'),
        ("lexicon", "lexicon.json", lambda release: b'{"\xe7\x94\xb2": "x"}'),
        ("lexicon", "lexicon.json", lambda release: b'{"\xe7\x94\xb2": -1}'),
        ("lexicon", "lexicon.json", lambda release: b"[1]"),
        ("lexicon", "lexicon.json", lambda release: b"[" * 100_000),
        ("lexicon", "lexicon.json", lambda release: b"{" + b" " * (17 << 20) + b"}"),
    ],
)
def test_parts_that_do_not_fit_together_are_refused_though_their_digests_are_right(
    release, tmp_path, stage, name, content
):
    forged = forge(release, tmp_path / "forged", stage, name, content(release))
    with pytest.raises(StoreError) as caught:
        Predictor.load(forged.root)
    assert "\n" not in str(caught.value)


def pack(path, entries):
    with (
        path.open("xb") as raw,
        zstandard.ZstdCompressor().stream_writer(raw) as sink,
        tarfile.open(fileobj=sink, mode="w|") as archive,
    ):
        for entry, content in entries:
            entry.size = len(content)
            archive.addfile(entry, io.BytesIO(content))
    return path


def entry(name, **facts):
    made = tarfile.TarInfo(name)
    for key, value in facts.items():
        setattr(made, key, value)
    return made


HOSTILE = {
    "dots": entry("../../outside"),
    "inner dots": entry("objects/../../outside"),
    "absolute": entry("/outside"),
    "drive": entry("C:\\outside"),
    "hidden": entry(".lock"),
    "link": entry("current", type=tarfile.SYMTYPE, linkname="/etc/passwd"),
    "hard link": entry("current", type=tarfile.LNKTYPE, linkname="/etc/passwd"),
    "device": entry("current", type=tarfile.CHRTYPE, devmajor=1, devminor=5),
    "pipe": entry("current", type=tarfile.FIFOTYPE),
    "folder": entry("objects", type=tarfile.DIRTYPE),
    "long name": entry("a" * 300),
    "sparse": entry("current", type=tarfile.GNUTYPE_SPARSE),
    "deep": entry("a/b/c/d/e"),
}


@pytest.mark.parametrize("hostile", HOSTILE.values(), ids=HOSTILE)
def test_a_hostile_archive_is_refused_and_leaves_nothing(tmp_path, hostile):
    source = pack(tmp_path / "evil.tar.zst", [(hostile, b"")])
    store = Store(tmp_path / "deep" / "er" / "store")
    with pytest.raises(StoreError, match=r"evil\.tar\.zst"):
        transfer.import_(store, source)
    assert set(os.listdir(tmp_path)) == {"evil.tar.zst", "deep"}
    assert set(os.listdir(store.root)) <= {".lock", "tmp"}
    assert not list((store.root / "tmp").glob("*"))


def test_a_header_of_gigabytes_is_not_read_into_memory(tmp_path):
    source = tmp_path / "evil.tar.zst"
    long_name = entry("././@LongLink", type=tarfile.GNUTYPE_LONGNAME, size=6 << 30)
    with source.open("xb") as raw, zstandard.ZstdCompressor().stream_writer(raw) as sink:
        sink.write(long_name.tobuf(tarfile.GNU_FORMAT))
        for _ in range(30):
            sink.write(b"a" * (1 << 20))
    with pytest.raises(StoreError):
        transfer.import_(Store(tmp_path / "store"), source)


@pytest.mark.parametrize(
    "content",
    [b"", b"no archive", zstandard.compress(b""), zstandard.compress(b"x" * 2000), zstandard.compress(b"\0" * 10240)],
)
def test_what_is_no_archive_is_an_error(tmp_path, content):
    (tmp_path / "x.tar.zst").write_bytes(content)
    with pytest.raises(StoreError):
        transfer.import_(Store(tmp_path / "store"), tmp_path / "x.tar.zst")


def test_a_cut_archive_leaves_nothing(packed, tmp_path):
    content = packed.read_bytes()
    for keep in (0.1, 0.5, 0.999):
        (tmp_path / "cut.tar.zst").write_bytes(content[: int(len(content) * keep)])
        store = Store(tmp_path / "store")
        with pytest.raises(StoreError):
            transfer.import_(store, tmp_path / "cut.tar.zst")
        assert store.versions() == []
        assert not store.pointer.exists()


def test_a_damaged_release_is_not_exported(models, tmp_path):
    [path] = (models / "objects" / "scorer").glob("*/heads.json")
    path.write_bytes(path.read_bytes() + b" ")
    with pytest.raises(StoreError, match="heads.json"):
        transfer.export(Store(models), "current", tmp_path / "out")
    assert not (tmp_path / "out").exists()
    assert not list(tmp_path.glob(".*"))
