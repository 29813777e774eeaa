"""Files of rows under a heading: CSV and xlsx, streamed, whoever made them.

The kind is told from the first bytes, not from the name. The heading row is looked for in the first
rows, because tables often carry a title above it. Nothing is kept but the row in hand, except the
texts that a workbook shares between cells: those cost about 25 bytes each.
"""

from __future__ import annotations

import codecs
import csv
import io
from collections.abc import Iterator, Mapping, Sequence
from contextlib import ExitStack
from dataclasses import dataclass
from functools import cached_property
from itertools import islice
from pathlib import Path
from typing import BinaryIO, TextIO

from chalicelib.core.cells import Cell, as_text
from chalicelib.core.errors import Refused
from chalicelib.core.identity import half_width
from chalicelib.core.workbook import MAX_COLUMNS, Line, sheets

Row = tuple[int, dict[str, Cell]]
"""The number of the line as a spreadsheet counts, and its cells by canonical column."""

_HEADING_WITHIN = 20
_ZIP = b"PK\x03\x04"
_OLE = b"\xd0\xcf\x11\xe0"
_CHUNK = 1 << 20
_MAX_LINE = 1 << 20


@dataclass(frozen=True)
class Layout:
    """What a table must look like: its columns, whatever people call them.

    `columns` is canonical column → other headings in use for it; the heading is the first line
    that has all of `signs`. Lines whose first word is one of `totals` are not rows.
    """

    columns: Mapping[str, tuple[str, ...]]
    optional: frozenset[str]
    signs: frozenset[str]
    most_rows: int
    totals: tuple[str, ...] = ()

    def column_of(self, heading: Cell) -> str | None:
        """Return the canonical column of a heading as written: 「* 身份证号（必填）」."""
        text = "".join(half_width(as_text(heading)).split()).strip("*:")
        return self._known.get(text.partition("(")[0].strip("*:"))

    @cached_property
    def _known(self) -> dict[str, str]:
        return {
            heading: column
            for column, others in self.columns.items()
            for heading in (column, *others)
        }


def read_rows(source: Path | BinaryIO, layout: Layout) -> Iterator[Row]:
    """Yield every row that is not empty, below the heading.

    A stream must be seekable and binary. Raises Refused with a sentence for who sent the file
    when it is of no known kind, is damaged, lacks a column or could exhaust the machine; rows
    before the damage have been yielded by then.
    """
    with ExitStack() as stack:
        stream = stack.enter_context(source.open("rb")) if isinstance(source, Path) else source
        yield from below_heading(_tables(stream), layout)


def _tables(stream: BinaryIO) -> Iterator[Iterator[Line]]:
    """Every table of the file, as numbered lines."""
    stream.seek(0)
    start = stream.read(4)
    stream.seek(0)
    if start == _OLE:
        raise Refused("这是旧版 .xls 或加密的文件，请用表格软件打开后另存为 .xlsx 或 CSV 再导入。")
    if start == _ZIP:
        yield from sheets(stream)
    else:
        yield _csv_lines(stream)


def below_heading(tables: Iterator[Iterator[Line]], layout: Layout) -> Iterator[Row]:
    """The rows of the first table that has a heading; raises Refused when none has."""
    nearest: set[str] = set()
    for lines in tables:
        for _, cells in islice(lines, _HEADING_WITHIN):
            columns = _columns(cells, layout)
            if layout.signs <= set(columns.values()):
                yield from _rows(lines, columns, layout)
                return
            nearest = max(nearest, set(columns.values()), key=len)
    known = nearest | layout.optional
    missing = "、".join(column for column in layout.columns if column not in known)
    raise Refused(
        f"前 {_HEADING_WITHIN} 行中没有找到表头。请在表头中写明：{missing}。"
        if missing
        else f"前 {_HEADING_WITHIN} 行中没有找到表头。"
    )


def _columns(cells: Sequence[Cell], layout: Layout) -> dict[int, str]:
    """Canonical column by position, for the headings that are known."""
    found = ((place, layout.column_of(cell)) for place, cell in enumerate(cells))
    return {place: column for place, column in found if column}


def _rows(lines: Iterator[Line], columns: Mapping[int, str], layout: Layout) -> Iterator[Row]:
    _require(list(columns.values()), layout)
    count = 0
    for number, cells in lines:
        row = {columns[place]: cell for place, cell in enumerate(cells) if place in columns}
        filled = any(cell is not None and cell != "" for cell in row.values())
        if filled and not _is_total(cells, layout):
            count += 1
            if count > layout.most_rows:
                raise Refused(f"文件超过 {layout.most_rows} 行，请拆分成几个文件后分别导入。")
            yield number, row


def _require(present: Sequence[str], layout: Layout) -> None:
    needed = [column for column in layout.columns if column not in layout.optional]
    missing = [column for column in needed if column not in present]
    twice = sorted({column for column in present if present.count(column) > 1})
    if missing:
        raise Refused(f"表头缺少：{'、'.join(missing)}。请补上这些列后重新导入。")
    if twice:
        raise Refused(f"表头中有两列都表示：{'、'.join(twice)}。请只保留一列后重新导入。")


def _is_total(cells: Sequence[Cell], layout: Layout) -> bool:
    """Whether the line sums up the rows above it."""
    if not layout.totals:
        return False
    first = next((text for cell in cells if (text := as_text(cell))), "")
    return "".join(first.split()).startswith(layout.totals)


def _csv_lines(stream: BinaryIO) -> Iterator[Line]:
    """The records of a CSV file; the number is that of the row a spreadsheet would show."""
    text = io.TextIOWrapper(stream, encoding=_encoding(stream), newline="")
    number = 0
    try:
        first = text.readline(_MAX_LINE)
        text.seek(0)
        delimiter = max(",\t;", key=first.count)
        records = csv.reader(_bounded(text), delimiter=delimiter, strict=True)
        for number, cells in enumerate(records, start=1):
            yield number, cells[:MAX_COLUMNS]
    except csv.Error as error:
        raise Refused(
            f"第 {number + 1} 行无法读取：引号没有成对，或单元格内容过长。请更正后重新导入。"
        ) from error
    finally:
        if not stream.closed:
            text.detach()  # the stream belongs to the caller


def _bounded(text: TextIO) -> Iterator[str]:
    """The lines of a text; one that would fill the memory is an error of its file."""
    while line := text.readline(_MAX_LINE):
        if len(line) == _MAX_LINE:
            raise csv.Error("a line without end")
        yield line


def _encoding(stream: BinaryIO) -> str:
    """UTF-8 with or without mark, else GB 18030 (which contains GBK and GB 2312), else refused.

    The whole file is tried: a table may be plain ASCII for its first thousand lines.
    """
    mark = stream.read(2)
    candidates = (
        ("utf-16",) if mark in (codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE) else ("utf-8", "gb18030")
    )
    for encoding in candidates:
        stream.seek(0)
        if _decodes(stream, encoding):
            stream.seek(0)
            return "utf-8-sig" if encoding == "utf-8" else encoding
    raise Refused("无法识别文件的文字编码，请用表格软件另存为 .xlsx，或「CSV UTF-8」后再导入。")


def _decodes(stream: BinaryIO, encoding: str) -> bool:
    decoder = codecs.getincrementaldecoder(encoding)()
    try:
        while chunk := stream.read(_CHUNK):
            if "\0" in decoder.decode(chunk):
                return False
        decoder.decode(b"", final=True)
    except UnicodeDecodeError:
        return False
    return True
