"""The nightly job: what was kept long enough goes, a bounded slice at a time.

Days are worked through in order behind a cursor, so that a night that failed is made up for.
What falls due on a day was written before that day began: a day that is empty is done.
"""

import logging
from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Final

from chalicelib.core.clock import beijing_date
from chalicelib.core.errors import Conflict
from chalicelib.store.retention import Counts, Due, Retention
from chalicelib.world import World

_log = logging.getLogger(__name__)

AT_ONCE: Final = 100
SPENT: Final = timedelta(seconds=60)
"""After this nothing more is begun; the function has two minutes."""


def run(world: World) -> Counts:
    """Work through what is due up to today; returns how much of each went today so far."""
    retention, started = Retention(world.database), world.clock.now()
    today = beijing_date(started)
    begun = retention.cursor()
    day = begun or today
    while day <= today and _in_time(world, started):
        due = retention.due_on(day, AT_ONCE)
        if not due:
            day += timedelta(days=1)
        elif not _settle(world, retention, due, started):
            break
    if day != begun:
        retention.move_cursor(day)
    counts = retention.report(today)
    for name, count in counts.items():
        _log.info("retention", extra={"kind": name, "count": count})
    return counts


def _settle(world: World, retention: Retention, due: Sequence[Due], started: datetime) -> bool:
    """Settle what is due while there is time; False when the rest waits for the next run."""
    all_done = True
    for item in due:
        if not _in_time(world, started):
            return False
        try:
            retention.settle(item, world.clock.now())
        except Conflict:
            # somebody writes there right now; the others need not wait
            _log.warning("retention_busy")
            all_done = False
    return all_done


def _in_time(world: World, started: datetime) -> bool:
    return world.clock.now() - started < SPENT
