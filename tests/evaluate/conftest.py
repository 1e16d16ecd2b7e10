from pathlib import Path

import pytest

from tests.small import corpus, write_lines


@pytest.fixture
def labelled(tmp_path: Path) -> Path:
    """Labelled notices, a few of which the small release has not learnt from."""
    return write_lines(tmp_path / "labelled.jsonl", list(corpus(every=61)))
