"""What one payment and one batch may hold: the limits of the plan that is in effect today.

The day of gathering decides, not the admission: it is the fund's risk of the day. A case that is
above the limit of a later plan is named with every batch that goes without it.
"""

from typing import Final

from chalicelib.core import money
from chalicelib.core.clock import beijing_date
from chalicelib.core.errors import Refused
from chalicelib.payout.models import Limits
from chalicelib.store.plans import PlanBook
from chalicelib.world import World

NO_PLAN = "尚未发布现行的保障方案，无法确定打款限额。请联系管理员。"
_MOST_FEN: Final = 1_000_000_000_000


def read(world: World) -> Limits:
    """Return the limits of the plan in effect today; raises Refused when there is none."""
    today = beijing_date(world.clock.now()).isoformat()
    _count, dumps = PlanBook(world.database).read()
    in_effect = [
        dump
        for dump in dumps
        if dump["effective_from"] <= today <= (dump.get("effective_to") or today)
    ]
    if not in_effect:
        raise Refused(NO_PLAN)
    plan = max(in_effect, key=lambda dump: (dump["effective_from"], dump["revision"]))
    payout = plan["payout"]
    return Limits(
        per_payment_fen=money.parse_yuan(payout["per_payment"], most=_MOST_FEN),
        per_batch_fen=money.parse_yuan(payout["per_batch"], most=_MOST_FEN),
        payments=int(payout["payments"]),
    )
