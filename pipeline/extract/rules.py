"""The names of rules: what stands in 《》."""

import re

from pipeline.extract.content import BETWEEN, Content
from pipeline.extract.facts import Fact

_MARK = re.compile(f"[《》{BETWEEN}]")

#: A name that ends so is a rule or an official paper whatever stands around it.
_RULE_END = re.compile(
    "(?:规则|规范|标准|办法|细则|协议|条例|法|规定|通知|公告|要求|制度|指引|指南|须知|说明|公约|守则|条款|方案|政策|意见|承诺书)"
    r"(?:[（(][^（）()]{0,12}[）)])?$"
)
#: A name that ends so is a newspaper or a magazine.
_PRESS_END = re.compile("(?:日报|晚报|早报|时报|周报|周刊|月刊|杂志|商报|证券报|导报|晨报|青年报|新闻联播|焦点访谈)$")
_WORK_BEFORE = re.compile(
    "(?:电影|影片|大片|电视剧|网剧|剧集|热播剧|综艺|节目|纪录片|动画片?|动漫|漫画|小说|图书|绘本|书籍|新书|歌曲|单曲|专辑|"
    "手游|网游|游戏|话剧|音乐剧|短剧|微短剧|教材|读物|畅销书)$"
)
_WORK_AFTER = re.compile(
    "(?:一书|票房|剧组|剧中|片方|热播|热映|上映|记者|杂志|小说|电影|电视剧|手游|原著|连载|周边|盗版书|正版书)"
)


def rule_names(content: Content) -> tuple[Fact, ...]:
    """Find the names in 《》 without their outer marks, each once, headline first.

    Inner 〈〉, 《》 and 【】 stay in the name. Books, films and newspapers are left out as far as the
    words next to them tell.
    """
    whole = content.whole
    if "》" not in whole:
        return ()
    found: dict[str, Fact] = {}
    for start, end in _outermost(whole):
        name = whole[start:end].strip()
        if name and name not in found and not _is_work(name, whole, start, end):
            start = whole.index(name, start)
            found[name] = content.fact(name, start, start + len(name))
    return tuple(found.values())


def _outermost(whole: str) -> list[tuple[int, int]]:
    """Find the insides of the widest closed pairs; an opening mark that is never closed counts for nothing."""
    opened: list[int] = []
    pairs: list[tuple[int, int]] = []
    for match in _MARK.finditer(whole):
        mark = match.group()
        if mark == "《":
            opened.append(match.end())
        elif mark == BETWEEN:
            opened.clear()
        elif opened:
            start = opened.pop()
            while pairs and pairs[-1][0] > start:  # each pair is popped at most once: linear
                pairs.pop()
            pairs.append((start, match.start()))
    return pairs


def _is_work(name: str, whole: str, start: int, end: int) -> bool:
    if _RULE_END.search(name):
        return False
    if _PRESS_END.search(name):
        return True
    return bool(_WORK_BEFORE.search(whole[max(0, start - 6) : start - 1]) or _WORK_AFTER.match(whole, end + 1))
