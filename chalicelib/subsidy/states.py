"""The states of a subsidy application (PRODUCT A8-A12, C2-C4): who moves it where.

What was never submitted is no case yet: it is saved while it is typed, which is no event.
A batch's life before and after the bank belongs to the payout; here stands what the case
may do. The result of a payment is the bank's word, brought by the system: whoever imports
a file may find their own payment in it, and it must not be lost for that. Only where the bank
contradicts itself two people of finance say what is true (payout/held.py).
"""

from collections.abc import Mapping

from chalicelib.casework.machine import Go, Machine, No, Refusal, Role, Rule, State

DAYS = 3
"""Working days of each step, as a rule."""

STATES = (
    State("new", "尚未提交"),
    State("draft", "草稿"),
    State("first_review", "待初核", queued=True, days=DAYS),
    State("second_review", "待复核", queued=True, days=DAYS),
    State("payable", "待打款", queued=True, days=DAYS),
    State("batched", "待放行", queued=True, days=DAYS),
    State("paying", "打款中", queued=True, days=DAYS),
    State("account_repair", "待修正账户"),
    State("account_check", "待核对账户", queued=True, days=DAYS),
    State("closed", "办结", closed=True),
    State("refused", "不予补助", closed=True),
    State("deleted", "已删除", closed=True),
)

ACTIONS = {
    "submit": "提交",
    "withdraw": "撤回",
    "delete": "删除",
    "approve": "通过",
    "reject": "驳回",
    "send_back": "退回初核",
    "refuse": "不予补助",
    "batch": "加入批次",
    "unbatch": "移出批次",
    "release": "放行",
    "paid": "打款成功",
    "bounce": "退回待打款",
    "fail": "打款失败",
    "repair": "修正账户",
    "confirm_account": "确认账户",
    "reject_account": "退回修正",
    "verify": "核实付款结果",
    "verify_paid": "核实已付款",
    "verify_twice": "核实重复付款",
    "verify_unpaid": "核实未付款",
    "verify_unpaid_other": "核实未付款",
}

VERIFIED = frozenset(action for action in ACTIONS if action.startswith("verify"))
"""What two people say of a payment after the bank said both."""
_REVIEWERS = ("first_reviewer", "second_reviewer")


def _second(to: str, *, remember: str = "", needs_reason: bool = False) -> Go:
    """Whatever the second review decides, another person decides it than the first."""
    return Go(
        to,
        Role.SECOND_REVIEWER,
        remember=remember,
        differs_from=("first_reviewer",),
        needs_reason=needs_reason,
    )


def _finance(to: str, remember: str = "", differs_from: tuple[str, ...] = ()) -> Go:
    return Go(to, Role.FINANCE, remember=remember, differs_from=differs_from)


def _rows(state: str, refusal: Refusal, moves: Mapping[str, Rule]) -> dict[tuple[str, str], Rule]:
    """Return the row of a state: its moves, and the same answer to every other action."""
    return {(state, action): moves.get(action, No(refusal)) for action in ACTIONS}


def _verified(state: str, paid: Rule) -> dict[str, Rule]:
    """Return what people may find out about an earlier payment of a case that was not paid yet."""
    return {"verify": _finance(state, differs_from=_REVIEWERS), "verify_paid": paid}


_PAID_BEFORE = Go("closed", Role.FINANCE, differs_from=_REVIEWERS)
_PAID_AGAIN = No(Refusal.IN_NEXT_PAYMENT)

_IN_PAYMENT: dict[str, Rule] = {
    "submit": No(Refusal.IN_PAYMENT),
    "withdraw": No(Refusal.IN_PAYMENT),
    "delete": No(Refusal.IN_PAYMENT),
}

_IN_REVIEW: dict[str, Rule] = {
    "submit": No(Refusal.IN_REVIEW),
    "withdraw": No(Refusal.IN_REVIEW),
    "delete": No(Refusal.IN_REVIEW),
}

