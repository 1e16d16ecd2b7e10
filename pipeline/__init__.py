"""Reads notices of Chinese e-commerce platforms and tells of each what happens, what it is about, and from when.

The public names are loaded when they are first used, so that ``import pipeline`` costs nothing.
"""

import sys
from importlib import import_module
from types import ModuleType
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from pipeline.classify.head import LinearHead
    from pipeline.errors import NoticesError
    from pipeline.extract import extract
    from pipeline.ingest import read, stream
    from pipeline.notice import Taxonomy
    from pipeline.predict import Predictor
    from pipeline.segment import Segmenter
    from pipeline.train import train
    from pipeline.vectorize.estimator import NoticeVectorizer

__all__ = [
    "LinearHead",
    "NoticeVectorizer",
    "NoticesError",
    "Predictor",
    "Segmenter",
    "Taxonomy",
    "extract",
    "read",
    "stream",
    "train",
]

_HOMES = {
    "LinearHead": "pipeline.classify.head",
    "NoticeVectorizer": "pipeline.vectorize.estimator",
    "NoticesError": "pipeline.errors",
    "Predictor": "pipeline.predict",
    "Segmenter": "pipeline.segment",
    "Taxonomy": "pipeline.notice",
    "extract": "pipeline.extract",
    "read": "pipeline.ingest",
    "stream": "pipeline.ingest",
    "train": "pipeline.train",
}


def __getattr__(name: str) -> Any:
    if name not in _HOMES:
        raise AttributeError(f"module 'pipeline' has no attribute {name!r}")
    value = globals()[name] = getattr(import_module(_HOMES[name]), name)
    return value


def __dir__() -> list[str]:
    return sorted({*globals(), *__all__})


class _Package(ModuleType):
    """The package, whose public names no submodule of the same name can displace.

    Importing ``pipeline.train``, which any other import may do, binds that module to the name ``train`` here. The
    public name is the function.
    """

    def __setattr__(self, name: str, value: Any) -> None:
        if not (name in _HOMES and isinstance(value, ModuleType)):
            super().__setattr__(name, value)


sys.modules[__name__].__class__ = _Package
