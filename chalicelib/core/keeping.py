"""How long each kind of data is kept: one table, for the code that deletes and for who asks.

Days, counted in Beijing, both ends kept. The texts of the privacy policy say the same.
"""

from datetime import date, datetime, timedelta
from typing import Final

from chalicelib.core.clock import beijing_date

_YEAR: Final = 366
# 民法典 188 gives three years to sue; the picture behind a decision outlives that
PICTURES_OF_CLOSED: Final = 5 * _YEAR
# who deleted a draft by mistake still can be helped; nobody needs its pictures longer
PICTURES_OF_DELETED: Final = 30
MESSAGES: Final = 2 * _YEAR
# 网络安全法 23: not less than six months; 网络数据安全管理条例: records of consent three years
HISTORY: Final = 3 * _YEAR
CONSENTS: Final = HISTORY


def due_day(at: datetime, days: int) -> date:
    """Return the first day on which what happened at a moment may be deleted."""
    return beijing_date(at) + timedelta(days=days + 1)


def due_month(at: datetime, days: int) -> date:
    """Return the first day of the month after it may be deleted: many at once, each once."""
    day = due_day(at, days)
    return date(day.year + day.month // 12, day.month % 12 + 1, 1)
