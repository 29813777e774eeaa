"""打款 in the console: batches, their files, and what the bank says of them (PRODUCT B4, B5)."""

import re
from collections.abc import Callable

from chalicelib.casework.machine import Role
from chalicelib.core.errors import Conflict, Refused
from chalicelib.web.answers import Answer, Page, SeeOther, Text, as_json
from chalicelib.web.room import Guard, Room
from chalicelib.web.staff import StaffPerson
from chalicelib.web.staff_bar import Tab
from chalicelib.web.visit import Visit
from chalicelib.world import World

room = Room(__name__)

_HOME = "/staff/payouts"
_BATCH = "/staff/payouts/{batch}"
_DISPUTE = "/staff/payouts/{batch}/disputes/{payment}"
_READERS = frozenset({Role.FINANCE, Role.AUDITOR})
_NUMBER = re.compile(r"\d{1,24}")
TABS = (Tab("打款", _HOME, _READERS),)

_Work = Callable[[World, StaffPerson, str, int, str], None]


def _number(text: str) -> int:
    return int(text) if text.isascii() and text.isdecimal() and len(text) < 10 else 0


@room.page(_HOME, guard=Guard.STAFF, role=_READERS)
def payout_batches(visit: Visit) -> Answer:
    """打款: the batches of the person's prefectures, newest first."""
    from chalicelib.payout import disputes, service, views

    asked = visit.query.get("before", "")
    before = asked if _NUMBER.fullmatch(asked) else None
    listed = service.listed(visit.world, visit.staff, before)
    disputed = len(disputes.listed(visit.world, visit.staff))
    return Page("payout/list.html", views.list_view(visit.staff, listed, disputed))


@room.page(_HOME + "/new", guard=Guard.STAFF, role=Role.FINANCE)
def payout_new(visit: Visit) -> Answer:
    """新建批次: which prefectures, how many payments."""
    return _form(visit)


def build_again(visit: Visit, refused: Refused) -> Page:
    """Show the form once more, with what was typed."""
    return _form(visit, refused)


@room.form(_HOME, guard=Guard.STAFF, role=Role.FINANCE, again=build_again)
def payout_build(visit: Visit) -> Answer:
    """Begin to gather a batch."""
    from chalicelib.payout import service

    chosen, count = visit.every("prefecture"), _number(visit.form.get("count", ""))
    number = service.build(visit.world, visit.staff, chosen, count, visit.operation(_HOME))
    return SeeOther(_BATCH.format(batch=number))


@room.page(_BATCH, guard=Guard.STAFF, role=_READERS)
def payout_batch(visit: Visit, batch: str) -> Answer:
    """One batch: what it is at, its payments, its files."""
    return _batch(visit, batch)


def batch_again(visit: Visit, refused: Refused, batch: str) -> Page:
    """Show the batch as it is now, and why the form was not taken."""
    return _batch(visit, batch, refused, status=422)


@room.form(
    _BATCH + "/release", guard=Guard.STAFF, role=Role.FINANCE, token=_BATCH, again=batch_again
)
def payout_release(visit: Visit, batch: str) -> Answer:
    """放行: first the question with count and total, then the beginning of the work."""
    from chalicelib.payout import service

    return _sure(visit, batch, "release", service.release)


@room.form(
    _BATCH + "/dissolve", guard=Guard.STAFF, role=Role.FINANCE, token=_BATCH, again=batch_again
)
def payout_dissolve(visit: Visit, batch: str) -> Answer:
    """解散: first the question, then the beginning of the work."""
    from chalicelib.payout import service

    return _sure(visit, batch, "dissolve", service.dissolve)


@room.form(
    _BATCH + "/export", guard=Guard.STAFF, role=Role.FINANCE, token=_BATCH, again=batch_again
)
def payout_export(visit: Visit, batch: str) -> Answer:
    """生成付款文件."""
    from chalicelib.payout import service

    return _begin(visit, batch, service.export)


@room.form(
    _BATCH + "/download", guard=Guard.STAFF, role=Role.FINANCE, token=_BATCH, again=batch_again
)
def payout_download(visit: Visit, batch: str) -> Answer:
    """Give a minute's address of the payment file: a script goes there, else a page links to it.

    No redirect: a browser lets our forms lead to our own pages only (form-action).
    """
    from chalicelib.payout import service, views

    ext, reason = visit.form.get("ext", ""), visit.form.get("reason", "")
    url = service.download(visit.world, visit.staff, batch, ext, reason)
    if visit.wants_json:
        return as_json({"url": url})
    return Page("payout/download.html", views.download_view(visit.staff, batch, url))


@room.form(_BATCH + "/results", guard=Guard.STAFF, role=Role.FINANCE, token=_BATCH)
def payout_results(visit: Visit, batch: str) -> Answer:
    """Give the form that sends a result file straight to the bucket."""
    from chalicelib.payout import service

    upload = service.begin_result(visit.world, visit.staff, batch)
    return as_json({"id": upload.result_id, "url": upload.url, "fields": dict(upload.fields)})


@room.form(
    _BATCH + "/import", guard=Guard.STAFF, role=Role.FINANCE, token=_BATCH, again=batch_again
)
def payout_import(visit: Visit, batch: str) -> Answer:
    """Begin to read a result file that has arrived."""
    from chalicelib.payout import service, texts

    result = visit.form.get("result", "")
    if not result:
        raise Refused(errors={"result": texts.FILE_MISSING})
    service.import_result(visit.world, visit.staff, batch, result)
    return SeeOther(f"{_BATCH.format(batch=batch)}/report/{result}")


