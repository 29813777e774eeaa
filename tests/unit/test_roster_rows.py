"""One row of a roster: accepted in the product's spelling, or every problem at once."""

from __future__ import annotations

import re
from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from chalicelib.core.cells import Cell
from chalicelib.core.identity import DocType, InsuranceType, Sex
from chalicelib.membership.roster_columns import COLUMNS, LAYOUT
from chalicelib.membership.roster_rows import RosterRow, RowError, parse
from tests.unit.roster_examples import GOOD, TODAY, row


def problems(**changes: Cell) -> list[tuple[str, str]]:
    found = parse(7, row(**changes), today=TODAY)
    assert isinstance(found, list)
    assert all(error.row == 7 for error in found)
    return [(error.column, error.reason) for error in found]


def good(**changes: Cell) -> RosterRow:
    found = parse(7, row(**changes), today=TODAY)
    assert isinstance(found, RosterRow), found
    return found


def test_a_good_row() -> None:
    found = good()
    assert found.person.name == "欧阳小明"
    assert found.person.doc_type is DocType.RESIDENT_ID
    assert found.person.insurance_type is InsuranceType.EMPLOYEE
    assert found.enrolment.starts == date(2026, 1, 1)
    assert found.enrolment.ends == date(2026, 12, 31)
    assert found.enrolment.shares == 1
    assert found.prefecture == "南宁市"
    assert found.unit_id == "GX4501-001"


def test_spelling_is_mended() -> None:
    found = good(
        姓名=" 欧阳 小明 ",
        证件类型="身份证",
        证件号码="１１０１０５ 19491231 002x",
        出生日期=None,
        手机号码=17900000001.0,
        所属市="南宁",
        单位编号=" gx4501-001",
        社保类型="职工医保",
        保障开始=46023,
        保障结束="2026年12月31日",
        份数=2.0,
    )
    assert found.person == good().person
    assert found.unit_id == "GX4501-001"
    assert found.prefecture == "南宁市"
    assert found.enrolment.starts == date(2026, 1, 1)
    assert found.enrolment.shares == 2


def test_what_the_document_says_need_not_be_filled_in() -> None:
    found = good(性别="", 出生日期="", 证件类型="", 社保卡号="", 份数="")
    assert found.person.sex is Sex.FEMALE
    assert found.person.birth_date == date(1949, 12, 31)
    assert found.person.social_card is None
    assert found.enrolment.shares == 1


def test_a_passport_says_neither_sex_nor_birth_date() -> None:
    passport: dict[str, Cell] = {"证件类型": "护照", "证件号码": "X12345678"}
    found = good(**passport)
    assert (found.person.sex, found.person.birth_date) == (Sex.FEMALE, date(1949, 12, 31))
    assert problems(**passport, 性别="", 出生日期="") == [
        ("性别", "该证件号码不含性别，请填写性别。"),
        ("出生日期", "该证件号码不含出生日期，请填写出生日期。"),
    ]


def test_all_problems_of_a_row_come_together() -> None:
    columns = [column for column, _ in problems(**dict.fromkeys(GOOD))]
    assert columns == [
        "姓名",
        "证件号码",
        "手机号码",
        "社保类型",
        "参保单位",
        "单位编号",
        "所属市",
        "保障计划",
        "保障开始",
        "保障结束",
    ]


@pytest.mark.parametrize(
    ("column", "cell", "reason"),
    [
        ("姓名", "欧", "姓名应为 2 至 30 个字，现为 1 个，请核对。"),
        ("证件类型", "驾驶证", "证件类型不在可选范围内，请核对。"),
        ("证件号码", "11010519491231003X", "身份证号第 18 位校验不符，请逐位核对。"),
        (
            "证件号码",
            1.1010519491231e17,
            "证件号码被表格软件存成了数值，末几位已丢失，请把该列设为文本后重新填写。",
        ),
        ("性别", "男", "性别与居民身份证号码不一致，请核对。"),
        ("性别", "未知", "性别应为男或女，请核对。"),
        ("出生日期", "1949-12-30", "出生日期与居民身份证号码不一致，请核对。"),
        ("出生日期", "1949-02-30", "出生日期应为今天以前的日期，如 1990-01-31，请核对。"),
        ("出生日期", "2026-11-24", "出生日期应为今天以前的日期，如 1990-01-31，请核对。"),
        ("手机号码", "12345678901", "手机号码应以 13 至 19 开头，请核对。"),
        ("参保单位", "单" * 61, "参保单位不应超过 60 个字，请核对。"),
        ("参保单位", "单位\x07", "参保单位含有无法显示的字符，请重新填写。"),
        ("单位编号", "编号一", "单位编号应为不超过 32 位的字母、数字或短横，请核对。"),
        ("所属市", "广州市", "所属市应为广西 14 个设区市之一，请核对。"),
        ("社保类型", "商业保险", "社保类型不在可选范围内，请核对。"),
        ("社保卡号", "123", "社保卡号应为 8 至 18 位字母或数字，请核对。"),
        ("保障开始", "去年", "保障开始应为日期，如 2026-01-01，请核对。"),
        ("保障结束", "2025-12-31", "保障结束早于保障开始，请核对。"),
        ("保障结束", "2126-12-31", "保障结束应为日期，如 2026-01-01，请核对。"),
        ("份数", "0", "份数应为 1 至 99 的整数，请核对。"),
        ("份数", "1.5", "份数应为 1 至 99 的整数，请核对。"),
    ],
)
def test_one_problem_is_named(column: str, cell: Cell, reason: str) -> None:
    assert problems(**{column: cell}) == [(column, reason)]


@pytest.mark.parametrize(
    ("heading", "column"),
    [
        ("姓名", "姓名"),
        (" * 姓 名：", "姓名"),
        ("职工姓名（必填）", "姓名"),
        ("身份证号", "证件号码"),
        ("手机号", "手机号码"),
        ("单位名称", "参保单位"),
        ("保障开始日期", "保障开始"),
        ("备注", None),
        (None, None),
        (3.5, None),
    ],
)
def test_headings(heading: Cell, column: str | None) -> None:
    assert LAYOUT.column_of(heading) == column


SECRET = "韦某某某"

cells = st.one_of(
    st.none(),
    st.text(max_size=30),
    st.just(SECRET),
    st.text("0123456789X", max_size=20),
    st.integers(-(10**20), 10**20),
    st.floats(allow_nan=True, allow_infinity=True),
    st.sampled_from([value for value in GOOD.values() if value is not None]),
)


@given(st.fixed_dictionaries({}, optional=dict.fromkeys(COLUMNS, cells)))
def test_whatever_a_row_holds_it_gets_an_answer_without_its_values(
    found: dict[str, Cell],
) -> None:
    answer = parse(3, found, today=TODAY)
    if isinstance(answer, RosterRow):
        return
    assert answer
    for error in answer:
        assert isinstance(error, RowError)
        assert re.search("[0-9]{5}", error.reason) is None
        assert SECRET not in error.reason
