"""Whom a notice concerns, by the words that name them."""

from pipeline.extract import lexicon
from pipeline.extract.content import Content
from pipeline.extract.facts import Fact

#: The audiences, in the order in which they are reported.
AUDIENCES: dict[str, tuple[str, ...]] = {
    "商家": (
        "商家",
        "卖家",
        "商户",
        "店主",
        "店铺",
        "经营者",
        "供应商",
        "供货商",
        "入驻企业",
        "掌柜",
        "网店",
        "seller",
        "sellers",
    ),
    "达人": ("达人", "主播", "创作者", "博主", "up主", "网红", "带货者", "带货人", "作者", "团长", "推客"),
    "服务商": (
        "服务商",
        "mcn",
        "机构",
        "代运营",
        "isv",
        "开发者",
        "货代",
        "物流商",
        "承运商",
        "代理商",
        "网点",
        "快递企业",
    ),
    "消费者": ("消费者", "买家", "用户", "顾客", "会员", "购买者", "收件人", "寄件人", "买方"),
}
# 检测机构 and the like test goods; they are nobody's audience. Longer words hide the shorter ones inside them.
_NOBODY = (
    "检测机构",
    "质检机构",
    "检验机构",
    "鉴定机构",
    "认证机构",
    "监管机构",
    "第三方机构",
    "金融机构",
    "研究机构",
    "机构改革",
    "市场经营者集中",
)

_AUDIENCE = {word: audience for audience, words in AUDIENCES.items() for word in words}
_PATTERN = lexicon.compile_words([*_AUDIENCE, *_NOBODY])


def audience(content: Content) -> tuple[Fact, ...]:
    """Those out of `AUDIENCES` that are named, each at its first place."""
    found: dict[str, Fact] = {}
    for match in _PATTERN.finditer(content.whole):
        word = match.group()
        name = _AUDIENCE.get(word) or _AUDIENCE.get(word.lower())
        if name is not None and name not in found:
            found[name] = content.fact(name, *match.span())
            if len(found) == len(AUDIENCES):
                break
    return tuple([found[name] for name in AUDIENCES if name in found])
