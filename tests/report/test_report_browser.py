"""The page in a real browser. `open_page` also asserts that nothing was logged and no network was asked."""

import json

import pytest
from labelled_sample import TODAY, distinct_rows, rows

from pipeline.report import from_rows
from pipeline.report.labelled import Label, LabelledNotice, Place, Share

pytestmark = pytest.mark.browser

HOSTILE = ["<script>alert(1)</script>", '"><img src=x onerror=alert(1)>', "</script><script>alert(2)</script>", "<!--"]


def of(table):
    return from_rows(table, columns=list(table[0]))


def one(**more):
    given = {"id": "a", "title": "标题", "published_at": None, "text": "正文", "source": "s"}
    return LabelledNotice(**(given | {"labels": {"ton": Label("好", 0.9)}} | more))


def choose(page, name, value):
    page.locator(f"label.choice:has(span:text-is('{name}')) select").select_option(value)


def count(page):
    return int("".join(c for c in page.locator("#result").inner_text().split("条")[0] if c.isdigit()))


def test_hostile_headlines_are_text(open_page):
    table = [
        one(id=str(i), title=title, text=title, platform=title, effective_date=TODAY) for i, title in enumerate(HOSTILE)
    ]
    page = open_page(table, title=HOSTILE[0])
    shown = page.locator("#groups .opener").all_inner_texts()
    assert sorted(shown) == sorted(HOSTILE)
    for opener in page.locator("#groups .opener").all():
        opener.click()
    assert page.locator("img").count() == 0
    assert page.locator("script").count() == 2
    assert page.title() == HOSTILE[0]


@pytest.mark.parametrize("width", [1400, 400])
@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_nothing_scrolls_sideways_and_words_can_be_read(open_page, sample, width, scheme):
    page = open_page(sample, width=width, scheme=scheme)
    page.locator("#groups .opener").first.click()
    assert page.evaluate("document.documentElement.scrollWidth") <= width
    assert min(page.evaluate(CONTRASTS).values()) >= 4.5


def test_a_word_without_end_does_not_widen_the_page(open_page):
    page = open_page([one(title="x" * 500, text="y" * 5000, platform="z" * 200, effective_date=TODAY)], width=400)
    page.locator("#groups .opener").first.click()
    assert page.evaluate("document.documentElement.scrollWidth") <= 400


def test_finding_needs_every_word_and_marks_them(open_page, sample):
    page = open_page(sample)
    everything = count(page)
    page.fill("#find", "直播 数字人")
    page.wait_for_selector("mark.hit")
    expected = {n.title for n in sample if "直播" in n.title + n.text and "数字人" in n.title + n.text}
    assert set(page.locator("#groups .opener").all_inner_texts()) <= expected
    assert 0 < count(page) < everything
    assert set(page.locator("mark.hit").all_inner_texts()) == {"直播", "数字人"}
    page.fill("#find", "没有这样的词")
    page.wait_for_selector(".nothing-found")
    page.click(".nothing-found button")
    assert count(page) == everything


@pytest.mark.parametrize(
    ("name", "value", "holds"),
    [
        ("动作", "修订", lambda n: n.labels["action"].value == "修订"),
        ("主题", "物流发货", lambda n: n.labels["topic"].value == "物流发货"),
        ("平台", "天猫", lambda n: n.platform == "天猫"),
        ("状态", "征求意见", lambda n: n.status == "征求意见"),
        ("发布时间", "30", lambda n: n.published_at[:10] >= "2024-02-14"),
    ],
)
def test_each_filter_keeps_what_it_names(open_page, name, value, holds):
    notices = of(distinct_rows(120))
    page = open_page(notices)
    choose(page, name, value)
    assert count(page) == sum(map(holds, notices))
    page.locator(".chip").click()
    assert count(page) == len(notices)


def test_filters_narrow_each_other_and_live_in_the_address(open_page):
    notices = of(distinct_rows(300))
    page = open_page(notices)
    choose(page, "动作", "修订")
    page.get_by_label("只看待复核").check()
    expected = sum(n.needs_review and n.labels["action"].value == "修订" for n in notices)
    assert count(page) == expected > 0
    fragment = page.evaluate("location.hash")
    again = open_page(notices, fragment=fragment)
    assert count(again) == expected


def test_own_dates_bound_the_publication(open_page):
    notices = of(distinct_rows(100))
    page = open_page(notices)
    choose(page, "发布时间", "own")
    page.get_by_label("从", exact=True).fill("2024-02-01")
    page.get_by_label("到", exact=True).fill("2024-02-29")
    assert count(page) == sum(n.published_at.startswith("2024-02") for n in notices)


def test_a_day_of_the_calendar_asks_for_its_notices(open_page):
    notices = [
        one(id="a", title="甲", effective_date=TODAY),
        one(id="b", title="乙", comment_until=TODAY),
        one(id="c", title="丙"),
    ]
    page = open_page(notices)
    day = page.locator("button.day")
    assert day.get_attribute("aria-label") == "3月14日周四：1 条生效，1 条意见截止"
    day.click()
    assert set(page.locator("#groups .opener").all_inner_texts()) == {"甲", "乙"}
    page.get_by_label("往后四周").click()
    page.get_by_label("往后四周").click()
    assert page.locator("button.day").count() == 0
    page.get_by_text("今天", exact=True).first.click()


