import numpy as np
import pandas as pd
import pytest
from numpy.testing import assert_allclose, assert_array_equal
from sklearn.base import clone
from sklearn.feature_extraction.text import CountVectorizer, TfidfVectorizer
from sklearn.linear_model import LogisticRegression
from sklearn.pipeline import make_pipeline

from pipeline.errors import InputError
from pipeline.segment import ENGINES, Segmenter
from pipeline.vectorize.estimator import NoticeVectorizer, ngrams
from tests.small import corpus

SEGMENTER = Segmenter()
WEIGHTS = {"title": 1.5, "text": 0.5, "whole": 1.0}


@pytest.fixture(scope="module")
def frame():
    return pd.DataFrame(corpus(every=11))[["title", "text"]]


@pytest.fixture(scope="module")
def fitted(frame):
    settings = {f"{name}_weight": weight for name, weight in WEIGHTS.items()}
    return NoticeVectorizer(**settings, longest=3, min_df=2, segmenter=SEGMENTER).fit(frame)


def analyzer(field, kind):
    """What scikit-learn is told to count, in a row of (headline, text)."""
    cut = SEGMENTER.words if kind == "words" else ngrams
    places = {"title": [0], "text": [1], "whole": [0, 1]}[field]
    return lambda row: [entry for place in places for entry in cut(row[place])]


def blocks(vectorizer, matrix):
    edges = vectorizer.space_.offsets.tolist()
    for (field, kind, entries), start, end in zip(vectorizer.vocabularies_, edges[:-1], edges[1:], strict=True):
        order = np.argsort(np.array(entries, dtype=object))  # scikit-learn's
        yield field, kind, sorted(entries), matrix[:, start:end][:, order]


def counts(vectorizer, frame):
    from scipy.sparse import csr_array

    fields = {name: list(frame[name]) for name in ("title", "text")}
    streams = {name: SEGMENTER.stream(texts) for name, texts in fields.items()}
    rows = vectorizer.space_.count(fields, streams)
    return csr_array((rows.values, rows.indices, rows.indptr), shape=(len(frame), int(vectorizer.space_.offsets[-1])))


def test_counts_are_scikit_learn_s_to_the_last(fitted, frame):
    rows = list(frame.itertuples(index=False, name=None))
    for field, kind, entries, own in blocks(fitted, counts(fitted, frame)):
        theirs = CountVectorizer(analyzer=analyzer(field, kind), min_df=2)
        table = theirs.fit_transform(rows)
        assert_array_equal(theirs.get_feature_names_out(), entries)
        assert (own != table).nnz == 0, (field, kind)


def test_weights_are_scikit_learn_s(fitted, frame):
    rows = list(frame.itertuples(index=False, name=None))
    matrix = fitted.transform(frame)
    for field, kind, _, own in blocks(fitted, matrix):
        theirs = TfidfVectorizer(analyzer=analyzer(field, kind), min_df=2, sublinear_tf=True)
        assert_allclose(own.toarray(), WEIGHTS[field] * theirs.fit_transform(rows).toarray(), atol=1e-6, rtol=0)


def test_the_engine_of_the_segmenter_changes_no_bit(frame):
    one, other = (NoticeVectorizer(segmenter=Segmenter(engine=engine)).fit_transform(frame) for engine in ENGINES)
    assert (one != other).nnz == 0


def test_serving_gives_the_rows_that_were_learnt_from(fitted, frame):
    served = fitted.space_.rows({name: list(frame[name]) for name in ("title", "text")}, SEGMENTER)
    learnt = fitted.transform(frame)
    assert_array_equal(served.indptr, learnt.indptr)
    assert_array_equal(served.indices, learnt.indices)
    assert_allclose(served.values, learnt.data, rtol=1e-15)


def test_words_that_are_cut_already_are_not_cut_again(fitted, frame):
    cut = {f"{name}_words": [SEGMENTER.words(text) for text in frame[name]] for name in ("title", "text")}
    assert (fitted.transform(frame.assign(**cut)) != fitted.transform(frame)).nnz == 0


def test_a_row_does_not_depend_on_the_rows_beside_it(fitted, frame):
    whole = fitted.transform(frame)
    for row in (0, len(frame) // 2, len(frame) - 1):
        assert (whole[[row]] != fitted.transform(frame.iloc[[row]])).nnz == 0


def test_the_commonest_entries_of_a_block_come_first(fitted):
    for block in fitted.space_.blocks:
        assert (np.diff(block.idf) >= 0).all()


def test_a_long_text_among_short_ones_counts_as_it_does_alone(fitted, frame):
    long = pd.DataFrame({"title": ["修订"], "text": ["".join(frame["text"])]})
    mixed = fitted.transform(pd.concat([frame, long], ignore_index=True))
    assert (mixed[[len(frame)]] != fitted.transform(long)).nnz == 0
    assert (mixed[: len(frame)] != fitted.transform(frame)).nnz == 0


def test_each_block_of_a_row_has_the_length_of_its_weight(fitted, frame):
    for field, _, _, own in blocks(fitted, fitted.transform(frame)):
        lengths = np.sqrt(own.multiply(own).sum(axis=1))
        assert_allclose(lengths[lengths > 0], WEIGHTS[field])


def test_empty_missing_and_unknown_texts_make_empty_rows(fitted):
    assert fitted.transform(pd.DataFrame({"title": ["", None, "\U0010ffff"]})).nnz == 0
    assert fitted.transform(pd.DataFrame({"title": []})).shape[0] == 0


def test_it_is_an_estimator_like_any_other(frame):
    vectorizer = NoticeVectorizer(min_df=3, title_weight=2.0)
    assert clone(vectorizer).get_params() == vectorizer.get_params()
    labels = [notice["action"] for notice in corpus(every=11)]
    model = make_pipeline(vectorizer, LogisticRegression(max_iter=50)).fit(frame, labels)
    assert model.score(frame, labels) > 0.5
    assert len(model[0].get_feature_names_out()) == model[1].n_features_in_


def test_headlines_alone_will_do():
    titles = ["平台修订发货规则", "平台修订退货规则", "平台修订发票规则"]
    one, other = NoticeVectorizer().fit_transform(titles), NoticeVectorizer().fit_transform({"title": titles})
    assert one.nnz > 0
    assert (one != other).nnz == 0


def test_no_headline_is_an_error_that_names_the_columns():
    with pytest.raises(InputError, match="headline"):
        NoticeVectorizer().fit(pd.DataFrame({"headline": ["a"]}))
