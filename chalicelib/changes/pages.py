"""个人信息变更 on the phone (PRODUCT A13, A14): list, form, progress, and mending a draft."""

from typing import TYPE_CHECKING

from chalicelib.core.errors import Refused
from chalicelib.web.answers import Answer, Page, SeeOther
from chalicelib.web.result import Action, result
from chalicelib.web.room import Guard, Room
from chalicelib.web.visit import Visit

if TYPE_CHECKING:
    from chalicelib.changes.service import Submission

room = Room(__name__)

_BACK = Action("返回", "/changes", "primary")


def _sent(visit: Visit, path: str) -> "Submission":
    from chalicelib.changes.service import Submission

    return Submission(visit.form, visit.every("documents"), visit.operation(path))


def new_again(visit: Visit, refused: Refused) -> Page:
    """Show the form once more, as it was typed."""
    from chalicelib.changes import forms

    view = forms.typed(visit, refused.errors)
    return Page("changes/form.html", view, status=422)


def edit_again(visit: Visit, refused: Refused, number: str) -> Page:
    """Show the draft's form once more, as it was typed."""
    from chalicelib.changes import forms

    view = forms.typed_again(visit, number, refused.errors)
    return Page("changes/form.html", view, status=422)


def delete_again(_visit: Visit, refused: Refused, number: str) -> Page:
    """Say why it cannot be deleted, with the way to its progress."""
    from chalicelib.changes import texts

    progress = Action("查看审核进度", f"/changes/{number}", "primary")
    return result(texts.NOT_DELETED, refused.message, progress, mark="info", status=422)


@room.page("/changes", guard=Guard.MEMBER)
def change_list(visit: Visit) -> Answer:
    """「个人信息变更」: the employee's requests."""
    from chalicelib.changes import service, views

    before = visit.query.get("before")
    cases, remarks = service.listed(visit.world, visit.person, before)
    return Page("changes/list.html", views.list_view(cases, remarks))


@room.page("/changes/new", guard=Guard.MEMBER)
def change_form(visit: Visit) -> Answer:
    """「变更申请填单」."""
    from chalicelib.changes import forms

    return Page("changes/form.html", forms.blank(visit))


@room.form("/changes", guard=Guard.MEMBER, again=new_again)
def change_submit(visit: Visit) -> Answer:
    """「确认提交」."""
    from chalicelib.changes import service

    service.submit(visit.world, visit.person, _sent(visit, "/changes"))
    return SeeOther("/changes/done")


@room.page("/changes/done", guard=Guard.MEMBER)
def change_done(_visit: Visit) -> Answer:
    """「变更申请已提交」."""
    from chalicelib.changes import texts

    return result(texts.DONE_TITLE, texts.DONE_TEXT, _BACK)


@room.page("/changes/deleted", guard=Guard.MEMBER)
def change_deleted(_visit: Visit) -> Answer:
    """Say that a draft is gone."""
    from chalicelib.changes import texts

    return result(texts.DELETED_TITLE, texts.DELETED_TEXT, _BACK)


@room.page("/changes/{number}", guard=Guard.MEMBER)
def change_progress(visit: Visit, number: str) -> Answer:
    """「审核进度」."""
    from chalicelib.casework.service import Casework
    from chalicelib.changes import attempts, forms, service, views

    case, history = service.own_story(visit.world, visit.person, number)
    latest = attempts.read(visit.world.vault, case)[-1]
    pictures = forms.kept(case)
    view = views.case_view(Casework(visit.world), case, history, latest, pictures)
    return Page("changes/case.html", view)


@room.page("/changes/{number}/edit", guard=Guard.MEMBER)
def change_edit(visit: Visit, number: str) -> Answer:
    """「修改」: a request that came back, with what was objected to beside each field."""
    from chalicelib.changes import forms, service

    case = service.own_case(visit.world, visit.person, number)
    if case.state != "draft":
        return SeeOther(f"/changes/{number}")
    return Page("changes/form.html", forms.sent_back(visit, case))


@room.form("/changes/{number}", guard=Guard.MEMBER, again=edit_again)
def change_resubmit(visit: Visit, number: str) -> Answer:
    """「确认提交」 of a request that came back."""
    from chalicelib.changes import service

    sent = _sent(visit, f"/changes/{number}")
    service.resubmit(visit.world, visit.person, number, sent)
    return SeeOther("/changes/done")


@room.page("/changes/{number}/delete", guard=Guard.MEMBER)
def change_delete_page(visit: Visit, number: str) -> Answer:
    """Ask before deleting a draft."""
    from chalicelib.changes import service, views

    case = service.own_case(visit.world, visit.person, number)
    if case.state != "draft":
        return SeeOther(f"/changes/{number}")
    return Page("changes/delete.html", views.delete_view(case))


@room.form("/changes/{number}/delete", guard=Guard.MEMBER, again=delete_again)
def change_delete(visit: Visit, number: str) -> Answer:
    """「删除」."""
    from chalicelib.changes import service

    operation = visit.operation(f"/changes/{number}/delete")
    service.delete(visit.world, visit.person, number, operation)
    return SeeOther("/changes/deleted")
