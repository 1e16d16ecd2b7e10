"""The names that notebooks and other programs use."""

import subprocess
import sys

import pytest

import pipeline

SAME = """
import inspect, pipeline
{before}
first, again = pipeline.{name}, pipeline.{name}
from pipeline import {name} as imported
assert first is again is imported and not inspect.ismodule(first), (first, again, imported)
"""


@pytest.mark.parametrize("name", pipeline.__all__)
@pytest.mark.parametrize("before", ["", "import pipeline.train, pipeline.extract, pipeline.predict"])
def test_a_public_name_stays_what_it_is_whatever_was_imported_before(name, before):
    code = SAME.format(name=name, before=before)
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr


def test_a_submodule_of_a_public_name_is_still_imported():
    from pipeline.extract import extract
    from pipeline.train import train

    assert pipeline.train is train
    assert pipeline.extract is extract


def test_a_name_that_is_not_there_is_an_attribute_error():
    with pytest.raises(AttributeError, match="no attribute 'trian'"):
        pipeline.trian  # noqa: B018
