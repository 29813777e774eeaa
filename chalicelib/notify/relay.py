"""From the outbox to the topic: by the stream at once, by the clock what the stream lost.

Publishing the same event twice does no harm: the ledger knows it. Losing one would, so
an item leaves the outbox only after the topic has it. What nobody can read goes to a
failure queue, whole, and never stands in the way of others.
"""

import logging
from collections.abc import Iterable, Mapping, Sequence
from datetime import timedelta
from typing import Any, Final

from chalicelib.casework.events import CaseEvent, UnreadableError, read_event
from chalicelib.core.errors import Unavailable
from chalicelib.core.logs import about
from chalicelib.store import keys
from chalicelib.store.cases import Image, leave_outbox, left_in_outbox
from chalicelib.world import World

_log = logging.getLogger(__name__)

FAILED_QUEUE: Final = "relay-failed"
GRACE: Final = timedelta(minutes=10)
_AT_ONCE: Final = 200


def handle(records: Sequence[Mapping[str, Any]], world: World) -> None:
    """Relay the records of a stream; raises Unavailable when any must come again.

    A stream repeats a batch that raises, and goes no further until it is through.
    """
    images = (record.get("dynamodb", {}).get("NewImage") for record in records)
    _relay_all((image for image in images if image is not None), world)


def reconcile(world: World) -> None:
    """Relay what has waited longer than the grace; runs every five minutes, always."""
    before = world.clock.now() - GRACE
    left = [
        image
        for shard in keys.OUTBOX_SHARDS
        for image in left_in_outbox(world.database, shard, before, _AT_ONCE)
    ]
    if left:
        _log.warning("relay_late", extra={"count": len(left)})
    _relay_all(left, world)


def _relay_all(images: Iterable[Image], world: World) -> None:
    """Try all before failing, so that what can leave has left."""
    failed = 0
    for image in images:
        try:
            _relay(image, world)
        except Exception as error:  # noqa: BLE001 - the others go on, then all repeat
            _log.warning("relay_failed", extra={"error": type(error).__name__})
            failed += 1
    if failed:
        raise Unavailable


def _relay(image: Image, world: World) -> None:
    pk, sk, body = (image.get(name, {}).get("S", "") for name in ("pk", "sk", "body"))
    if not sk.startswith(keys.OUTBOX_PREFIX):
        return
    try:
        event = _own_event(body, pk, sk)
    except UnreadableError:
        _log.error("relay_unreadable")
        world.queue(world.settings.queue(FAILED_QUEUE)).put({"image": image})
    else:
        with about(number=event.number, seq=event.seq):
            world.topic.publish(body)
            _log.info("relayed")
    leave_outbox(world.database, pk, sk)


def _own_event(body: str, pk: str, sk: str) -> CaseEvent:
    event = read_event(body)
    if (keys.case(event.number), keys.outbox(event.seq)) != (pk, sk):
        raise UnreadableError
    return event
