"""The versioned store under ``models/``: artifacts by content key, releases, and the one that is current."""

import hashlib
import json
import os
import secrets
import shutil
import socket
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from importlib.metadata import version as library_version
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from pipeline.artifacts.files import (
    LARGEST_FILE,
    LARGEST_MANIFEST,
    REPAIR,
    TENSORS,
    check_file,
    is_plain_name,
    map_tensors,
    parse_json,
    read_bounded,
    refuse_links,
    told_plainly,
    write_file,
    write_folder,
    write_json,
)
from pipeline.artifacts.release import FORMAT_VERSION, Release, StageRecord, check_format
from pipeline.errors import StoreError

#: The libraries whose version may change an artifact's bytes, recorded in its manifest.
LIBRARIES = ("jieba", "numpy", "pandas", "pyarrow", "rjieba", "safetensors", "scikit-learn", "scipy")

#: How long a command waits for another that writes to the same store, in seconds.
LOCK_SECONDS = 600.0

MANIFEST = "manifest.json"


def stage_key(stage: str, version: int, inputs: Mapping[str, str], parameters: Mapping[str, Any]) -> str:
    """Key of an artifact: 32 hexadecimal digits that follow from its stage, inputs and parameters, and nothing else."""
    facts = [stage, version, sorted(inputs.items()), sorted(parameters.items())]
    return hashlib.sha256(json.dumps(facts, ensure_ascii=False).encode()).hexdigest()[:32]


@dataclass(frozen=True)
class Artifact:
    """A checked artifact: its folder, and the manifest that vouches for its files."""

    folder: Path
    manifest: Mapping[str, Any]

    def json(self, name: str, limit: int = LARGEST_MANIFEST) -> Any:
        """Content of a JSON file of at most ``limit`` bytes."""
        return parse_json(read_bounded(self.folder / name, limit), self.folder / name)

    def tensors(self, name: str) -> dict[str, npt.NDArray[np.generic]]:
        """Arrays of a safetensors file, mapped."""
        return map_tensors(self.folder / name)

    def path(self, name: str) -> Path:
        """Where a file is."""
        return self.folder / name


