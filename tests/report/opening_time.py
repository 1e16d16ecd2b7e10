"""Tells how big the page of 5,000 notices is and how long a browser takes to open it."""

import shutil
import sys
import tempfile
from pathlib import Path

from conftest import CHROMIUM_ARGUMENTS
from labelled_sample import TODAY, distinct_rows
from playwright.sync_api import sync_playwright

from pipeline.report import from_rows, html

ROUNDS = 5
TIMES = """() => {
  const paint = performance.getEntriesByName('first-contentful-paint')[0];
  return [paint.startTime, performance.getEntriesByType('navigation')[0].loadEventEnd];
}"""


def main() -> None:
    table = distinct_rows(5000)
    page = html(from_rows(table, columns=list(table[0])), today=TODAY)
    with tempfile.TemporaryDirectory() as folder, sync_playwright() as engine:
        file = Path(folder, "report.html")
        file.write_text(page, encoding="utf-8")
        browser = engine.chromium.launch(executable_path=shutil.which("chromium"), args=CHROMIUM_ARGUMENTS)
        sys.stdout.write(f"5,000 notices: {len(page.encode()) / 1e6:.2f} MB\n")
        for _ in range(ROUNDS):
            tab = browser.new_page()
            tab.goto(file.as_uri())
            tab.wait_for_function("() => performance.getEntriesByName('first-contentful-paint').length > 0")
            paint, loaded = tab.evaluate(TIMES)
            sys.stdout.write(f"first paint {paint:.0f} ms, drawn whole {loaded:.0f} ms\n")
            tab.close()
        browser.close()


if __name__ == "__main__":
    main()
