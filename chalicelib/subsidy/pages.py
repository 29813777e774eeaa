"""补助申请 on the phone (PRODUCT A7-A12): list, three steps, progress, and mending an account."""

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING

from chalicelib.core.errors import Refused
from chalicelib.web.answers import Answer, Page, SeeOther
from chalicelib.web.result import Action, result
from chalicelib.web.room import Guard, Room
from chalicelib.web.visit import Visit

if TYPE_CHECKING:
    from chalicelib.store.tables import Key

room = Room(__name__)

_BACK = Action("返回", "/subsidies", "primary")


def also(params: Mapping[str, str], member_id: str) -> Sequence["Key"]:
    """Return what a page of one application reads with the session: draft, case, plans."""
    from chalicelib.subsidy import drafts

    return drafts.also(params, member_id)


def case_also(params: Mapping[str, str], member_id: str) -> Sequence["Key"]:
    """Return what the page of a case reads with the session."""
    from chalicelib.subsidy import cases

    return cases.also(params, member_id)


def new_again(visit: Visit, refused: Refused) -> Page:
    """Show the way in once more, with what is missing."""
    from chalicelib.subsidy import entry

    return entry.page(visit, refused.errors, status=422)


def identity_again(visit: Visit, refused: Refused, number: str) -> Page:
    """Show step ① once more."""
    return _again(visit, refused, number, step="identity")


def stay_again(visit: Visit, refused: Refused, number: str) -> Page:
    """Show step ② once more, as it was typed."""
    return _again(visit, refused, number, step="stay")


def account_again(visit: Visit, refused: Refused, number: str) -> Page:
    """Show step ③ once more, as it was typed."""
    return _again(visit, refused, number, step="account")


def submit_again(visit: Visit, refused: Refused, number: str) -> Page:
    """Show everything once more, with what is to be mended on which step."""
    from chalicelib.subsidy import drafts, last_look

    judged = drafts.judged(visit, drafts.read(visit, number))
    view = last_look.view(visit.world, judged, refused.errors)
    return Page("subsidy/review.html", view, status=422)


def withdraw_again(_visit: Visit, refused: Refused, number: str) -> Page:
    """Say why it cannot be withdrawn, with the way to its progress."""
    from chalicelib.subsidy import page_texts as texts

    return _as_it_is(texts.NOT_WITHDRAWN, refused, number)


def delete_again(_visit: Visit, refused: Refused, number: str) -> Page:
    """Say why it cannot be deleted, with the way to its progress."""
    from chalicelib.subsidy import page_texts as texts

    return _as_it_is(texts.NOT_DELETED, refused, number)


def repair_again(visit: Visit, refused: Refused, number: str) -> Page:
    """Show the account once more, as it was typed."""
    from chalicelib.subsidy import cases, service
    from chalicelib.subsidy import page_texts as texts

    case = service.own_case(visit, number)
    if case.state != "account_repair":
        return _as_it_is(texts.NOT_REPAIRED, refused, number)
    view = cases.repair_view(visit, case, refused.errors)
    return Page("subsidy/repair.html", view, status=422)


@room.page("/subsidies", guard=Guard.MEMBER)
def subsidy_list(visit: Visit) -> Answer:
    """「补助申请」: the employee's applications."""
    from chalicelib.subsidy import cases

    return Page("subsidy/list.html", cases.list_view(visit))


@room.page("/subsidies/new", guard=Guard.MEMBER, also=also)
def subsidy_new(visit: Visit) -> Answer:
    """What to have at hand, by when, and what happens with it."""
    from chalicelib.subsidy import entry

    return entry.page(visit, {})


@room.form("/subsidies/new", guard=Guard.MEMBER, again=new_again, also=also)
def subsidy_begin(visit: Visit) -> Answer:
    """「开始申请」."""
    from chalicelib.subsidy import drafts

    agreed = visit.form.get("agree") == "1"
    operation = visit.operation("/subsidies/new")
    number = drafts.begin(visit.world, visit.person, agreed=agreed, operation=operation)
    return SeeOther(f"/subsidies/{number}/identity")


@room.page("/subsidies/{number}/identity", guard=Guard.MEMBER, also=also)
def subsidy_identity(visit: Visit, number: str) -> Answer:
    """① 参保人证件上传."""
    return _step(visit, number, "identity")


@room.form("/subsidies/{number}/identity", guard=Guard.MEMBER, again=identity_again, also=also)
def subsidy_keep_identity(visit: Visit, number: str) -> Answer:
    """Keep step ①, and go on when it is good."""
    return _keep(visit, number, "identity")


@room.page("/subsidies/{number}/stay", guard=Guard.MEMBER, also=also)
def subsidy_stay(visit: Visit, number: str) -> Answer:
    """② 住院信息填写及单据上传."""
    return _step(visit, number, "stay")


@room.form("/subsidies/{number}/stay", guard=Guard.MEMBER, again=stay_again, also=also)
def subsidy_keep_stay(visit: Visit, number: str) -> Answer:
    """Keep step ②, and go on when it is good."""
    return _keep(visit, number, "stay")


@room.page("/subsidies/{number}/account", guard=Guard.MEMBER, also=also)
def subsidy_account(visit: Visit, number: str) -> Answer:
    """③ 填写补助金收款账户."""
    return _step(visit, number, "account")


@room.form("/subsidies/{number}/account", guard=Guard.MEMBER, again=account_again, also=also)
def subsidy_keep_account(visit: Visit, number: str) -> Answer:
    """Keep step ③, and go on when it is good."""
    return _keep(visit, number, "account")


