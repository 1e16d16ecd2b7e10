import json
import pickle
import subprocess
import sys
from collections import Counter

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st
from joblib import Parallel, delayed

from pipeline.errors import InputError, ParameterError
from pipeline.segment import END, ENGINES, Segmenter, fold, read_lexicon
from tests.shared import shared
from tests.small import corpus

#: Words of the kinds that a Chinese run cannot hold, and of the kinds that might break a pattern.
MIXED = {"7天无理由": 3000, "TikTok Shop": 3000, "sku管理": 3000, "C++店": 10, "揽收超时": 3000, "618大促": 100}

CHARACTERS = st.sampled_from(
    "揽收超时发货仅退款天无理由的是在店促龘鿕〇中文AaZzſKμΣς09７１٣.,:%&'+-·,。 \t　（）ー。ｶﾅкσ🎉𠮷\x00\u200b"
)
FRAGMENTS = st.sampled_from(
    [
        "7天无理由",
        "TikTok Shop",
        "sku管理",
        "10.7天无理由",
        "Mr.Big",
        "R&D",
        "5%",
        "16:28",
        "C++店",
        "ſku管理",
        "618大促",
    ]
)
MIXED_TEXT = st.lists(CHARACTERS | FRAGMENTS | st.characters(codec="utf-8"), max_size=30).map("".join)


@pytest.fixture(scope="module")
def both():
    return [Segmenter(engine=engine) for engine in ENGINES]


@pytest.fixture(scope="module")
def mixed():
    return [Segmenter(MIXED, engine) for engine in ENGINES]


def first_difference(both, texts):
    return next((text for text in texts if both[0].words(text) != both[1].words(text)), None)


def test_both_engines_cut_every_notice_of_the_corpus_alike(both):
    assert first_difference(both, (notice[field] for notice in corpus() for field in ("title", "text"))) is None


def test_both_engines_cut_ten_thousand_headlines_alike(both):
    lines = shared("thucnews", "test.txt").read_text(encoding="utf-8").splitlines()
    assert len(lines) == 10_000
    assert first_difference(both, lines) is None


@settings(max_examples=300, deadline=None)
@given(MIXED_TEXT)
@example("仅仅仅时")
@example("丈丈丈丈丈")
def test_both_engines_cut_any_text_alike(mixed, text):
    assert mixed[0].words(text) == mixed[1].words(text)


def is_word(piece):
    return piece != END and not piece.isspace() and piece != ""


@settings(max_examples=300, deadline=None)
@given(st.lists(MIXED_TEXT, min_size=1, max_size=4))
@example(["10.7天无理由", "１7天无理由", "a-TikTok Shop", "éſku管理"])
def test_the_stream_of_a_batch_holds_the_words_of_each_text(mixed, texts):
    for segmenter in mixed:
        stream = segmenter.stream(texts)
        assert stream.count(END) == 2 * len(texts)
        found = [Counter() for _ in texts]
        at = 0
        for piece in stream:
            if piece == END:
                at += 1
            elif is_word(piece):
                found[at % len(texts)][piece] += 1
        assert found == [Counter(filter(is_word, segmenter.words(text))) for text in texts]


@settings(max_examples=200, deadline=None)
@given(MIXED_TEXT)
def test_spans_are_the_words_with_their_places(mixed, text):
    for segmenter in mixed:
        spans = list(segmenter.spans(text))
        assert [word for word, _, _ in spans] == segmenter.words(text)
        assert all(fold(text[start:end]) == word for word, start, end in spans)
        assert all(end <= start for (_, _, end), (_, start, _) in zip(spans, spans[1:], strict=False))
        uncovered = "".join(
            text[end:start]
            for (_, _, end), (_, start, _) in zip([("", 0, 0), *spans], [*spans, ("", len(text), 0)], strict=True)
        )
        assert not any(character.isalnum() and ord(character) < 0x3000 for character in uncovered)


def test_words_that_mix_scripts_are_found_whole_but_never_inside_a_number():
    words = Segmenter(MIXED).words("TikTok shop支持7天无理由,满10.7天无理由,3天内SKU管理")
    assert words.count("0天无理由") == 1
    assert words[0] == "tiktok shop"
    assert "sku管理" in words


def test_digits_width_and_case_do_not_make_other_words():
    cut = Segmenter({}).words
    assert cut("ＡＢＣ满２００减20") == cut("abc满100减50")


def test_a_word_of_the_lexicon_is_kept_whole():
    assert "揽收超时" in Segmenter({"揽收超时": 3000}).words("本店揽收超时三次")
    assert "揽收超时" not in Segmenter({}).words("本店揽收超时三次")


def test_two_lexicons_live_side_by_side_in_one_process():
    for engine in ENGINES:
        first, second = Segmenter({"量子草莓派": 5000}, engine), Segmenter({"草莓派对": 5000}, engine)
        assert [first.words("量子草莓派对"), second.words("量子草莓派对")] == [
            ["量子草莓派", "对"],
            ["量子", "草莓派对"],
        ]
        assert first.words("量子草莓派对") == ["量子草莓派", "对"]


def test_jieba_s_global_tokenizer_is_never_touched():
    code = (
        "import json, jieba; from pipeline.segment import Segmenter; before = dict(jieba.dt.FREQ);"
        "Segmenter({'量子草莓派': 9}, 'jieba').words('量子草莓派'); Segmenter(engine='rjieba').words('快递');"
        "print(json.dumps([jieba.dt.initialized, jieba.dt.FREQ == before, jieba.user_word_tag_tab]))"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, check=True)
    assert json.loads(done.stdout) == [False, True, {}]


def test_the_lexicon_reaches_worker_processes():
    for engine in ENGINES:
        segmenter = Segmenter({"量子草莓派": 5000}, engine)
        assert pickle.loads(pickle.dumps(segmenter)).words("一块量子草莓派") == segmenter.words("一块量子草莓派")
        [found] = Parallel(n_jobs=2)(delayed(segmenter.words)(text) for text in ["一块量子草莓派"])
        assert "量子草莓派" in found


def test_the_fingerprint_follows_the_lexicon_and_not_the_engine():
    one, same, other = (Segmenter({"甲乙": n}, engine) for n, engine in ((1, "jieba"), (1, "rjieba"), (2, "jieba")))
    assert one.fingerprint() == same.fingerprint() != other.fingerprint()


def test_the_shipped_lexicon_has_three_hundred_terms_of_the_trade():
    lexicon = read_lexicon()
    assert len(lexicon) >= 300
    assert {"揽收超时", "品退率", "仅退款", "运费险", "无货源", "磁力金牛"} <= set(lexicon)


def test_a_lexicon_is_read_in_jieba_s_format(tmp_path):
    path = tmp_path / "words.txt"
    path.write_text("\ufeff# 注释\n揽收超时 50 n\n\n运费险\nTikTok Shop 9\n", encoding="utf-8")
    assert read_lexicon(path) == {"揽收超时": 50, "运费险": 3000, "TikTok Shop": 9}


@pytest.mark.parametrize(
    ("content", "where"), [(b"\xff\xfe\xff", "words.txt"), ("好 1\n！！ 2".encode(), "words.txt:2")]
)
def test_a_bad_lexicon_is_an_error_that_says_where(tmp_path, content, where):
    path = tmp_path / "words.txt"
    path.write_bytes(content)
    with pytest.raises(InputError, match=where):
        read_lexicon(path)
    with pytest.raises(InputError):
        read_lexicon(tmp_path / "nowhere.txt")


def test_an_unknown_engine_is_an_error():
    with pytest.raises(ParameterError, match="rjieba, jieba"):
        Segmenter({}, "hanlp")
