"""Money as integers: everything counts in 分 (fen, 0.01 yuan), texts are in 元 (yuan).

No float ever holds an amount. Sentences for wrong amounts never repeat the amount.
"""

import re
from fractions import Fraction

from chalicelib.core.identity import half_width

MOST = 1_000_000_000
"""分 that one typed amount may be (ten million yuan); more is a slip of the finger."""
FEN_PER_WAN = 1_000_000
"""分 in 万元."""

MISSING = "请填写金额，没有请填 0。"
SHAPE = "金额请按 1234.50 的样式填写。"
NEGATIVE = "金额不能为负数，请核对。"
TOO_FINE = "金额最多到分（两位小数），请核对。"
TOO_MUCH = "金额超过 {most:,} 万元，请核对小数点和位数。"

_LONGEST = 40
_MARKS = str.maketrans({"￥": "¥", "。": ".", "−": "-"})
_AMOUNT = re.compile(
    r"(?P<sign>[+-]?)(?P<yuan>[0-9]{1,3}(?:,[0-9]{3})+|[0-9]*)(?:\.(?P<fen>[0-9]*))?"
)


def parse_yuan(raw: str, *, most: int = MOST) -> int:
    """Return the 分 of an amount typed in 元: 「1,234.50」, 「￥１２３４．５」, 「1234 元」.

    Raises ValueError with the sentence to show. Commas must separate thousands: 「12,5」 may
    be meant as a decimal comma, so it is asked about rather than guessed.
    """
    text = "".join(half_width(raw.translate(_MARKS)).split())
    text = text.removeprefix("¥").removesuffix("元")
    if not text:
        raise ValueError(MISSING)
    found = _AMOUNT.fullmatch(text) if len(text) <= _LONGEST else None
    if found is None or not (found["yuan"] or found["fen"]):
        raise ValueError(SHAPE)
    whole, part = found["yuan"].replace(",", ""), (found["fen"] or "").rstrip("0")
    if len(part) > 2:
        raise ValueError(TOO_FINE)
    amount = int(whole or "0") * 100 + int(part.ljust(2, "0"))
    if found["sign"] == "-" and amount:
        raise ValueError(NEGATIVE)
    if amount > most:
        raise ValueError(TOO_MUCH.format(most=most // FEN_PER_WAN))
    return amount


def yuan(fen: int) -> str:
    """Return 分 as 元 for people: 123450 → 「1,234.50」."""
    whole, part = divmod(abs(fen), 100)
    return f"{'-' if fen < 0 else ''}{whole:,}.{part:02d}"


def half_up(fen: Fraction) -> int:
    """Return the nearest whole 分 of an exact amount; exactly between two, the higher."""
    return (2 * fen.numerator + fen.denominator) // (2 * fen.denominator)
