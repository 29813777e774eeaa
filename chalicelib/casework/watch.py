"""Whether cases wait much longer than their step should take: looked at once a day.

Said in the log under one name, without numbers of cases: an alarm counts it (PRODUCT B2, C8).
"""

import logging
from datetime import timedelta

from chalicelib.casework.kind import kinds
from chalicelib.core.places import PREFECTURES
from chalicelib.store import keys
from chalicelib.store.cases import waiting_since
from chalicelib.world import World

_log = logging.getLogger(__name__)

TIMES = 3
"""How many times as long as usual a case may wait, in calendar days."""


def overdue(world: World) -> dict[str, int]:
    """Return in how many prefectures the oldest case of a state waits too long, and log it."""
    now = world.clock.now()
    states = {s.name: s for kind in kinds() for s in kind.machine.states.values() if s.queued}
    found = {}
    for name, state in states.items():
        limit = now - timedelta(days=TIMES * state.days)
        oldest = (waiting_since(world.database, keys.queue(name, place)) for place in PREFECTURES)
        late = sum(since is not None and since < limit for since in oldest)
        if late:
            found[name] = late
            _log.warning("cases_overdue", extra={"state": name, "count": late})
    return found
