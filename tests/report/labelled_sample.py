"""Invented labelled notices, varied and always the same; for tests and for looking at the page."""

import json
import random
from datetime import date, datetime, timedelta

from pipeline.notice import notice_id

TODAY = date(2024, 3, 14)

PLATFORMS = ["淘宝", "天猫", "京东", "拼多多", "抖音电商", "快手电商", "小红书", "视频号", "唯品会"]
PLATFORMS += ["得物", "闲鱼", "苏宁易购", "TikTok Shop", "Temu", "亚马逊", "Shopee", "Lazada", "速卖通"]

# What notices end with: more to read, nothing to label.
ENDINGS = [
    "商家可在后台“规则中心”查看全文及常见问题，如有疑问请联系店铺小二或拨打商家服务热线。",
    "为帮助商家平稳过渡，平台将在生效前后各安排一场线上讲解，回放可在商家学习中心观看，届时也会收集大家的建议。",
    "感谢各位商家一直以来的理解与支持，让我们共同维护公平、诚信、安心的交易环境，为消费者带来更好的购物体验。",
    "",
]

# action, topic, headline, text, words that speak for the action, words that speak for the topic
TEMPLATES = [
    (
        "修订",
        "物流发货",
        "{p}修订《{p}商家发货管理规则》",
        "为提升消费者的收货体验，{p}对《{p}商家发货管理规则》进行修订：现货订单的揽收时限由48小时调整为{h}小时，预售订单不受影响。本次修订将于{e}生效，请商家提前安排仓内人手。",
        "修订 调整",
        "发货 揽收 预售",
    ),
    (
        "修订",
        "资费结算",
        "{p}下调服饰类目技术服务费率",
        "{p}发布公告，女装、男装与童装三个类目的技术服务费率由5%下调至{n}%，其余类目维持不变。新费率自{e}起执行，已签约商家无须另行操作，系统将在当日零点后自动按新标准计费。",
        "下调 新费率",
        "服务费率 计费",
    ),
    (
        "修订",
        "违规处置",
        "《{p}店铺违规积分实施细则》变更公示",
        "{p}拟对《{p}店铺违规积分实施细则》作出变更：轻微违规每次扣分由2分改为1分，一年内未再犯的可申请清零。现面向商家公开征求意见，意见反馈截至{c}，逾期未反馈视为无异议。",
        "变更 拟 改为",
        "违规 扣分 积分",
    ),
    (
        "新增",
        "售后服务",
        "{p}上线“坏单包赔”服务",
        "为减少生鲜商品的售后纠纷，{p}新上线“坏单包赔”服务，消费者签收后24小时内可凭照片申请赔付，由商家先行承担，平台按月返还运费补贴。该服务{e}起面向水果与水产类目开放。",
        "上线 开放",
        "售后 赔付 签收",
    ),
    (
        "新增",
        "直播内容",
        "{p}发布《直播间人工智能生成内容标识规范》",
        "{p}制定并发布《直播间人工智能生成内容标识规范》，要求使用数字人开播的达人在画面显著位置标明“人工智能生成”，字号不得小于画面高度的三十分之一。规范自{e}起施行。",
        "制定 发布",
        "直播 数字人 达人",
    ),
    (
        "新增",
        "入驻准入",
        "{p}首次要求保健食品商家提交备案凭证",
        "即将入驻{p}的保健食品商家，须在后台补充提交备案凭证与近一年的抽检报告。平台将在3个工作日内完成审核；{e}之后仍未提交的店铺，相关商品将无法上新。",
        "首次要求",
        "入驻 资质 备案",
    ),
    (
        "下线",
        "店铺工具",
        "{p}旧版客服工作台停止服务",
        "陪伴商家多年的旧版客服工作台将于{e}停止服务，历史会话可在新版工作台中查询。快捷短语与自动回复不会自动迁移，请商家和服务商在此之前自行导出备份。",
        "停止 旧版",
        "客服 工作台",
    ),
    (
        "下线",
        "营销活动",
        "{p}取消“满件折上折”营销工具",
        "因使用商家较少，{p}决定于{e}取消“满件折上折”营销工具，已创建的活动可执行至结束日，到期后不再支持续建。建议商家改用跨店满减或单品优惠券。",
        "取消 不再支持",
        "营销 满减 优惠券",
    ),
    (
        "专项治理",
        "商品质量",
        "{p}开展儿童羽绒服质量专项治理",
        "{p}联合质检机构，针对儿童羽绒服的充绒量虚标、绳带不合格等问题开展为期一个月的专项治理。商家须在{c}前完成自查并下架问题商品，抽检不合格的将按规则从严处理。",
        "专项治理 自查",
        "质量 抽检 不合格",
    ),
    (
        "专项治理",
        "知识产权",
        "{p}启动春季打击盗图行动",
        "{p}启动春季打击盗图行动，重点排查家居、饰品类目盗用他人主图与详情页的行为。权利人可通过知识产权平台批量提交线索，平台承诺24小时内响应。",
        "打击 排查",
        "盗图 知识产权",
    ),
    (
        "处罚通报",
        "违规处置",
        "{p}通报一批虚假交易店铺 关店{n}家",
        "{p}发布二月治理通报：共识别虚假交易订单{n}万笔，对情节严重的{n}家店铺作清退处理，扣除违约金并公示名单；对首次轻微违规的店铺予以警告。",
        "通报 清退 关店",
        "虚假交易 违规",
    ),
    (
        "处罚通报",
        "直播内容",
        "{p}封禁{n}名夸大宣传的主播",
        "经核查，{n}名主播在直播中虚构功效、伪造前后对比图，{p}已对相关账号作出封禁或限流处理，并要求所属机构在七日内提交整改报告。",
        "封禁 限流",
        "主播 直播",
    ),
    (
        "活动招商",
        "营销活动",
        "{p}春夏焕新季招商报名开启",
        "{p}春夏焕新季即日起接受商家报名，报名截至{c}。参与商品须满足近30天最低价的九折，平台将为前{n}00名报名的新商家提供流量补贴与满减出资。",
        "招商 报名 补贴",
        "焕新季 流量",
    ),
    (
        "活动招商",
        "入驻准入",
        "{p}为产业带新商家推出90天扶持计划",
        "{p}面向{n}个产业带的新入驻商家推出扶持计划：90天内免收保证金，并配备专属运营经理。计划于{e}启动，名额用完即止。",
        "扶持 计划",
        "入驻 保证金",
    ),
    (
        "提示公告",
        "物流发货",
        "{p}提醒：部分地区因降雪配送延迟",
        "受持续降雪影响，新疆、内蒙古部分地区的揽收与配送将延迟2至5天。{p}已对受影响订单免除发货超时考核，请商家主动告知消费者预计送达时间。",
        "提醒 受影响",
        "配送 揽收 超时",
    ),
    (
        "提示公告",
        "店铺工具",
        "{p}商家后台将于凌晨进行系统维护",
        "{p}商家后台将于{e}凌晨1时至5时进行系统维护，期间订单导出、数据看板与开放接口暂停使用，已提交的发货操作不受影响。",
        "维护 暂停",
        "后台 接口 数据",
    ),
    (
        "其他",
        "其他",
        "{p}公布第四季度业绩",
        "{p}公布第四季度未经审计的业绩，营业收入同比增长{n}%，活跃买家数较上季度略有增加。管理层表示将继续投入农产品上行与跨境业务。",
        "业绩 收入",
        "增长",
    ),
    (
        "修订",
        "商品发布",
        "{p}调整《食品类商品发布规范》的标题要求",
        "{p}对《食品类商品发布规范》作出调整，标题中须写明净含量与产地，不得使用“特供”“专供”等字样，新增18个属性必填项。存量商品请于{e}前完成修改。",
        "调整",
        "标题 发布规范 属性",
    ),
    (
        "新增",
        "资费结算",
        "{p}试行货款提前结算",
        "{p}面向信用良好的中小商家试行货款提前结算，符合条件的订单发货后即可到账，最高额度{n}0万元，按日计收万分之二的服务费。首批名单于{e}公布。",
        "试行",
        "货款 结算 服务费",
    ),
]


