from hypothesis import example, given
from hypothesis import strategies as st

from pipeline.spreadsheet import guard, unguard

TEXTS = st.text() | st.text("'=+-@\t\r ab")


@given(TEXTS)
@example("'=1")
@example("''-")
def test_every_text_comes_back(text):
    assert unguard(guard(text)) == text


@given(TEXTS, TEXTS)
def test_no_two_texts_are_written_alike(one, other):
    assert (guard(one) == guard(other)) == (one == other)


@given(TEXTS)
def test_no_written_text_begins_a_formula(text):
    assert guard(text)[:1] not in tuple("=+-@\t\r")


def test_other_texts_stay_as_they_are():
    assert [guard(t) for t in ("", "促销", "'引号'", "a=b")] == ["", "促销", "'引号'", "a=b"]
