"""The review desk: queues, one case, its pictures, and deciding it (PRODUCT B2, B3, C2)."""

import re
from dataclasses import replace
from typing import TYPE_CHECKING

from chalicelib.core.clock import beijing_date
from chalicelib.core.errors import Conflict, Refused
from chalicelib.staff.groups import DECIDERS, OVERSEERS, READERS
from chalicelib.web.answers import Answer, Page, SeeOther
from chalicelib.web.room import Guard, Room
from chalicelib.web.staff_bar import Tab
from chalicelib.web.visit import Visit

if TYPE_CHECKING:
    from chalicelib.staff.case_view import Typed

room = Room(__name__)
TABS = (Tab("待办", "/staff", READERS, finds=True), Tab("查看记录", "/staff/audit", OVERSEERS))

_CASE = "/staff/cases/{number}"
_KEY = re.compile(r"\d{1,20}")


def _queue(visit: Visit, *, notice: str = "", status: int = 200) -> Page:
    from chalicelib.staff import views, waiting

    person, world, query = visit.staff, visit.world, visit.query
    states, state = waiting.states(person), query.get("state", "")
    wanted = waiting.Wanted(
        state=state if state in states else waiting.first(person),
        prefecture=query.get("prefecture", ""),
        kind=query.get("kind", ""),
        after=query.get("after", "")[:40],
    )
    found = waiting.listed(world, person, wanted) if wanted.state else waiting.Waiting(())
    view = views.queue_view(person, wanted, (states, found), world.clock.now(), notice)
    return Page("staff/queue.html", view, status)


@room.page("/staff", guard=Guard.STAFF)
def staff_queue(visit: Visit) -> Answer:
    """待办: what waits for this person, oldest first."""
    from chalicelib.staff import texts

    notice = texts.NOTICES.get(visit.query.get("notice", ""), "")
    return _queue(visit, notice=notice)


@room.form("/staff/next", guard=Guard.STAFF, role=DECIDERS, token="/staff")  # noqa: S106 - a path
def staff_next(visit: Visit) -> Answer:
    """「下一件」: the oldest case that is free and may be decided by this person."""
    from chalicelib.staff import waiting

    case = waiting.take_next(visit.world, visit.staff)
    return SeeOther(_CASE.format(number=case.number) if case else "/staff?notice=nothing")


@room.page("/staff/find", guard=Guard.STAFF, role=READERS)
def staff_find(visit: Visit) -> Answer:
    """Go to a case by its number, with or without its letters."""
    digits = (
        visit.query.get("number", "")
        .strip()
        .lstrip("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz")
    )
    found = digits.isdecimal() and digits.isascii()
    return SeeOther(_CASE.format(number=digits[:20]) if found else "/staff?notice=unknown")


@room.page(_CASE, guard=Guard.STAFF, role=READERS)
def staff_case(visit: Visit, number: str) -> Answer:
    """One case: what is asked, what is checked, what was sent, what happened."""
    return _case(visit, number)


@room.page(_CASE + "/pictures/{doc_id}", guard=Guard.STAFF, role=READERS)
def staff_picture(visit: Visit, number: str, doc_id: str) -> Answer:
    """Show a picture of a case: a minute's address, after the same checks as the case."""
    from chalicelib.staff import dossier

    thumbnail = visit.query.get("size") == "thumb"
    return SeeOther(dossier.picture(visit.world, visit.staff, number, doc_id, thumbnail=thumbnail))


def case_again(visit: Visit, refused: Refused, number: str) -> Page:
    """Show the case once more, with what was typed and why it was not taken."""
    return _case(visit, number, typed=_typed(visit, refused), status=422)


@room.form(_CASE + "/reveal", guard=Guard.STAFF, role=READERS, token=_CASE, again=case_again)
def staff_reveal(visit: Visit, number: str) -> Answer:
    """「查看完整信息」: unmasked, once, for a recorded reason."""
    from chalicelib.staff import texts

    reason = visit.form.get("reason", "")
    if reason not in texts.REVEAL_REASONS:
        raise Refused(errors={"reason": texts.REVEAL_REASON})
    return _case(visit, number, typed=_typed(visit), reveal=reason)


@room.form(_CASE + "/lease", guard=Guard.STAFF, role=DECIDERS, token=_CASE, again=case_again)
def staff_lease(visit: Visit, number: str) -> Answer:
    """「开始办理」: keep others away for a while."""
    from chalicelib.casework.service import Casework
    from chalicelib.staff import scope, texts

    casework = Casework(visit.world)
    scope.require(visit.staff, casework.read(number))
    if not casework.lease(number, visit.staff.account):
        raise Refused(texts.LEASED)
    return _case(visit, number, typed=_typed(visit))


