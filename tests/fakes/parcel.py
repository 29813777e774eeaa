"""A third kind of case, for tests only: one folder's worth of rules and one registration.

A parcel is handed in, checked twice by different people, and done; it may come back.
"""

from chalicelib.casework.case import Case, Event
from chalicelib.casework.kind import Kind, Panel, Row
from chalicelib.casework.machine import Go, Machine, No, Refusal, Role, State
from chalicelib.store.transaction import Transaction
from chalicelib.world import World

STATES = (
    State("new", "未提交"),
    State("first", "待初核", queued=True, days=3),
    State("second", "待复核", queued=True, days=3),
    State("draft", "草稿"),
    State("done", "办结", closed=True),
    State("deleted", "已删除", closed=True),
)
ACTIONS = {
    "submit": "提交",
    "approve": "通过",
    "reject": "驳回",
    "send_back": "退回初核",
    "delete": "删除",
}
MACHINE = Machine(
    STATES,
    ACTIONS,
    {
        ("new", "submit"): Go("first", Role.EMPLOYEE),
        ("new", "approve"): No(Refusal.NOT_SUBMITTED),
        ("new", "reject"): No(Refusal.NOT_SUBMITTED),
        ("new", "send_back"): No(Refusal.NOT_SUBMITTED),
        ("new", "delete"): No(Refusal.NOT_SUBMITTED),
        ("first", "submit"): No(Refusal.IN_REVIEW),
        ("first", "approve"): Go("second", Role.FIRST_REVIEWER, remember="first_reviewer"),
        ("first", "reject"): Go("draft", Role.FIRST_REVIEWER, needs_reason=True),
        ("first", "send_back"): No(Refusal.NOT_THIS_STEP),
        ("first", "delete"): No(Refusal.IN_REVIEW),
        ("second", "submit"): No(Refusal.IN_REVIEW),
        ("second", "approve"): Go(
            "done",
            Role.SECOND_REVIEWER,
            remember="second_reviewer",
            differs_from=("first_reviewer",),
        ),
        ("second", "reject"): Go(
            "draft", Role.SECOND_REVIEWER, differs_from=("first_reviewer",), needs_reason=True
        ),
        ("second", "send_back"): Go(
            "first", Role.SECOND_REVIEWER, differs_from=("first_reviewer",), needs_reason=True
        ),
        ("second", "delete"): No(Refusal.IN_REVIEW),
        ("draft", "submit"): Go("first", Role.EMPLOYEE),
        ("draft", "approve"): No(Refusal.BACK_WITH_EMPLOYEE),
        ("draft", "reject"): No(Refusal.BACK_WITH_EMPLOYEE),
        ("draft", "send_back"): No(Refusal.BACK_WITH_EMPLOYEE),
        ("draft", "delete"): Go("deleted", Role.EMPLOYEE),
        **{("done", action): No(Refusal.CLOSED) for action in ACTIONS},
        **{("deleted", action): No(Refusal.DELETED) for action in ACTIONS},
    },
)


def _effects(
    _world: World, _transaction: Transaction, _before: Case | None, _after: Case, _event: Event
) -> None:
    """A parcel touches nothing else."""


PARCEL = Kind(
    name="parcel",
    prefix="PX",
    label="测试件",
    machine=MACHINE,
    effects=_effects,
    panel=lambda _world, case: Panel((Row("what", "内容", str(case.data.get("what", ""))),)),
    href=lambda case: f"/parcels/{case.number}",
    messages={
        ("first", "draft"): "change_rejected",
        ("second", "draft"): "change_rejected",
        ("second", "done"): "change_closed",
    },
)
