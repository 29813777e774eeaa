"""The form 「变更申请填单」 in its four conditions: blank, typed, sent back, typed again."""

from collections.abc import Mapping, Sequence

from chalicelib.casework.case import Case
from chalicelib.changes import attempts, rules, service, texts, views
from chalicelib.changes.kind import anchor
from chalicelib.changes.views import FormView
from chalicelib.documents.views import DocumentItem, items
from chalicelib.store.documents import CLEAN, Document
from chalicelib.web.visit import Visit


def blank(visit: Visit) -> FormView:
    """Return a new form; pictures that were sent before the page was left are there again."""
    record = visit.person.record
    pictures = items(visit.world.documents.pending(record.member_id), purpose=rules.PURPOSE)
    registered = attempts.values_of(record)
    fields = views.field_views(registered, registered, None, {})
    return FormView("/changes", record.unit_name, fields, pictures, {})


def typed(visit: Visit, errors: Mapping[str, str]) -> FormView:
    """Return a new form as it was typed, with what is wrong with it."""
    record = visit.person.record
    found = visit.world.documents.get_many(record.member_id, visit.every("documents"))
    registered = attempts.values_of(record)
    fields = views.field_views(registered, registered, visit.form, {})
    pictures = items(found)
    placed = _placed(errors, pictures)
    agreed = _agreed(visit.form)
    return FormView("/changes", record.unit_name, fields, pictures, placed, agreed=agreed)


def sent_back(visit: Visit, case: Case) -> FormView:
    """Return the form of a request that came back, with what was objected to."""
    pinned = service.pinned_reasons(visit.world, case)
    errors = {anchor(target) or "form": _named(case, target, pinned) for target in pinned}
    return _draft(visit, case, pinned, None, kept(case), errors)


def typed_again(visit: Visit, number: str, errors: Mapping[str, str]) -> FormView:
    """Return the form of a request that came back as it was typed."""
    case = service.own_case(visit.world, visit.person, number)
    pinned = service.pinned_reasons(visit.world, case)
    found = visit.world.documents.get_many(case.member_id, visit.every("documents"))
    return _draft(visit, case, pinned, visit.form, items(found), errors)


def kept(case: Case) -> tuple[DocumentItem, ...]:
    """Return the pictures of a case without reading them: only clean ones get into it."""
    return items(
        Document(
            doc_id,
            case.member_id,
            rules.PURPOSE,
            CLEAN,
            case.created_at,
            case_number=case.number,
        )
        for doc_id in case.documents
    )


def _draft(
    visit: Visit,
    case: Case,
    pinned: Mapping[str, str],
    typed_fields: Mapping[str, str] | None,
    pictures: tuple[DocumentItem, ...],
    errors: Mapping[str, str],
) -> FormView:
    record = visit.person.record
    registered = attempts.values_of(record)
    latest = attempts.read(visit.world.vault, case)[-1]
    base = attempts.asked_for(registered, latest)
    fields = views.field_views(registered, base, typed_fields, pinned)
    here = f"/changes/{case.number}"
    version = (typed_fields or {}).get("version") or str(case.version)
    placed = _placed(errors, pictures)
    return FormView(
        here,
        record.unit_name,
        fields,
        pictures,
        placed,
        version=version,
        agreed=_agreed(typed_fields or {}),
    )


def _agreed(form: Mapping[str, str]) -> bool:
    return form.get("agree") == "1"


def _named(case: Case, target: str, pinned: Mapping[str, str]) -> str:
    """Return what was said about a target with its name before it: 「手机号码：…」."""
    sort, _, name = target.partition(":")
    label = rules.FIELDS.get(name, "")
    if sort == "document" and name in case.documents:
        label = texts.PICTURE_NAME.format(count=case.documents.index(name) + 1)
    return f"{label}：{pinned[target]}" if label else pinned[target]


def _placed(errors: Mapping[str, str], pictures: Sequence[DocumentItem]) -> dict[str, str]:
    """Return errors where they can stand: that of a picture which is gone, at the slot."""
    shown = {anchor(f"document:{picture.doc_id}") for picture in pictures}
    return {
        rules.PICTURES if name.startswith("document-") and name not in shown else name: said
        for name, said in errors.items()
    }
