import codecs

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from pipeline import ingest
from pipeline.errors import InputError
from pipeline.ingest.decoding import find_encoding
from tests.ingest.tables import rows_of

TABLE = "标题,时间,内容\n平台修订发货规则,2024-03-05,自3月12日起改为24小时。\n联通,2024-03-06,话费券\n"
EXPECTED = [
    ("平台修订发货规则", "2024-03-05 00:00:00", "自3月12日起改为24小时。"),
    ("联通", "2024-03-06 00:00:00", "话费券"),
]


@pytest.mark.parametrize(
    "content",
    [
        TABLE.encode(),
        TABLE.encode("utf-8-sig"),
        TABLE.encode("gb18030"),
        TABLE.encode("utf-16"),
        codecs.BOM_UTF16_BE + TABLE.encode("utf-16-be"),
        TABLE.encode("utf-16-le"),
        TABLE.encode("utf-16-be"),
    ],
    ids=["utf-8", "utf-8-bom", "gb18030", "utf-16-le-bom", "utf-16-be-bom", "utf-16-le", "utf-16-be"],
)
def test_usual_encodings_are_told_apart(content):
    assert rows_of(ingest.read(content)) == EXPECTED


@settings(max_examples=60, deadline=None)
@given(text=st.text(st.characters(min_codepoint=0x4E00, max_codepoint=0x9FA5), min_size=30, max_size=200))
def test_chinese_text_in_gb18030_and_utf_8_is_told_apart(text):
    for encoding, name in (("gb18030", "gb18030"), ("utf-8", "utf-8-sig")):
        assert find_encoding(ingest.Source("a", "a", ("平台公告：" + text + "\n").encode(encoding))).name == name


def test_gb18030_far_behind_ascii_is_seen():
    content = "title,text\n" + "a,b\n" * 50_000 + "标题在后,内容\n"
    assert "标题在后" in set(ingest.read(content.encode("gb18030")).notices["title"])


def test_lines_in_another_encoding_are_rejected_in_a_utf_8_file():
    lines = [f"第{i}条规则,正文{i}" for i in range(10)]
    content = "标题,内容\n".encode() + b"".join(
        (line + "\n").encode("gb18030" if i == 4 else "utf-8") for i, line in enumerate(lines)
    )
    reading = ingest.read(content)
    assert list(reading.notices["title"]) == [f"第{i}条规则" for i in range(10) if i != 4]
    assert reading.rejects[["source", "line"]].to_numpy().tolist() == [["-", 6]]
    assert "UTF-8" in reading.rejects["reason"][0]


def test_utf_8_lines_in_a_gb18030_file_are_read():
    lines = ["标题,内容", *(f"第{i}条规则,正文{i}" for i in range(10))]
    content = b"".join((line + "\n").encode("utf-8" if i == 4 else "gb18030") for i, line in enumerate(lines))
    assert list(ingest.read(content).notices["title"]) == [f"第{i}条规则" for i in range(10)]


def test_one_damaged_character_costs_its_line_only():
    content = TABLE.encode().replace("发货".encode(), "发货".encode()[:-1])
    reading = ingest.read(content)
    assert rows_of(reading) == EXPECTED[1:]
    assert list(reading.rejects["line"]) == [2]


@settings(max_examples=60, deadline=None)
@given(noise=st.binary(min_size=1, max_size=40), at=st.integers(0, 30))
def test_noise_in_a_gb18030_file_ends_in_rows_and_rejects(noise, at):
    body = "".join(f"第{i}条规则,正文{i}\n" for i in range(30)).encode("gb18030")
    position = body.replace(b"\n", b"\n", 1).find(b"\n", at * 10) + 1
    content = "标题,内容\n".encode("gb18030") + body[:position] + noise + b"\n" + body[position:]
    reading = ingest.read(ingest.Source("t.csv", "t.csv", content), repeats=False)
    assert len(reading.notices) + len(reading.rejects) >= 29


@pytest.mark.parametrize(
    ("content", "message"),
    [
        (b"", "empty"),
        (b"\xef\xbb\xbf\n\n", "empty"),
        (b"\x89PNG\r\n\x1a\n" + bytes(range(256)) * 9, "binary"),
        (b"%PDF-1.7\n" + b"x" * 100, "PDF"),
        (bytes(range(256)) * 50, "binary"),
        (b"\xd0\xcf\x11\xe0" + bytes(600), "old Excel"),
    ],
)
def test_what_is_no_text_is_an_error(content, message):
    with pytest.raises(InputError, match=message):
        ingest.read(content)
