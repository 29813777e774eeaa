"""The ledger of messages: claimed before a provider is asked, settled after (B9).

An SMS provider has no key that makes asking twice safe. So what crashed between claim
and settlement is *unknown*: it is shown to ops and never sent again by itself. WeChat
forgets a repeated client_msg_id for ten minutes: within that, asking again is safe.
"""

from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from enum import StrEnum

from pynamodb.attributes import NumberAttribute, UnicodeAttribute, UTCDateTimeAttribute

from chalicelib.core.clock import Clock
from chalicelib.core.errors import AppError, Conflict
from chalicelib.store import keys
from chalicelib.store.moments import Moments
from chalicelib.store.tables import Database, Item
from chalicelib.store.transaction import Transaction

TABLE = "members"

# longer than a worker may run: an older claim has nobody behind it
LEASE = timedelta(seconds=60)
RECEIPT_SECONDS = 72 * 60 * 60


class Channel(StrEnum):
    """A way to reach an employee."""

    INBOX = "inbox"
    SMS = "sms"
    TEMPLATE = "template"

    @property
    def sure_for(self) -> timedelta:
        """How long the provider swallows a repetition of the same reference."""
        return timedelta(minutes=9) if self is Channel.TEMPLATE else timedelta()


class State(StrEnum):
    """What became of one message on one channel."""

    SENDING = "sending"
    RETRYING = "retrying"
    THROTTLED = "throttled"
    SENT = "sent"
    DELIVERED = "delivered"
    GAVE_UP = "gave_up"
    SKIPPED = "skipped"
    UNKNOWN = "unknown"

    @property
    def settled(self) -> bool:
        """Whether nothing more happens by itself."""
        return self not in (State.SENDING, State.RETRYING, State.THROTTLED)


class Busy(AppError):
    """Another worker holds the claim; ask again after its lease."""


class DeliveryItem(Item):
    """One message on one channel; `doubt_at` is when an earlier answer got lost.

    `template` is the provider's, `variables` (JSON) what filled it: nothing personal.
    """

    table = TABLE
    number = UnicodeAttribute()
    seq = NumberAttribute()
    message = UnicodeAttribute()
    state = UnicodeAttribute()
    attempts = NumberAttribute()
    version = NumberAttribute()
    updated_at = UTCDateTimeAttribute()
    doubt_at = UTCDateTimeAttribute(null=True)
    template = UnicodeAttribute(null=True)
    variables = UnicodeAttribute(null=True)
    receipt = UnicodeAttribute(null=True)
    code = UnicodeAttribute(null=True)


@dataclass(frozen=True, slots=True)
class Delivery:
    """The entry of an event's message on a channel; `message` names its template."""

    number: str
    seq: int
    channel: Channel
    message: str
    state: State = State.SENDING
    attempts: int = 0
    version: int = 0
    updated_at: datetime | None = None
    doubt_at: datetime | None = None
    template: str = ""
    variables: str = ""
    receipt: str = ""
    code: str = ""

    @property
    def reference(self) -> str:
        """Our id of the message at a provider (at most 32 characters)."""
        return f"{self.number}-{self.seq}"

    def stale(self, now: datetime) -> bool:
        """Whether a claim was left behind by a worker that ended."""
        left = self.updated_at is not None and now - self.updated_at >= LEASE
        return self.state is State.SENDING and left


