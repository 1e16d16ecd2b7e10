import numpy as np
import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from pipeline.segment import encode
from pipeline.vectorize.chars import CharTable, fold_text
from pipeline.vectorize.estimator import ngrams

LETTERS = st.sampled_from("甲乙丙丁戊 a1.,𠮷🎉\U0010ffff\u0301")
NGRAMS = st.lists(st.text(LETTERS, min_size=1, max_size=3), unique=True, max_size=40)
TEXTS = st.lists(st.text(LETTERS | st.sampled_from("ＡＺ９　己"), max_size=12), max_size=5)


def found(table, texts):
    """Start, length and feature of each known n-gram in an encoded batch."""
    codes, _ = encode(texts)
    return sorted(
        (int(start), length, int(feature))
        for length, (starts, features) in enumerate(table.find(codes), 1)
        for start, feature in zip(range(len(features)) if starts is None else starts, features, strict=True)
        if feature >= 0
    )


def expected(vocabulary, texts):
    number = {ngram: feature for feature, ngram in enumerate(vocabulary)}
    return sorted(
        (offset + at, length, number[folded[at : at + length]])
        for offset, folded in offsets(texts)
        for length in (1, 2, 3)
        for at in range(len(folded) - length + 1)
        if folded[at : at + length] in number
    )


def offsets(texts):
    reached = 0
    for text in texts:
        yield reached, fold_text(text)
        reached += len(text) + 1


@settings(max_examples=300, deadline=None)
@given(NGRAMS, TEXTS)
@example(["甲乙丙"], ["甲乙丙"])
@example([], [])
def test_a_table_finds_exactly_its_ngrams_and_none_across_two_texts(vocabulary, texts):
    assert found(CharTable.build(vocabulary), texts) == expected(vocabulary, texts)


@settings(max_examples=100, deadline=None)
@given(NGRAMS, TEXTS)
def test_a_stored_table_finds_the_same(vocabulary, texts):
    table = CharTable.build(vocabulary)
    assert found(CharTable.from_arrays(table.arrays()), texts) == found(table, texts)


@given(st.lists(st.text(), max_size=5))
def test_a_batch_is_encoded_as_its_code_points_with_an_end_after_each_text(texts):
    codes, ends = encode(texts)
    if texts:
        assert "".join(map(chr, codes)) == "\x00".join(texts) + "\x00"
        assert [int(end) for end in ends] == [sum(map(len, texts[: n + 1])) + n for n in range(len(texts))]


@given(st.text())
def test_folding_keeps_the_number_of_characters_and_is_done_once(text):
    folded = fold_text(text)
    assert len(folded) == len(text)
    assert fold_text(folded) == folded


@pytest.mark.parametrize(
    ("text", "folded"),
    [("ＡｂＣ", "abc"), ("第3条", "第0条"), ("７２ 小时", "00 小时"), ("甲\t乙\u3000丙", "甲 乙 丙"), ("𠮷ß", "𠮷ß")],
)
def test_width_case_digits_and_blanks_do_not_count(text, folded):
    assert fold_text(text) == folded


@given(st.text(max_size=20), st.integers(1, 3))
def test_ngrams_are_all_substrings_up_to_a_length(text, longest):
    assert len(ngrams(text, longest)) == sum(max(len(text) - n + 1, 0) for n in range(1, longest + 1))


def test_a_large_random_vocabulary_is_found_whole():
    random = np.random.default_rng(0)
    vocabulary = sorted(
        {"".join(map(chr, random.integers(0x4E00, 0x5200, random.integers(1, 4)))) for _ in range(20_000)}
    )
    table = CharTable.build(vocabulary)
    for start in range(0, len(vocabulary), 997):
        part = vocabulary[start : start + 50]
        assert found(table, part) == expected(vocabulary, part)