def rows(count: int = 60, *, seed: int = 7, with_why: bool = True) -> list[dict[str, object]]:
    """Rows of a labelled table as JSON lines has them; every ninth repeats an earlier notice."""
    chance = random.Random(seed)
    made: list[dict[str, object]] = []
    for number in range(count):
        if number % 9 == 8:
            made.append(_repeat(made[chance.randrange(len(made))], chance))
        else:
            made.append(_row(number, chance, with_why))
    return made


def distinct_rows(count: int, *, length: int = 150) -> list[dict[str, object]]:
    """Rows of which none repeats another, with texts of at least ``length`` characters."""
    chance = random.Random(11)
    made = [_row(number, chance, with_why=True) for number in range(count)]
    filler = "".join(ENDINGS) * 3
    for number, row in enumerate(made):
        text = f"{row['text']}第{number}号。"
        row["text"] = text + filler[: max(0, length - len(text))]
        row["id"] = notice_id(str(row["title"]), str(row["published_at"]), str(row["text"]))
        row["why"] = json.dumps({head: _scattered(length, chance) for head in ("action", "topic")})
    return made


def _row(number: int, chance: random.Random, with_why: bool) -> dict[str, object]:
    action, topic, title, text, *spoke = TEMPLATES[number % len(TEMPLATES)]
    # Most attention goes to a few platforms, and most news is recent.
    platform = PLATFORMS[min(int(chance.expovariate(0.28)), len(PLATFORMS) - 1)]
    moment = datetime.combine(TODAY, datetime.min.time()) - timedelta(days=chance.expovariate(1 / 75))
    published = moment.replace(hour=chance.randrange(8, 20), minute=chance.randrange(60)) - timedelta(days=1)
    effective = max(published.date(), TODAY - timedelta(days=4)) + timedelta(days=chance.randrange(1, 22))
    comment = TODAY + timedelta(days=chance.randrange(1, 18))
    values = {
        "p": platform,
        "n": chance.randrange(2, 5) if number < 300 else f"{chance.randrange(2, 9)}.{number}",
        "h": chance.choice((24, 36, 72)),
        "e": f"{effective.month}月{effective.day}日",
        "c": f"{comment.month}月{comment.day}日",
    }
    stated = "{e}" in text
    draft = "意见反馈" in text
    title, text = title.format(**values), text.format(**values)
    text += ENDINGS[chance.randrange(len(ENDINGS))]
    row = _record(title, published, text, chance.choice(("公告中心", "商家学习中心", "快讯")))
    sure = min(0.99, max(0.31, chance.gauss(0.84, 0.17)))
    row |= {
        "action": action,
        "action_confidence": round(sure, 4),
        "topic": topic,
        "topic_confidence": round(min(0.99, max(0.3, sure + chance.gauss(0, 0.06))), 4),
        "needs_review": sure < 0.65,
        "model_version": "2024.3",
    }
    status = ("将生效" if effective > TODAY else "已生效") if stated else "征求意见" if draft else "未说明"
    row |= {
        "effective_date": effective.isoformat() if stated else None,
        "effective_until": None,
        "comment_until": comment.isoformat() if draft else None,
        "status": status,
        "rule_names": _quoted(text),
        "platform": platform,
        "audience": [who for who in ("商家", "达人", "服务商", "消费者") if who in text],
        "amounts": _amounts(text),
    }
    facts = {
        "effective_date": [values["e"]] if stated else [],
        "comment_until": [values["c"]] if draft else [],
        "rule_names": row["rule_names"],
        "platform": [platform],
        "audience": row["audience"][:1],
    }
    row["fact_places"] = json.dumps(
        {name: _places(words, title, text) for name, words in facts.items()}, ensure_ascii=False
    )
    row["url"] = f"https://rules.example/{row['id']}" if chance.random() < 0.7 else None
    row["duplicate_of"] = None
    if with_why:
        why = {head: _why(words, title, text, chance) for head, words in zip(("action", "topic"), spoke, strict=True)}
        row["why"] = json.dumps(why, ensure_ascii=False)
    return row


