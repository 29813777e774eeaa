"""Behind the queues: each message reaches its channel once.

Everything is read before the claim; between claim and settlement stands nothing but the
provider. Redelivery, reordering and a crash anywhere then end in the same ledger.
"""

import logging
from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any, Final

from chalicelib.casework.events import CaseEvent, read_event
from chalicelib.core.errors import AppError, Conflict
from chalicelib.core.logs import about
from chalicelib.notify.channels import Ready, Skip, Telling, prepare, telling, write_in_app
from chalicelib.notify.outcomes import THROTTLED_TRIES, judge, wait
from chalicelib.store.deliveries import LEASE, Busy, Channel, Delivery, State
from chalicelib.world import World

_log = logging.getLogger(__name__)

# a record begun after this might be cut off between claim and settlement (timeout 30 s)
_BEGIN_WITHIN: Final = timedelta(seconds=12)


class _Later(AppError):
    """Not now: the record shows itself again after a while."""

    def __init__(self, after: timedelta) -> None:
        super().__init__()
        self.after = after


def handle(records: Sequence[Mapping[str, Any]], world: World, name: str) -> dict[str, Any]:
    """Handle SQS records of the channel of that name.

    Failed ones return to the queue alone, and end in its DLQ.
    """
    channel, started, failed = Channel(name), world.clock.now(), []
    for record in records:
        try:
            _in_time(world, started)
            _deliver(read_event(record.get("body")), world, channel)
        except _Later as later:
            _hide(record, world, later.after)
            failed.append({"itemIdentifier": record["messageId"]})
        except Exception as error:  # noqa: BLE001 - one bad record must not take others along
            # the class only: messages of a library may quote the body
            _log.warning("delivery_failed", extra={"error": type(error).__name__})
            failed.append({"itemIdentifier": record["messageId"]})
    return {"batchItemFailures": failed}


def _in_time(world: World, started: datetime) -> None:
    if world.clock.now() - started > _BEGIN_WITHIN:
        raise _Later(timedelta())


def _deliver(event: CaseEvent, world: World, channel: Channel) -> None:
    with about(number=event.number, seq=event.seq, channel=channel.value):
        told = telling(world, event, channel)
        if told is None:
            return
        if channel is Channel.INBOX:
            _in_app(world, told)
            return
        ready = prepare(world, told, channel)
        if isinstance(ready, Skip):
            world.deliveries.skip(told.delivery(channel), ready.reason)
            _log.info("delivery_skipped", extra={"code": ready.reason})
            return
        _through_provider(world, ready)


def _in_app(world: World, told: Telling) -> None:
    try:
        write_in_app(world, told)
    except Conflict:
        return
    _log.info("delivered")


def _through_provider(world: World, ready: Ready) -> None:
    try:
        claim = world.deliveries.claim(ready.delivery)
    except Busy as busy:
        raise _Later(LEASE) from busy
    if claim is None:
        return
    try:
        receipt = ready.send(claim.reference)
    except AppError as error:
        _failed(world, claim, error)
        return
    world.deliveries.settle(claim, State.SENT, receipt=receipt)
    _log.info("sent", extra={"attempt": claim.attempts, "receipt": receipt})


def _failed(world: World, claim: Delivery, error: AppError) -> None:
    """Settle a claim that the provider did not take; raises _Later to try again."""
    outcome = judge(error)
    if outcome is None:
        raise error
    state = outcome.state
    if state is State.THROTTLED and claim.attempts >= THROTTLED_TRIES:
        state = State.GAVE_UP
    if outcome.uncertain:
        state = world.deliveries.doubt(claim, outcome.code)
    else:
        world.deliveries.settle(claim, state, code=outcome.code)
    level = logging.ERROR if outcome.alarm else logging.WARNING
    # the app stack counts the first name and raises an alarm
    name = "notify_needs_attention" if outcome.alarm else "not_sent"
    _log.log(level, name, extra={"state": state.value, "code": outcome.code})
    if not state.settled:
        raise _Later(wait(state, claim.attempts))


def _hide(record: Mapping[str, Any], world: World, after: timedelta) -> None:
    """Let a record sleep; when that fails it only comes back sooner or later."""
    name = str(record.get("eventSourceARN", "")).rpartition(":")[2]
    try:
        world.queue(name).hide(str(record["receiptHandle"]), after)
    except Exception as error:  # noqa: BLE001 - the queue's own visibility does the rest
        _log.warning("hide_failed", extra={"error": type(error).__name__})
