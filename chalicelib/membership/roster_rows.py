"""One row of a roster: which columns it has, and what is wrong with it, all at once.

A row is one enrolment of one employee (manual, A6). ``parse`` is pure and total: whatever the cells
hold, the answer is a row in the product's own spelling or a list of problems. A problem names the
row, the column and what to do, and never repeats a personal value: the report travels by mail.
"""

from __future__ import annotations

import hashlib
import unicodedata
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from typing import TypeVar

from chalicelib.core import identity
from chalicelib.core.cells import (
    Cell,
    as_date,
    as_text,
    as_whole_number,
    digits_lost,
)
from chalicelib.core.identity import DocType, InsuranceType, Sex, half_width
from chalicelib.membership.roster_columns import (
    DOC_TYPE_OF,
    INSURANCE_OF,
    PREFECTURE_OF,
    SEX_OF,
)
from chalicelib.store.members import Enrolment

_T = TypeVar("_T")

_OLDEST_BIRTH = date(1900, 1, 1)
_COVER_YEARS = range(2000, 2100)
_MAX_SHARES = 99
_MAX_TEXT = 60
_MAX_UNIT_ID = 32


@dataclass(frozen=True, slots=True)
class RowError:
    """Why a row was refused. `row` counts as the spreadsheet does, the first line being 1."""

    row: int
    column: str
    reason: str


@dataclass(frozen=True, slots=True)
class Person:
    """What must be the same in every row of one employee."""

    name: str
    doc_type: DocType
    doc_number: str
    phone: str
    sex: Sex
    birth_date: date
    insurance_type: InsuranceType
    social_card: str | None


@dataclass(frozen=True, slots=True)
class RosterRow:
    """A good row: an employee, the unit of that period, and the period."""

    row: int
    person: Person
    unit_id: str
    prefecture: str
    enrolment: Enrolment


def plan_id_of(plan_name: str) -> str:
    """A stable id for a plan that rosters know only by name."""
    return "plan-" + hashlib.sha256(plan_name.encode()).hexdigest()[:12]


def parse(row: int, cells: Mapping[str, Cell], *, today: date) -> RosterRow | list[RowError]:
    """Judge every column of a row; all problems come together."""
    reading = _Reading(row, cells, today)
    person = reading.person()
    unit_name = reading.label("参保单位")
    unit_id = reading.unit_id()
    prefecture = reading.choice("所属市", PREFECTURE_OF, "所属市应为广西 14 个设区市之一，请核对。")
    enrolment = reading.enrolment(unit_name)
    if reading.errors:
        return reading.errors
    return RosterRow(row, person, unit_id, prefecture, enrolment)


