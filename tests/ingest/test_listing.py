import json
from pathlib import Path

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from pipeline import ingest
from pipeline.errors import InputError
from pipeline.resources import data_path
from tests.ingest.tables import rows_of

SHARED = Path(__file__).parents[3] / "shared" / "notices"
ENTRIES = [
    ("平台修订发货规则", "2024-03-05 14:05:00", "自3月12日起,揽收时限改为24小时。"),
    ("双人成行专场招募商家", "2024-03-06 09:00:00", ""),
    ("直播间新增三类违禁词", "2024-03-07 10:00:00", "平台公布了三类违禁词,主播说出口即扣两分。"),
]


def read(text: str) -> ingest.Reading:
    return ingest.read(ingest.Source("page.txt", "page.txt", text.encode()), repeats=False)


@pytest.mark.skipif(not SHARED.is_dir(), reason="the shared notices are not here")
def test_the_real_page_comes_out_whole():
    page = SHARED / "kuaishou_listing.txt"
    gold = [json.loads(line) for line in (SHARED / "kuaishou_gold.jsonl").read_text("utf-8").splitlines()]
    reading = ingest.read(page)
    frame = reading.notices
    assert list(frame["title"]) == [row["title"] for row in gold]
    assert list(frame["published_at"]) == [row["published_at"] for row in gold]
    lines = [line.strip() for line in page.read_text("utf-8").splitlines()]
    # On the real page every text is the one line below the time line.
    below = [lines[lines.index(time) + 1] for time in frame["published_at"]]
    assert list(frame["text"]) == below
    assert reading.rejects.empty


def test_the_example_page_comes_out_whole():
    reading = ingest.read(data_path("example", "listing.txt"))
    assert len(reading.notices) == 12
    assert reading.rejects.empty
    assert all(text.endswith(("。", "！")) for text in reading.notices["text"])
    assert reading.notices["duplicate_of"].isna().all()


def test_a_page_gives_its_entries_without_the_furniture(page):
    assert rows_of(read(page)) == ENTRIES


@pytest.mark.parametrize("mark", ["{}、", "({})", "（{}）", "{})", "{}．", "【{}】", "[{}]", "•", "■ ", ""])
def test_other_ways_to_number_headlines(page, mark):
    for number in (1, 2, 3):
        page = page.replace(f"    {number}. ", "    " + mark.format(number))
    assert rows_of(read(page)) == ENTRIES


def test_circled_numbers(page):
    for number, circle in enumerate("①②③", 1):
        page = page.replace(f"    {number}. ", f"    {circle}")
    assert rows_of(read(page)) == ENTRIES


@pytest.mark.parametrize(
    ("line", "time"),
    [
        ("2024-02-01 16:28", "2024-02-01 16:28:00"),
        ("2024年2月1日", "2024-02-01 00:00:00"),
        ("发布时间:2024-02-01 16:28:52", "2024-02-01 16:28:52"),
        ("发布时间：2024/2/1", "2024-02-01 00:00:00"),
        ("来源:某某报 2024-02-01 16:28 阅读 1234", "2024-02-01 16:28:00"),
        ("作者：张三 | 2024-02-01 | 评论(3)", "2024-02-01 00:00:00"),
        ("某某报 · 2024-02-01 16:28", "2024-02-01 16:28:00"),
        ("[2024-02-01]", "2024-02-01 00:00:00"),
        ("02-01 16:28", None),
        ("2月1日 16:28", None),
        ("3小时前", None),
        ("昨天 10:20", None),
        ("刚刚", None),
    ],
)
def test_time_lines_as_pages_write_them(page, line, time):
    reading = read(page.replace("2024-03-06 09:00:00", line))
    assert rows_of(reading) == [ENTRIES[0], (ENTRIES[1][0], time, ""), ENTRIES[2]]
    assert reading.rejects.empty


@pytest.mark.parametrize("line", ["2024-02-30 10:00:00", "99999-01-01", "2024年13月1日", "2024-03-06 29:00:00"])
def test_an_impossible_time_makes_the_entry_a_reject(page, line):
    reading = read(page.replace("2024-03-06 09:00:00", line))
    assert rows_of(reading) == [ENTRIES[0], ENTRIES[2]]
    [reject] = reading.rejects.to_dict("records")
    assert (reject["source"], reject["line"], reject["excerpt"]) == ("page.txt", 9, ENTRIES[1][0])


