"""Passwords of staff: what may be one, and how it is kept.

Rules of OWASP ASVS 5.0, 6.2: length instead of composition, no forced change, a list of
common ones. Kept as argon2id at OWASP's minimum (19 MiB, two passes, one lane).
"""

import re
from functools import cache
from itertools import pairwise
from pathlib import Path

from argon2 import PasswordHasher
from argon2.exceptions import InvalidHashError, VerificationError

from chalicelib.staff import texts

SHORTEST, LONGEST = 12, 128
_LONGEST_REPEATED = 6
_HASHER = PasswordHasher(time_cost=2, memory_cost=19456, parallelism=1)
_WORDS = {"password", "passwort", "admin", "administrator", "qwerty", "welcome", "woaini"}
_HOUSE = ("mutualaid", "guangxi", "gonghui", "zhigong", "huzhu", "职工互助", "广西")
_EDGES = re.compile(r"^[\W_\d]+|[\W_\d]+$")
_NO_LETTERS = re.compile(r"[\W_\d]")
_DISGUISES = str.maketrans({"@": "a", "0": "o", "$": "s"})
_REPEATED = re.compile(rf"(.{{1,{_LONGEST_REPEATED}}})\1+")
# The hash of nothing that anybody types: an unknown account costs what a known one does.
NOBODY = (
    "$argon2id$v=19$m=19456,t=2,p=1$RO53hbhYFtGhfSpV2m2qOA$"
    "OhsdmrUHXAE+AZ7CLHlyV1W4nbQBCOMhq/AxqZcbBTs"
)


def problem(password: str, account: str) -> str | None:
    """Return what to do about a password that may not be one, None when it is good."""
    if len(password) < SHORTEST:
        return texts.TOO_SHORT
    if len(password) > LONGEST:
        return texts.TOO_LONG
    plain = password.casefold()
    # a word with a year behind it, or with a letter or two disguised, is still that word
    word = _NO_LETTERS.sub("", _EDGES.sub("", plain).translate(_DISGUISES))
    if account.casefold() in plain or word in _HOUSE:
        return texts.NAMES_ACCOUNT
    common = plain in _common() or word in _WORDS or _REPEATED.fullmatch(plain) or _run(plain)
    return texts.TOO_COMMON if common else None


def hashed(password: str) -> str:
    """Return a password as it is kept."""
    return _HASHER.hash(password)


def matches(kept: str, password: str) -> bool:
    """Tell whether a password is the one that was kept; takes its time either way."""
    try:
        return _HASHER.verify(kept, password[: LONGEST + 1])
    except (VerificationError, InvalidHashError):
        return False


def _run(text: str) -> bool:
    """Whether every character follows the one before: 0123…, zyxw…"""
    steps = {ord(b) - ord(a) for a, b in pairwise(text)}
    return steps in ({1}, {-1})


@cache
def _common() -> frozenset[str]:
    path = Path(__file__).parent / "common_passwords.txt"
    return frozenset(path.read_text("utf-8").split())
