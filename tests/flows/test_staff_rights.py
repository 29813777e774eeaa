"""Who may open what: every role, every page, other prefectures, no session."""

import pytest
from chalice.test import Client

from chalicelib.casework.machine import Role
from tests.fakes.cloud import Stage
from tests.fakes.desk import Desk, Send, Sit, case_form, path

PAGES = ["/staff", "/staff/audit", "/staff/password", "/staff/find?number=1", "case", "picture"]
POSTS = ["confirm", "decide", "lease", "next", "notes", "reveal", "typed"]
DECIDE = {Role.FIRST_REVIEWER, Role.SECOND_REVIEWER, Role.FINANCE}
READ = DECIDE | {Role.AUDITOR}
NOT_YET = {Role.FINANCE}
"""They read what is approved, and the case here is not."""
MAY = {
    "/staff": set(Role),
    "/staff/audit": {Role.AUDITOR, Role.ADMIN},
    "/staff/password": set(Role),
    "/staff/find?number=1": READ,
    "case": READ,
    "picture": READ,
}


def address(page: str, number: str) -> str:
    named = {"case": f"/staff/cases/{number}", "picture": f"/staff/cases/{number}/pictures/x"}
    return named.get(page, page)


@pytest.mark.parametrize(
    "role", [role for role in Role if role not in (Role.EMPLOYEE, Role.SYSTEM)]
)
def test_each_role_opens_its_pages_and_no_others(sit: Sit, send: Send, role: Role) -> None:
    here, there = send(), send("1002", "南宁市")
    desk = sit("anna", role)
    unread = 404 if role in NOT_YET else 0
    for page in PAGES:
        allowed = role in MAY[page]
        seen = desk.open(address(page, here.number), follow=False)
        expected = {"/staff/find?number=1": 303, "picture": 404, "case": unread or 200}.get(
            page, 200
        )
        assert seen.status == (expected if allowed else 403), page
    for number in (there.number, "12345"):
        answers = [desk.open(address(page, number)) for page in ("case", "picture")]
        assert {seen.status for seen in answers} == ({404} if role in READ else {403})
    for post in POSTS:
        seen = desk.post(f"/staff/cases/{here.number}/{post}", {"token": "x"})
        reads = role in READ if post == "reveal" else role in DECIDE
        assert seen.status == ((unread or 422) if reads else 403), post


def test_another_prefectures_case_is_like_none(sit: Sit, send: Send) -> None:
    there = send("1002", "南宁市")
    desk = sit("anna", Role.FIRST_REVIEWER)
    own = case_form(desk.open(path(send())))
    seen = {
        desk.open(address("case", number)).body.replace(number, "N")
        for number in (there.number, "12345")
    }
    assert len(seen) == 1
    for post in POSTS:
        assert desk.post(path(there, f"/{post}"), own).status in (404, 422)


@pytest.mark.parametrize("page", PAGES)
def test_without_a_session_there_is_only_the_door(client: Client, stage: Stage, page: str) -> None:
    desk = Desk(client, stage)
    seen = desk.open(address(page, "12345"), follow=False)
    assert seen.status == 303
    assert seen.headers["Location"].startswith("/staff/login")
    asked = desk.open(address(page, "12345"), accept="application/json")
    assert asked.status == 403


@pytest.mark.parametrize("post", [*(f"/staff/cases/1/{p}" for p in POSTS), "/staff/next"])
def test_without_a_session_nothing_is_done(client: Client, stage: Stage, post: str) -> None:
    seen = Desk(client, stage).post(post, {"token": "x"}, follow=False)
    assert (seen.status, seen.headers["Location"]) == (303, "/staff/login")


def test_staff_pages_keep_out_employees_and_the_other_way_round(
    sit: Sit, client: Client, stage: Stage
) -> None:
    desk = sit("anna", Role.FIRST_REVIEWER)
    seen = desk.open("/me", follow=False)
    assert seen.headers["Location"].startswith("https://open.test")