@pytest.mark.parametrize("number", [1, 2, 3])
def test_a_numbered_headline_without_a_time_line_is_a_reject(page, number):
    title, time, _ = ENTRIES[number - 1]
    reading = read(page.replace(f"      {time}\n", ""))
    assert rows_of(reading) == [entry for entry in ENTRIES if entry[0] != title]
    assert [title in quoted for quoted in reading.rejects["excerpt"]] == [True]


def test_numbered_points_in_a_text_stay_in_the_text(page):
    page = page.replace("自3月12日起,揽收时限改为24小时。", "1. 时限改为24小时。\n      2. 超时扣分。")
    reading = read(page)
    assert reading.notices["text"][0] == "1. 时限改为24小时。2. 超时扣分。"
    assert reading.rejects.empty


def test_a_sentence_with_a_date_is_no_time_line(page):
    page = page.replace("自3月12日起,揽收时限改为24小时。", "2024年3月12日生效,\n      自2024年3月12日起执行")
    assert read(page).notices["text"][0] == "2024年3月12日生效,自2024年3月12日起执行"


def test_lines_beside_the_time_are_left_out(page):
    page = page.replace("14:05:00\n", "14:05:00\n      来源：某某报\n      阅读 1234\n      分享\n")
    assert rows_of(read(page)) == ENTRIES


def test_wrapped_words_of_an_alphabet_keep_their_blank(page):
    page = page.replace("平台公布了三类违禁词,", "平台公布了 Live\n      Room 规则,")
    assert read(page).notices["text"][2].startswith("平台公布了 Live Room 规则,主播")


def test_time_above_the_headline():
    lines = ["快讯网"]
    for title, time, text in ENTRIES:
        lines += [time[:16], title, *([text] if text else [])]
    assert rows_of(read("\n".join(lines))) == ENTRIES


def test_time_below_the_text():
    lines = ["快讯网"]
    for number, (title, time, text) in enumerate(ENTRIES, 1):
        lines += [f"{number}. {title}", *([text] if text else []), time]
    assert rows_of(read("\n".join(lines))) == ENTRIES


def test_markdown_suffix_is_a_page(page, tmp_path):
    path = tmp_path / "page.md"
    path.write_text(page, "utf-8")
    assert rows_of(ingest.read(path)) == ENTRIES


@pytest.mark.parametrize("outer", ["ol", "div"])
def test_the_same_page_as_html(outer):
    item = "li" if outer == "ol" else "section"
    items = "".join(
        f"<{item}><div class=t><h3><a href=x>{title}</a></h3><span>{time}</span>"
        f"<p>{text.replace(',', ',<b></b>')}</p></div></{item}>"
        for title, time, text in ENTRIES
    )
    html = (
        "<!doctype html><html><head><title>快讯网</title><style>p{}</style><script>var a='2024-01-01'</script></head>"
        f"<body><nav><ul><li>首页</li></ul></nav><{outer}>{items}</{outer}><ul><li>‹‹</li><li>1</li><li>2</li></ul>"
        "<footer>关于</footer></body></html>"
    )
    for encoding in ("utf-8", "gb18030"):
        reading = ingest.read(ingest.Source("page.html", "page.html", html.encode(encoding)))
        assert rows_of(reading) == ENTRIES
        assert reading.rejects.empty


def test_a_page_without_notices_is_an_error():
    with pytest.raises(InputError, match=r"page\.txt: the page holds no notice.*Save the list page"):
        read("首页\n关于我们\n这里没有公告\n")


LINES = st.sampled_from(
    [
        "1. 标题甲",
        "2. 标题乙",
        "3、标题丙",
        "2024-03-05 10:00",
        "2024-02-30",
        "正文一句。",
        "• 首页",
        "3小时前",
        "",
        "阅读 12",
        "‹‹ 1 2 ››",
    ]
) | st.text(max_size=20)


@settings(max_examples=300, deadline=None)
@given(st.lists(LINES, max_size=25))
@example(["2024-03-05", "2024-03-06"])
def test_any_page_ends_in_notices_and_rejects_or_one_error(lines):
    try:
        reading = read("\n".join(lines))
    except InputError:
        return
    assert len(reading.notices) + len(reading.rejects) > 0
    assert all(reading.notices["title"])
    assert all(len(quoted) <= 80 for quoted in reading.rejects["excerpt"])
