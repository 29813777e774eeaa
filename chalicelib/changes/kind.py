"""The change request as a kind of case (PRODUCT A15, A16): its states and who moves it."""

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any
from urllib.parse import urlunsplit

from chalicelib.casework.case import Case, Event
from chalicelib.casework.kind import Kind, Panel
from chalicelib.casework.machine import Go, Machine, No, Refusal, Role, State
from chalicelib.world import World

if TYPE_CHECKING:
    from chalicelib.store.transaction import Transaction

NAME = "change"
DAYS = 3
"""Working days of each review, as a rule."""

STATES = (
    State("new", "未提交"),
    State("first_review", "待初核", queued=True, days=DAYS),
    State("second_review", "待复核", queued=True, days=DAYS),
    State("draft", "草稿"),
    State("closed", "办结", closed=True),
    State("deleted", "已删除", closed=True),
)
ACTIONS = {
    "submit": "提交",
    "approve": "通过",
    "reject": "驳回",
    "send_back": "退回初核",
    "delete": "删除",
}


def _second(to: str, *, remember: str = "", needs_reason: bool = False) -> Go:
    """Whatever the second review decides, another person decides it than the first."""
    return Go(
        to,
        Role.SECOND_REVIEWER,
        remember=remember,
        differs_from=("first_reviewer",),
        needs_reason=needs_reason,
    )


MACHINE = Machine(
    STATES,
    ACTIONS,
    {
        ("new", "submit"): Go("first_review", Role.EMPLOYEE),
        ("new", "approve"): No(Refusal.NOT_SUBMITTED),
        ("new", "reject"): No(Refusal.NOT_SUBMITTED),
        ("new", "send_back"): No(Refusal.NOT_SUBMITTED),
        ("new", "delete"): No(Refusal.NOT_SUBMITTED),
        ("first_review", "submit"): No(Refusal.IN_REVIEW),
        ("first_review", "approve"): Go(
            "second_review", Role.FIRST_REVIEWER, remember="first_reviewer"
        ),
        ("first_review", "reject"): Go("draft", Role.FIRST_REVIEWER, needs_reason=True),
        ("first_review", "send_back"): No(Refusal.NOT_THIS_STEP),
        ("first_review", "delete"): No(Refusal.IN_REVIEW),
        ("second_review", "submit"): No(Refusal.IN_REVIEW),
        ("second_review", "approve"): _second("closed", remember="second_reviewer"),
        ("second_review", "reject"): _second("draft", needs_reason=True),
        ("second_review", "send_back"): _second("first_review", needs_reason=True),
        ("second_review", "delete"): No(Refusal.IN_REVIEW),
        ("draft", "submit"): Go("first_review", Role.EMPLOYEE),
        ("draft", "approve"): No(Refusal.BACK_WITH_EMPLOYEE),
        ("draft", "reject"): No(Refusal.BACK_WITH_EMPLOYEE),
        ("draft", "send_back"): No(Refusal.BACK_WITH_EMPLOYEE),
        ("draft", "delete"): Go("deleted", Role.EMPLOYEE),
        **{("closed", action): No(Refusal.CLOSED) for action in ACTIONS},
        **{("deleted", action): No(Refusal.DELETED) for action in ACTIONS},
    },
)


def _effects(
    world: World, transaction: "Transaction", before: Case | None, after: Case, event: Event
) -> None:
    from chalicelib.changes import effects

    effects.add(world, transaction, before, after, event)


def _panel(world: World, case: Case) -> Panel:
    from chalicelib.changes import desk

    return desk.panel(world, case)


def _export(world: World, case: Case) -> Mapping[str, Any]:
    from chalicelib.changes import attempts, rules, shown

    return {
        "变更内容": [
            {
                rules.FIELDS[name]: {
                    "变更前": shown.clear(name, change.old),
                    "变更后": shown.clear(name, change.new),
                }
                for name, change in attempt.changes.items()
            }
            for attempt in attempts.read(world.vault, case)
        ]
    }


def anchor(target: str) -> str:
    """Return where on the form a target ("field:phone", "document:<id>") stands."""
    sort, _, name = target.partition(":")
    return f"document-{name}" if sort == "document" else name


def href(case: Case) -> str:
    """Return where an employee looks at a request, or mends it: at what was objected to."""
    if case.state != "draft":
        return f"/changes/{case.number}"
    places = [anchor(reason.target) for reason in case.reasons if reason.target]
    first = places[0] if places else ""
    return urlunsplit(("", "", f"/changes/{case.number}/edit", "", first))


KIND = Kind(
    name=NAME,
    prefix="BG",
    label="个人信息变更",
    machine=MACHINE,
    effects=_effects,
    panel=_panel,
    href=href,
    messages={
        ("first_review", "draft"): "change_rejected",
        ("second_review", "draft"): "change_rejected",
        ("second_review", "closed"): "change_closed",
    },
    one_open=True,
    export=_export,
)
