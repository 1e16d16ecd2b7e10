"""Amounts that a notice sets: percentages, money and spans of time, with before and after where both stand."""

import re

from pipeline.extract.content import Content
from pipeline.extract.facts import Fact

#: At most so many amounts are reported.
MOST = 6

_CHINESE = "一二两三四五六七八九十"
_TAIL = r"(?:,\d{3}){0,4}(?:\.\d{1,4})?"
_NUMBER = rf"\d{{1,12}}{_TAIL}"
_CURRENCY = (
    "(?:美元|美金|欧元|英镑|日元|韩元|雷亚尔|比索|卢布|泰铢|林吉特|新元|新台币|越南盾|港元|港币|"
    "澳元|加元|人民币|元|块钱)"
)
_UNIT = (
    rf"(?:[%％‰]|个百分点|[千万亿]?{_CURRENCY}|个?工作日|个?自然日|个?小时|分钟|天|个月|"
    r"[日年](?=之?内)|分(?=/|，|。|,))"
)
# One character class first (see dates): the search then runs at the speed of a scan.
_AMOUNT = re.compile(
    rf"[0-9０-９¥￥$€£百千{_CHINESE}]"
    rf"(?:(?<=\d)(?<![\d.第]\d)\d{{0,11}}+{_TAIL}\s?(?:[-~～]\s?{_NUMBER}\s?)?{_UNIT}(?:\s?[-~～]\s?{_NUMBER}\s?{_UNIT})?"
    rf"|(?<=[¥￥$€£])\s?{_NUMBER}[千万]?"
    rf"|(?<=[百千])分之[{_CHINESE}百点零]{{1,5}}"
    rf"|(?<=[{_CHINESE}])[{_CHINESE}]{{0,3}}(?:个工作日|个自然日|工作日|个?小时|天|个月))"
)
_TURN = (
    "(?:调整|上调|下调|调高|调低|提高|提升|升高|上升|降低|下降|增加|增长|减少|缩短|缩减|压缩|延长|延至|变更|修改|更改|修订|放宽|收紧|上浮|下浮|优化|升级|"
    "[调改变降涨升增减加缩延])"
)
_BECOMES = re.compile(
    rf"[^。；;\x00]{{0,14}}?(?:{_TURN}了?[为至到成]|变成)(?:了|每[单件天月年次])?\s?|\s?(?:→|->|=>|⇒|➡)\s?"
)
_TO = re.compile(r"\s?[至到]\s?")
_FORMERLY = re.compile(r"[（(，,]?\s?(?:此前|原来?|之前)(?:规定|标准)?[为是的]?\s?")
_FROM = re.compile("[由从自]$")
_BARE_BEFORE = re.compile(rf"[由从自原]\s?(\d{{1,12}}(?:\.\d{{1,4}})?)\s?{_TURN}[为至到成]\s?$")
_SET_BEFORE = re.compile(
    "(?:[的价为至到按满扣罚减免返补赔缴]|低于|高于|超过|少于|多于|至少|最[高低多少长短]|[上下]限|费率|费用?|比例|佣金|保证金|押金|定金|服务费|违约金|运费|门槛|时限|时效|收取|征收|"
    "支付|赔付|扣除|罚款|补贴|奖励|优惠|承诺|可得|涨|降|延长|缩短|提前|上调|下调|提高|降低|增加|减少|冻结|限制|屏蔽|封禁|禁播|每单|每件|每月|每年|[在于]|须|需|应|后|前)[\\s:：了约]?$"
)
_SET_AFTER = re.compile(
    r"\s?(?:之?内|以内|以上|以下|以后|起|封顶|封号|无理由|包退|包换|质保|价保|保价|发货|揽收|退款|退货|的?(?:佣金|服务费|技术服务费|手续费|费率|保证金|违约金|赔付|赔偿|补贴|折扣|优惠|罚款|运费|激励|返点|关税|税))"
)
_FIGURE_BEFORE = re.compile(
    "(?:同比|环比|增长|增速|占比|营收|收入|利润|成交额?|销售额|累计|突破|(?<![不得])超过?|近|逾|规模|估值|融资|市值|份额|总额)[了达至到约超近]{0,2}$"
)


def amounts(content: Content) -> tuple[Fact, ...]:
    """Find the amounts of the change, at most `MOST`, headline first, each value once.

    ``由A调整为B`` and its like are one amount, ``A→B``; its place spans both. Market figures are left out.
    """
    whole = content.whole
    matches = list(_AMOUNT.finditer(whole))
    found: dict[str, Fact] = {}
    index = 0
    while index < len(matches) and len(found) < MOST:
        pair = _pair(whole, matches[index], matches[index + 1]) if index + 1 < len(matches) else None
        amount = pair or _single(whole, matches[index])
        index += 2 if pair else 1
        if amount is not None and not any(amount[0] in value.split("→") for value in found):
            found[amount[0]] = content.fact(*amount)
    return tuple(found.values())


def _pair(whole: str, first: re.Match[str], second: re.Match[str]) -> tuple[str, int, int] | None:
    gap = whole[first.end() : second.start()]
    if len(gap) > 20:
        return None
    if _FORMERLY.fullmatch(gap):
        return f"{second.group()}→{first.group()}", first.start(), second.end()
    before = whole[max(0, first.start() - 1) : first.start()]
    if _BECOMES.fullmatch(gap) or (_TO.fullmatch(gap) and _FROM.search(before)):
        return f"{first.group()}→{second.group()}", first.start(), second.end()
    return None


def _single(whole: str, match: re.Match[str]) -> tuple[str, int, int] | None:
    start, end = match.span()
    value = match.group()
    if "亿" in value:
        return None
    before = whole[max(0, start - 24) : start]
    bare = _BARE_BEFORE.search(before) if before[-1:] in "为至到成 " else None
    if bare is not None:  # 从19上调至29雷亚尔: the unit stands once, for both
        unit = value.lstrip("0123456789.,")
        return f"{bare[1]}{unit}→{value}", start - len(before) + bare.start(1), end
    before = before[-8:]
    if _FIGURE_BEFORE.search(before):
        return None
    if _SET_AFTER.match(whole, end) or _SET_BEFORE.search(before):
        return value, start, end
    return None
