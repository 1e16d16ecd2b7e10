import base64
import hashlib
import json
import re
from html.parser import HTMLParser

from hypothesis import given
from hypothesis import strategies as st
from labelled_sample import TODAY, distinct_rows

from pipeline.notice import Taxonomy
from pipeline.report import from_rows, html
from pipeline.report.labelled import Label, LabelledNotice

OWN_HEADS = Taxonomy.from_mapping({"heads": [{"id": "ton", "title": "语气", "labels": ["好", "坏"]}]})
MEGABYTE = 1_000_000


class Elements(HTMLParser):
    """Names, attributes and contents of a page's elements, as a browser would cut it up."""

    def __init__(self, page):
        super().__init__()
        self.found, self.contents, self.inside = [], [], False
        self.feed(page)
        self.close()

    def handle_starttag(self, tag, attrs):
        self.found.append((tag, dict(attrs)))
        self.contents.append("")
        self.inside = True

    def handle_data(self, data):
        if self.inside:
            self.contents[-1] += data

    def handle_endtag(self, tag):
        self.inside = False


def payload(page):
    elements = Elements(page)
    [content] = [c for (tag, a), c in zip(elements.found, elements.contents, strict=True) if a.get("id") == "data"]
    return json.loads(content)


def one(title="标题", text="正文", **more):
    return LabelledNotice("a", title, None, text, "s", {"ton": Label("好", 0.9)}, **more)


@given(st.text(st.characters(exclude_categories=["Cs"])))
def test_any_text_is_data_and_never_markup(text):
    page = html([one(text, text, platform=text or None)], today=TODAY, title=text, taxonomy=OWN_HEADS)
    plain = html([one()], today=TODAY, taxonomy=OWN_HEADS)
    assert [tag for tag, _ in Elements(page).found] == [tag for tag, _ in Elements(plain).found]
    assert payload(page)["notices"][0]["title"] == text


def test_the_policy_allows_the_pages_own_style_and_script_and_nothing_else(sample):
    page = html(sample, today=TODAY)
    elements = Elements(page)
    [policy] = [a["content"] for tag, a in elements.found if a.get("http-equiv") == "Content-Security-Policy"]
    assert policy.startswith("default-src 'none'; ")
    assert "unsafe" not in policy
    inline = [
        content
        for (tag, attributes), content in zip(elements.found, elements.contents, strict=True)
        if tag in {"style", "script"} and attributes.get("id") != "data"
    ]
    digests = {base64.b64encode(hashlib.sha256(content.encode()).digest()).decode() for content in inline}
    assert digests == set(re.findall(r"'sha256-([^']+)'", policy))


def test_the_page_names_no_other_file(sample):
    elements = Elements(html(sample, today=TODAY))
    assert not [a for tag, a in elements.found if "src" in a or tag in {"link", "iframe", "img", "object"}]
    assert not re.search(r"url\(|@import", "".join(elements.contents))


def test_the_same_table_gives_the_same_page(sample):
    assert html(sample, today=TODAY) == html(list(reversed(sample)), today=TODAY)


def test_heads_keep_their_taxonomys_title_and_order_and_unknown_ones_stand_as_they_are():
    notices = [
        LabelledNotice("a", "一", None, "", "s", {"ton": Label("坏", 0.9), "x": Label("p", 1.0)}),
        LabelledNotice("b", "二", None, "", "s", {"ton": Label("怪", 0.9), "x": Label("p", 1.0)}),
    ]
    heads = payload(html(notices, today=TODAY, taxonomy=OWN_HEADS))["heads"]
    assert heads[0] == {"id": "ton", "title": "语气", "labels": ["好", "坏", "怪"]}
    assert heads[1] == {"id": "x", "title": "x", "labels": ["p"]}


def test_five_thousand_different_notices_stay_under_five_megabytes():
    table = distinct_rows(5000)
    page = html(from_rows(table, columns=list(table[0])), today=TODAY)
    assert len(payload(page)["notices"]) == 5000
    assert len(page.encode()) < 5 * MEGABYTE