@room.page(_BATCH + "/report/{result}", guard=Guard.STAFF, role=_READERS)
def payout_report(visit: Visit, batch: str, result: str) -> Answer:
    """What came of a result file: counts, and each line that was not taken."""
    from chalicelib.payout import batch_view, service

    after = _number(visit.query.get("after", ""))
    found, problems = service.report(visit.world, visit.staff, batch, result, after)
    view = batch_view.report_view(visit.staff, batch, found, problems, after)
    return Page("payout/report.html", view)


@room.page(_BATCH + "/report/{result}/csv", guard=Guard.STAFF, role=_READERS)
def payout_report_csv(visit: Visit, batch: str, result: str) -> Answer:
    """The lines that were not taken, as a file."""
    from chalicelib.payout import reports

    body = reports.as_csv(visit.world, visit.staff, batch, result)
    headers = {"Content-Disposition": f'attachment; filename="problems-{batch}.csv"'}
    return Text(body, "text/csv; charset=utf-8", headers=headers)


@room.page(_HOME + "/disputes", guard=Guard.STAFF, role=_READERS)
def payout_disputes(visit: Visit) -> Answer:
    """待核实付款: payments of which the bank said two things, the oldest first."""
    from chalicelib.payout import dispute_view, disputes

    found = disputes.listed(visit.world, visit.staff)
    return Page("payout/disputes.html", dispute_view.list_view(visit.staff, found))


@room.page(_DISPUTE, guard=Guard.STAFF, role=_READERS)
def payout_dispute(visit: Visit, batch: str, payment: str) -> Answer:
    """核实付款: what the bank said when, what may be true, and what follows from it."""
    return _dispute(visit, batch, payment)


def dispute_again(visit: Visit, refused: Refused, batch: str, payment: str) -> Page:
    """Show the payment as it is now, what was typed, and why it was not taken."""
    return _dispute(visit, batch, payment, refused, status=422)


@room.form(
    _DISPUTE + "/propose",
    guard=Guard.STAFF,
    role=Role.FINANCE,
    token=_DISPUTE,
    again=dispute_again,
)
def payout_propose(visit: Visit, batch: str, payment: str) -> Answer:
    """提出结论: what is true, for another person to confirm."""
    from chalicelib.payout import disputes

    path = _DISPUTE.format(batch=batch, payment=payment)
    said = visit.form.get("verdict", ""), visit.form.get("reason", "")
    place, operation = (batch, payment), visit.operation(path)
    try:
        disputes.propose(visit.world, visit.staff, place, said, operation)
    except Conflict as error:
        return _dispute(visit, batch, payment, Refused(error.message), status=409)
    return SeeOther(path)


@room.form(
    _DISPUTE + "/confirm",
    guard=Guard.STAFF,
    role=Role.FINANCE,
    token=_DISPUTE,
    again=dispute_again,
)
def payout_confirm(visit: Visit, batch: str, payment: str) -> Answer:
    """确认结论: the other person's word, after which it is so."""
    from chalicelib.payout import disputes

    path = _DISPUTE.format(batch=batch, payment=payment)
    place, operation = (batch, payment), visit.operation(path)
    try:
        disputes.confirm(visit.world, visit.staff, place, visit.form.get("seen", ""), operation)
    except Conflict as error:
        return _dispute(visit, batch, payment, Refused(error.message), status=409)
    return SeeOther(path)


def _dispute(
    visit: Visit, batch: str, payment: str, refused: Refused | None = None, status: int = 200
) -> Page:
    from chalicelib.payout import dispute_view, disputes

    found = disputes.read(visit.world, visit.staff, batch, payment)
    errors = refused.errors if refused else {}
    typed = (visit.form.get("verdict", ""), visit.form.get("reason", "")) if refused else ("", "")
    view = dispute_view.dispute_view(visit.world, visit.staff, found, typed, errors)
    return Page("payout/dispute.html", view, status)


def _form(visit: Visit, refused: Refused | None = None) -> Page:
    from chalicelib.payout import limits, preview, views

    waiting = preview.waiting(visit.world, visit.staff.prefectures)
    most = limits.read(visit.world).payments
    typed = None
    if refused is not None:
        typed = (frozenset(visit.every("prefecture")), visit.form.get("count", "")[:12])
    errors = refused.errors if refused else {}
    view = views.build_view(visit.staff, waiting, most, typed, errors)
    return Page("payout/new.html", view, 422 if refused else 200)


def _batch(visit: Visit, batch: str, refused: Refused | None = None, status: int = 200) -> Page:
    from chalicelib.payout import batch_view, payees, service

    asked = visit.query.get("after", "")
    after = asked if _NUMBER.fullmatch(asked) else ""
    shown = service.read(visit.world, visit.staff, batch, after)
    names = payees.masked(visit.world, batch, shown.payments)
    errors = refused.errors if refused else {}
    view = batch_view.batch_view(visit.staff, shown, names, after, errors)
    return Page("payout/batch.html", view, status)


def _sure(visit: Visit, batch: str, action: str, work: _Work) -> Answer:
    """Ask before a work begins; begin it once the question was answered."""
    from chalicelib.payout import preview, service, views

    if visit.form.get("sure") == "1":
        return _begin(visit, batch, work)
    shown = service.read(visit.world, visit.staff, batch).batch
    left_out = preview.Release(shown.payments, ())
    if action == "release":
        left_out = preview.release(visit.world, visit.staff, batch)
    view = views.confirm_view(visit.staff, shown, action, left_out)
    return Page("payout/confirm.html", view)


def _begin(visit: Visit, batch: str, work: _Work) -> Answer:
    path = _BATCH.format(batch=batch)
    seen = _number(visit.form.get("version", ""))
    try:
        work(visit.world, visit.staff, batch, seen, visit.operation(path))
    except Conflict as error:
        return _batch(visit, batch, Refused(error.message), status=409)
    return SeeOther(path)
