"""The names of rules: what stands in 《》."""

import re

from pipeline.extract.content import BETWEEN, Content
from pipeline.extract.facts import Fact

_MARK = re.compile(f"[《》{BETWEEN}]")


def _pairs(words: str) -> frozenset[str]:
    """Cut ``words`` after every second letter; two letters are enough to know an ending by."""
    return frozenset(words[i : i + 2] for i in range(0, len(words), 2))


#: A name that ends so is a rule or an official paper whatever stands around it.
_RULE_ENDS = _pairs(
    "规则规范标准办法细则协议条例规定通知公告要求制度指引指南须知说明公约守则条款方案政策意见诺书议书倡议清单目录名单览表"
)
#: A name that ends so is a newspaper, a magazine or a broadcast.
_PRESS_ENDS = _pairs("日报晚报早报时报周报周刊月刊杂志商报券报导报晨报联播访谈")
#: Letters right before and right behind the marks of a book, a film, a song.
_WORK_BEFORE = _pairs(
    "电影影片大片视剧网剧剧集播剧综艺节目录片动画画片动漫漫画小说图书绘本书籍新书歌曲单曲专辑手游网游游戏话剧乐剧短剧教材读物销书"
)
_WORK_AFTER = _pairs("一书票房剧组剧中片方热播热映上映记者杂志小说电影电视手游原著连载周边盗版正版")
_NOTE = re.compile(r"[（(][^（）()]{0,12}[）)]\Z")


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
    # 甲规则(试行) is as much a rule as 甲规则.
    kind = _NOTE.sub("", name[-40:]) if name[-1] in ")）" else name
    if kind[-2:] in _RULE_ENDS or kind[-1:] == "法":
        return False
    if kind[-2:] in _PRESS_ENDS:
        return True
    return whole[max(0, start - 3) : start - 1] in _WORK_BEFORE or whole[end + 1 : end + 3] in _WORK_AFTER
