"""Rules, platforms, audience, amounts, status, and the row they make."""

import json
from datetime import date
from pathlib import Path

import pytest

from pipeline.errors import InputError
from pipeline.extract import extract
from pipeline.extract.platforms import KINDS, Platform, PlatformNames, known_platforms
from pipeline.notice import FACT_COLUMNS

ISSUED = "2023-06-15 10:00:00"


def values(column: str, title: str, text: str = ""):
    return extract(title, text, ISSUED).row()[column]


@pytest.mark.parametrize(
    ("title", "text", "names"),
    [
        ("《备货细则》更新", "", ["备货细则"]),
        ("", "《关于修订〈备货细则〉的公告》已发", ["关于修订〈备货细则〉的公告"]),
        ("", "《关于修订《备货细则》的公告》已发", ["关于修订《备货细则》的公告"]),
        ("", "《备货细则【2023版】》", ["备货细则【2023版】"]),
        ("《乙办法》", "《甲办法》与《乙办法》", ["乙办法", "甲办法"]),
        ("", "《备货细则", []),
        ("", "备货细则》", []),
        ("", "《《备货细则》", ["备货细则"]),
        ("《备货", "细则》", []),
        ("", "《 备货细则 》", ["备货细则"]),
        ("", "《》", []),
        ("", "电影《山那边》衍生品", []),
        ("", "《城市晚报》刊文谈《备货细则》", ["备货细则"]),
        ("", "游戏《用户协议》更新", ["用户协议"]),
    ],
)
def test_rule_names_stand_in_outermost_marks(title: str, text: str, names: list[str]):
    assert values("rule_names", title, text) == names


@pytest.mark.parametrize(
    ("title", "text", "name"),
    [
        ("抖店上新工具", "", "抖音电商"),
        ("", "小红薯们请留意", "小红书"),
        ("DHgate换新标", "", "敦煌网"),
        ("dhgate换新标", "", "敦煌网"),
        ("Temu半托管", "", "Temu"),
        ("temux半托管", "", None),
        ("xtemu半托管", "", None),
        ("天猫国际放宽资质", "", "天猫国际"),
        ("天猫精灵出了新音箱", "", None),
        ("", "商家取得物流凭证后尽快手动上传", None),
        ("", "I wish you well", None),
        ("Wish调佣金", "", "Wish"),
        ("微信小店开放类目", "", "微信小店"),
        ("市场监管总局约谈拼多多", "", "拼多多"),
        ("市场监管总局发布提示", "淘宝、京东到场", "国家市场监督管理总局"),
        ("新规来了", "京东与淘宝先后跟进", "京东"),
        ("售价1688元", "", None),
    ],
)
def test_platform_is_the_actor_by_its_canonical_name(title: str, text: str, name: str | None):
    assert values("platform", title, text) == name


def test_shipped_platforms_are_many_of_every_kind_and_each_finds_itself():
    names = known_platforms()
    assert len(names.platforms) >= 90
    assert {platform.kind for platform in names.platforms} == set(KINDS)
    for platform in names.platforms:
        for name in (platform.name, *platform.aliases):
            assert values("platform", f"({name})") == platform.name


def test_one_name_for_two_platforms_is_refused():
    with pytest.raises(InputError, match="twice"):
        PlatformNames((Platform("甲", "platform", ("丙",)), Platform("乙", "platform", ("丙",))))


@pytest.mark.parametrize(
    "content", ["platforms = 3", "[[platforms]]\nname='甲'", "[[platforms]]\nname='甲'\nkind='x'", "["]
)
def test_a_file_of_platforms_that_does_not_fit_is_named(tmp_path: Path, content: str):
    path = tmp_path / "platforms.toml"
    path.write_text(content, encoding="utf-8")
    with pytest.raises(InputError, match=r"platforms\.toml"):
        PlatformNames.load(path)


@pytest.mark.parametrize(
    ("text", "amounts"),
    [
        ("佣金由5%上调至8%", ["5%→8%"]),
        ("运费从19上调至29雷亚尔", ["19雷亚尔→29雷亚尔"]),
        ("保证金从1000元调整为2000元", ["1000元→2000元"]),
        ("费率5%→8%", ["5%→8%"]),
        ("费率调整为8%(原5%)", ["5%→8%"]),
        ("发货时限由72小时缩短为48小时", ["72小时→48小时"]),
        ("由原来的七天延长至十五天", ["七天→十五天"]),
        ("48小时内未发货,每单赔付5元", ["48小时", "5元"]),
        ("满300元减50元", ["300元", "50元"]),
        ("技术服务费率为0.6%-5%", ["0.6%-5%"]),
        ("成交额同比增长15%,达3亿元", []),
        ("2023年7月1日生效", []),
    ],
)
def test_amounts_are_the_terms_of_the_change(text: str, amounts: list[str]):
    assert values("amounts", "", text) == amounts


def test_audience_comes_in_a_fixed_order():
    assert values("audience", "买家与MCN须知", "主播和卖家一同遵守") == ["商家", "达人", "服务商", "消费者"]
    assert values("audience", "检测机构名单") == []


@pytest.mark.parametrize(
    ("text", "as_of", "status"),
    [
        ("现就新版扣分表公开征求意见,拟于7月1日生效", None, "征求意见"),
        ("公示期至6月22日", None, "公示"),
        ("公示期至6月22日,7月1日生效", None, "公示"),
        ("公示期至6月22日,7月1日生效", date(2023, 6, 25), "将生效"),
        ("公示期至6月22日,7月1日生效", date(2023, 7, 1), "已生效"),
        ("7月1日生效", None, "将生效"),
        ("7月1日生效", date(2023, 7, 2), "已生效"),
        ("即日起执行", None, "已生效"),
        ("商家应公示营业执照", None, "未说明"),
        ("请知悉", None, "未说明"),
    ],
)
def test_status_is_told_by_stage_and_day(text: str, as_of: date | None, status: str):
    assert extract("", text, ISSUED, as_of=as_of).row()["status"] == status


def test_the_row_has_every_column_and_places_that_lead_back():
    title, text = "淘宝更新《备货细则》", "自7月1日起,商家佣金由5%上调至8%"
    row = extract(title, text, ISSUED).row()
    assert tuple(row) == FACT_COLUMNS
    places = json.loads(str(row["fact_places"]))
    fields = {"title": title, "text": text}
    found = {name: [fields[field][start:end] for field, start, end in spans] for name, spans in places.items()}
    assert found == {
        "effective_date": ["7月1日"],
        "status": ["7月1日"],
        "rule_names": ["备货细则"],
        "platform": ["淘宝"],
        "audience": ["商家"],
        "amounts": ["5%上调至8%"],
    }
