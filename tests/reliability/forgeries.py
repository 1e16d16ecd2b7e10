"""Releases forged by a stranger: a clear error in under a second of work and under 200 MB, whatever they claim."""

import io
import json
import os
import shutil
import subprocess
import sys
import tarfile
from collections.abc import Callable, Iterator
from hashlib import sha256
from pathlib import Path

from pipeline.artifacts.files import write_json
from pipeline.artifacts.release import Release, StageRecord
from pipeline.artifacts.store import Store
from pipeline.artifacts.transfer import export, import_
from tests.reliability.proof import Trial, tried

SECONDS, MEGABYTES = 1.0, 200

MILLION = 1_000_000
Forger = Callable[[Path], None]


def tensors(header: object, content: bytes = b"") -> bytes:
    """A safetensors file with any header."""
    text = header if isinstance(header, bytes) else json.dumps(header).encode()
    return len(text).to_bytes(8, "little") + text + content


def vouched(stage: str, name: str, content: bytes, claimed: int | None = None) -> Forger:
    """Another content of a file, with manifest and release that vouch for it."""

    def forge(models: Path) -> None:
        store = Store(models)
        release = store.release()
        record = release[stage]
        folder = store.folder(stage, record.key)
        path = next(folder.glob(name))
        path.write_bytes(content)
        manifest = json.loads((folder / "manifest.json").read_text(encoding="utf-8"))
        size = len(content) if claimed is None else claimed
        manifest["files"][path.name] = {"sha256": sha256(content).hexdigest(), "bytes": size}
        rewritten(models, release, stage, write_json(manifest))

    return forge


def rewritten(models: Path, release: Release, stage: str, manifest: bytes) -> None:
    """Write a manifest, and a release that names it."""
    store = Store(models)
    store.folder(stage, release[stage].key).joinpath("manifest.json").write_bytes(manifest)
    stages = tuple(
        StageRecord(one.stage, one.key, sha256(manifest).hexdigest(), one.serving) if one.stage == stage else one
        for one in release.stages
    )
    forged = Release(release.version, release.taxonomy, release.parameters, stages, release.data, release.measures)
    (store.releases / f"{release.version}.json").write_bytes(forged.to_bytes())


def manifest_of(change: Callable[[dict[str, object]], object]) -> Forger:
    """Another manifest, vouched for by the release."""

    def forge(models: Path) -> None:
        store = Store(models)
        release = store.release()
        path = store.folder("scorer", release["scorer"].key) / "manifest.json"
        changed = change(json.loads(path.read_text(encoding="utf-8")))
        rewritten(models, release, "scorer", changed if isinstance(changed, bytes) else write_json(changed))

    return forge


def file_name(name: str) -> Forger:
    """A manifest that names a file by a path that leads out."""
    return manifest_of(lambda m: {**m, "files": {**m["files"], name: {"sha256": "0" * 64, "bytes": 9}}})  # type: ignore[dict-item]


def instead(where: str, make: Callable[[Path], object]) -> Forger:
    """Something else in the place of a file or folder."""

    def forge(models: Path) -> None:
        path = next(models.glob(where))
        if path.is_dir():
            path.rename(models.with_name("moved"))
        else:
            path.unlink()
        make(path)

    return forge


def pointer(content: bytes) -> Forger:
    """Another name of the current release."""
    return lambda models: (models / "current").write_bytes(content) and None


def sparse(path: Path) -> None:
    """A file of a terabyte that takes no room."""
    with path.open("wb") as file:
        file.truncate(1 << 40)


#: What has the form it should have, and is seen to be senseless only when it is loaded.
LOADED = {"a deep heads.json", "heads.json of a million keys", "blocks.json of 20 MB"}

#: What an import does not read.
UNREAD = {"a pointer that leads out", "a pointer without end", "a pipe for a pointer"}

_KEYS = {f"k{n}": {"dtype": "U8", "shape": [0], "data_offsets": [0, 0]} for n in range(MILLION)}
_DEEP = b"[" * 500_000

FORGED: dict[str, Forger] = {
    "a tensor of 2^60 bytes": vouched(
        "scorer",
        "*.safetensors",
        tensors({"weights": {"dtype": "F64", "shape": [1 << 57], "data_offsets": [0, 1 << 60]}}),
    ),
    "a header of 2^60 bytes": vouched("scorer", "*.safetensors", (1 << 60).to_bytes(8, "little") + b"{}"),
    "a header of a million keys": vouched("scorer", "*.safetensors", tensors(_KEYS)),
    "a deep header": vouched("scorer", "*.safetensors", tensors(_DEEP)),
    "a deep heads.json": vouched("scorer", "heads.json", _DEEP),
    "heads.json of a million keys": vouched(
        "scorer", "heads.json", json.dumps({f"k{n}": [] for n in range(MILLION)}).encode()
    ),
    "blocks.json of 20 MB": vouched("vectorizer", "blocks.json", b'{"blocks": "' + b"x" * (20 << 20) + b'"}'),
    "a file that claims 2^60 bytes": vouched("scorer", "*.safetensors", b"x", 1 << 60),
    "a file that claims fewer bytes than none": vouched("scorer", "*.safetensors", b"x", -1),
    "a manifest of a million keys": manifest_of(lambda m: {**m, "inputs": {f"k{n}": "x" for n in range(MILLION)}}),
    "a manifest of a million files": manifest_of(
        lambda m: {**m, "files": {f"k{n}": {"sha256": "", "bytes": 0} for n in range(MILLION)}}
    ),
    "a deep manifest": manifest_of(lambda m: _DEEP),
    "a manifest of no object": manifest_of(lambda m: b"7\n"),
    "a release of a million keys": lambda models: (
        next((models / "releases").iterdir()).write_bytes(
            json.dumps({"format_version": 1, **{f"k{n}": 0 for n in range(MILLION)}}).encode()
        )
        and None
    ),
    "a deep release": lambda models: next((models / "releases").iterdir()).write_bytes(_DEEP) and None,
    "a file named ..": file_name("../../../current"),
    "a file named by an absolute path": file_name("/etc/passwd"),
    "a file named by a path": file_name("a/b"),
    "a pointer that leads out": pointer(b"../../x\n"),
    "a pointer without end": instead("current", lambda path: path.symlink_to("/dev/zero")),
    "a pipe for a pointer": instead("current", os.mkfifo),
    "a pipe for a release": instead("releases/*.json", os.mkfifo),
    "a pipe for a manifest": instead("objects/scorer/*/manifest.json", os.mkfifo),
    "a pipe for a file": instead("objects/scorer/*/heads.json", os.mkfifo),
    "a link for a file": instead("objects/scorer/*/heads.json", lambda path: path.symlink_to("/etc/passwd")),
    "a link for a release": instead("releases/*.json", lambda path: path.symlink_to("/etc/passwd")),
    "a link for an artifact": instead(
        "objects/scorer/*", lambda path: path.symlink_to(path.parents[2].with_name("moved"))
    ),
    "a link for all artifacts": instead("objects", lambda path: path.symlink_to(path.parent.with_name("moved"))),
    "a sparse terabyte for a file": instead("objects/scorer/*/*.safetensors", sparse),
    "a sparse terabyte for a release": instead("releases/*.json", sparse),
}


