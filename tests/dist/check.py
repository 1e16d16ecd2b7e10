"""Proves that the wheel works where nothing else is: ``python tests/dist/check.py``, run by ``make dist``.

Builds the wheel into ``dist/``, installs it into two empty environments, with the newest and with the oldest versions
of the base dependencies that it allows, and trains and labels there in an empty folder. Needs `uv` and an index.
"""

import argparse
import json
import os
import shutil
import subprocess
import sys
import tempfile
import time
from pathlib import Path

ROOT = Path(__file__).parents[2]
RESOLUTIONS = {"newest": "highest", "oldest": "lowest-direct"}

#: What the empty environment does; the example page comes out of the wheel.
EXAMPLE = "from pipeline.resources import data_path; print(data_path('example', 'listing.txt'))"


def main() -> int:
    """Build, install, run; print a line for each step."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--python", default=f"{sys.version_info.major}.{sys.version_info.minor}")
    parser.add_argument("--only", choices=RESOLUTIONS, action="append", help="Only these environments.")
    chosen = parser.parse_args()
    wheel = build()
    say(f"built {wheel.name}, {wheel.stat().st_size / 1e6:.1f} MB")
    for name in chosen.only or RESOLUTIONS:
        with tempfile.TemporaryDirectory(prefix="notices-dist-") as folder:
            try_out(wheel, name, chosen.python, Path(folder))
    return 0


def build() -> Path:
    """The wheel, built without the network."""
    shutil.rmtree(ROOT / "dist", ignore_errors=True)
    run([sys.executable, "-m", "build", "--wheel", "--no-isolation", "--outdir", ROOT / "dist", ROOT], ROOT)
    (wheel,) = (ROOT / "dist").glob("*.whl")
    return wheel


def try_out(wheel: Path, name: str, python: str, folder: Path) -> None:
    """Install the wheel into an empty environment, train and label in an empty folder."""
    started, work, environment = time.monotonic(), folder / "work", folder / "environment"
    work.mkdir()
    uv = Path(sys.executable).with_name("uv")
    run([uv, "venv", "--quiet", "--python", python, environment], folder)
    own = environment / "bin" / "python"
    # What a wheel depends on is not direct to uv, so the versions are chosen from pyproject.toml.
    wanted = ["--quiet", "--resolution", RESOLUTIONS[name], "--python-version", python]
    chosen = run([uv, "pip", "compile", *wanted, "--no-header", "--no-emit-index-url", ROOT / "pyproject.toml"], folder)
    (folder / "chosen.txt").write_text(chosen, encoding="utf-8")
    run([uv, "pip", "install", "--quiet", "--python", own, "-r", "chosen.txt", wheel], folder)
    versions = json.loads(run([uv, "pip", "list", "--quiet", "--python", own, "--format", "json"], folder))
    say(f"{name}: " + " ".join(sorted(f"{one['name']} {one['version']}" for one in versions)))
    notices = environment / "bin" / "notices"
    for command in ("--help", "label --help", "models export --help"):
        run([notices, *command.split()], work)
    trained = json.loads(run([notices, "train", "--json"], work))
    again = json.loads(run([notices, "train", "--json"], work))
    assert set(trained["stages"].values()) == {"run"}, trained["stages"]
    assert set(again["stages"].values()) == {"reused"}, again["stages"]
    page = run([own, "-c", EXAMPLE], work).strip()
    for form in ("csv", "jsonl", "parquet", "xlsx"):
        run([notices, "label", page, "-o", f"labelled.{form}"], work)
    rows = [json.loads(line) for line in (work / "labelled.jsonl").read_text(encoding="utf-8").splitlines()]
    assert len(rows) == 12, len(rows)
    run([notices, "report", "labelled.xlsx", "-o", "report.html"], work)
    run([notices, "calendar", "labelled.parquet", "-o", "rules.ics"], work)
    run([notices, "models", "export", "current", "release.tar.zst"], work)
    run([notices, "models", "import", "release.tar.zst", "--models", "other"], work)
    run([notices, "models", "verify", "--models", "other"], work)
    labels = " ".join(f"{row['action']}/{row['topic']}" for row in rows[:3])
    say(f"{name}: release {trained['version']}, 12 notices labelled ({labels} …), {time.monotonic() - started:.0f} s")


def run(command: list[object], folder: Path) -> str:
    """Run a program away from the checkout; its standard output."""
    kept = {
        key: value for key, value in os.environ.items() if not key.startswith(("PYTHON", "VIRTUAL_ENV", "NOTICES_"))
    }
    done = subprocess.run(
        list(map(str, command)),
        cwd=folder,
        env={**kept, "PYTHONUTF8": "1"},
        capture_output=True,
        text=True,
        check=False,
    )
    if done.returncode:
        sys.exit(f"{' '.join(map(str, command))}\nended with {done.returncode}\n{done.stdout}{done.stderr}")
    return done.stdout


def say(line: str) -> None:
    """A line of the account."""
    sys.stdout.write(f"{line}\n")
    sys.stdout.flush()


if __name__ == "__main__":
    sys.exit(main())
