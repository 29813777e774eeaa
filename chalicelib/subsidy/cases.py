"""An employee's own applications, put together for their pages."""

import re
from collections.abc import Mapping
from datetime import timedelta

from chalicelib.casework.case import Case
from chalicelib.casework.figures import total
from chalicelib.casework.kind import kind_of
from chalicelib.casework.service import Casework
from chalicelib.casework.timeline import timeline
from chalicelib.core.clock import beijing_date, beijing_second
from chalicelib.core.ids import snowflake_time
from chalicelib.documents.views import DocumentItem, items
from chalicelib.store.counters import EVERYWHERE, Where, figures
from chalicelib.store.documents import CLEAN, Document
from chalicelib.store.plans import BookItem, book_key
from chalicelib.store.tables import Key
from chalicelib.subsidy import book, drafts, forms, progress, record, service, steps, views
from chalicelib.subsidy import page_texts as texts
from chalicelib.subsidy.draft import Draft, Typed
from chalicelib.subsidy.estimates import money_text
from chalicelib.subsidy.kind import NAME, href
from chalicelib.subsidy.plan import Plan
from chalicelib.subsidy.progress import CaseView, Told
from chalicelib.subsidy.views import Card, ListView, RepairView
from chalicelib.web.visit import Visit

_NUMBER = re.compile(r"[0-9]{1,20}")


def list_view(visit: Visit) -> ListView:
    """Return the employee's applications, a page at a time."""
    found = service.listed(visit.world, visit.person, visit.query.get("before"))
    cards = [_card(visit, row) for row in found.rows if not _deleted(row)]
    more = f"/subsidies?before={found.more}" if found.more else None
    notice = texts.DELETED_TEXT if "deleted" in visit.query else ""
    return ListView(tuple(cards), more, notice)


def _deleted(row: Draft | Case) -> bool:
    return isinstance(row, Case) and row.state == "deleted"


def _card(visit: Visit, row: Draft | Case) -> Card:
    if isinstance(row, Draft):
        created = beijing_second(snowflake_time(row.number))
        return views.unsent_card(row.number, created, steps.touched_step(row))
    statement = record.statement(visit.world.vault, row)
    return views.case_card(row, _remark(visit, row), statement, href(row))


def case_view(visit: Visit, number: str) -> CaseView:
    """Return an application with its amount and its progress."""
    world = visit.world
    case, history = service.own_story(world, visit.person, number)
    latest, plan = record.latest(world.vault, case), _plan(visit, case)
    pictures = {purpose: _kept(case, documents) for purpose, documents in latest.pictures.items()}
    told = Told(
        stay=latest.stay,
        payee=record.payees(world.vault, case)[-1],
        statement=record.statement(world.vault, case),
        galleries=progress.galleries(plan.slots if plan else (), pictures),
        timeline=timeline(kind_of(case.kind), history, Casework(world).open_note),
        remark=_remark(visit, case),
        edit=href(case),
        plan=plan,
        recent=total(*(figures(visit.found.get(where.key)) for where in _recent(number))),
    )
    return progress.case_view(case, told, beijing_date(world.clock.now()))


def repair_view(visit: Visit, case: Case, errors: Mapping[str, str]) -> RepairView:
    """Return the account to mend, as it was typed where it was."""
    vault, open_to = visit.world.vault, service.repairable(case)
    before = record.payees(vault, case)[-1].model_dump()
    typed = {**before, "account": "", **visit.form}
    return views.repair_view(
        case,
        forms.repair_fields(before, typed, open_to),
        errors,
        amount=money_text(record.statement(vault, case).amount_fen),
        reason=_remark(visit, case),
    )


def repair(visit: Visit, number: str, operation: str) -> None:
    """Take another account to pay to; raises Refused with the fields to mend."""
    case = service.own_case(visit, number)
    typed = Typed(visit.form, {}, visit.form.get("version", ""))
    service.repair(visit, case, typed, operation)


def also(params: Mapping[str, str], member_id: str) -> list[Key]:
    """Return what the page of a case reads with the session: also how long others took."""
    keys = drafts.also(params, member_id)
    return [*keys, *(where.key for where in _recent(params["number"]))]


def _recent(number: str) -> tuple[Where, ...]:
    """Return the counters of the month in which a case was begun, and of the one before."""
    if not _NUMBER.fullmatch(number):
        return ()
    begun = beijing_date(snowflake_time(number)).replace(day=1)
    months = (begun, begun - timedelta(days=1))
    return tuple(Where(NAME, day.isoformat()[:7], EVERYWHERE) for day in months)


def _remark(visit: Visit, case: Case) -> str:
    return "；".join(service.pinned_reasons(visit.world, case).values())


def _kept(case: Case, documents: tuple[str, ...]) -> tuple[DocumentItem, ...]:
    """Return pictures of a case without reading them: only clean ones get into it."""
    return items(
        Document(doc_id, case.member_id, "", CLEAN, case.created_at, case_number=case.number)
        for doc_id in documents
    )


def _plan(visit: Visit, case: Case) -> Plan | None:
    item = visit.found.get(book_key())
    version = str(case.data["plan"])
    return book.by_version(item if isinstance(item, BookItem) else None, version)
