"""A Dask cluster of two real worker processes, one of them killed in the middle."""

import os
import signal
import subprocess
import time
from collections.abc import Iterator
from pathlib import Path

from tests.reliability.proof import SkippedError, Trial, command, told, tree, tried

PARTITIONS, ROWS, KILLS = 10, 4000, 3


def cluster(place: Path, world: Path) -> Iterator[Trial]:
    """The output is byte for byte what one process writes."""
    try:
        from distributed import LocalCluster
    except ImportError as error:
        raise SkippedError("dask.distributed is not installed") from error
    (place / "in").mkdir()
    for part in range(PARTITIONS):
        lines = (f'{{"title": "平台第{part}{n}号发货规则修订", "text": "{n}天"}}\n' for n in range(ROWS))
        (place / "in" / f"part-{part}.jsonl").write_text("".join(lines), encoding="utf-8")
    arguments = ["label", place / "in", "--models", world / "models", "--format", "parquet", "-o"]
    subprocess.run(command(*arguments, f"{place / 'one'}/"), check=True, capture_output=True)
    expected = tree(place / "one")
    for number in range(KILLS):
        out = place / f"out{number}"
        with LocalCluster(n_workers=2, threads_per_worker=1, dashboard_address=None) as workers:
            pids = [worker.pid for worker in workers.workers.values()]
            labelling = subprocess.Popen(
                command(*arguments, f"{out}/", "--engine", "dask", "--scheduler", workers.scheduler_address),
                stdout=subprocess.DEVNULL, stderr=subprocess.PIPE,
            )  # fmt: skip
            while len(list(out.glob("part-*"))) < 1 + 2 * number and labelling.poll() is None:
                time.sleep(0.002)
            os.kill(pids[number % 2], signal.SIGKILL)
            early = len(list(out.glob("part-*")))
            message = labelling.communicate(timeout=300)[1]
            done = subprocess.CompletedProcess([], labelling.returncode, b"", message)

        def check(done: "subprocess.CompletedProcess[bytes]" = done, out: Path = out, early: int = early) -> str | None:
            if early == PARTITIONS:
                return "the worker was killed too late to prove anything"
            return told(done, 0) or (None if tree(out) == expected else f"differs: {sorted(tree(out))}")

        yield tried(f"worker killed after {early} of {PARTITIONS} partitions", check)
