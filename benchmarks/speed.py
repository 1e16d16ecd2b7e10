"""How fast the pipeline labels, side by side with the plain ways, in one run on one machine.

    python benchmarks/speed.py [--notices N] [--large N] [--rounds R]

Every side is a process of its own, warmed once, pinned to one core with one thread; the sides take turns, and a ratio
is the median over the rounds of the ratio within a round. Opponents get their best fair setting: their models are
trained beforehand on the same corpus, their input is read with the fastest reader they have.
"""

import argparse
import json
import multiprocessing as mp
import os
import platform
import random
import re
import resource
import shutil
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from statistics import median

ROOT = Path(__file__).resolve().parents[1]
CACHE = ROOT / "benchmarks" / ".cache"
COMMAND = str(Path(sys.executable).with_name("notices"))
ONE_THREAD = dict.fromkeys(("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "ARROW_NUM_THREADS"), "1")


def corpus_rows() -> list[dict[str, str]]:
    """The labelled notices that every side learns from."""
    files = sorted((ROOT / "data" / "corpus").glob("*.jsonl"))
    return [json.loads(line) for file in files for line in file.read_text(encoding="utf-8").splitlines()]


def notices_file(count: int, seed: int = 0) -> Path:
    """A table of notices of about 150 characters, made of the corpus' sentences in new orders; written once."""
    import pyarrow as pa
    import pyarrow.parquet as pq

    path = CACHE / f"notices-{count}.parquet"
    if path.exists():
        return path
    rows = corpus_rows()
    sentences = [part for row in rows for part in re.findall(r"[^。！？]+[。！？]?", row["text"])]
    chance = random.Random(seed)  # noqa: S311 - a benchmark's text
    path.parent.mkdir(parents=True, exist_ok=True)
    schema = pa.schema([("title", pa.string()), ("published_at", pa.string()), ("text", pa.string())])
    with pq.ParquetWriter(path, schema) as writer:
        for start in range(0, count, 10_000):
            size = min(10_000, count - start)
            texts = []
            for _ in range(size):
                text, wanted = "", chance.randint(60, 180)
                while len(text) < wanted:
                    text += chance.choice(sentences)
                texts.append(text)
            titles = [chance.choice(rows)["title"] for _ in range(size)]
            times = [
                f"2024-01-01 {n // 3600 % 24:02}:{n // 60 % 60:02}:{n % 60:02}" for n in range(start, start + size)
            ]
            writer.write_table(pa.table([titles, times, texts], schema=schema))
    return path


# -- the sides: each prepares what it needs and returns what is to be timed


def texts_of(path: Path) -> list[str]:
    """Headline and text of each notice, in one."""
    import pyarrow.parquet as pq

    table = pq.read_table(path)
    return [f"{a} {b}" for a, b in zip(table["title"].to_pylist(), table["text"].to_pylist(), strict=True)]


def bare_segmenter(path: Path) -> Callable[[], None]:
    """rjieba alone over texts that are in memory already."""
    import rjieba

    texts = texts_of(path)
    return lambda: [rjieba.cut(text) for text in texts] and None


def plain_way(path: Path) -> Callable[[], None]:
    """pandas, jieba, scikit-learn's TfidfVectorizer on words and on characters, LinearSVC; file to file."""
    import jieba
    import pandas as pd
    from sklearn.feature_extraction.text import TfidfVectorizer
    from sklearn.pipeline import make_pipeline, make_union
    from sklearn.svm import LinearSVC

    jieba.setLogLevel(60)
    rows = pd.DataFrame(corpus_rows())
    union = make_union(
        TfidfVectorizer(tokenizer=jieba.lcut, token_pattern=None, lowercase=False, min_df=2, sublinear_tf=True),
        TfidfVectorizer(analyzer="char", ngram_range=(1, 3), min_df=2, sublinear_tf=True),
    )
    texts = rows["title"] + " " + rows["text"]
    features = union.fit_transform(texts)
    models = {head: LinearSVC(C=0.3).fit(features, rows[head]) for head in ("action", "topic")}
    assert make_pipeline  # the union is applied once for both heads: faster than two pipelines

    def run() -> None:
        frame = pd.read_parquet(path)
        found = union.transform(frame["title"] + " " + frame["text"])
        for head, model in models.items():
            frame[head] = model.predict(found)
        frame.to_parquet(CACHE / "plain.out.parquet")

    return run


def fasttext_side(cut: Callable[[str], list[str]], path: Path) -> Callable[[], None]:
    """fastText's predict for both heads over words, texts in memory already."""
    import fasttext

    rows = corpus_rows()
    models = []
    for head in ("action", "topic"):
        with tempfile.NamedTemporaryFile("w", encoding="utf-8", suffix=".txt") as file:
            for row in rows:
                words = " ".join(cut(f"{row['title']} {row['text']}")).replace("\n", " ")
                file.write(f"__label__{row[head]} {words}\n")
            file.flush()
            models.append(fasttext.train_supervised(file.name, epoch=10, lr=0.5, wordNgrams=2, thread=1, verbose=0))
    texts = texts_of(path)

    def run() -> None:
        lines = [" ".join(cut(text)).replace("\n", " ") for text in texts]
        for model in models:
            model.predict(lines)

    return run


def fasttext_jieba(path: Path) -> Callable[[], None]:
    """fastText over jieba's words."""
    import jieba

    jieba.setLogLevel(60)
    return fasttext_side(jieba.lcut, path)


def fasttext_rjieba(path: Path) -> Callable[[], None]:
    """fastText over rjieba's words."""
    import rjieba

    return fasttext_side(rjieba.cut, path)


def ours(path: Path, *, facts: bool, jobs: int = 1) -> Callable[[], None]:
    """The pipeline itself, file to file."""
    from pipeline.batch.label import label_to_file
    from pipeline.batch.rejects import Rejects
    from pipeline.batch.table import Options

    options = Options(str(CACHE / "models"), "current", facts).resolved()
    target = CACHE / f"ours.{facts}.{jobs}.parquet"
    return lambda: label_to_file([str(path)], target, "parquet", options, Rejects(None), jobs=jobs) and None


def ours_labels(path: Path) -> Callable[[], None]:
    """Labels, probabilities and review marks."""
    return ours(path, facts=False)


def ours_facts(path: Path) -> Callable[[], None]:
    """The same with dates, rule names and the other facts."""
    return ours(path, facts=True)


def ours_two(path: Path) -> Callable[[], None]:
    """Labels with two processes."""
    return ours(path, facts=False, jobs=2)


# -- taking turns


def serve(
    pipe: "mp.connection.Connection", side: Callable[[Path], Callable[[], None]], path: Path, core: int | None
) -> None:
    """Prepare a side, run it once to warm it, then run and time it whenever asked."""
    os.environ.update(ONE_THREAD)
    if core is not None and hasattr(os, "sched_setaffinity"):
        os.sched_setaffinity(0, {core})
    run = side(path)
    run()
    pipe.send("ready")
    while pipe.recv() == "run":
        start = time.perf_counter()
        run()
        pipe.send(time.perf_counter() - start)
    os._exit(0)  # joblib's idle workers would hold up a regular end for five minutes


class Side:
    """A side in a process of its own, and the notices a second of each round."""

    def __init__(
        self, name: str, side: Callable[[Path], Callable[[], None]], path: Path, count: int, core: int | None
    ) -> None:
        self.name, self.count, self.rates = name, count, []
        self.pipe, far = mp.Pipe()
        self.process = mp.get_context("spawn").Process(target=serve, args=(far, side, path, core))
        self.process.start()
        self.pipe.recv()

    def turn(self) -> None:
        """Run once."""
        self.pipe.send("run")
        self.rates.append(self.count / self.pipe.recv())

    def stop(self) -> None:
        """End the process."""
        self.pipe.send("stop")
        self.process.join()


def ratio(left: Side, right: Side) -> float:
    """Median over the rounds of left's speed against right's."""
    return median(a / b for a, b in zip(left.rates, right.rates, strict=True))


def command_seconds(command: list[str], given: bytes = b"") -> float:
    """Wall time of a whole process."""
    start = time.perf_counter()
    subprocess.run(command, input=given, check=True, capture_output=True)
    return time.perf_counter() - start


def peak_megabytes(path: Path) -> float:
    """Peak resident memory of one `notices label` over a file, in MB."""
    target = CACHE / "memory.parquet"
    command = [sys.executable, "-m", "pipeline", "label", str(path), "-o", str(target), "--no-facts"]
    code = (
        "import subprocess, resource, sys; subprocess.run(sys.argv[1:], check=True, capture_output=True);"
        "print(resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss)"
    )
    done = subprocess.run(
        [sys.executable, "-c", code, *command, "--models", str(CACHE / "models")],
        check=True,
        capture_output=True,
        cwd=ROOT,
    )
    return int(done.stdout) / 1024


def cold_starts(rounds: int) -> tuple[float, float]:
    """Seconds from the shell for one notice, and for numpy and rjieba with its dictionary alone; medians in turn."""
    notice = json.dumps(
        {"title": "快手电商将下线“多件起购”功能", "text": "平台将于2月29日下线。"}, ensure_ascii=False
    ).encode()
    label = [COMMAND, "label", "--models", str(CACHE / "models")]
    bare = [sys.executable, "-c", "import numpy, rjieba; rjieba.cut('快手电商')"]
    pairs = [(command_seconds(label, notice), command_seconds(bare)) for _ in range(rounds + 1)][1:]
    return median(a for a, _ in pairs), median(b for _, b in pairs)


def trainings() -> tuple[float, float]:
    """Seconds of a training from nothing, and of one with nothing to do."""
    models = CACHE / "training"
    shutil.rmtree(models, ignore_errors=True)
    command = [COMMAND, "train", "--models", str(models)]
    full = command_seconds(command)
    return full, median(command_seconds(command) for _ in range(3))


def machine() -> str:
    """What the figures were measured on."""
    lines = Path("/proc/cpuinfo").read_text(encoding="utf-8").splitlines()
    cpu = next((line.split(":")[1].strip() for line in lines if line.startswith("model name")), "?")
    memory = resource.getpagesize() * os.sysconf("SC_PHYS_PAGES") >> 30
    return f"{cpu}, {os.cpu_count()} cores, {memory} GiB, Python {platform.python_version()}"


def take_turns(sides: dict[str, Side], rounds: int) -> dict[str, Side]:
    """Let every side run once a round, then end them all."""
    for _ in range(rounds):
        for side in sides.values():
            side.turn()
    for side in sides.values():
        side.stop()
    return sides


def on_one_core(given: argparse.Namespace) -> dict[str, Side]:
    """Measure all sides, each alone on the first core."""
    fast, slow = notices_file(given.notices), notices_file(given.slow_notices)
    kinds = {
        "segmenter": ("rjieba alone, in memory", bare_segmenter, True),
        "ours": ("ours, labels, file to file", ours_labels, True),
        "facts": ("ours, labels and facts, file to file", ours_facts, True),
        "plain": ("jieba + TfidfVectorizer (words, characters) + LinearSVC, file to file", plain_way, False),
        "ft jieba": ("fastText over jieba words, in memory", fasttext_jieba, False),
        "ft rjieba": ("fastText over rjieba words, in memory", fasttext_rjieba, True),
    }
    sides = {
        key: Side(name, side, fast if quick else slow, given.notices if quick else given.slow_notices, 0)
        for key, (name, side, quick) in kinds.items()
    }
    return take_turns(sides, given.rounds)


def on_two_cores(given: argparse.Namespace) -> dict[str, Side]:
    """Measure one process beside two, free to use any core."""
    many, count = notices_file(given.many), given.many
    sides = {
        "one": Side("one process", ours_labels, many, count, None),
        "two": Side("two processes", ours_two, many, count, None),
    }
    return take_turns(sides, given.rounds)


def speeds(sides: dict[str, Side], pair: dict[str, Side]) -> list[tuple[str, str, str]]:
    """Rows of the table of ratios: what, measured, asked."""
    own = sides["ours"]
    return [
        ("labels, file to file / the plain way", f"{ratio(own, sides['plain']):.1f}x", "9x"),
        ("labels and facts, file to file / the plain way", f"{ratio(sides['facts'], sides['plain']):.1f}x", ""),
        ("labels, file to file / the bare segmenter", f"{ratio(own, sides['segmenter']):.2f}", "0.30"),
        ("labels, file to file / fastText over jieba words", f"{ratio(own, sides['ft jieba']):.1f}x", "6x"),
        ("labels, file to file / fastText over rjieba words", f"{ratio(own, sides['ft rjieba']):.2f}x", ""),
        ("two processes / one", f"{ratio(pair['two'], pair['one']):.2f}x", "1.7x"),
    ]


def costs(given: argparse.Namespace) -> Iterator[tuple[str, str, str]]:
    """Rows of the table of ratios that are better when small: cold start, idle training, memory."""
    label, bare = cold_starts(given.rounds)
    what = f"one notice from the shell ({label:.2f} s) / numpy and rjieba alone ({bare:.2f} s)"
    yield what, f"{label / bare:.2f}x", "at most 2.5x"
    full, idle = trainings()
    what = f"a training with nothing to do ({idle:.2f} s) / from nothing ({full:.1f} s)"
    yield what, f"{idle / full:.2f}", "under 0.20"
    small, large = (peak_megabytes(notices_file(count)) for count in (given.many, given.large))
    what = f"peak memory, {given.large:,} notices ({large:.0f} MB) / {given.many:,} ({small:.0f} MB)"
    yield what, f"{large / small:.2f}x", "at most 1.15x, 700 MB"


def main() -> None:
    """Measure everything and print the tables."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--notices", type=int, default=20_000, help="notices a turn of the fast sides")
    parser.add_argument("--slow-notices", type=int, default=2_000, help="notices a turn of the sides with jieba")
    parser.add_argument("--many", type=int, default=100_000, help="notices a turn of one and two processes")
    parser.add_argument("--large", type=int, default=1_000_000, help="notices of the larger memory measurement")
    parser.add_argument("--rounds", type=int, default=5)
    given = parser.parse_args()
    command_seconds([COMMAND, "train", "--models", str(CACHE / "models")])
    sides, pair = on_one_core(given), on_two_cores(given)
    print(f"{machine()}\n\n| side | notices a second |\n|---|---|")
    for side in (*sides.values(), *pair.values()):
        print(f"| {side.name} | {median(side.rates):,.0f} |")
    print("\n| ratio (medians of one run) | measured | asked |\n|---|---|---|")
    for rows in (speeds(sides, pair), costs(given)):
        for row in rows:
            print(f"| {' | '.join(row)} |", flush=True)


if __name__ == "__main__":
    main()