MACHINE = Machine(
    STATES,
    ACTIONS,
    {
        **_rows("new", Refusal.NOT_SUBMITTED, {"submit": Go("first_review", Role.EMPLOYEE)}),
        **_rows(
            "draft",
            Refusal.BACK_WITH_EMPLOYEE,
            {
                "submit": Go("first_review", Role.EMPLOYEE),
                "delete": Go("deleted", Role.EMPLOYEE),
            },
        ),
        **_rows(
            "first_review",
            Refusal.NOT_THIS_STEP,
            {
                **_IN_REVIEW,
                # until a reviewer holds the lease, or has passed it on before: the service looks
                "withdraw": Go("draft", Role.EMPLOYEE),
                "approve": Go("second_review", Role.FIRST_REVIEWER, remember="first_reviewer"),
                "reject": Go("draft", Role.FIRST_REVIEWER, needs_reason=True),
                "refuse": Go("refused", Role.FIRST_REVIEWER, needs_reason=True),
            },
        ),
        **_rows(
            "second_review",
            Refusal.NOT_THIS_STEP,
            {
                **_IN_REVIEW,
                "approve": _second("payable", remember="second_reviewer"),
                "reject": _second("draft", needs_reason=True),
                "send_back": _second("first_review", needs_reason=True),
                "refuse": _second("refused", needs_reason=True),
            },
        ),
        **_rows(
            "payable",
            Refusal.NOT_THIS_STEP,
            {
                **_IN_PAYMENT,
                "approve": No(Refusal.ALREADY_DECIDED),
                "batch": _finance("batched", "batch_maker", _REVIEWERS),
                **_verified("payable", _PAID_BEFORE),
            },
        ),
        **_rows(
            "batched",
            Refusal.NOT_THIS_STEP,
            {
                **_IN_PAYMENT,
                "batch": No(Refusal.ALREADY_DECIDED),
                "unbatch": _finance("payable"),
                # the second sign-off: nobody who decided or gathered it, or vouched for its account
                "release": _finance(
                    "paying", "releaser", (*_REVIEWERS, "batch_maker", "account_checker")
                ),
                **_verified("batched", _PAID_AGAIN),
            },
        ),
        **_rows(
            "paying",
            Refusal.NOT_THIS_STEP,
            {
                **_IN_PAYMENT,
                "release": No(Refusal.ALREADY_DECIDED),
                "paid": Go("closed", Role.SYSTEM),
                # for what the employee cannot mend: the payment is over, the account is good
                "bounce": Go("payable", Role.SYSTEM),
                "fail": Go("account_repair", Role.SYSTEM),
                **_verified("paying", _PAID_AGAIN),
            },
        ),
        **_rows(
            "account_repair",
            Refusal.BACK_WITH_EMPLOYEE,
            {
                **_IN_PAYMENT,
                "repair": Go("account_check", Role.EMPLOYEE),
                **_verified("account_repair", _PAID_BEFORE),
            },
        ),
        **_rows(
            "account_check",
            Refusal.NOT_THIS_STEP,
            {
                **_IN_PAYMENT,
                "repair": No(Refusal.IN_REVIEW),
                "confirm_account": _finance("payable", "account_checker", _REVIEWERS),
                "reject_account": Go("account_repair", Role.FINANCE, needs_reason=True),
                **_verified("account_check", _PAID_BEFORE),
            },
        ),
        **_rows(
            "closed",
            Refusal.CLOSED,
            {
                "verify": _finance("closed", differs_from=_REVIEWERS),
                "verify_twice": _finance("closed", differs_from=_REVIEWERS),
                # as after any failure: the employee mends the account, or the office looks why
                "verify_unpaid": _finance("account_repair", differs_from=_REVIEWERS),
                "verify_unpaid_other": _finance("payable", differs_from=_REVIEWERS),
            },
        ),
        **_rows("refused", Refusal.CLOSED, {}),
        **_rows("deleted", Refusal.DELETED, {}),
    },
)
