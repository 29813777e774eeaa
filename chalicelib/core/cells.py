"""One cell of a table as text, a date or a whole number, whatever the spreadsheet made of it.

Cells come as a workbook stores them (text, int, float) or as CSV text. Spreadsheets add their own
habits: numbers with a trailing ``.0``, dates as serial numbers, an apostrophe or a formula
``="…"`` around text that must stay text, full-width characters, invisible spaces.
"""

from __future__ import annotations

import re
import unicodedata
from datetime import date, timedelta

from chalicelib.core.identity import half_width

Cell = str | int | float | None

_FORMULA_STARTS = ("=", "+", "-", "@", "＝", "＋", "－", "＠")
_EXACT_DIGITS = 10**15  # a double keeps fifteen decimal digits; the rest of a number is lost
_SERIAL_START = date(1899, 12, 30)  # Excel's day 0, which makes up for its 29 February 1900
_SERIALS = range(10_000, 100_000)  # 1927 to 2173: neither a year nor a date of eight digits
_QUOTED_FORMULA = re.compile(r'="(.*)"', re.DOTALL)
_SCIENTIFIC = re.compile(r"[0-9](?:\.[0-9]+)?[Ee]\+?[0-9]{1,3}")
_DATE = re.compile(r"([0-9]{4})[-/.年]([0-9]{1,2})[-/.月]([0-9]{1,2})日?(?:[ T][0-9:.]+)?")
_COMPACT_DATE = re.compile(r"([0-9]{4})([0-9]{2})([0-9]{2})")


def as_text(cell: Cell) -> str:
    """The text a person sees in the cell, without what only the spreadsheet needed."""
    if isinstance(cell, str):
        return _unwrapped(cell)
    if cell is None:
        return ""
    if isinstance(cell, float) and cell.is_integer() and abs(cell) < _EXACT_DIGITS:
        return str(int(cell))
    return str(cell)


def inert(text: str) -> str:
    """The text as a cell that a spreadsheet shows and never calculates (CWE-1236).

    Control characters become blanks, and what would begin a formula begins with an apostrophe:
    OWASP's rule for CSV, which ASVS 5.0 (1.2.10) asks for in workbooks too. Whoever reads such
    a cell back with ``as_text`` gets the text without the apostrophe.
    """
    shown = "".join(" " if unicodedata.category(mark) == "Cc" else mark for mark in text)
    # what stands before it unseen (a mark of direction, a space of no width) hides no formula
    seen = (mark for mark in shown if not mark.isspace() and unicodedata.category(mark) != "Cf")
    return f"'{shown}" if next(seen, "") in _FORMULA_STARTS else shown


def digits_lost(cell: Cell) -> bool:
    """Whether the spreadsheet took a long number for a quantity and dropped its last digits."""
    if isinstance(cell, int | float):
        return abs(cell) >= _EXACT_DIGITS
    return isinstance(cell, str) and _SCIENTIFIC.fullmatch(_unwrapped(cell)) is not None


def as_date(cell: Cell) -> date | None:
    """``2026-01-31``, ``2026/1/31``, ``2026年1月31日``, ``20260131`` or a serial number of days.

    ``None`` when the cell is none of these or no day of the calendar. A time of day is dropped.
    """
    if isinstance(cell, float) and _SERIALS.start <= cell < _SERIALS.stop:
        cell = int(cell)
    text = half_width(as_text(cell)).strip()
    if text.isascii() and text.isdigit() and len(text) == 5 and int(text) in _SERIALS:
        return _SERIAL_START + timedelta(days=int(text))
    match = _DATE.fullmatch(text) or _COMPACT_DATE.fullmatch(text)
    if match is None:
        return None
    try:
        return date(int(match[1]), int(match[2]), int(match[3]))
    except ValueError:
        return None


def as_whole_number(cell: Cell) -> int | None:
    """A whole number of at most six digits, ``None`` when the cell holds anything else."""
    text = half_width(as_text(cell)).strip().removesuffix(".0")
    return int(text) if text.isascii() and text.isdigit() and len(text) <= 6 else None


def _unwrapped(text: str) -> str:
    stripped = text.strip()
    if stripped.startswith('="'):
        match = _QUOTED_FORMULA.fullmatch(stripped)
        return match[1].strip() if match else stripped
    return stripped.lstrip("'`").strip()
