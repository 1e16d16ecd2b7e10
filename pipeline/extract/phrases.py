"""The words around a day that tell what the day is for. Every pattern is bounded and linear."""

import re

_HOUR = (
    r"(?:[（(][^（）()\x00]{0,12}[）)])?(?:\s?(?:北京时间|凌晨|零时|零点|上午|中午|下午|晚间?|早上)){0,2}"
    r"(?:\s?\d{1,2}(?:[:：]\d{2}(?:[:：]\d{2})?|[时点](?:整|\d{1,2}分)?))?\s?(?:[（(][^（）()\x00]{0,8}[）)])?"
)
_VERB = (
    "(?:生效|施行|实施|执行|实行|推行|试行|适用|上线|下线|启用|停用|停止|停运|停发|停收|关闭|关停|关店|下架|开放|开通|开启|启动|开始|开售|"
    "上调|下调|调整|调高|调低|更新|升级|变更|切换|更名|改为|改用|改名|取消|终止|废止|作废|失效|暂停|恢复|迁移|替换|替代|新增|推出|结束|"
    "收取|征收|计收|加收|免收|免征|不再|禁止|禁售|统一|强制|须|需|应|必须|将|接入|并入|合并|退出|撤销|清退|清理|提高|降低|修订|涨价|降价|落地|投用|投入使用|割接|回归|重启|复工|开征|开抢|开幕|启幕)"
)
_FULLY = "(?:正式|全面|全量|统一|同步|陆续|分批|逐步|分阶段)"
_DAY_WORD = "(?:时间|日期|日|期|时点)"

#: The words from the last end of a sentence on.
CLAUSE_BEFORE = re.compile(r"[^。；;！!？?\n\x00]*\Z")
#: The words up to the next end of a sentence.
SENTENCE = re.compile(r"[^。；;！!？?\n\x00]{0,40}")

#: What stands between the two days of a range.
TO = re.compile(
    rf"(?:起|开始)?{_HOUR}(?:起|开始)?(?:[，,]?(?:正式)?(?:生效|执行|实施|施行|试行))?"
    r"\s?(?:[，,]?(?:有效期|截止|持续|直|延续)?[至到]|[-—–~～]{1,2})\s?"
)

_BEFORE = {
    "old": "(?:原定|原计划|此前|曾|早在|原拟|由原|由|每年|每逢|截至当前|往年)[于在自从]?",
    "done": (
        "(?:发布|公布|印发|通过|签署|成立|发生|创立|上市|签约|举行|举办|召开|开庭|宣判|购买|下单|注册|拍摄|生产)[于在]|"
        r"(?:发布|公布|印发|更新|成稿|成文|落款|发文|公告)(?:时间|日期)\s?[为是:：]?"
    ),
    "moved": (
        "(?:(?:推迟|延迟|延期|延后|顺延|提前)[为在至到]|(?:时间|日期|日)(?:调整|变更|修改|更改|改)?[为在至到]|"
        "(?:调整|变更|修改|更改|改)[为在至到])"
    ),
    "label": (
        "(?:生效|实施|施行|执行|上线|下线|启用|停用|变更|调整|关闭|切换|适用|起始|开始|开启|启动|起效|试行)"
        rf"(?:{_DAY_WORD}\s?(?:[为是在于]|定[为于在])?\s?[:：]?|[为是在于:：])"
    ),
    "event": (
        "(?:活动|大促|促销|预售|优惠|补贴|执行|有效|试运行|服务|暂停)"
        r"(?:时间|日期|期间|期限|周期|期)\s?[为是:：自从]{0,2}"
    ),
    "last": (
        r"(?:截至|截止[至到于在]?|截[至止]?(?:时间|日期)\s?[为是:：至到]{0,2}|最[晚迟][于在]?|[不未][晚迟]于|至迟[于在]?|期限?[至到]|"
        r"(?:持续|延长|延续|延期|展期|有效|优惠|执行|开放|保留)(?:期限?)?[至到]|[至到])"
    ),
    "task": "(?:请|须|务必|必须|应|需|可)(?:[^，,。；]{0,10})?[于在]",
    "signup": r"(?:报名|招商|招募|提报|申请|申报|登记|预约|投稿)(?:时间|日期|期间|期限|期)\s?[为是:：自从于]{0,2}",
    "from": "(?:自|从|[将定拟]?于|定在|将自|计划(?:于|在)?|将在|预计[于在]?)",
}
#: The last characters of what `BEFORE` finds: a day behind any other needs no search.
BEFORE_LAST = frozenset("于在自从定划拟曾原由年逢前至到为是:：迟晚止截期间日点限计 ")
#: What the words right before a day say it is: the name of the group that matches.
BEFORE = re.compile(rf"(?:{'|'.join(f'(?P<{name}>{words})' for name, words in _BEFORE.items())})\s?\Z")

