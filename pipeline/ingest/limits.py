"""Bounds on what one input may demand, so that a hostile file ends in an error and not in a full memory."""

#: Characters of one field, and of one extra column's value. A row with a longer one is rejected.
MAX_FIELD = 1_000_000

#: Characters of one line. A longer line is rejected without being held in memory.
MAX_LINE = 4_000_000

#: Lines one CSV record may span.
MAX_RECORD_LINES = 1_000

#: Bytes of a document that has to be held whole: a JSON array, an HTML page.
MAX_DOCUMENT = 256_000_000

#: Characters (or bytes) after which a batch is closed before it has its full number of rows.
MAX_BATCH = 16_000_000

#: Columns of one table.
MAX_COLUMNS = 1_000

#: Open elements inside one another in an HTML page; real pages stay below 100.
MAX_DEPTH = 1_000

#: Uncompressed bytes of all parts of a workbook.
MAX_WORKBOOK = 1_000_000_000

#: Uncompressed bytes of one row group of a Parquet file, as its footer declares them.
MAX_ROW_GROUP = 1_000_000_000

#: Characters of a line quoted in a rejects table.
MAX_EXCERPT = 80