@room.page("/subsidies/{number}/review", guard=Guard.MEMBER, also=also)
def subsidy_review(visit: Visit, number: str) -> Answer:
    """Everything once more, before it is sent."""
    from chalicelib.subsidy import drafts, last_look, steps

    try:
        draft = drafts.read(visit, number)
    except Refused:
        return SeeOther(f"/subsidies/{number}")
    judged = drafts.judged(visit, draft)
    errors = steps.all_errors(visit.world, judged)
    return Page("subsidy/review.html", last_look.view(visit.world, judged, errors))


@room.form(
    "/subsidies/{number}/submit",
    guard=Guard.MEMBER,
    token="/subsidies/{number}/review",  # noqa: S106 - a path
    again=submit_again,
    also=also,
)
def subsidy_submit(visit: Visit, number: str) -> Answer:
    """「提交申请」."""
    from chalicelib.subsidy import saving

    saving.submit(visit, number, visit.operation(f"/subsidies/{number}/review"))
    return SeeOther(f"/subsidies/{number}/submitted")


@room.page("/subsidies/{number}/submitted", guard=Guard.MEMBER)
def subsidy_submitted(_visit: Visit, number: str) -> Answer:
    """「等待审核」."""
    from chalicelib.subsidy import page_texts as texts
    from chalicelib.subsidy.progress import shown_number

    text = texts.SUBMITTED_TEXT.format(number=shown_number(number))
    progress = Action("查看审核进度", f"/subsidies/{number}")
    return result(texts.SUBMITTED_TITLE, text, _BACK, progress, mark="waiting")


@room.page("/subsidies/{number}", guard=Guard.MEMBER, also=case_also)
def subsidy_case(visit: Visit, number: str) -> Answer:
    """「补助申请进度」; what was never submitted goes on where it was left."""
    from chalicelib.subsidy import cases, drafts, steps

    try:
        draft = drafts.read(visit, number)
    except Refused:
        draft = None
    if draft is not None and draft.case is None:
        return SeeOther(f"/subsidies/{number}/{steps.touched_step(draft)}")
    return Page("subsidy/case.html", cases.case_view(visit, number))


@room.page("/subsidies/{number}/withdraw", guard=Guard.MEMBER, also=also)
def subsidy_withdraw_page(visit: Visit, number: str) -> Answer:
    """Ask before an application is withdrawn."""
    from chalicelib.subsidy import service, views

    if service.own_case(visit, number).state != "first_review":
        return SeeOther(f"/subsidies/{number}")
    return Page("subsidy/confirm.html", views.withdraw_view(number))


@room.form("/subsidies/{number}/withdraw", guard=Guard.MEMBER, again=withdraw_again, also=also)
def subsidy_withdraw(visit: Visit, number: str) -> Answer:
    """「撤回」."""
    from chalicelib.subsidy import service

    service.withdraw(visit, number, visit.operation(f"/subsidies/{number}/withdraw"))
    return SeeOther(f"/subsidies/{number}")


@room.page("/subsidies/{number}/delete", guard=Guard.MEMBER, also=also)
def subsidy_delete_page(visit: Visit, number: str) -> Answer:
    """Ask before an application is deleted."""
    from chalicelib.subsidy import drafts, views

    try:
        draft = drafts.read(visit, number)
    except Refused:
        return SeeOther(f"/subsidies/{number}")
    back = f"/subsidies/{number}" if draft.case else "/subsidies"
    return Page("subsidy/confirm.html", views.delete_view(number, back))


@room.form("/subsidies/{number}/delete", guard=Guard.MEMBER, again=delete_again, also=also)
def subsidy_delete(visit: Visit, number: str) -> Answer:
    """「删除」."""
    from chalicelib.subsidy import service

    service.delete(visit, number, visit.operation(f"/subsidies/{number}/delete"))
    return SeeOther("/subsidies?deleted=1")


@room.page("/subsidies/{number}/repair", guard=Guard.MEMBER, also=also)
def subsidy_repair_page(visit: Visit, number: str) -> Answer:
    """「修正收款账户」 after a payment failed."""
    from chalicelib.subsidy import cases, service

    case = service.own_case(visit, number)
    if case.state != "account_repair":
        return SeeOther(f"/subsidies/{number}")
    return Page("subsidy/repair.html", cases.repair_view(visit, case, {}))


@room.form("/subsidies/{number}/repair", guard=Guard.MEMBER, again=repair_again, also=also)
def subsidy_repair(visit: Visit, number: str) -> Answer:
    """「提交新账户」."""
    from chalicelib.subsidy import cases

    cases.repair(visit, number, visit.operation(f"/subsidies/{number}/repair"))
    return SeeOther(f"/subsidies/{number}")


def _step(visit: Visit, number: str, step: str) -> Answer:
    from chalicelib.subsidy import drafts, steps

    try:
        draft = drafts.read(visit, number)
    except Refused:
        return SeeOther(f"/subsidies/{number}")
    return Page("subsidy/step.html", steps.opened_view(visit, drafts.judged(visit, draft), step))


def _keep(visit: Visit, number: str, step: str) -> Answer:
    from chalicelib.subsidy import saving

    return saving.keep(visit, number, step)


def _again(visit: Visit, refused: Refused, number: str, *, step: str) -> Page:
    from chalicelib.subsidy import saving

    return saving.again(visit, number, step, refused.errors)


def _as_it_is(title: str, refused: Refused, number: str) -> Page:
    progress = Action("查看进度", f"/subsidies/{number}", "primary")
    return result(title, refused.message, progress, mark="info", status=422)