_SERVICE = "(?:服务|运营|业务|合作|营业|支持|试点|使用|维护|销售|接单|运行)"
#: The hour of a day, and whether the day begins (起) or ends (前, 止) something.
AT_ONCE = re.compile(
    rf"{_HOUR}(?:(?P<last>(?:当[日天])?(?:之?前|以前|截止|为止|止(?!付|损)|结束(?!{_SERVICE})|到期|届满))"
    rf"|(?P<begin>起|开始(?!{_VERB})|之?后|以后))?(?P<comma>[，,])?\s?"
)
_SAY = "(?:出台|制定|宣布|发布|公布|公告|发文|通知|获悉|表示|披露|官宣|消息|了解到|称|通报|约谈|透露|印发|报道)"
_AFTER = {
    "since": "至今",
    "open": r"[至到-]{1,2}\s?(?:\d{1,2}月|[今明]?年|本?月|季)[底末初中]",
    "trial": (
        r"(?:即可|可以?|正式|开始|开放|启动|开启|进行|接受|面向[^，,]{0,6}|对外|在[^，,]{0,6}){0,3}"
        "(?:公示|征求|征集|公开征|试点|灰度|内测|测试|试用|试算|小范围|报名|招商|提报|招募|预售|预热)"
    ),
    "published": "版|(?:公布|发布|印发|公开|通报|披露|出具|通过|出台|颁布|签署|修订|更新|推出|上线)[并后]?的",
    "background": rf"{_FULLY}?(?:已经?|便已)?(?:生效|施行|实施|执行|实行)的",
    "watched": (
        "以来|[来，,]?(?:部分|有|多[地名家位]|不少|许多|个别)[^，,]{0,6}(?:反映|反馈|发现|出现|表示|投诉|遭遇|收到|接到|称)|"
        r"(?:就|便|已经?)?(?:陆续|持续|不断|开始)?(?:有)?(?:监测到?|发现|接到|收到|遭遇|受[^，,]{0,8}影响|出现)|[^，,]{0,8}(?:暴雨|强降|降雪|地震|台风登陆)"
    ),
    "change": (
        rf"{_FULLY}(?:{_VERB})|(?:已|已经)?(?:生效|施行|实施|执行|实行|上线|下线|启用|停用|停止|关闭|取消|废止|上调|下调)"
    ),
    "figures": (
        "(?:期间)?的(?!订单|商品)|全天|当日|累计|共|统计|数据|成交|销售|同比|环比|GMV|[^，,]{0,10}(?:处理|处罚|违规|查处|封禁|处置|累计|同比|监测|成交)(?:结果|情况|名单|数据|了|商家|\\d)"
    ),
    "within": "期间",
    "said": rf"{_SAY}|讯|电(?!子|商|器|话|池)|[^，,。；;]{{0,24}}?{_SAY}",
    "update": "(?:更新|升级|变更|调整|修订)",
    "verb": rf"(?:[（(][^（）()]{{0,12}}[）)])?{_VERB}",
    "soon": "[^，,。；;！!]{0,20}?(?:将|正式|开始|全面|不再|开启|上线|下线|生效|实施|执行|暂停|停止|恢复)",
}


def _any_of(*names: str) -> re.Pattern[str]:
    return re.compile("|".join(f"(?P<{name}>{_AFTER[name]})" for name in names))


#: What the words right after a day and its hour say it is: the name of the group that matches.
AFTER = _any_of(*_AFTER)
#: The same behind 起 and the like, where little can still speak against a beginning.
AFTER_BEGIN = _any_of("trial", "published", "background", "watched", "change")

#: Words of a call for comments, and of a rule shown before it is in force.
ASKS = re.compile("意见|异议|公示(?!牌|栏)|建议|征询|征求")
#: Words of something to be done in time, by which the day is no end of the change.
TASK = re.compile("报名|自查|整改|提交|申报|完成|提报|签署|补交|上传|备份|反馈|申诉|处理|前")
#: Words of a change that ends.
ENDS = re.compile("[至到]|止|结束|有效|到期|届满")
