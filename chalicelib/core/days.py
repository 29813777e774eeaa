"""Dates as people type them."""

import re
from datetime import date

from chalicelib.core.identity import half_width

_DAY = re.compile(
    r"([0-9]{4})(?:-([0-9]{1,2})-|/([0-9]{1,2})/|\.([0-9]{1,2})\.|年([0-9]{1,2})月|([0-9]{2}))"
    r"([0-9]{1,2})日?"
)


def read_day(raw: str) -> date | None:
    """Return the date of 「2026-1-5」, 「2026年1月5日」 or 「20260105」; None when it is none."""
    found = _DAY.fullmatch("".join(half_width(raw).split()))
    if found is None:
        return None
    year, *months, day = found.groups()
    month = next(filter(None, months))
    try:
        return date(int(year), int(month), int(day))
    except ValueError:
        return None