class _Reading:
    """Reads one row column by column, and collects what is wrong.

    After a problem each method still answers with some value of its type, so that the next columns
    are judged too; `parse` lets no such value out.
    """

    def __init__(self, row: int, cells: Mapping[str, Cell], today: date) -> None:
        self.errors: list[RowError] = []
        self._row = row
        self._cells = cells
        self._texts = {column: as_text(cell) for column, cell in cells.items()}
        self._today = today

    def person(self) -> Person:
        name = identity.normalise_name(self._text("姓名"))
        self._note("姓名", identity.check_name(name))
        doc_type, number = self._document()
        phone = identity.normalise_phone(self._text("手机号码"))
        self._note("手机号码", identity.check_phone(phone))
        card = identity.normalise_social_card(self._number_text("社保卡号"))
        self._note("社保卡号", identity.check_social_card(card))
        return Person(
            name=name,
            doc_type=doc_type,
            doc_number=number or "",
            phone=phone,
            sex=self._sex(doc_type, number),
            birth_date=self._birth_date(doc_type, number),
            insurance_type=self.choice(
                "社保类型", INSURANCE_OF, "社保类型不在可选范围内，请核对。"
            ),
            social_card=card or None,
        )

    def enrolment(self, unit_name: str) -> Enrolment:
        plan_name = self.label("保障计划")
        starts, ends = self._cover_day("保障开始"), self._cover_day("保障结束")
        if starts and ends and ends < starts:
            self._note("保障结束", "保障结束早于保障开始，请核对。")
        return Enrolment(
            plan_id=plan_id_of(plan_name),
            plan_name=plan_name,
            unit_name=unit_name,
            starts=starts or self._today,
            ends=ends or self._today,
            shares=self._shares(),
        )

    def label(self, column: str) -> str:
        """Visible text of one line: the name of a unit or a plan."""
        text = unicodedata.normalize("NFC", " ".join(self._text(column).split()))
        if not text:
            self._note(column, f"请填写{column}。")
        elif len(text) > _MAX_TEXT:
            self._note(column, f"{column}不应超过 {_MAX_TEXT} 个字，请核对。")
        elif not text.isprintable():
            self._note(column, f"{column}含有无法显示的字符，请重新填写。")
        return text

    def unit_id(self) -> str:
        """Letters, digits and hyphens, as the unit's number is printed."""
        unit_id = "".join(half_width(self._number_text("单位编号")).upper().split())
        plain = unit_id.replace("-", "")
        if not unit_id:
            self._note("单位编号", "请填写单位编号。")
        elif not (plain.isascii() and plain.isalnum() and len(unit_id) <= _MAX_UNIT_ID):
            self._note(
                "单位编号", f"单位编号应为不超过 {_MAX_UNIT_ID} 位的字母、数字或短横，请核对。"
            )
        return unit_id

    def choice(self, column: str, options: Mapping[str, _T], otherwise: str) -> _T:
        """The option that the cell names; the first one when it names none."""
        text = "".join(half_width(self._text(column)).split())
        if text in options:
            return options[text]
        self._note(column, otherwise if text else f"请填写{column}。")
        return next(iter(options.values()))

    def _document(self) -> tuple[DocType, str | None]:
        """Kind and number of the document; the number is ``None`` when either is not good."""
        before = len(self.errors)
        doc_type = self.choice("证件类型", DOC_TYPE_OF, "证件类型不在可选范围内，请核对。")
        number = identity.normalise(doc_type, self._number_text("证件号码"))
        if len(self.errors) == before:
            self._note("证件号码", identity.check(doc_type, number, today=self._today))
        return doc_type, number if len(self.errors) == before else None

    def _sex(self, doc_type: DocType, number: str | None) -> Sex:
        """As the document says, else as the row says; both must agree."""
        inside = identity.sex(doc_type, number) if number else None
        text = self._text("性别")
        given = SEX_OF.get(text)
        if text and given is None:
            self._note("性别", "性别应为男或女，请核对。")
        elif given and inside and given is not inside:
            self._note("性别", f"性别与{doc_type.label}号码不一致，请核对。")
        elif number and not given and not inside:
            self._note("性别", "该证件号码不含性别，请填写性别。")
        return inside or given or Sex.MALE

    def _birth_date(self, doc_type: DocType, number: str | None) -> date:
        """As the document says, else as the row says; both must agree."""
        inside = identity.birth_date(doc_type, number) if number else None
        text = self._text("出生日期")
        given = as_date(self._cells.get("出生日期"))
        if text and (given is None or not _OLDEST_BIRTH <= given <= self._today):
            self._note("出生日期", "出生日期应为今天以前的日期，如 1990-01-31，请核对。")
        elif given and inside and given != inside:
            self._note("出生日期", f"出生日期与{doc_type.label}号码不一致，请核对。")
        elif number and not given and not inside:
            self._note("出生日期", "该证件号码不含出生日期，请填写出生日期。")
        return inside or given or self._today

    def _cover_day(self, column: str) -> date | None:
        if not self._text(column):
            self._note(column, f"请填写{column}。")
            return None
        day = as_date(self._cells.get(column))
        if day is None or day.year not in _COVER_YEARS:
            self._note(column, f"{column}应为日期，如 2026-01-01，请核对。")
            return None
        return day

    def _shares(self) -> int:
        if not self._text("份数"):
            return 1
        shares = as_whole_number(self._cells.get("份数"))
        if shares is None or not 1 <= shares <= _MAX_SHARES:
            self._note("份数", f"份数应为 1 至 {_MAX_SHARES} 的整数，请核对。")
            return 1
        return shares

    def _number_text(self, column: str) -> str:
        """Text of a column of long numbers, which spreadsheets like to round."""
        if digits_lost(self._cells.get(column)):
            self._note(
                column, f"{column}被表格软件存成了数值，末几位已丢失，请把该列设为文本后重新填写。"
            )
            return ""
        return self._text(column)

    def _text(self, column: str) -> str:
        return self._texts.get(column, "")

    def _note(self, column: str, reason: str | None) -> None:
        if reason:
            self.errors.append(RowError(self._row, column, reason))
