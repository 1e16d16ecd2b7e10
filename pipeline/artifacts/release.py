"""A release: the one file that names everything a predictor needs, and how it came to be."""

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from pipeline.artifacts.files import REPAIR, is_plain_name, parse_json, read_bounded, write_json
from pipeline.errors import StoreError

#: The form of release and manifest files; one that is newer than the program is refused.
FORMAT_VERSION = 1


@dataclass(frozen=True)
class StageRecord:
    """The artifact of one stage in a release.

    Attributes
    ----------
    stage, key
        Where the artifact is: ``objects/<stage>/<key>/``.
    manifest_sha256
        Digest of its manifest, which in turn has the digest of each of its files.
    serving
        Whether a predictor needs it; the others hold what only training reads.
    """

    stage: str
    key: str
    manifest_sha256: str
    serving: bool


@dataclass(frozen=True)
class Release:
    """What one training made. ``version`` follows from the keys of the stages alone."""

    version: str
    taxonomy: Mapping[str, Any]
    parameters: Mapping[str, Any]
    stages: tuple[StageRecord, ...]
    data: Mapping[str, Any] = field(default_factory=dict)
    measures: Mapping[str, Any] = field(default_factory=dict)

    @staticmethod
    def version_of(stages: tuple[StageRecord, ...]) -> str:
        """The version that artifacts of these keys make: 12 hexadecimal digits."""
        names = "\n".join(f"{record.stage} {record.key}" for record in stages)
        return hashlib.sha256(names.encode()).hexdigest()[:12]

    def __getitem__(self, stage: str) -> StageRecord:
        """The record of a stage."""
        for record in self.stages:
            if record.stage == stage:
                return record
        raise StoreError(f"release {self.version} has no stage {stage!r}", remedy=REPAIR)

    def to_bytes(self) -> bytes:
        """The file's content; it ends with the digest of all that stands before."""
        body = {
            "format_version": FORMAT_VERSION,
            "version": self.version,
            "taxonomy": self.taxonomy,
            "parameters": self.parameters,
            "stages": [vars(record) for record in self.stages],
            "data": self.data,
            "measures": self.measures,
        }
        return write_json({**body, "sha256": hashlib.sha256(write_json(body)).hexdigest()})

    @classmethod
    def read(cls, path: Path) -> "Release":
        """Read and check a release file.

        Raises
        ------
        StoreError
            Where a byte of it is not as it was written, or its form is unknown.
        """
        content = read_bounded(path)
        body = parse_json(content, path)
        check_format(body, path)
        try:
            stages = tuple(StageRecord(**record) for record in body["stages"])
            release = cls(body["version"], body["taxonomy"], body["parameters"], stages, body["data"], body["measures"])
            intact = (
                release.to_bytes() == content
                and release.version == path.stem == cls.version_of(stages)
                and all(is_plain_name(record.stage) and is_plain_name(record.key) for record in stages)
            )
        except (KeyError, TypeError, ValueError, RecursionError):
            intact = False
        if not intact:
            raise StoreError("damaged: its content is not what was written", where=path, remedy=REPAIR)
        return release


def check_format(body: Any, where: object) -> None:
    """Refuse a file of the store whose form this program does not know."""
    if not isinstance(body, dict) or "format_version" not in body:
        raise StoreError("damaged: it is no file of a store", where=where, remedy=REPAIR)
    if body["format_version"] != FORMAT_VERSION:
        raise StoreError(
            f"has format version {body['format_version']!r}, and this program reads {FORMAT_VERSION}",
            where=where,
            remedy="Use the version of the program that wrote it",
        )


def differences(left: Release, right: Release) -> dict[str, dict[str, tuple[Any, Any]]]:
    """Where two releases differ: by part (stages, parameters, data, measures) the name with both values."""
    parts = {
        "stages": [{record.stage: record.key for record in release.stages} for release in (left, right)],
        "parameters": [_flat(release.parameters) for release in (left, right)],
        "data": [_flat(release.data) for release in (left, right)],
        "measures": [_flat(release.measures) for release in (left, right)],
    }
    return {
        part: {
            name: (old.get(name), new.get(name))
            for name in dict.fromkeys((*old, *new))
            if old.get(name) != new.get(name)
        }
        for part, (old, new) in parts.items()
    }


def _flat(value: Mapping[str, Any], prefix: str = "") -> dict[str, Any]:
    flat: dict[str, Any] = {}
    for name, entry in value.items():
        if isinstance(entry, Mapping):
            flat |= _flat(entry, f"{prefix}{name}.")
        else:
            flat[prefix + name] = entry
    return flat
