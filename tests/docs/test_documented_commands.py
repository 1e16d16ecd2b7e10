"""Every command and every piece of Python that a page shows does what the page says: it is run."""

import subprocess
from pathlib import Path

import pytest

from tests.docs.examples import Example, examples, pages
from tests.shared import ROOT

#: The Chinese README shows what the English one shows: see the last test.
TWIN = ROOT / "README.zh-CN.md"
WITH_EXAMPLES = [page for page in pages() if page != TWIN and any(one.run for one in examples(page))]


def script(found: list[Example], folder: Path) -> str:
    """One shell script of a page's examples, that tells on standard error where it is."""
    lines = ["set -eo pipefail"]
    for one in found:
        lines.append(f"echo '== line {one.line}' >&2")
        if one.language == "python":
            file = folder / f"line{one.line}.py"
            file.write_text(one.body, encoding="utf-8")
            lines.append(f"python {file}")
        else:
            lines.append(one.body)
    return "\n".join(lines) + "\n"


@pytest.mark.parametrize("page", WITH_EXAMPLES, ids=lambda page: page.relative_to(ROOT).as_posix())
def test_the_examples_of_a_page_run(page, checkout, environment, tmp_path):
    file = tmp_path / "page.sh"
    file.write_text(script([one for one in examples(page) if one.run], tmp_path), encoding="utf-8")
    done = subprocess.run(
        ["bash", str(file)],
        cwd=checkout,
        env=environment,
        stdin=subprocess.DEVNULL,
        capture_output=True,
        timeout=300,
        check=False,
    )
    assert done.returncode == 0, f"{page.name}: {done.stderr.decode()[-2000:]}"


def test_the_pages_that_lead_a_newcomer_show_something():
    named = {page.relative_to(ROOT).as_posix() for page in WITH_EXAMPLES}
    assert {"README.md", "docs/tutorial.md", "docs/how-to/own-taxonomy.md"} <= named


def test_both_readmes_show_the_same_commands():
    english, chinese = (examples(page) for page in (ROOT / "README.md", TWIN))
    spark = [one for one in english if "mapInPandas" in one.body]
    assert [(one.body, one.run) for one in english if one not in spark] == [(one.body, one.run) for one in chinese]
