"""The stay as step ② asks for it; every wrong field has one sentence of its own.

Amounts are typed in yuan and held in 分. The dump (`model_dump(mode="json")`) is what a draft
or case keeps, and reads back as the same stay. The context may give `today`; a stay that was
accepted before is read without.
"""

import re
from collections.abc import Mapping
from datetime import date
from enum import StrEnum
from typing import Annotated, Any

from pydantic import BaseModel, ConfigDict, Field, PlainSerializer, ValidationInfo, field_validator

from chalicelib.core import money
from chalicelib.core.days import read_day
from chalicelib.core.identity import half_width
from chalicelib.subsidy import texts
from chalicelib.subsidy.fields import read_words
from chalicelib.subsidy.plan import Level, Settlement
from chalicelib.web.forms import refuse

PAYMENTS = {
    "pooled": "统筹基金支付",
    "serious_illness": "大病保险支付",
    "large_amount": "大额医疗补助支付",
    "civil_servant": "公务员医疗补助支付",
    "medical_aid": "医疗救助支付",
    "commercial": "商业保险支付",
}
"""Who paid for the stay besides the employee, in the order of a settlement sheet."""

FIELDS = {
    "hospital": "医院名称",
    "level": "医院等级",
    "department": "住院科室",
    "admission": "入院日期",
    "discharge": "出院日期",
    "settled": "结算日期",
    "diagnosis": "出院诊断",
    "settlement": "就医地和结算方式",
    "invoice_code": "票据代码",
    "invoice_number": "票据号码",
    "invoice_check": "校验码",
    "total": texts.TOTAL,
    **PAYMENTS,
    "out_of_catalogue": texts.EXCLUDED,
}
"""The labels, in the order of the form."""

AMOUNTS = ("total", *PAYMENTS, "out_of_catalogue")
DAYS = ("admission", "discharge", "settled")
FIRST_DAY = date(2000, 1, 1)

_TEXTS = {
    "hospital": (2, 50, texts.HOSPITAL_MISSING),
    "department": (1, 30, texts.DEPARTMENT_MISSING),
    "diagnosis": (2, 100, texts.DIAGNOSIS_MISSING),
}
_CHOICES: dict[str, type[StrEnum]] = {"level": Level, "settlement": Settlement}
# Electronic medical invoices: 8 digits, 10 digits, 6 characters; paper ones differ by province.
_INVOICE = {
    "invoice_code": (re.compile(r"[A-Z0-9]{6,12}"), texts.INVOICE_CODE),
    "invoice_number": (re.compile(r"[A-Z0-9]{6,12}"), texts.INVOICE_NUMBER),
    "invoice_check": (re.compile(r"(?:[A-Z0-9]{6})?"), texts.INVOICE_CHECK),
}

Fen = Annotated[int, PlainSerializer(money.yuan, when_used="json")]


def _field(default: str = "") -> Any:
    return Field(default=default, validate_default=True)


class Stay(BaseModel):
    """One hospital stay, checked; raises pydantic's ValidationError with the sentences."""

    model_config = ConfigDict(frozen=True)

    hospital: str = _field()
    level: Level = _field()
    department: str = _field()
    admission: date = _field()
    discharge: date = _field()
    settled: date = _field()
    diagnosis: str = _field()
    settlement: Settlement = _field()
    invoice_code: str = _field()
    invoice_number: str = _field()
    invoice_check: str = _field()
    total: Fen = _field()
    pooled: Fen = _field()
    serious_illness: Fen = _field()
    large_amount: Fen = _field()
    civil_servant: Fen = _field()
    medical_aid: Fen = _field()
    commercial: Fen = _field()
    out_of_catalogue: Fen = _field()

    @property
    def paid(self) -> int:
        """分 that funds and insurers paid together."""
        return sum(getattr(self, payment) for payment in PAYMENTS)

    @property
    def own(self) -> int:
        """分 that stayed with the employee (个人自付); never negative."""
        return self.total - self.paid

    @property
    def year(self) -> int:
        """The calendar year whose deductible and cap it counts against: that of admission."""
        return self.admission.year

    @property
    def invoice(self) -> tuple[str, str]:
        """Code and number, which together belong to one stay of one person only (C5)."""
        return self.invoice_code, self.invoice_number

    @field_validator("hospital", "department", "diagnosis")
    @classmethod
    def _text(cls, raw: str, info: ValidationInfo) -> str:
        least, most, missing = _TEXTS[str(info.field_name)]
        return read_words(raw, missing=missing, least=least, most=most)

    @field_validator("level", "settlement", mode="before")
    @classmethod
    def _choice(cls, raw: str, info: ValidationInfo) -> str:
        refuse(None if raw in set(_CHOICES[str(info.field_name)]) else texts.CHOOSE)
        return raw

    @field_validator(*DAYS, mode="before")
    @classmethod
    def _day(cls, raw: str, info: ValidationInfo) -> date:
        day = read_day(raw)
        if day is None:
            raise ValueError(texts.DAY_SHAPE)
        refuse(texts.DAY_EARLY if day < FIRST_DAY else None)
        today = (info.context or {}).get("today", date.max)
        refuse(texts.DAY_LATER if day > today else None)
        admission = info.data.get("admission")
        if admission is not None and day < admission:
            discharge = info.field_name == "discharge"
            raise ValueError(texts.DISCHARGE_EARLY if discharge else texts.SETTLED_EARLY)
        return day

    @field_validator(*_INVOICE)
    @classmethod
    def _invoice(cls, raw: str, info: ValidationInfo) -> str:
        shape, sentence = _INVOICE[str(info.field_name)]
        text = read_invoice(raw)
        refuse(None if shape.fullmatch(text) else sentence)
        return text

    @field_validator(*AMOUNTS, mode="before")
    @classmethod
    def _amount(cls, raw: str, info: ValidationInfo) -> int:
        field = str(info.field_name)
        if raw.strip():
            amount = money.parse_yuan(raw)
        elif field in ("total", "pooled"):
            raise ValueError(texts.POOLED_MISSING if field == "pooled" else money.MISSING)
        else:
            amount = 0
        refuse(_sum_problem(field, {**info.data, field: amount}))
        return amount


def read_invoice(raw: str) -> str:
    """Return a part of an invoice's number in its one spelling."""
    return "".join(half_width(raw).upper().split())


def _sum_problem(field: str, known: Mapping[str, Any]) -> str | None:
    """Return what is wrong with an amount, given those above it on the form that are good."""
    total = known.get("total")
    if total is None:
        return None
    if field == "total":
        return None if total else texts.TOTAL_ZERO
    if known[field] > total:
        singly = {"pooled": texts.POOLED_ABOVE_TOTAL, "out_of_catalogue": texts.OUT_ABOVE_TOTAL}
        return singly.get(field, texts.PAID_ABOVE_TOTAL)
    if field == "out_of_catalogue":
        both = known[field] + known.get("pooled", 0)
        return texts.OUT_AND_POOLED_ABOVE_TOTAL if both > total else None
    paid = sum(known.get(payment, 0) for payment in PAYMENTS)
    return texts.PAID_ABOVE_TOTAL if paid > total else None
