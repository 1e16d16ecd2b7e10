"""Facts that stand in a notice, each with its place: dates, rules, platform, audience, amounts, status."""

from pipeline.extract.facts import Fact, Facts, Field
from pipeline.extract.reader import extract

__all__ = ["Fact", "Facts", "Field", "extract"]