@room.form(_CASE + "/next", guard=Guard.STAFF, role=DECIDERS, token=_CASE, again=case_again)
def staff_skip(visit: Visit, number: str) -> Answer:
    """Leave a case undecided to others and go on behind it."""
    from chalicelib.casework.service import Casework
    from chalicelib.staff import waiting

    Casework(visit.world).release(number, visit.staff.account)
    after = visit.form.get("after", "")[:40]
    case = waiting.take_next(visit.world, visit.staff, after=after, but=number)
    return SeeOther(_CASE.format(number=case.number) if case else "/staff?notice=nothing")


@room.form(_CASE + "/notes", guard=Guard.STAFF, role=DECIDERS, token=_CASE, again=case_again)
def staff_note(visit: Visit, number: str) -> Answer:
    """Add an internal note."""
    from chalicelib.casework.service import Casework
    from chalicelib.staff import decisions, scope, texts

    scope.require(visit.staff, Casework(visit.world).read(number))
    text = visit.form.get("note", "")
    if not text or len(text) > decisions.REMARK_LENGTH:
        raise Refused(errors={"note": texts.NOTE_TOO_LONG if text else texts.NOTE_EMPTY})
    operation = visit.operation(_CASE.format(number=number))
    visit.world.notes.add(number, visit.staff.account, text, operation)
    return _case(visit, number, typed=replace(_typed(visit), note=""))


@room.form(_CASE + "/typed", guard=Guard.STAFF, role=DECIDERS, token=_CASE, again=case_again)
def staff_typed(visit: Visit, number: str) -> Answer:
    """Come back from the question with everything that was typed."""
    return _case(visit, number, typed=_typed(visit))


@room.form(_CASE + "/confirm", guard=Guard.STAFF, role=DECIDERS, token=_CASE, again=case_again)
def staff_confirm(visit: Visit, number: str) -> Answer:
    """Show what a decision will do and what the employee will read; nothing is changed."""
    from chalicelib.casework.service import Casework
    from chalicelib.staff import confirm_view, decisions, scope

    world, person = visit.world, visit.staff
    case = Casework(world).read(number)
    scope.require(person, case)
    decision = decisions.read(case, visit.form)
    try:
        will_be = decisions.settled(world, person, case, decision)
    except Conflict as error:
        return _stale(visit, number, error)
    question = confirm_view.Question(person, case, decision, will_be)
    return Page("staff/confirm.html", confirm_view.confirm_view(world, question, visit.form))


@room.form(_CASE + "/decide", guard=Guard.STAFF, role=DECIDERS, token=_CASE, again=case_again)
def staff_decide(visit: Visit, number: str) -> Answer:
    """Decide, then go on with the next case if that is wanted."""
    from chalicelib.staff import decisions, waiting

    operation = visit.operation(_CASE.format(number=number))
    try:
        decisions.take(visit.world, visit.staff, number, visit.form, operation)
    except Conflict as error:
        return _stale(visit, number, error)
    if visit.form.get("then") != "next":
        return SeeOther(_CASE.format(number=number))
    case = waiting.take_next(visit.world, visit.staff)
    return SeeOther(_CASE.format(number=case.number) if case else "/staff?notice=done")


@room.page("/staff/audit", guard=Guard.STAFF, role=OVERSEERS)
def staff_audit(visit: Visit) -> Answer:
    """查看记录: who looked at what on a day."""
    from datetime import date

    from chalicelib.staff import views

    today = beijing_date(visit.world.clock.now())
    try:
        day = date.fromisoformat(visit.query.get("day", "")).isoformat()
    except ValueError:
        day = today.isoformat()
    before = visit.query.get("before", "")
    entries = visit.world.audit.day(day, before if _KEY.fullmatch(before) else None)
    return Page("staff/audit.html", views.audit_view(visit.staff, day, entries))


def _case(
    visit: Visit,
    number: str,
    *,
    typed: "Typed | None" = None,
    reveal: str = "",
    status: int = 200,
) -> Page:
    from chalicelib.staff import case_view, dossier

    world, person = visit.world, visit.staff
    shown = dossier.read(world, person, number, reveal=reveal)
    view = case_view.case_view(
        world, person, shown, typed=typed or case_view.Typed(), masked=not reveal
    )
    return Page("staff/case.html", view, status)


def _stale(visit: Visit, number: str, error: Conflict) -> Page:
    """Show the case as it is now, with what was typed for the one before."""
    return _case(visit, number, typed=_typed(visit, Refused(error.message)), status=409)


def _typed(visit: Visit, refused: Refused | None = None) -> "Typed":
    from chalicelib.staff import case_view, decisions

    form = visit.form
    return case_view.Typed(
        lines=decisions.lines(form),
        remark=form.get("remark", "")[: decisions.REMARK_LENGTH + 100],
        note=form.get("note", "")[: decisions.REMARK_LENGTH + 100],
        asks=decisions.asks(form),
        errors=refused.errors if refused else {},
    )
