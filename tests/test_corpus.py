"""The corpus is what data/README.md says it is: whole, varied, its own."""

import json
import re
from collections import Counter
from itertools import pairwise

import pytest
from shared import SHARED

from pipeline.notice import Taxonomy
from pipeline.resources import data_path
from pipeline.segment import Segmenter

FIELDS = {"title", "text", "published_at", "platform", "action", "topic", "register"}
REGISTERS = {"快讯", "公告", "短讯", "报道"}

#: The plain verbs of each action, as the labelling guideline lists them.
PLAIN = {
    "修订": "修订|调整|更新|升级|变更|优化|上调|下调|延长|缩短|放宽|收紧",
    "新增": "新增|制定|发布|出台|上线|推出|开放|开通|试行",
    "下线": "下线|关闭|停止|废止|取消|终止|停用|清退|禁售",
    "专项治理": "治理|整治|打击|严查|排查|自查|约谈|清朗|网剑",
    "处罚通报": "封禁|清退|关店|通报|处罚|罚款|下架",
    "活动招商": "招商|报名|激励|补贴|扶持|大促|征集",
    "提示公告": "提醒|提示|公告|说明|辟谣|受影响|解读",
}


@pytest.fixture(scope="module")
def notices():
    files = sorted(data_path("corpus").glob("*.jsonl"))
    return [json.loads(line) for file in files for line in file.read_text(encoding="utf-8").splitlines()]


def runs(notice, length):
    """All runs of so many characters, rule names, blanks and punctuation aside."""
    plain = re.sub(r"《[^》]*》|[\s\W]", "", f"{notice['title']}。{notice['text']}")
    return {plain[at : at + length] for at in range(len(plain) - length + 1)}


def test_every_notice_has_its_fields_and_labels_of_the_taxonomy(notices):
    taxonomy = Taxonomy.load(data_path("taxonomy.toml"))
    assert all(set(notice) == FIELDS for notice in notices)
    for head in taxonomy.heads:
        head.check([notice[head.id] for notice in notices])
    assert {notice["register"] for notice in notices} == REGISTERS
    assert all(re.fullmatch(r"20\d\d-\d\d-\d\d \d\d:\d\d:\d\d", notice["published_at"]) for notice in notices)


def test_lengths_are_those_of_real_items(notices):
    lengths = [len(notice["title"]) + len(notice["text"]) for notice in notices]
    assert min(lengths) >= 40
    assert max(lengths) <= 300


def test_there_is_enough_of_everything(notices):
    assert len(notices) >= 4000
    assert min(Counter(notice["action"] for notice in notices).values()) >= 250
    assert min(Counter(notice["topic"] for notice in notices).values()) >= 220
    pairs = Counter((notice["action"], notice["topic"]) for notice in notices)
    actions, topics = ({notice[head] for notice in notices} for head in ("action", "topic"))
    # What is not about rules at all (action 其他) has a topic of trade only now and then.
    assert {(a, t): pairs[a, t] for a in actions - {"其他"} for t in topics if pairs[a, t] < 20} == {}
    assert pairs["其他", "其他"] >= 250
    assert len({notice["platform"] for notice in notices}) >= 25


def test_registers_have_equal_parts(notices):
    shares = Counter(notice["register"] for notice in notices)
    assert all(0.20 <= count / len(notices) <= 0.30 for count in shares.values()), shares


def test_at_most_a_third_of_the_headlines_use_the_plain_verb(notices):
    judged = [notice for notice in notices if notice["action"] in PLAIN]
    plain = sum(bool(re.search(PLAIN[notice["action"]], notice["title"])) for notice in judged)
    assert plain <= len(judged) / 3


def test_no_two_notices_are_near_repeats_or_of_one_template(notices):
    owner = {}
    shared = set()
    for number, notice in enumerate(notices):
        for run in runs(notice, 16):
            if owner.setdefault(run, number) != number:
                shared.add((owner[run], number))
    assert len(shared) <= len(notices) * 0.002, [(notices[a]["title"], notices[b]["title"]) for a, b in shared]


def test_no_opening_is_worn_out(notices):
    openings = Counter(notice["text"][:4] for notice in notices)
    assert openings.most_common(1)[0][1] <= len(notices) * 0.015


def test_the_vocabulary_still_grows(notices):
    words, sizes, seen = Segmenter(), [], set()
    for notice in sorted(notices, key=lambda notice: (notice["published_at"], notice["title"])):
        seen.update(words.words(notice["text"]))
        sizes.append(len(seen))
    quarters = [sizes[len(sizes) * part // 4 - 1] for part in (1, 2, 3, 4)]
    gains = [after - before for before, after in pairwise([0, *quarters])]
    assert gains[3] >= 0.15 * gains[0]  # a template's vocabulary is exhausted after the first quarter


@pytest.mark.skipif(not SHARED.is_dir(), reason="the measuring sets are not here")
def test_nothing_of_the_measuring_sets_is_in_the_corpus(notices):
    lines = (SHARED / "notices" / "dev.jsonl").read_text(encoding="utf-8").splitlines()
    measured = set().union(*(runs(json.loads(line), 16) for line in lines))
    page = (SHARED / "notices" / "kuaishou_listing.txt").read_text(encoding="utf-8")
    measured |= runs({"title": "", "text": page}, 16)
    assert [notice["title"] for notice in notices if runs(notice, 16) & measured] == []