def packed(*entries: tuple[tarfile.TarInfo, bytes], zeros: int = 0) -> bytes:
    """A packed release of any entries, followed by zeros."""
    import zstandard

    plain = io.BytesIO()
    for entry, content in entries:
        plain.write(entry.tobuf(tarfile.GNU_FORMAT) + content)
    whole = io.BytesIO()
    with zstandard.ZstdCompressor(level=19).stream_writer(whole, closefd=False) as sink:
        sink.write(plain.getvalue())
        for _ in range(zeros >> 20):
            sink.write(bytes(1 << 20))
    return whole.getvalue()


def _entry(name: str, kind: bytes = tarfile.REGTYPE, size: int = 0, link: str = "") -> tarfile.TarInfo:
    entry = tarfile.TarInfo(name)
    entry.type, entry.size, entry.linkname = kind, size, link
    return entry


PACKED: dict[str, Callable[[], bytes]] = {
    "a packed path of ..": lambda: packed((_entry("../../outside"), b"")),
    "a packed absolute path": lambda: packed((_entry("/tmp/outside"), b"")),
    "a packed link": lambda: packed((_entry("current", tarfile.SYMTYPE, link="/etc/passwd"), b"")),
    "a packed hard link": lambda: packed((_entry("current", tarfile.LNKTYPE, link="/etc/passwd"), b"")),
    "a packed device": lambda: packed((_entry("current", tarfile.CHRTYPE), b"")),
    "a packed file of 2^60 bytes": lambda: packed((_entry("current", size=1 << 60), b"")),
    "a packed name of 8 GB": lambda: packed((_entry("x", tarfile.GNUTYPE_LONGNAME, 8 << 30), b""), zeros=1 << 30),
    "a packed header of 8 GB": lambda: packed((_entry("x", tarfile.XHDTYPE, 8 << 30), b""), zeros=1 << 30),
    "a packed sparse file": lambda: packed((_entry("current", tarfile.GNUTYPE_SPARSE, 1 << 40), b"")),
    "ten thousand packed files": lambda: packed(*((_entry(f"a{n}"), b"") for n in range(10_000))),
    "packed zeros": lambda: packed(zeros=1 << 30),
    "a packed pointer alone": lambda: packed((_entry("current", size=2), b"x\n" + bytes(510))),
}


def forgeries(place: Path, world: Path) -> Iterator[Trial]:
    """Each forged release verified, loaded and imported, in a process whose work and memory are measured."""
    export(Store(world / "models"), "current", place / "handed")
    import_(Store(place / "sound"), place / "handed")
    for name, forge in FORGED.items():
        models = shutil.copytree(place / "sound", place / "forged" / "models")
        forge(models)
        for way in ("verify", "load", "import"):
            must = way == "load" or not (name in LOADED or (way == "import" and name in UNREAD))
            yield tried(
                f"{name}: {way}",
                lambda models=models, way=way, must=must: _measured(way, models, place / "store", must=must),
            )
        shutil.rmtree(place / "store", ignore_errors=True)
        shutil.rmtree(place / "forged")
    for name, make in PACKED.items():
        (place / "x.tar.zst").write_bytes(make())
        yield tried(name, lambda: _measured("import", place / "x.tar.zst", place / "store"))
        left = {path.name for path in (place / "store").iterdir()} - {".lock", "tmp"}
        if left or (place / "outside").exists():
            yield Trial(name, f"left behind: {left}")


def _measured(way: str, source: Path, store: Path, *, must: bool = True) -> str | None:
    arguments = [sys.executable, "-m", "tests.reliability.measured", way, str(source), str(store)]
    try:
        done = subprocess.run(arguments, capture_output=True, timeout=30, check=False)
    except subprocess.TimeoutExpired:
        return "did not end"
    if done.returncode:
        return done.stderr.decode()[-300:]
    told, seconds, megabytes = json.loads(done.stdout)
    if told is None and must:
        return "no error"
    if told and "\n" in told:
        return f"not one line: {told}"
    if seconds > SECONDS or megabytes > MEGABYTES:
        return f"{seconds:.2f} s, {megabytes} MB"
    return None
