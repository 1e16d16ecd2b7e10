"""A digest to read: labelled notices as one self-contained page, or as Markdown for a mail or a chat."""

from pipeline.report.digest import markdown
from pipeline.report.labelled import LabelledNotice, from_rows, read_labelled
from pipeline.report.page import html

__all__ = ["LabelledNotice", "from_rows", "html", "markdown", "read_labelled"]
