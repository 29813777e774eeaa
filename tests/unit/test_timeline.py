"""A case's history in words: who reads what."""

from datetime import UTC, datetime

import pytest

from chalicelib.casework.case import Event, Reason
from chalicelib.casework.machine import Role
from chalicelib.casework.timeline import timeline
from tests.fakes.parcel import PARCEL

AT = datetime(2026, 11, 23, 6, 28, tzinfo=UTC)
WHY = (Reason("R08", "document:d1", "sealed-1"), Reason("R07"))


def event(action: str, before: str, after: str, role: Role, note: str = "") -> Event:
    reasons = WHY if action in ("reject", "send_back") else ()
    return Event("7", 1, action, before, after, role, "anna", AT, "op", reasons, note=note)


HISTORY = (
    event("submit", "new", "first", Role.EMPLOYEE),
    event("approve", "first", "second", Role.FIRST_REVIEWER, note="sealed-2"),
    event("send_back", "second", "first", Role.SECOND_REVIEWER),
    event("reject", "first", "draft", Role.FIRST_REVIEWER),
)


def opened(number: str, sealed: str) -> str:
    assert number == "7"
    return {"": "", "sealed-1": "看不清", "sealed-2": "已电话核实"}[sealed]


def test_newest_first_with_roles_and_beijing_time() -> None:
    rows = timeline(PARCEL, HISTORY)
    assert [row.title for row in rows] == [
        "驳回 · 草稿",
        "退回初核 · 待初核",
        "通过 · 待复核",
        "提交 · 待初核",
    ]
    assert [row.role for row in rows] == ["初核员", "复核员", "初核员", "职工本人"]
    assert {row.at_text for row in rows} == {"2026-11-23 14:28"}
    assert "anna" not in str(rows)


@pytest.mark.parametrize("internal", [True, False])
def test_what_staff_tell_one_another_is_internal(*, internal: bool) -> None:
    rejected, returned, approved, submitted = timeline(PARCEL, HISTORY, opened, internal=internal)
    said = ("材料不清晰或非本人：看不清", "材料不全")
    assert rejected.note_lines == said
    assert returned.note_lines == (said if internal else ())
    assert approved.note_lines == (("已电话核实",) if internal else ())
    assert submitted.note_lines == ()


def test_without_a_way_to_open_remarks_there_are_none() -> None:
    assert all(row.note_lines == () for row in timeline(PARCEL, HISTORY, internal=True))
