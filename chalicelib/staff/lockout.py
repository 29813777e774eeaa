"""How failures slow down whoever guesses: per account, known or not, and per address."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import timedelta

_FIRST = timedelta(minutes=15)
_LONGEST = timedelta(hours=4)
_MEMORY = timedelta(hours=24)


@dataclass(frozen=True, slots=True)
class Limit:
    """After `free` failures each further try waits, twice as long as the one before.

    With `forgets` one failure is forgotten each time that it passes without a new one.
    """

    free: int
    forgets: timedelta | None = None

    def wait(self, failures: int) -> timedelta:
        """Return how long to wait after so many failures."""
        beyond = failures - self.free
        if beyond < 0:
            return timedelta()
        return min(_FIRST * (1 << min(beyond, 10)), _LONGEST)


ACCOUNT = Limit(free=5)
# A trade-union office shares one address among many desks: what they mistype in a day must
# not add up.
ADDRESS = Limit(free=30, forgets=timedelta(minutes=2))


@dataclass(frozen=True, slots=True)
class Tries:
    """Failures so far, when the last one was, and until when nothing is compared.

    Times are epoch seconds.
    """

    failures: int = 0
    last: int = 0
    locked_until: int = 0

    @classmethod
    def of(cls, values: Mapping[str, str] | None) -> "Tries":
        """Read from a moment; nothing there means no failure."""
        if values is None:
            return cls()
        return cls(int(values["failures"]), int(values["last"]), int(values["locked_until"]))

    def locked(self, now: int) -> bool:
        """Tell whether to refuse without comparing."""
        return now < self.locked_until

    def more(self, limit: Limit, now: int) -> "Tries":
        """Return the tries with one more failure."""
        forgotten = 0
        if limit.forgets is not None:
            forgotten = max(now - self.last, 0) // int(limit.forgets.total_seconds())
        failures = max(self.failures - forgotten, 0) + 1
        return Tries(failures, now, now + int(limit.wait(failures).total_seconds()))

    def values(self) -> dict[str, str]:
        """Return what is kept; `failures` comes first, as the moments table compares it."""
        return {
            "failures": str(self.failures),
            "last": str(self.last),
            "locked_until": str(self.locked_until),
        }


def kept_seconds(tries: Tries, now: int) -> int:
    """Return how long failures are remembered: a day after the lock."""
    return max(tries.locked_until - now, 0) + int(_MEMORY.total_seconds())
