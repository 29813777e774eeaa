"""An application as its owner takes it along: all that was given, and what it came to."""

from collections.abc import Mapping
from typing import Any

from chalicelib.casework.case import Case
from chalicelib.core.money import yuan
from chalicelib.subsidy import payee, record, stay
from chalicelib.subsidy.benefit import Line
from chalicelib.subsidy.plan import Level, Settlement
from chalicelib.world import World


def export(world: World, case: Case) -> Mapping[str, Any]:
    """Return the application as JSON, labelled as on its pages; amounts in 元."""
    vault = world.vault
    statement = record.statement(vault, case)
    return {
        "住院信息": [_stay(attempt.stay) for attempt in record.attempts(vault, case)],
        "收款账户": [
            {label: getattr(account, name) for name, label in payee.FIELDS.items()}
            for account in record.payees(vault, case)
        ],
        "计算说明": [_line(line) for line in (*statement.basis, *statement.lines)],
        "补助金额": yuan(statement.amount_fen),
        "保障方案": statement.plan_version,
    }


def _stay(given: stay.Stay) -> Mapping[str, str]:
    return {label: _said(given, name) for name, label in stay.FIELDS.items()}


def _said(given: stay.Stay, name: str) -> str:
    value = getattr(given, name)
    if name in stay.AMOUNTS:
        return yuan(value)
    return str(value.label if isinstance(value, Level | Settlement) else value)


def _line(line: Line) -> Mapping[str, str]:
    return {"项目": line.label, "说明": line.formula, "金额": yuan(line.amount_fen)}
