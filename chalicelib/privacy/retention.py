"""The nightly job: what was kept long enough goes, a bounded slice at a time.

Days are worked through in order behind a cursor, so that a night that failed is made up for.
What falls due on a day was written before that day began: a day that is empty is done.
"""

import logging
from collections import Counter
from collections.abc import Mapping
from datetime import timedelta
from typing import Final

from chalicelib.core.clock import beijing_date
from chalicelib.core.errors import Conflict
from chalicelib.store.retention import COUNTED, Retention
from chalicelib.world import World

_log = logging.getLogger(__name__)

AT_ONCE: Final = 100
SPENT: Final = timedelta(seconds=60)
"""After this nothing more is begun; the function has two minutes."""


def run(world: World) -> Mapping[str, int]:
    """Work through what is due up to today; returns how much of each went."""
    retention, started = Retention(world.database), world.clock.now()
    today = beijing_date(started)
    day = retention.cursor() or today
    removed: Counter[str] = Counter()
    while day <= today and world.clock.now() - started < SPENT:
        due = retention.due_on(day, AT_ONCE)
        for item in due:
            if world.clock.now() - started >= SPENT:
                break
            try:
                removed.update(retention.settle(item, world.clock.now()))
            except Conflict:
                # somebody reads or writes there right now: the next run finds it again
                _log.warning("retention_busy")
                removed["busy"] += 1
        if removed["busy"]:
            break
        if not due:
            day += timedelta(days=1)
            retention.move_cursor(day)
    counts = {name: removed[name] for name in COUNTED}
    if any(counts.values()):
        retention.report(today, counts)
    for name, count in counts.items():
        _log.info("retention", extra={"kind": name, "count": count})
    return counts