class Deliveries:
    """The ledger, in the members table; receipts are remembered for three days."""

    def __init__(self, database: Database, moments: Moments, clock: Clock) -> None:
        self._database = database.use()
        self._moments = moments
        self._clock = clock

    def claim(self, wanted: Delivery) -> Delivery | None:
        """Return the claim to send a message now, or None when its fate is settled.

        Raises Busy while another worker holds it.
        """
        now = self._clock.now()
        found = self.read(wanted.number, wanted.seq, wanted.channel)
        if found is None:
            return self._write(replace(wanted, state=State.SENDING, attempts=1))
        if found.state.settled:
            return None
        if found.state is State.SENDING and not found.stale(now):
            raise Busy
        doubt = found.doubt_at or (found.updated_at if found.state is State.SENDING else None)
        if doubt is not None and now - doubt >= found.channel.sure_for:
            self._write(replace(found, state=State.UNKNOWN, doubt_at=doubt))
            return None
        attempts = found.attempts + 1
        return self._write(replace(found, state=State.SENDING, attempts=attempts, doubt_at=doubt))

    def settle(self, claim: Delivery, state: State, *, receipt: str = "", code: str = "") -> None:
        """Note what became of a claim."""
        self._write(replace(claim, state=state, receipt=receipt, code=code))

    def doubt(self, claim: Delivery, code: str) -> State:
        """Note that an answer got lost: unknown at once, or retried while that is safe."""
        since = claim.doubt_at or self._clock.now()
        state = State.RETRYING if claim.channel.sure_for else State.UNKNOWN
        self._write(replace(claim, state=state, code=code, doubt_at=since))
        return state

    def skip(self, wanted: Delivery, reason: str) -> None:
        """Note that there is no way (any more) to reach the employee on this channel.

        Raises Busy while a worker still tries.
        """
        if self.read(wanted.number, wanted.seq, wanted.channel) is None:
            self._write(replace(wanted, state=State.SKIPPED, code=reason))
            return
        claim = self.claim(wanted)
        if claim is not None:
            state = State.UNKNOWN if claim.doubt_at else State.SKIPPED
            self.settle(claim, state, code=reason)

    def done_in(self, transaction: Transaction, wanted: Delivery) -> None:
        """Add to a transaction: delivered by that transaction, and only once."""
        self._write_in(transaction, replace(wanted, state=State.DELIVERED, attempts=1))

    def reopen(self, found: Delivery) -> None:
        """Let ops have an unknown or abandoned message sent again."""
        self._write(replace(found, state=State.RETRYING, doubt_at=None))

    def read(self, number: str, seq: int, channel: Channel) -> Delivery | None:
        """Return an entry as it is now."""
        try:
            item = DeliveryItem.get(keys.delivery(number, seq), channel, consistent_read=True)
        except DeliveryItem.DoesNotExist:
            return None
        return delivery_from(item)

    def of_event(self, number: str, seq: int) -> dict[Channel, Delivery]:
        """Return the entries of an event, by channel."""
        return deliveries_of(number, seq)

    def record_receipt(self, receipt: str, *, delivered: bool, code: str) -> bool:
        """Note what the provider reports later; False when nobody waits for this receipt."""
        sent = self._moments.get(keys.moment("receipt", receipt))
        if sent is None:
            return False
        found = self.read(sent["number"], int(sent["seq"]), Channel(sent["channel"]))
        if found is not None and found.state is State.SENT:
            state = State.DELIVERED if delivered else State.GAVE_UP
            self._write(replace(found, state=state, code="" if delivered else code))
        return True

    def _write(self, delivery: Delivery) -> Delivery:
        """Write an entry that nobody else wrote meanwhile; raises Busy."""
        transaction = Transaction(self._database)
        written = self._write_in(transaction, delivery)
        try:
            transaction.commit()
        except Conflict as conflict:
            raise Busy from conflict
        return written

    def _write_in(self, transaction: Transaction, delivery: Delivery) -> Delivery:
        written = replace(delivery, version=delivery.version + 1, updated_at=self._clock.now())
        same = DeliveryItem.version == delivery.version
        transaction.put(_item(written), same if delivery.version else ~DeliveryItem.pk.exists())
        if written.channel is Channel.TEMPLATE and written.state is State.SENT:
            values = {
                "number": written.number,
                "seq": str(written.seq),
                "channel": written.channel.value,
            }
            key = keys.moment("receipt", written.receipt)
            self._moments.put_in(transaction, key, values, RECEIPT_SECONDS)
        return written


def _item(delivery: Delivery) -> DeliveryItem:
    return DeliveryItem(
        keys.delivery(delivery.number, delivery.seq),
        delivery.channel.value,
        number=delivery.number,
        seq=delivery.seq,
        message=delivery.message,
        state=delivery.state.value,
        attempts=delivery.attempts,
        version=delivery.version,
        updated_at=delivery.updated_at,
        doubt_at=delivery.doubt_at,
        template=delivery.template or None,
        variables=delivery.variables or None,
        receipt=delivery.receipt or None,
        code=delivery.code or None,
    )


def deliveries_of(number: str, seq: int) -> dict[Channel, Delivery]:
    """Return the entries of an event, by channel."""
    found = DeliveryItem.query(keys.delivery(number, seq), consistent_read=True)
    return {delivery.channel: delivery for delivery in map(delivery_from, found)}


def delivery_from(item: DeliveryItem) -> Delivery:
    """Return the entry of an item."""
    return Delivery(
        number=item.number,
        seq=int(item.seq),
        channel=Channel(item.sk),
        message=item.message,
        state=State(item.state),
        attempts=int(item.attempts),
        version=int(item.version),
        updated_at=item.updated_at,
        doubt_at=item.doubt_at,
        template=item.template or "",
        variables=item.variables or "",
        receipt=item.receipt or "",
        code=item.code or "",
    )
