import csv
import json
from pathlib import Path

import openpyxl
import pyarrow as pa
import pyarrow.parquet as pq

from pipeline import ingest

HEADER = ["标题", "发布时间", "内容"]
ROWS = [
    ["平台修订发货规则", "2024-03-05 14:05:00", "自3月12日起,揽收时限改为24小时。"],
    ["双人成行专场招募商家", "2024-03-06 09:00:00", ""],
    ["=SUM(A1)是今年的“网红标题”", "2024-03-07 00:00:00", "-5元券,换行也\n在这里"],
]


def write(path: Path, header: list[str], rows: list[list[str]]) -> Path:
    """Write a table of text in the format that the path's suffix names."""
    records = [dict(zip(header, row, strict=True)) for row in rows]
    if path.suffix in {".csv", ".tsv"}:
        with path.open("w", encoding="utf-8-sig", newline="") as stream:
            csv.writer(stream, delimiter="," if path.suffix == ".csv" else "\t").writerows([header, *rows])
    elif path.suffix == ".json":
        path.write_text(json.dumps(records, ensure_ascii=False), encoding="utf-8")
    elif path.suffix == ".jsonl":
        path.write_text("".join(json.dumps(r, ensure_ascii=False) + "\n" for r in records), encoding="utf-8")
    elif path.suffix == ".parquet":
        columns = [pa.array([row[i] for row in rows], pa.string()) for i in range(len(header))]
        pq.write_table(pa.table(columns, names=header), path)
    else:
        book = openpyxl.Workbook()
        for row in [header, *rows]:
            book.active.append(row)
            for cell in book.active[book.active.max_row]:
                cell.data_type = "s" if cell.value is not None else cell.data_type
        book.save(path)
    return path


def rows_of(reading: ingest.Reading) -> list[tuple[str, str | None, str]]:
    """Headline, time and text of each notice."""
    frame = reading.notices
    return list(zip(frame["title"], frame["published_at"], frame["text"], strict=True))


def count(source: object) -> tuple[int, int]:
    """Notices and rejects of a stream."""
    notices = rejects = 0
    for batch in ingest.stream(source):
        notices += batch.notices.num_rows
        rejects += len(batch.rejects)
    return notices, rejects
