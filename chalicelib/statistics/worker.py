"""Behind the queue of events: each step is counted once, whatever comes twice or late."""

import logging
from collections.abc import Mapping, Sequence
from typing import Any, Final

from chalicelib.casework import figures
from chalicelib.casework.case import Case, Event
from chalicelib.casework.events import read_event
from chalicelib.casework.kind import kind_of
from chalicelib.casework.service import Casework
from chalicelib.core.clock import beijing_date
from chalicelib.core.logs import about
from chalicelib.store.counters import EVERYWHERE, AlreadyCounted, Where
from chalicelib.world import World

_log = logging.getLogger(__name__)

_FIRST: Final = "first_review"
"""Approves nothing that anybody is paid."""


def handle(records: Sequence[Mapping[str, Any]], world: World) -> dict[str, Any]:
    """Count the events of SQS records; failed ones return to the queue alone."""
    failed = []
    for record in records:
        try:
            count(world, record.get("body"))
        except Exception as error:  # noqa: BLE001 - one bad record must not take others along
            _log.warning("count_failed", extra={"error": type(error).__name__})
            failed.append({"itemIdentifier": record["messageId"]})
    return {"batchItemFailures": failed}


def count(world: World, body: Any) -> None:
    """Count the event that a message names, in its prefecture and everywhere."""
    news = read_event(body)
    with about(number=news.number, seq=news.seq):
        case, history = Casework(world).story(news.number)
        event = history[news.seq - 1]
        before = history[news.seq - 2] if news.seq > 1 else None
        adds = figures.of_event(event, before, amount(world, case, event))
        try:
            world.counters.add(news.number, news.seq, places(case, event), adds)
        except AlreadyCounted:
            return


def places(case: Case, event: Event) -> list[Where]:
    """Return where a step counts: in its month, for its prefecture and for all."""
    month = beijing_date(event.at).isoformat()[:7]
    return [Where(case.kind, month, place) for place in (EVERYWHERE, case.prefecture)]


def amount(world: World, case: Case, event: Event) -> int | None:
    """Return what a step is about in 分: an amount is decided once and not changed after."""
    payable = kind_of(case.kind).payable
    if payable is None or event.action not in figures.MONEY or event.from_state == _FIRST:
        return None
    return payable(world, case).amount_fen
