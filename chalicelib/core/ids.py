"""Identifiers: time-ordered numbers people can read out, and unguessable tokens.

The manual's 申请单号 are a prefix and a Twitter-epoch snowflake: the top bits are
milliseconds since 2010-11-04, so the number itself shows the moment of creation
(BG1344168415351173120 is 2020-12-30 14:28:18 in Beijing).
"""

import secrets
import threading
from datetime import UTC, datetime, timedelta
from typing import Protocol

from chalicelib.core.clock import Clock

SNOWFLAKE_EPOCH_MS = 1288834974657
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_SEQUENCE_BITS = 12
_MACHINE_BITS = 10
_MACHINES = 1 << _MACHINE_BITS
_SEQUENCES = 1 << _SEQUENCE_BITS


class Ids(Protocol):
    """Source of everything that must be unique or unguessable."""

    def number(self) -> str:
        """Return a snowflake as decimal digits (a string: a JS double is too short)."""
        ...

    def token(self) -> str:
        """Return 256 random bits, URL-safe."""
        ...

    def digits(self, count: int) -> str:
        """Return `count` random decimal digits."""
        ...


def _milliseconds(moment: datetime) -> int:
    return (moment - _EPOCH) // timedelta(milliseconds=1)


class Snowflake:
    """Numbers that grow with time and never repeat within one container.

    Two containers may share a machine id by chance; writers therefore also put
    under `attribute_not_exists`, and ask for another number when it exists.
    """

    def __init__(self, clock: Clock, machine: int) -> None:
        if not 0 <= machine < _MACHINES:
            raise ValueError(f"machine id must be below {_MACHINES}: {machine}")
        self._clock = clock
        self._machine = machine
        self._last = 0
        self._lock = threading.Lock()

    def next(self) -> str:
        """Return the next number; a clock that steps back never makes it repeat."""
        with self._lock:
            tick = (_milliseconds(self._clock.now()) - SNOWFLAKE_EPOCH_MS) << _SEQUENCE_BITS
            # time and sequence as one counter: a full millisecond runs into the next one
            self._last = max(self._last + 1, tick)
            high, sequence = divmod(self._last, _SEQUENCES)
        return str(
            high << (_MACHINE_BITS + _SEQUENCE_BITS) | self._machine << _SEQUENCE_BITS | sequence
        )


def snowflake_time(number: str) -> datetime:
    """Return the moment (UTC, to the millisecond) that a snowflake carries."""
    ms = (int(number) >> (_MACHINE_BITS + _SEQUENCE_BITS)) + SNOWFLAKE_EPOCH_MS
    return _EPOCH + timedelta(milliseconds=ms)


class SystemIds:
    """Ids for a running container: random machine id, operating-system randomness."""

    def __init__(self, clock: Clock) -> None:
        self._snowflake = Snowflake(clock, secrets.randbelow(_MACHINES))

    def number(self) -> str:
        """Return a snowflake as decimal digits."""
        return self._snowflake.next()

    def token(self) -> str:
        """Return 256 random bits, URL-safe."""
        return secrets.token_urlsafe(32)

    def digits(self, count: int) -> str:
        """Return `count` random decimal digits, leading zeros kept."""
        return f"{secrets.randbelow(10**count):0{count}d}"
