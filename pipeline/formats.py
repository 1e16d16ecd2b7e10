"""How each stage's artifact is written and read back: tables in Parquet, numbers in safetensors, the rest in JSON."""

import io
import json
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

import numpy as np

from pipeline.artifacts.files import LARGEST_VOCABULARY, write_json, write_tensors
from pipeline.artifacts.store import Artifact
from pipeline.classify.scorer import Scorer
from pipeline.vectorize.chars import CharTable
from pipeline.vectorize.features import Block, FeatureSpace

if TYPE_CHECKING:
    import pandas as pd
    from scipy.sparse import csr_array

    from pipeline.classify.head import LinearHead


def write_table(frame: "pd.DataFrame") -> bytes:
    """A frame as a Parquet file, without its index."""
    import pyarrow as pa
    import pyarrow.parquet as pq

    sink = io.BytesIO()
    table = pa.Table.from_pandas(frame, preserve_index=False).replace_schema_metadata(None)
    pq.write_table(table, sink, compression="zstd")
    return sink.getvalue()


def read_table(artifact: Artifact, name: str) -> "pd.DataFrame":
    """A frame of a Parquet file."""
    import pyarrow.parquet as pq

    frame: pd.DataFrame = pq.read_table(artifact.path(name)).to_pandas()
    return frame


def write_matrix(matrix: "csr_array") -> bytes:
    """A sparse matrix."""
    arrays = {"data": matrix.data, "indices": matrix.indices, "indptr": matrix.indptr, "shape": np.array(matrix.shape)}
    return write_tensors(arrays)


def read_matrix(artifact: Artifact) -> "csr_array":
    """A sparse matrix, in memory of its own."""
    from scipy.sparse import csr_array

    arrays = artifact.tensors("matrix.safetensors")
    # Copied: scikit-learn sorts and converts in place, and a mapped array cannot be written.
    data, indices, indptr = (arrays[name].copy() for name in ("data", "indices", "indptr"))
    return csr_array((data, indices, indptr), shape=tuple(arrays["shape"].tolist()))


def write_space(space: FeatureSpace) -> dict[str, bytes]:
    """What a vectorizer learnt."""
    blocks, arrays = [], {}
    for at, block in enumerate(space.blocks):
        blocks.append(
            {"field": block.field, "kind": block.kind, "weight": block.weight, "vocabulary": list(block.vocabulary)}
        )
        arrays[f"{at}.idf"] = block.idf
        if block.chars is not None:
            arrays |= {f"{at}.{name}": array for name, array in block.chars.arrays().items()}
    facts = {"sublinear": space.sublinear, "blocks": blocks}
    return {"blocks.json": json.dumps(facts, ensure_ascii=False).encode(), "tables.safetensors": write_tensors(arrays)}


def read_space(artifact: Artifact) -> FeatureSpace:
    """The feature space that a vectorizer learnt."""
    facts, arrays = artifact.json("blocks.json", LARGEST_VOCABULARY), artifact.tensors("tables.safetensors")
    blocks = []
    for at, entry in enumerate(facts["blocks"]):
        own = {name.removeprefix(f"{at}."): array for name, array in arrays.items() if name.startswith(f"{at}.")}
        chars = CharTable.from_arrays(own) if entry["kind"] == "chars" else None
        blocks.append(
            Block(
                entry["field"],
                entry["kind"],
                entry["weight"],
                own["idf"].astype(np.float64, copy=False),
                tuple(entry["vocabulary"]),
                chars,
            )
        )
    return FeatureSpace(tuple(blocks), facts["sublinear"])


def write_head(head: "LinearHead", labels: "pd.Series[Any]") -> dict[str, bytes]:
    """A head with its calibration multiplied into the weights, and what it said of held-out notices.

    The mean over the labels is taken off every weight: it changes no probability, and a score then is a label's lead
    over the head's mean, so that a word which speaks for every label alike speaks for none in an explanation.
    """
    weights, intercept = (head.coef_ * head.scale_[:, None]).T, head.intercept_ * head.scale_ + head.bias_
    arrays = {
        "weights": np.ascontiguousarray(weights - weights.mean(axis=1, keepdims=True)),
        "intercept": intercept - intercept.mean(),
        "doubt": np.array([head.share_, head.discount_]),
        "held_out": head.held_out_,
        "true": np.searchsorted(head.classes_, labels.to_numpy(dtype=str)),
    }
    return {"labels.json": write_json(head.classes_.tolist()), "head.safetensors": write_tensors(arrays)}


def write_scorer(scorer: Scorer) -> dict[str, bytes]:
    """The fused heads."""
    labels = dict(zip(scorer.heads, scorer.labels, strict=True))
    return {"heads.json": write_json(labels), "scorer.safetensors": write_tensors(scorer.arrays())}


def read_scorer(artifact: Artifact) -> Scorer:
    """The fused heads, their weights mapped."""
    labels = artifact.json("heads.json")
    return Scorer.from_arrays(tuple(labels), tuple(labels.values()), artifact.tensors("scorer.safetensors"))


def check_parts(space: FeatureSpace, scorer: Scorer, heads: Sequence[str]) -> None:
    """Check that the parts of a release fit together, so that none of its numbers leads out of an array.

    Raises
    ------
    ValueError
        Where they do not: a release may come from anyone.
    """
    for block in space.blocks:
        size = len(block.idf)
        if block.idf.ndim != 1 or set(block.columns) - {"title", "text"}:
            raise ValueError("a block counts what no notice has")
        if block.chars is None and not (
            len(block.vocabulary) == size and all(isinstance(w, str) for w in block.vocabulary)
        ):
            raise ValueError("a vocabulary and its weights differ in length")
        if block.chars is not None:
            check_table(block.chars, size)
    width = sum(map(len, scorer.labels))
    if (
        scorer.heads != tuple(heads)
        or scorer.weights.shape != (int(space.offsets[-1]), width)
        or scorer.intercept.shape != (width,)
        or scorer.doubt.shape != (len(heads), 2)
        or {scorer.weights.dtype, scorer.intercept.dtype, scorer.doubt.dtype} != {np.dtype(np.float64)}
    ):
        raise ValueError("the weights are of another vocabulary or taxonomy")


def check_table(table: CharTable, size: int) -> None:
    """Check that every look-up in a table of n-grams stays inside it and finds one of ``size`` features."""
    letters, parents = len(table.unigram), len(table.unigram)
    sound = int(table.alphabet.max()) < letters and _features_within(table.unigram, size)
    for base, owner, feature in zip(table.bases, table.owners, table.features, strict=True):
        sound = (
            sound
            and base.dtype == owner.dtype == np.int32
            and len(base) == parents
            and len(owner) == len(feature)
            and int(base.min(initial=0)) >= 0
            and int(base.max(initial=0)) + letters <= len(owner)
            and _features_within(feature, size)
        )
        parents = len(owner)
    if not sound:
        raise ValueError("a table of n-grams leads out of itself")


def _features_within(features: Any, size: int) -> bool:
    lowest, highest = int(features.min(initial=-1)), int(features.max(initial=-1))
    return features.dtype == np.int32 and lowest >= -1 and highest < size
