"""The pages of 参保 and 隐私与授权 as a person may meet them."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, date, datetime
from typing import Any

from chalicelib.membership.enrolments import detail_view, list_view
from chalicelib.privacy import texts
from chalicelib.privacy.service import Open
from chalicelib.privacy.views import (
    account_view,
    confirm_view,
    export_view,
    privacy_view,
    withdraw_view,
)
from chalicelib.store.consents import Entry, Happened
from chalicelib.store.members import Enrolment
from chalicelib.subsidy.entitlement import words
from tests.unit.subsidy_examples import DEMO

AT = datetime(2026, 11, 23, 6, 28, tzinfo=UTC)
TODAY = date(2026, 11, 23)
UNIT = "中国共产党忻城县委员会党校工会委员会"


def _year(year: int, shares: int = 1) -> Enrolment:
    name = f"{year} 年度职工住院医疗互助保障（示例）"
    return Enrolment(f"demo-{year}", name, UNIT, date(year, 1, 1), date(year, 12, 31), shares)


PERIODS = [_year(2027), _year(2026, 2), _year(2025)]
GIVEN = (
    Entry("subsidy_health", "2026-11", given=True, channel="wechat-h5", at=AT),
    Entry("subsidy_bank", "2026-11", given=False, channel="wechat-h5", at=AT),
    Entry("policy", "2026-11", given=True, channel="wechat-h5", at=AT),
)
EVENTS = (Happened("moved", AT), Happened("bound", AT))
WRONG = {"code": "验证码不正确，请核对短信后重新输入。"}
OPEN = (
    Open("个人信息变更", "BG1344168415351173120", "待初核", "/changes/1344168415351173120"),
    Open("住院医疗补助", "BZ1344201122043166720", "尚未提交", "/subsidies/1/review"),
)
SENT = "验证码已发送至 138****1234，5 分钟内有效。"

PAGES: tuple[tuple[str, str, Any], ...] = (
    ("enrolments", "membership/enrolments.html", list_view(PERIODS, TODAY)),
    ("enrolments-over", "membership/enrolments.html", list_view(PERIODS[2:], TODAY)),
    ("enrolments-empty", "membership/enrolments.html", list_view([], TODAY)),
    (
        "enrolment",
        "membership/enrolment.html",
        detail_view(PERIODS[1], words(DEMO, PERIODS[1], PERIODS), PERIODS, TODAY),
    ),
    (
        "enrolment-alone",
        "membership/enrolment.html",
        detail_view(PERIODS[2], None, PERIODS[2:], TODAY),
    ),
    ("privacy", "privacy/privacy.html", privacy_view(GIVEN, EVENTS)),
    ("privacy-empty", "privacy/privacy.html", privacy_view((), ())),
    ("withdraw", "privacy/withdraw.html", withdraw_view(GIVEN[0])),
    ("withdraw-policy", "privacy/withdraw.html", withdraw_view(GIVEN[2])),
    ("export", "privacy/export.html", export_view("13800001234")),
    ("export-sent", "privacy/export.html", export_view("13800001234", notice=SENT, wait=60)),
    ("export-wrong", "privacy/export.html", export_view("13800001234", errors=WRONG)),
    ("account", "privacy/account.html", account_view(())),
    ("account-blocked", "privacy/account.html", account_view(OPEN)),
    ("leave", "privacy/confirm.html", confirm_view("13800001234")),
    (
        "leave-wrong",
        "privacy/confirm.html",
        confirm_view("13800001234", errors={**WRONG, "agree": texts.CONFIRM_FIRST}),
    ),
    (
        "leave-blocked",
        "privacy/confirm.html",
        replace(confirm_view("", errors={"form": texts.OPEN_CASES}), agreed=True),
    ),
)
