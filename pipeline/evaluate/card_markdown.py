"""The model card in Markdown."""

from collections.abc import Iterator, Sequence

from pipeline.evaluate.facts import Facts, HeadFacts

#: Coverages of which the risk is told.
COVERAGES = (0.2, 0.4, 0.6, 0.8, 1.0)


def markdown(facts: Facts) -> str:
    """Write the card as Markdown."""
    return "\n".join(_parts(facts)).rstrip() + "\n"


def _parts(facts: Facts) -> Iterator[str]:
    release = facts.release
    review = release.measures["review"]
    yield f"# 模型卡 {release.version}\n"
    yield (
        f"从 {release.data['notices']} 条标注公告中学得。以下指标都来自交叉验证：每条公告由没有见过它的模型判断。"
        f"{review['coverage']:.1%} 的公告免复核，其中 {review['right']:.1%} 的标签全部正确。\n"
    )
    yield "## 数据\n"
    names = {
        "notices": "公告",
        "repeats_dropped": "去掉的完全重复",
        "near_repeats": "近似重复",
        "rejected": "未能读取的行",
    }
    yield table(["项目", "条数"], [[told, release.data[name]] for name, told in names.items()])
    if facts.sources:
        yield table(["来源", "条数"], list(facts.sources.items()))
    for head in facts.heads:
        yield from _head(head)
    if facts.curve:
        yield "## 风险与覆盖\n"
        yield table(
            ["免复核的比例", "其中至少一个标签错误"],
            [[f"{at:.0%}", f"{min(facts.curve, key=lambda p: abs(p[0] - at))[1]:.1%}"] for at in COVERAGES],
        )
    yield "## 参数与制作\n"
    yield table(["参数", "值"], list(release.parameters.items()))
    yield table(["阶段", "产物"], [[record.stage, record.key] for record in release.stages])
    yield table(["库", "版本"], list(facts.libraries.items()))


def _head(facts: HeadFacts) -> Iterator[str]:
    report, labels = facts.report, facts.labels
    yield f"## {cell(facts.head.title)}\n"
    yield (
        f"准确率 {report['accuracy']:.1%}，宏 F1 {report['macro_f1']:.3f}，"
        f"校准误差 {report['calibration_error']:.3f}。\n"
    )
    entries = report["labels"]
    yield table(
        ["标签", "精确率", "召回率", "F1", "条数"],
        [
            [name, *(f"{entries[name][key]:.3f}" for key in ("precision", "recall", "f1")), entries[name]["support"]]
            for name in labels
        ],
    )
    yield "### 混淆（行为标注，列为模型）\n"
    confusion = report["confusion"]
    yield table(["", *labels], [[true, *(confusion.get(true, {}).get(at, "") for at in labels)] for true in labels])
    if facts.bins:
        yield "### 校准\n"
        yield table(
            ["把握", "实际答对", "条数"],
            [[f"{one.confidence:.1%}", f"{one.right:.1%}", one.notices] for one in facts.bins],
        )
    if facts.weaknesses:
        yield "### 已知弱点\n"
        for weak in facts.weaknesses:
            yield f"- {cell(weak.true)} 被当作 {cell(weak.given)}：{weak.count} 条，占该标签的 {weak.share:.1%}"
            yield from (
                f"  - {cell(one.title)} —— {cell(one.text)}（把握 {one.confidence:.0%}）" for one in weak.examples
            )
        yield ""


def table(columns: Sequence[object], rows: Sequence[Sequence[object]]) -> str:
    """A table in Markdown, with an empty line after it."""
    lines: list[Sequence[object]] = [columns, ["---"] * len(columns), *rows]
    return "\n".join("| " + " | ".join(cell(value) for value in line) + " |" for line in lines) + "\n"


def cell(value: object) -> str:
    """A value that Markdown takes for nothing but text, on one line."""
    text = " ".join(str(value).split())
    return "".join(f"\\{sign}" if sign in "\\|*_[]<>#`" else sign for sign in text)
