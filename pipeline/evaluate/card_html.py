"""The model card as one self-contained page: no script, no network, and nothing but text ever comes out of a notice."""

import base64
import hashlib
from collections.abc import Mapping, Sequence
from html import escape
from importlib.resources import files
from string import Template
from typing import Any

from pipeline.evaluate import plots
from pipeline.evaluate.facts import Facts, HeadFacts, Weakness

_PAGE = Template("""<!doctype html>
<html lang="zh-CN">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="color-scheme" content="light dark">
<meta http-equiv="Content-Security-Policy" content="default-src 'none'; style-src $policy; base-uri 'none'">
<title>模型卡 $version</title>
<style>$style</style>
</head>
<body>
$body
</body>
</html>
""")

#: How strong the tint of a confusion cell is, by its share of the row: ten steps, so that no inline style is needed.
_STEPS = 10

#: How many sources are named.
_MOST_SOURCES = 40


def html(facts: Facts) -> str:
    """Write the card as a page of HTML."""
    style = (files("pipeline.evaluate") / "card.css").read_text(encoding="utf-8")
    digest = base64.b64encode(hashlib.sha256(style.encode()).digest()).decode()
    body = "\n".join(
        [
            _masthead(facts),
            "<main>",
            _data(facts),
            *(_head(head) for head in facts.heads),
            _trust(facts),
            *(_weak(head) for head in facts.heads if head.weaknesses),
            _made(facts),
            "</main>",
        ]
    )
    return _PAGE.substitute(version=escape(facts.release.version), policy=f"'sha256-{digest}'", style=style, body=body)


def _masthead(facts: Facts) -> str:
    review = facts.release.measures["review"]
    figures = [
        *(
            (f"{head.report['accuracy']:.1%}", f"{head.head.title}答对", f"宏 F1 {head.report['macro_f1']:.3f}")
            for head in facts.heads
        ),
        (
            f"{review['coverage']:.0%}",
            "免复核",
            f"把握不低于 {review['threshold']:.2f}" if review["coverage"] else "无",
        ),
        (f"{review['right']:.1%}" if review["coverage"] else "—", "免复核的全对", "各项标签都正确"),
    ]
    cells = "".join(
        f"<div><dt>{escape(name)}</dt><dd>{escape(value)}</dd><dd class=small>{escape(more)}</dd></div>"
        for value, name, more in figures
    )
    return (
        f'<header><p class="kind">模型卡</p><h1>{escape(facts.release.version)}</h1>'
        f'<p class="lead">从 {facts.release.data["notices"]:,} 条标注公告中学得。以下指标都来自交叉验证:'
        f"每条公告由没有见过它的模型判断。</p><dl>{cells}</dl></header>"
    )


def _data(facts: Facts) -> str:
    data = facts.release.data
    told = (
        f"去掉完全重复 {data['repeats_dropped']:,} 条，近似重复 {data['near_repeats']:,} 条（同在一折），"
        f"未能读取 {data['rejected']:,} 行。"
    )
    if facts.sources:
        told += f"共 {len(facts.sources)} 个来源"
        told += f"，以下是最大的 {_MOST_SOURCES} 个。" if len(facts.sources) > _MOST_SOURCES else "。"
    sources = "".join(f"<li>{escape(name)} <b>{count:,}</b></li>" for name, count in _largest(facts.sources))
    return f'<section><h2>数据</h2><p class="told">{told}</p><ul class="sources">{sources}</ul></section>'


def _largest(sources: Mapping[str, int]) -> list[tuple[str, int]]:
    """The sources by name where they are few, else the largest."""
    if len(sources) <= _MOST_SOURCES:
        return list(sources.items())
    return sorted(sources.items(), key=lambda entry: (-entry[1], entry[0]))[:_MOST_SOURCES]


def _head(facts: HeadFacts) -> str:
    title = escape(facts.head.title)
    report = facts.report
    told = (
        f"准确率 {report['accuracy']:.1%}，宏 F1 {report['macro_f1']:.3f}，校准误差 {report['calibration_error']:.3f}。"
    )
    plot = (
        f"<figure><figcaption>{title}的把握可信吗</figcaption>"
        f"{plots.calibration(facts.bins, facts.head.title)}</figure>"
        if facts.bins
        else ""
    )
    return (
        f'<section><h2>{title}</h2><p class="told">{told}</p><div class="pair">'
        f'<div class="wide">{_measures(facts)}</div>{plot}</div>{_confusion(facts)}</section>'
    )