class Store:
    """A folder of artifacts and releases. Reading needs no lock and writes nothing.

    Parameters
    ----------
    root
        The folder; made where it does not exist, on first writing.
    """

    def __init__(self, root: Path | str) -> None:
        self.root = Path(root)
        self.objects = self.root / "objects"
        self.releases = self.root / "releases"
        self.pointer = self.root / "current"
        self._temporary = self.root / "tmp"

    # -- artifacts ---------------------------------------------------------------------------------------------

    def folder(self, stage: str, key: str) -> Path:
        """Where an artifact is, or would be."""
        return self.objects / stage / key

    def put(
        self,
        stage: str,
        version: int,
        inputs: Mapping[str, str],
        parameters: Mapping[str, Any],
        files: Mapping[str, bytes],
    ) -> StageRecord:
        """Write an artifact whole; one that is already there stays as it is."""
        key = stage_key(stage, version, inputs, parameters)
        manifest = {
            "format_version": FORMAT_VERSION,
            "stage": stage,
            "stage_version": version,
            "key": key,
            "inputs": dict(inputs),
            "parameters": dict(parameters),
            "libraries": {name: library_version(name) for name in LIBRARIES},
            "files": {
                name: {"sha256": hashlib.sha256(content).hexdigest(), "bytes": len(content)}
                for name, content in sorted(files.items())
            },
        }
        content = write_json(manifest)
        temporary = self._temporary / f"{stage}-{secrets.token_hex(6)}"
        write_folder(self.folder(stage, key), {**files, MANIFEST: content}, temporary)
        return self.record(stage, key)

    def record(self, stage: str, key: str, *, serving: bool = False) -> StageRecord:
        """How a release names an artifact that is in the store."""
        manifest = read_bounded(self.folder(stage, key) / MANIFEST)
        return StageRecord(stage, key, hashlib.sha256(manifest).hexdigest(), serving)

    def open(self, stage: str, key: str, manifest_sha256: str | None = None) -> Artifact:
        """Check every byte of an artifact and open it.

        Raises
        ------
        StoreError
            Naming the first file that is missing, changed, linked or forged.
        """
        for problem in self._problems(stage, key, manifest_sha256):
            raise problem
        folder = self.folder(stage, key)
        return Artifact(folder, parse_json(read_bounded(folder / MANIFEST), folder / MANIFEST))

    def is_sound(self, stage: str, key: str) -> bool:
        """Whether an artifact is there with every byte as written."""
        return self.folder(stage, key).is_dir() and not any(True for _ in self._problems(stage, key, None))

    def discard(self, stage: str, key: str) -> None:
        """Remove an artifact."""
        with told_plainly(self.folder(stage, key)):
            shutil.rmtree(self.folder(stage, key), ignore_errors=False)

    def _problems(self, stage: str, key: str, manifest_sha256: str | None) -> Iterator[StoreError]:
        folder = self.folder(stage, key)
        path = folder / MANIFEST
        try:
            refuse_links(self.objects, folder.parent, folder)
            content = read_bounded(path)
            if manifest_sha256 and hashlib.sha256(content).hexdigest() != manifest_sha256:
                raise StoreError("damaged: not the manifest that the release names", where=path, remedy=REPAIR)
            manifest = parse_json(content, path)
            check_format(manifest, path)
            if (manifest.get("stage"), manifest.get("key")) != (stage, key) or not _lists_files(manifest):
                raise StoreError("damaged: it describes another artifact", where=path, remedy=REPAIR)
        except StoreError as problem:
            yield problem
            return
        for name, entry in manifest["files"].items():
            try:
                check_file(folder / name, entry["bytes"], entry["sha256"])
                if name.endswith(TENSORS):
                    map_tensors(folder / name)
            except StoreError as problem:
                yield problem
        for file in sorted(folder.iterdir()):
            if file.name not in manifest["files"] and file.name != MANIFEST:
                yield StoreError("is no file of this artifact", where=file, remedy="Remove it")

    # -- releases ----------------------------------------------------------------------------------------------

    def versions(self) -> list[str]:
        """The versions of all releases, the newest last."""
        refuse_links(self.releases)
        files = [path for path in self.releases.glob("*.json") if is_plain_name(path.stem)]
        return [path.stem for path in sorted(files, key=_age)]

    def release(self, version: str = "current") -> Release:
        """A release by its version, or by the first digits that only it has.

        Raises
        ------
        StoreError
            Where there is none of that version, or it is damaged.
        """
        if version == "current":
            version = self.current()
        known = self.versions()
        matching = [version] if version in known else [name for name in known if name.startswith(version)]
        if len(matching) != 1 or not version:
            raise StoreError(
                f"no release {version!r}" if not matching else f"{version!r} may be {' or '.join(matching)}",
                where=self.root,
                remedy=f"Choose one of: {', '.join(known)}" if known else "Run: notices train",
            )
        return Release.read(self.releases / f"{matching[0]}.json")

    def current(self) -> str:
        """The version that is current."""
        if not self.pointer.exists():
            raise StoreError("no release is there yet", where=self.root, remedy="Run: notices train")
        version, end, rest = read_bounded(self.pointer, 200).decode("utf-8", "replace").partition("\n")
        if not is_plain_name(version) or not end or rest:
            raise StoreError(
                "damaged: it names no version", where=self.pointer, remedy="Run: notices models use VERSION"
            )
        if not (self.releases / f"{version}.json").exists():
            raise StoreError(
                f"names release {version!r}, which is not there",
                where=self.pointer,
                remedy="Run: notices models use VERSION",
            )
        return version

    def save(self, release: Release) -> None:
        """Write a release. One of the same version with another content is never overwritten."""
        path = self.releases / f"{release.version}.json"
        content = release.to_bytes()
        if path.exists() and read_bounded(path) != content:
            raise StoreError(
                f"release {release.version} is there with another content",
                where=path,
                remedy="Import it into another folder with --models",
            )
        write_file(path, content)

    def checked(self, version: str = "current") -> Release:
        """A release of which every byte that a predictor needs is as it was written; `StoreError` for any other."""
        release = self.release(version)
        for record in release.stages:
            if record.serving:
                self.open(record.stage, record.key, record.manifest_sha256)
        return release

    def use(self, version: str) -> Release:
        """Make a release the current one; it is checked first."""
        release = self.checked(version)
        write_file(self.pointer, f"{release.version}\n".encode())
        return release

    def problems(self, version: str | None = None) -> Iterator[StoreError]:
        """Everything that is wrong with one release, or with the whole store.

        What only training reads may be absent: an imported release comes without it.
        """
        if version is None:
            try:
                self.current()
            except StoreError as problem:
                yield problem
        for name in self.versions() if version is None else [version]:
            try:
                release = self.release(name)
            except StoreError as problem:
                yield problem
                continue
            for record in release.stages:
                if record.serving or self.folder(record.stage, record.key).exists():
                    yield from self._problems(record.stage, record.key, record.manifest_sha256)

    def prune(self, keep: int | None = None) -> tuple[list[str], list[str]]:
        """Remove all but the newest ``keep`` releases (all where None; never the current one), and unused artifacts.

        Returns
        -------
        The versions and the artifacts (``stage/key``) that were removed.
        """
        current = self.current() if self.pointer.exists() else None
        known = self.versions()
        old = [] if keep is None else known[: max(len(known) - keep, 0)]
        gone = [version for version in old if version != current]
        with told_plainly(self.root):
            for version in gone:
                (self.releases / f"{version}.json").unlink()
            used = {(r.stage, r.key) for version in self.versions() for r in self.release(version).stages}
            unused = [p for p in sorted(self.objects.glob("*/*")) if (p.parent.name, p.name) not in used]
            for path in unused:
                shutil.rmtree(path)
        return gone, [f"{path.parent.name}/{path.name}" for path in unused]

    # -- one writer at a time ----------------------------------------------------------------------------------

    @contextmanager
    def writing(self, purpose: str, seconds: float = LOCK_SECONDS) -> Iterator[None]:
        """Hold the store for writing; leftovers of a writer that was killed are cleaned away first.

        Raises
        ------
        StoreError
            Where another process does not let go within ``seconds``, naming it.
        """
        from filelock import FileLock, Timeout

        owner = self.root / ".lock.json"
        with told_plainly(self.root):
            self.root.mkdir(parents=True, exist_ok=True)
            refuse_links(self.objects, self.releases, self._temporary)
            lock = FileLock(self.root / ".lock")
            try:
                lock.acquire(timeout=seconds)
            except Timeout as error:
                raise StoreError(
                    f"in use by {_owner(owner)}",
                    where=self.root,
                    remedy="Wait for it to end, or choose another --models",
                ) from error
        try:
            write_file(owner, write_json({"process": os.getpid(), "host": socket.gethostname(), "purpose": purpose}))
            with told_plainly(self._temporary):
                shutil.rmtree(self._temporary, ignore_errors=True)
                for leftover in (*self.root.glob(".*.tmp"), *self.releases.glob(".*.tmp")):
                    leftover.unlink(missing_ok=True)
            yield
        finally:
            owner.unlink(missing_ok=True)
            lock.release()


def _owner(path: Path) -> str:
    try:
        owner = parse_json(read_bounded(path), path)
        return f"process {owner['process']} on {owner['host']} ({owner['purpose']})"
    except (StoreError, KeyError, TypeError):
        return "another process"


def _age(path: Path) -> tuple[int, str]:
    try:
        return path.lstat().st_mtime_ns, path.stem
    except FileNotFoundError:  # pruned by another process just now
        return 0, path.stem


def _lists_files(manifest: Mapping[str, Any]) -> bool:
    files = manifest.get("files")
    return isinstance(files, dict) and all(
        is_plain_name(name)
        and isinstance(entry, dict)
        and type(entry.get("bytes")) is int
        and entry["bytes"] <= LARGEST_FILE
        and isinstance(entry.get("sha256"), str)
        for name, entry in files.items()
    )