def test_repeats_are_folded_into_one_with_a_count(open_page):
    notices = [
        one(id="a", title="原文", source="甲报"),
        one(id="b", title="原文", source="乙报"),
        one(id="c", title="转述", text="别的话", source="丙报", duplicate_of="a"),
    ]
    page = open_page(notices)
    assert count(page) == 1
    assert page.locator("#groups .copies").inner_text() == "3 篇同文"
    page.locator("#groups .opener").click()
    assert "转述" in page.locator(".copy-list").inner_text()


def test_facts_and_evidence_are_marked_where_they_stand_even_after_rare_characters(open_page):
    text = "𠮷家😀自3月14日起收费，请知悉"
    start = text.index("3月")  # code points, which the script must not take for UTF-16 units
    notice = one(
        title="收费", text=text, effective_date=TODAY,
        fact_places={"effective_date": (Place("text", start, start + 5),)},
        why={"ton": (Share("text", 10, 12, 0.8), Share("text", 11, 12, 0.4), Share("text", 14, 15, -0.3))},
    )  # fmt: skip
    page = open_page([notice])
    page.locator("#groups .opener").click()
    assert page.locator(".full-text mark.fact-effective_date").inner_text() == "3月14日"
    page.get_by_role("button", name="ton的依据").first.click()
    marks = page.locator(".full-text mark")
    assert marks.all_inner_texts() == [text[10], text[11], text[14]]
    assert "against" in marks.last.get_attribute("class")
    assert page.locator(".full-text").inner_text() == text


def test_the_keyboard_opens_a_notice(open_page, sample):
    page = open_page(sample)
    opener = page.locator("#groups .opener").first
    opener.focus()
    page.keyboard.press("Enter")
    assert opener.get_attribute("aria-expanded") == "true"
    assert page.locator(f"[id='{opener.get_attribute('aria-controls')}']").is_visible()
    page.keyboard.press("Space")
    assert opener.get_attribute("aria-expanded") == "false"


def test_only_web_links_are_linked_and_tell_the_target_nothing(open_page):
    table = rows(1)
    addresses = ["https://a.example/x", "javascript:alert(1)"]
    notices = of([table[0] | {"id": str(i), "title": f"第{i}", "url": url} for i, url in enumerate(addresses)])
    page = open_page(notices)
    for opener in page.locator("#groups .opener").all():
        opener.click()
    links = page.locator("#groups a[href]")
    assert links.count() == 1
    assert links.get_attribute("href") == "https://a.example/x"
    assert "noopener" in links.get_attribute("rel")


def test_the_button_turns_the_dark_colours_on_and_off(open_page, sample):
    page = open_page(sample, scheme="light")
    ground = "getComputedStyle(document.body).backgroundColor"
    light = page.evaluate(ground)
    page.click("#scheme")
    dark = page.evaluate(ground)
    page.click("#scheme")
    assert page.evaluate(ground) == light != dark
    assert open_page(sample, scheme="dark").evaluate(ground) == dark


def test_groups_grow_on_demand_to_their_last_notice(open_page):
    notices = [one(id=str(i), title=f"标题{i}") for i in range(100)]
    page = open_page(notices)
    assert page.locator("#groups .notice").count() < 50
    while page.locator("#groups .more").count():
        page.locator("#groups .more").click()
    assert page.locator("#groups .notice").count() == 100


def test_other_heads_and_empty_tables_have_a_page_too(open_page):
    page = open_page(
        [one(labels={"ton": Label("好", None)}), one(id="b", title="二", labels={"ton": Label("坏", 0.2)})]
    )
    choose(page, "ton", "坏")
    assert page.locator("#groups .opener").all_inner_texts() == ["二"]
    assert "没有通知" in open_page([]).locator("#groups").inner_text()


def test_five_thousand_notices_open_with_few_elements_and_are_all_found(open_page):
    page = open_page(of(distinct_rows(5000)))
    assert count(page) == 5000
    assert page.evaluate("document.querySelectorAll('*').length") < 6000
    page.fill("#find", "第4321号")
    page.wait_for_selector("mark.hit")
    assert count(page) == 1


def test_the_data_is_plain_json_for_other_programs(open_page, sample):
    content = open_page(sample).evaluate("document.getElementById('data').textContent")
    assert json.loads(content)["today"] == TODAY.isoformat()


# For each kind of small text: the lowest contrast of its colour with what lies behind it.
CONTRASTS = """() => {
  const parse = (colour) => { const [r, g, b, a = 1] = colour.match(/[\\d.]+/g).map(Number); return { r, g, b, a }; };
  const over = (top, under) =>
    Object.fromEntries(['r', 'g', 'b'].map((c) => [c, top[c] * top.a + under[c] * (1 - top.a)]));
  const behind = (node) => {
    if (!node) return { r: 255, g: 255, b: 255 };
    const own = parse(getComputedStyle(node).backgroundColor);
    return own.a === 1 ? own : over(own, behind(node.parentElement));
  };
  const light = ({ r, g, b }) => {
    const [x, y, z] = [r, g, b].map((c) => (c / 255 <= 0.04045 ? c / 255 / 12.92 : ((c / 255 + 0.055) / 1.055) ** 2.4));
    return 0.2126 * x + 0.7152 * y + 0.0722 * z;
  };
  const lowest = {};
  const kinds = '.badge .meta .excerpt .count .day .figures .review .trend-total .choice dt .due-weekday .leaf-month';
  for (const kind of kinds.split(' ')) {
    for (const node of document.querySelectorAll(kind)) {
      const under = behind(node);
      const [a, b] = [light(over(parse(getComputedStyle(node).color), under)), light(under)].sort((x, y) => y - x);
      lowest[kind] = Math.min(lowest[kind] ?? 99, (a + 0.05) / (b + 0.05));
    }
  }
  return lowest;
}"""
