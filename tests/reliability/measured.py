"""One look at a release in a process of its own: what it says, the seconds it works, and the most memory it holds."""

import json
import re
import sys
import time
from pathlib import Path

from pipeline.artifacts.store import Store
from pipeline.artifacts.transfer import import_
from pipeline.errors import NoticesError
from pipeline.predict import Predictor


def look(way: str, source: Path, store: Path) -> str | None:
    """What verifying, loading or importing says; None where nothing is wrong."""
    try:
        if way == "import":
            import_(Store(store), source)
        elif way == "verify":
            return next((str(problem) for problem in Store(source).problems()), None)
        else:
            Predictor.load(source)
    except NoticesError as error:
        return str(error)
    return None


def peak() -> int:
    """The most memory this process has held, in MB; unlike ``ru_maxrss`` not that of the process that began it."""
    status = Path("/proc/self/status").read_text(encoding="utf-8")
    found = re.search(r"VmHWM:\s+(\d+)", status)
    return int(found[1]) >> 10 if found else 0


if __name__ == "__main__":
    begun = time.process_time()
    said = look(sys.argv[1], Path(sys.argv[2]), Path(sys.argv[3]))
    print(json.dumps([said, time.process_time() - begun, peak()]))  # noqa: T201 - to the process that asks
