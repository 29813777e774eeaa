"""Who a page of payments goes to, masked: opened for one page, shown to nobody in full."""

import json
from collections.abc import Iterable
from dataclasses import dataclass

from chalicelib.core import masking
from chalicelib.core.errors import Broken
from chalicelib.payout.models import Payment
from chalicelib.store.payouts import PaymentItem, Payouts, payee_place, payment_key
from chalicelib.world import World


@dataclass(frozen=True, slots=True)
class Payee:
    """Name and account as they may be shown."""

    holder: str
    account: str


UNREADABLE = Payee("", "无法读取")
_SHOWN = 8
"""Characters of a masked account: its length is nobody's concern."""


def masked(world: World, number: str, payments: Iterable[Payment]) -> dict[str, Payee]:
    """Return the payees of some payments of a batch by payment number; one round trip."""
    wanted = [payment_key(number, payment.number) for payment in payments]
    found = Payouts(world.database).together(wanted)
    return {
        item.number: _open(world, number, item)
        for item in found.values()
        if isinstance(item, PaymentItem)
    }


def _open(world: World, number: str, item: PaymentItem) -> Payee:
    try:
        sealed = world.vault.open(item.payee, place=payee_place(number, item.number))
    except Broken:
        return UNREADABLE
    payee = json.loads(sealed)
    return Payee(masking.name(payee["holder"]), masking.account(payee["account"])[-_SHOWN:])
