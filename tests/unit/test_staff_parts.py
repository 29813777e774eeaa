"""Pieces of the console: tabs, who reads what, lines, pictures by document."""

from datetime import UTC, datetime

import pytest

from chalicelib.casework.kind import Ask, Row, register
from chalicelib.casework.machine import Role
from chalicelib.staff import case_parts, decisions, scope
from chalicelib.store.documents import CLEAN, Document
from chalicelib.subsidy.kind import KIND
from chalicelib.web.staff import StaffPerson
from chalicelib.web.staff_bar import Tab, bar, register_tab

NOW = datetime(2026, 11, 23, tzinfo=UTC)
TAB = Tab("测试", "/staff/test-tab", frozenset({Role.SYSTEM}), finds=True)


def person(*roles: Role) -> StaffPerson:
    return StaffPerson("anna", "韦安娜", frozenset(roles), frozenset({"来宾市"}), "")


def test_a_rooms_tab_is_for_its_roles_and_known_once() -> None:
    register_tab(TAB)
    register_tab(Tab("测试", "/staff/test-tab", frozenset({Role.SYSTEM}), finds=True))
    with pytest.raises(ValueError, match="/staff/test-tab"):
        register_tab(Tab("另一个", "/staff/test-tab", frozenset({Role.SYSTEM})))
    head = bar(person(Role.SYSTEM), "/staff/test-tab")
    assert ("测试", "/staff/test-tab", True) in head.links
    assert (head.finds, head.roles) == (True, "系统")
    assert "测试" not in [link.label for link in bar(person(Role.FINANCE)).links]
    assert not any(link.here for link in bar(person(Role.SYSTEM)).links)


@pytest.mark.parametrize(
    ("role", "state", "readable"),
    [
        (Role.FIRST_REVIEWER, "first_review", True),
        (Role.FIRST_REVIEWER, "closed", True),
        (Role.SECOND_REVIEWER, "first_review", True),
        (Role.SECOND_REVIEWER, "paying", True),
        (Role.FINANCE, "second_review", False),
        (Role.FINANCE, "draft", False),
        (Role.FINANCE, "refused", False),
        (Role.FINANCE, "payable", True),
        (Role.FINANCE, "paying", True),
        (Role.FINANCE, "account_repair", True),
        (Role.FINANCE, "closed", True),
        (Role.AUDITOR, "draft", True),
        (Role.SENIOR_REVIEWER, "second_review", False),
        (Role.EDITOR, "closed", False),
    ],
)
def test_a_role_reads_a_case_from_its_own_step_on(
    role: Role, state: str, *, readable: bool
) -> None:
    register(KIND)
    assert (state in scope.readable(KIND.name, role)) == readable


def test_lines_of_a_group_stand_together_and_masked() -> None:
    rows = [
        Row("holder", "户名", "欧阳小明", group="账户"),
        Row("account", "银行账号", "6225881414207430", old="6217003330012345678", group="账户"),
        Row("total", "总费用", "1,234.50", previous="1,000.00", group="费用"),
        Row("unit", "参保单位", "一个名字长到半行放不下的基层工会委员会", group="费用", fixed=True),
    ]
    account, costs = case_parts.field_groups(rows, masked=True)
    assert (account.name, account.sided, costs.sided) == ("账户", True, False)
    assert [field.new for field in account.fields] == ["欧***", "*" * 12 + "7430"]
    assert account.fields[1].old == "*" * 15 + "5678"
    total, unit = costs.fields
    assert (total.amount, total.wide, total.changed) == (True, False, True)
    assert (unit.amount, unit.wide, unit.target) == (False, True, "")
    clear, _ = case_parts.field_groups(rows, masked=False)
    assert clear.fields[1].new == "6225881414207430"


def picture(doc_id: str, purpose: str) -> Document:
    return Document(doc_id, "7", purpose, CLEAN, NOW, case_number="1")


def test_pictures_stand_under_their_documents() -> None:
    documents = [picture("a", "card"), picture("b", "bill"), picture("c", "card")]
    labels = {"bill": "票据", "record": "入院记录", "card": "银行卡"}
    groups = case_parts.picture_groups("1", documents, labels)
    assert [(g.name, [p.label for p in g.pictures]) for g in groups] == [
        ("票据", ["票据"]),
        ("银行卡", ["银行卡 1", "银行卡 2"]),
    ]
    (loose,) = case_parts.picture_groups("1", documents, {})
    assert [p.label for p in loose.pictures] == ["图片 1", "图片 2", "图片 3"]
    mixed = case_parts.picture_groups("1", documents, {"card": "银行卡"})
    assert [g.name for g in mixed] == ["银行卡", ""]


def test_what_is_asked_for_is_kept_as_it_was_typed() -> None:
    asks = (Ask("amount", "核定金额", "100.00", ("approve",), "只能核减"),)
    form = {"ask_amount": "90", "ask_other": "长" * 999, "amount": "1", "action": "approve"}
    typed = decisions.asks(form)
    assert typed["amount"] == "90"
    assert len(typed["other"]) == decisions.ASK_LENGTH + 1
    (field,) = case_parts.ask_fields(asks, "approve", typed)
    assert (field.field, field.value) == ("ask_amount", "90")
    assert case_parts.ask_fields(asks, "approve", {})[0].value == "100.00"
    assert case_parts.ask_fields(asks, "reject", typed) == ()
