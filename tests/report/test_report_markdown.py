from datetime import date

from hypothesis import given
from hypothesis import strategies as st
from labelled_sample import TODAY
from markdown_it import MarkdownIt

from pipeline.report import markdown
from pipeline.report.digest import escape
from pipeline.report.labelled import Label, LabelledNotice

PARSER = MarkdownIt("commonmark", {"html": True}).enable(["table", "strikethrough"])


def inline(source):
    return [child for token in PARSER.parse(source) if token.type == "inline" for child in token.children]


@given(st.text(st.characters(exclude_categories=["Cs", "Cc"])))
def test_escaped_text_is_read_back_as_it_was(text):
    tokens = inline(f"- x {escape(text)}")
    assert {token.type for token in tokens} <= {"text", "text_special"}
    assert "".join(token.content for token in tokens) == " ".join(f"x {text}".split())


def test_a_hostile_headline_stays_text_and_its_link_a_link():
    title = '<script>alert(1)</script> "><img src=x onerror=1> [a](javascript:1) **b** `c` | https://x.example'
    notice = LabelledNotice(
        "a", title, None, "", "s", {"ton": Label("好*", 0.9)}, url="https://x.example/a_(b)", effective_date=TODAY
    )
    tokens = inline(markdown([notice], today=TODAY))
    assert not [token for token in tokens if token.type in {"html_inline", "image", "code_inline"}]
    assert {token.attrs["href"] for token in tokens if token.type == "link_open"} == {"https://x.example/a_%28b%29"}
    assert title in "".join(token.content for token in tokens)


def test_the_digest_tells_this_week_next_week_and_topics(sample):
    text = markdown(sample, today=TODAY)
    headings = [line for line in text.splitlines() if line.startswith("## ")]
    assert headings[:3] == [
        "## 本周生效（3月11日–3月17日）",
        "## 下周生效（3月18日–3月24日）",
        "## 征求意见中（截止日）",
    ]
    topics = {notice.labels["topic"].value for notice in sample}
    assert {heading[3:].split(" · ")[0] for heading in headings[3:]} == topics
    assert "重复" in text.splitlines()[2]


def test_long_topics_are_cut_and_counted():
    notices = [LabelledNotice(str(i), f"标题{i}", None, "", "s", {"ton": Label("好", 1.0)}) for i in range(15)]
    text = markdown(notices, today=date(2024, 3, 14), per_topic=4)
    assert "## 好 · 15" in text
    assert "- 另有 11 条" in text
    assert text.count("标题") == 4


def test_an_empty_table_gives_a_digest_that_says_so():
    assert "（无）" in markdown([], today=TODAY)
