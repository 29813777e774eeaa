"""Stays and plans for the tests of the subsidy room."""

from __future__ import annotations

from datetime import date
from typing import Any

from chalicelib.subsidy.plan import Plan
from chalicelib.subsidy.stay import Stay
from infra.paths import ROOT
from infra.plan import load

TODAY = date(2026, 11, 23)
DEMO = load(ROOT / "infra" / "plans" / "demo-2026.toml")

TYPED = {
    "hospital": "广西医科大学第一附属医院",
    "level": "third",
    "department": "心血管内科",
    "admission": "2026-03-01",
    "discharge": "2026-03-09",
    "settled": "2026-03-10",
    "diagnosis": "冠状动脉粥样硬化性心脏病",
    "settlement": "local_direct",
    "invoice_code": "45010125",
    "invoice_number": "0488888987",
    "invoice_check": "589d80",
    "total": "10,000.00",
    "pooled": "0",
}


def stay(**typed: str) -> Stay:
    return Stay.model_validate({**TYPED, **typed}, context={"today": TODAY})


def plan(**parts: Any) -> Plan:
    return Plan.model_validate({**DEMO.model_dump(mode="json"), **parts})


def bare_plan(*tiers: tuple[str | None, str], **parts: Any) -> Plan:
    """A plan of tiers alone: no deductible, and caps that nothing reaches."""
    none = {
        "deductible_per_stay": "0",
        "deductible_per_year": "0",
        "cap_per_claim": "10,000,000",
        "cap_per_year": "10,000,000",
        "payout": {"per_payment": "10,000,000", "per_batch": "10,000,000", "payments": 1},
        "tiers": [{"up_to": up_to, "ratio": ratio} for up_to, ratio in tiers],
    }
    return plan(**{**none, **parts})