def _measures(facts: HeadFacts) -> str:
    rows = []
    for label in facts.labels:
        entry = facts.report["labels"][label]
        rows.append(
            f'<tr><th scope="row">{escape(label)}</th><td class="bar"><meter min="0" max="1" value="{entry["f1"]:.3f}">'
            f"</meter><span>{entry['f1']:.3f}</span></td><td>{entry['precision']:.3f}</td>"
            f"<td>{entry['recall']:.3f}</td><td>{entry['support']:,}</td></tr>"
        )
    return _table(("标签", "F1", "精确率", "召回率", "条数"), rows, "measures")


def _confusion(facts: HeadFacts) -> str:
    rows = []
    for true in facts.labels:
        found = facts.report["confusion"].get(true, {})
        support = max(sum(found.values()), 1)
        cells = "".join(_cell(true, given, found.get(given, 0), support) for given in facts.labels)
        rows.append(f'<tr><th scope="row">{escape(true)}</th>{cells}</tr>')
    heads = "".join(f'<th scope="col"><span>{escape(label)}</span></th>' for label in facts.labels)
    return (
        '<figure class="confusion"><figcaption>混淆矩阵 '
        "<small>行是标注，列是模型；颜色深浅是占该行的比例</small></figcaption>"
        f"<table><thead><tr><td></td>{heads}</tr></thead><tbody>{''.join(rows)}</tbody></table></figure>"
    )


def _cell(true: str, given: str, count: int, support: int) -> str:
    if not count:
        return "<td></td>"
    kind = "right" if true == given else "wrong"
    # Errors are few, so their tint rises faster: a tenth of the row is half the strength.
    share = count / support if kind == "right" else (count / support) ** 0.5
    step = max(1, min(_STEPS, round(share * _STEPS)))
    title = f"标注 {true}，模型 {given}：{count} 条，占 {count / support:.0%}"
    return f'<td class="{kind} s{step}" title="{escape(title, quote=True)}">{count}</td>'


def _trust(facts: Facts) -> str:
    review = facts.release.measures["review"]
    goal = facts.release.parameters["review.precision"]
    told = (
        f"把握不低于 {review['threshold']:.3f} 的公告免复核：占 {review['coverage']:.1%}，"
        f"其中 {review['right']:.1%} 全部标签正确（目标 {goal:.0%}）。"
        if review["coverage"]
        else f"没有一档把握能让 {goal:.0%} 的公告全部标签正确，所以每条都要复核。"
    )
    if not facts.curve:
        told += "这里没有训练时的产物，因此不画校准、风险与覆盖的图，也不列例子。"
        return f'<section><h2>何时可以不看</h2><p class="told">{told}</p></section>'
    plot = plots.risk(facts.curve, review["coverage"], 1 - review["right"])
    return (
        f'<section><h2>何时可以不看</h2><div class="pair"><div><p class="told">{told}</p>'
        "<p>曲线从左到右逐步放宽：越靠右，免复核的公告越多，其中出错的也越多。只要有一项标签错了，就算错。</p></div>"
        f"<figure>{plot}</figure></div></section>"
    )


def _weak(facts: HeadFacts) -> str:
    items = "".join(_weakness(weak) for weak in facts.weaknesses)
    return f'<section><h2>已知弱点：{escape(facts.head.title)}</h2><ul class="weak">{items}</ul></section>'


def _weakness(weak: Weakness) -> str:
    examples = "".join(
        f"<blockquote><p><b>{escape(one.title)}</b></p><p>{escape(one.text)}</p>"
        f"<footer>错判时的把握 {one.confidence:.0%}</footer></blockquote>"
        for one in weak.examples
    )
    return (
        f'<li><h3><span class="true">{escape(weak.true)}</span> 被当作 <span class="given">{escape(weak.given)}</span>'
        f"</h3><p class=small>{weak.count} 条，占“{escape(weak.true)}”的 {weak.share:.1%}</p>{examples}</li>"
    )


def _made(facts: Facts) -> str:
    stages = [(record.stage, record.key) for record in facts.release.stages]
    return (
        '<section><h2>参数与制作</h2><div class="made">'
        f"{_pairs('参数', facts.release.parameters)}{_pairs('库', facts.libraries)}{_pairs('阶段产物', stages)}</div>"
        "<p class=small>同样的数据、参数与库版本，得到同样的版本号。</p></section>"
    )


def _pairs(name: str, entries: Mapping[str, Any] | Sequence[tuple[str, str]]) -> str:
    pairs = entries.items() if isinstance(entries, Mapping) else entries
    rows = [f'<tr><th scope="row">{escape(key)}</th><td>{escape(str(value))}</td></tr>' for key, value in pairs]
    return f"<table><caption>{name}</caption><tbody>{''.join(rows)}</tbody></table>"


def _table(columns: Sequence[str], rows: Sequence[str], kind: str) -> str:
    heads = "".join(f'<th scope="col">{name}</th>' for name in columns)
    return f'<table class="{kind}"><thead><tr>{heads}</tr></thead><tbody>{"".join(rows)}</tbody></table>'
