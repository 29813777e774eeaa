"""Personal values as they may be shown: the one place that decides how much can be read.

Total over text and ``None``. The result is as long as the value (names: at most four characters),
and at most half of its characters can be read. One exception is the eleven-digit mobile number,
shown 3 + 4 as everywhere in China: its first digits name the carrier, and the four hidden ones
are what a caller would need.
"""

from __future__ import annotations

_NAME_SHOWN = 4


def name(value: str | None) -> str:
    """「欧阳小明」 → 「欧***」; three stars at most, so that a long name's length is hidden too."""
    text = (value or "")[:_NAME_SHOWN]
    return _keep(text, head=min(1, len(text) // 2), tail=0)


def document(value: str | None) -> str:
    """``450102199001011234`` → ``4501**********1234``; shorter numbers show fewer characters."""
    text = value or ""
    end = min(4, len(text) // 4)
    return _keep(text, head=end, tail=end)


def phone(value: str | None) -> str:
    """``13800001234`` → ``138****1234``; any other length shows only its last digits."""
    text = value or ""
    if len(text) == 11:
        return _keep(text, head=3, tail=4)
    return account(text)


def account(value: str | None) -> str:
    """``6225881414207430`` → ``************7430``: the last four, fewer when it is short."""
    text = value or ""
    return _keep(text, head=0, tail=min(4, len(text) // 2))


def _keep(text: str, *, head: int, tail: int) -> str:
    hidden = len(text) - head - tail
    return text[:head] + "*" * hidden + text[len(text) - tail :]