def _record(title: str, published: datetime, text: str, source: str) -> dict[str, object]:
    at = published.strftime("%Y-%m-%d %H:%M:%S")
    return {"id": notice_id(title, at, text), "title": title, "published_at": at, "text": text, "source": source}


def _repeat(row: dict[str, object], chance: random.Random) -> dict[str, object]:
    published = datetime.fromisoformat(str(row["published_at"])) + timedelta(hours=chance.randrange(1, 20))
    if chance.random() < 0.5:
        return row | _record(str(row["title"]), published, str(row["text"]), "转载")
    again = _record(f"{row['title']}（转）", published, f"据悉，{row['text']}", "转载")
    # Another report: its own words move the places, which are left out here.
    return row | again | {"duplicate_of": row["duplicate_of"] or row["id"], "fact_places": None, "why": None}


def _quoted(text: str) -> list[str]:
    return [part.split("》")[0] for part in text.split("《")[1:]][:1]


def _amounts(text: str) -> list[str]:
    for joint in ("调整为", "下调至", "改为"):
        before, found, after = text.partition(joint)
        if found and "由" in before:
            return [f"{before.rsplit('由', 1)[1]}→{after.split('，')[0]}"]
    return []


def _places(words: list[str], title: str, text: str) -> list[list[object]]:
    found = []
    for word in words:
        found += [
            [name, at, at + len(word)]
            for name, body in (("title", title), ("text", text))
            if (at := body.find(word)) >= 0
        ]
    return found


def _scattered(length: int, chance: random.Random) -> list[list[object]]:
    """As much evidence as a model gives: dozens of short spans."""
    starts = [chance.randrange(length - 4) for _ in range(40)]
    return [["text", at, at + chance.randrange(1, 4), round(chance.gauss(0.1, 0.5), 4)] for at in starts]


def _why(words: str, title: str, text: str, chance: random.Random) -> list[list[object]]:
    found = [[*place, round(chance.uniform(0.2, 1.4), 3)] for place in _places(words.split(), title, text)]
    found += [[*place, round(chance.uniform(-0.5, -0.1), 3)] for place in _places(["平台", "请"], title, text)]
    return found
