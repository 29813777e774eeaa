"""What an application holds, sealed: each attempt, each payee account, and the amount.

An application that comes back and is sent again keeps what was asked for before; an account
that a bank refused stays beside the one that replaced it. The last of each counts.
"""

import json
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from datetime import date
from typing import Any

from chalicelib.casework.case import Case
from chalicelib.casework.service import data_place
from chalicelib.store.members import Enrolment
from chalicelib.store.uses import account_digest, invoice_digest
from chalicelib.store.vault import Vault
from chalicelib.subsidy.benefit import Statement, Year
from chalicelib.subsidy.payee import Payee
from chalicelib.subsidy.stay import Stay

Data = Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Attempt:
    """One submission: the stay, its pictures by purpose, and the insured periods of then."""

    stay: Stay
    pictures: Mapping[str, tuple[str, ...]]
    periods: tuple[Enrolment, ...] = ()


@dataclass(frozen=True, slots=True)
class Lowered:
    """The lower amount that a reviewer set, in 分, and why."""

    amount_fen: int
    reason: str


@dataclass(frozen=True, slots=True)
class Priced:
    """A statement with what it was made by: the year as it was, and the plan's revision."""

    statement: Statement
    year: Year
    calendar_year: int


def attempts(vault: Vault, case: Case) -> list[Attempt]:
    """Return the submissions of a case, oldest first."""
    return [_attempt(vault, case, index) for index in range(len(case.data["attempts"]))]


def latest(vault: Vault, case: Case) -> Attempt:
    """Return the submission that counts."""
    return _attempt(vault, case, len(case.data["attempts"]) - 1)


def payees(vault: Vault, case: Case) -> list[Payee]:
    """Return the accounts of a case, oldest first; the last one is paid."""
    return [
        _payee(_open(vault, case.number, f"payee-{index}", sealed))
        for index, sealed in enumerate(case.data["payees"])
    ]


def statement(vault: Vault, case: Case) -> Statement:
    """Return the amount as it stands, and why."""
    sealed = case.data["statement"]
    return Statement.model_validate(_open(vault, case.number, "statement", sealed))


def lowered(vault: Vault, case: Case) -> Lowered | None:
    """Return what a reviewer lowered the amount to, None where nobody did."""
    sealed = case.data.get("lowered")
    return Lowered(**_open(vault, case.number, "lowered", sealed)) if sealed else None


def year(case: Case) -> Year:
    """Return what the person had had of the year when the statement was made."""
    then = case.data["year"]
    return Year(int(then["used"]), int(then["deducted"]), int(case.data["shares"]))


def claimed_on(case: Case) -> date:
    """Return the day of the first submission (北京时间), which the deadline looks at."""
    return date.fromisoformat(case.data["claimed_on"])


def submitted(
    vault: Vault, number: str, before: Data, attempt: Attempt, payee: Payee, priced: Priced
) -> dict[str, Any]:
    """Return a case's data with one attempt more; an unchanged account is not repeated.

    What a reviewer lowered before counts no more: the amount is looked at anew.
    """
    tried = list(before.get("attempts", ()))
    body = {
        "stay": attempt.stay.model_dump(mode="json"),
        "pictures": {purpose: list(ids) for purpose, ids in attempt.pictures.items()},
        "periods": dump_periods(attempt.periods),
    }
    tried.append(_seal(vault, number, f"attempt-{len(tried)}", body))
    kept = {name: value for name, value in before.items() if name != "lowered"}
    data = {
        "payments": 0,
        "payment": "",
        **kept,
        "attempts": tried,
        "invoice": invoice_digest(vault, *attempt.stay.invoice),
    }
    return _priced(vault, number, with_payee(vault, number, data, payee), priced)


def settled(
    vault: Vault, number: str, before: Data, priced: Priced, lower: Lowered | None
) -> dict[str, Any]:
    """Return a case's data with its amount made anew, as a reviewer approves it.

    The statement is that of the amount to pay: where it was lowered, it says so in a line.
    """
    data = {name: value for name, value in before.items() if name != "lowered"}
    if lower is not None:
        body = {"amount_fen": lower.amount_fen, "reason": lower.reason}
        data["lowered"] = _seal(vault, number, "lowered", body)
    return _priced(vault, number, data, priced)


def with_payee(vault: Vault, number: str, before: Data, payee: Payee) -> dict[str, Any]:
    """Return a case's data with another account to pay to."""
    known = list(before.get("payees", ()))
    last = _open(vault, number, f"payee-{len(known) - 1}", known[-1]) if known else None
    body = payee.model_dump(mode="json")
    if body != last:
        known.append(_seal(vault, number, f"payee-{len(known)}", body))
    return {**before, "payees": known, "account": account_digest(vault, payee.account)}


def pictures_of(tried: Sequence[Attempt]) -> frozenset[str]:
    """Return every picture that was ever submitted with a case."""
    return frozenset(
        doc_id for attempt in tried for ids in attempt.pictures.values() for doc_id in ids
    )


def dump_periods(periods: Sequence[Enrolment]) -> list[dict[str, Any]]:
    """Return insured periods as JSON can keep them."""
    days = ("starts", "ends")
    return [
        {**asdict(period), **{name: getattr(period, name).isoformat() for name in days}}
        for period in periods
    ]


def read_periods(dumped: Sequence[Data]) -> tuple[Enrolment, ...]:
    """Return insured periods that were kept."""
    return tuple(
        Enrolment(
            **{
                **body,
                "starts": date.fromisoformat(body["starts"]),
                "ends": date.fromisoformat(body["ends"]),
            }
        )
        for body in dumped
    )


def _priced(vault: Vault, number: str, data: Data, priced: Priced) -> dict[str, Any]:
    made = priced.statement
    return {
        **data,
        "plan": made.plan_version,
        "statement": _seal(vault, number, "statement", made.model_dump(mode="json")),
        "year": {
            "year": priced.calendar_year,
            "used": priced.year.used,
            "deducted": priced.year.deducted,
        },
        "shares": priced.year.shares,
    }


def _attempt(vault: Vault, case: Case, index: int) -> Attempt:
    body = _open(vault, case.number, f"attempt-{index}", case.data["attempts"][index])
    pictures = {purpose: tuple(ids) for purpose, ids in body["pictures"].items()}
    stay = Stay.model_validate(body["stay"])
    return Attempt(stay, pictures, read_periods(body["periods"]))


def _payee(body: Data) -> Payee:
    return Payee.model_validate(body, context={"name": body["holder"]})


def _seal(vault: Vault, number: str, field: str, body: Data) -> str:
    return vault.seal(json.dumps(body, ensure_ascii=False), place=data_place(number, field))


def _open(vault: Vault, number: str, field: str, sealed: str) -> dict[str, Any]:
    opened: dict[str, Any] = json.loads(vault.open(sealed, place=data_place(number, field)))
    return opened
