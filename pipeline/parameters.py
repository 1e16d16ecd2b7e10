"""What a training can be told: every parameter by its dotted name, with its default."""

import json
from collections.abc import Iterable, Mapping
from typing import Any

from pipeline.errors import ParameterError

#: Name and default of each parameter; the part before the dot is the stage it belongs to.
DEFAULTS: Mapping[str, Any] = {
    "vectorize.title_weight": 0.7,
    "vectorize.text_weight": 0.0,
    "vectorize.whole_weight": 1.0,
    "vectorize.words_weight": 1.0,
    "vectorize.chars_weight": 1.0,
    "vectorize.longest": 2,
    "vectorize.min_df": 3,
    "vectorize.sublinear": True,
    "classify.model": "blend",
    "classify.C": 1.0,
    "classify.balanced": False,
    "classify.naive": 0.5,
    "classify.folds": 5,
    "review.precision": 0.97,
}

_CHOICES = {"classify.model": ("svm", "logistic", "nbsvm", "blend"), "vectorize.longest": (1, 2, 3)}


def parse_settings(settings: Iterable[str]) -> dict[str, Any]:
    """All parameters, with those that ``name=value`` texts set.

    Raises
    ------
    ParameterError
        For an unknown name or a value of another kind than the default's.
    """
    values = dict(DEFAULTS)
    for setting in settings:
        name, equals, text = setting.partition("=")
        name = name.strip()
        if not equals or name not in DEFAULTS:
            raise ParameterError(
                f"{setting!r} sets no parameter",
                where="--set",
                remedy=f"Write name=value with one of: {', '.join(DEFAULTS)}",
            )
        values[name] = _value(name, text.strip())
    return values


def _value(name: str, text: str) -> Any:
    default = DEFAULTS[name]
    try:
        value = text if isinstance(default, str) else json.loads(text.lower())
    except ValueError:
        value = None
    if isinstance(default, float) and type(value) is int:
        value = float(value)
    allowed = _CHOICES.get(name)
    if type(value) is not type(default) or (allowed and value not in allowed) or _below_zero(value):
        kind = "one of " + ", ".join(map(str, allowed)) if allowed else f"a {type(default).__name__} like {default}"
        raise ParameterError(f"{text!r} is no value of {name}", where="--set", remedy=f"Give {kind}")
    return value


def _below_zero(value: Any) -> bool:
    return isinstance(value, int | float) and not 0 <= value < float("inf")


def of_stage(parameters: Mapping[str, Any], stage: str) -> dict[str, Any]:
    """The parameters of one stage, without its name."""
    prefix = f"{stage}."
    return {name.removeprefix(prefix): value for name, value in parameters.items() if name.startswith(prefix)}
