"""How each stage's artifact is written and read back: tables in Parquet, numbers in safetensors, the rest in JSON."""

import io
import json
from typing import TYPE_CHECKING, Any

import numpy as np

from pipeline.artifacts.files import write_json, write_tensors
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
    facts, arrays = artifact.json("blocks.json"), artifact.tensors("tables.safetensors")
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
    """A head with its calibration multiplied into the weights, and what it said of held-out notices."""
    arrays = {
        "weights": np.ascontiguousarray((head.coef_ * head.scale_[:, None]).T),
        "intercept": head.intercept_ * head.scale_ + head.bias_,
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
