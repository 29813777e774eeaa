"""What a reviewer sees of a request: old beside new, and what a machine can check."""

from collections.abc import Sequence

from chalicelib.casework.case import Case
from chalicelib.casework.kind import Check, Panel, Row
from chalicelib.changes import attempts, rules, shown, texts
from chalicelib.changes.attempts import Attempt
from chalicelib.changes.rules import Values
from chalicelib.core import identity
from chalicelib.core.clock import beijing_date
from chalicelib.core.errors import NotFound
from chalicelib.core.identity import DocType
from chalicelib.store import particulars
from chalicelib.store.documents import CLEAN, Document, document_keys
from chalicelib.store.particulars import Known
from chalicelib.world import World


def panel(world: World, case: Case) -> Panel:
    """Return the panel of a request (`casework.kind.Kind.panel`); one round trip."""
    tried = attempts.read(world.vault, case)
    asked = tried[-1]
    look_ups = attempts.look_ups(case)
    pictures = document_keys(case.member_id, case.documents)
    known = particulars.read(world.database, case.member_id, [look_ups.new], pictures)
    if known.profile is None:
        raise NotFound
    record = world.members.open(known.profile)
    registered = attempts.values_of(record)
    documents = world.documents.among(known.found, pictures)
    before = tried[-2] if len(tried) > 1 else None
    rows = [_row(field, registered, asked, before) for field in rules.FIELDS]
    unit = Row("unit", texts.UNIT, record.unit_name)
    checks = [
        *_rule_checks(world, registered, asked),
        _free(known, case, look_ups.new),
        _pictures(case, documents),
        _unchanged(registered, asked),
        *_resent(asked, before),
    ]
    return Panel((unit, *rows), tuple(checks), documents=documents)


def _row(field: str, registered: Values, asked: Attempt, before: Attempt | None) -> Row:
    """In full where it is to be decided, and the name, which the pictures must show."""
    label, change = rules.FIELDS[field], asked.changes.get(field)
    previous = before.changes.get(field) if before else None
    told = None
    if before and (previous.new if previous else "") != (change.new if change else ""):
        told = shown.clear(field, previous.new if previous else registered[field])
    if change is not None:
        old, new = shown.clear(field, change.old), shown.clear(field, change.new)
        return Row(field, label, new, old, changed=True, previous=told)
    show = shown.clear if field == "name" else shown.masked
    return Row(field, label, show(field, registered[field]), previous=told)


def _rule_checks(world: World, registered: Values, asked: Attempt) -> list[Check]:
    wanted = attempts.asked_for(registered, asked)
    doc_type, number = DocType(wanted["doc_type"]), wanted["doc_number"]
    wrong = identity.check(doc_type, number, today=beijing_date(world.clock.now()))
    differs = rules.disagreements(wanted)
    both = "name" in asked.changes and "doc_number" in asked.changes
    return [
        Check(texts.CHECK_NOT_BOTH, not both),
        Check(texts.CHECK_NUMBER, wrong is None, wrong or doc_type.label),
        Check(texts.CHECK_AGREES, not differs, "".join(differs.values())),
    ]


def _free(known: Known, case: Case, digest: str) -> Check:
    """Only staff learn that a number is somebody's: the form must not be a way to ask."""
    owner = known.identities.get(digest)
    free = owner is None or bool(owner.moved) or owner.member_id == case.member_id
    return Check(texts.CHECK_FREE, free)


def _pictures(case: Case, found: Sequence[Document]) -> Check:
    clean = [d for d in found if d.state == CLEAN and d.case_number == case.number]
    gone = len(case.documents) - len(clean)
    return Check(texts.CHECK_PICTURES, not gone, texts.GONE.format(count=gone) if gone else "")


def _unchanged(registered: Values, asked: Attempt) -> Check:
    third = rules.moved_meanwhile(asked.changes, registered)
    labels = "、".join(rules.FIELDS[field] for field in third)
    return Check(texts.CHECK_UNCHANGED, not third, labels)


def _resent(asked: Attempt, before: Attempt | None) -> list[Check]:
    if before is None:
        return []
    new = len(set(asked.documents) - set(before.documents))
    evidence = texts.PICTURES.format(now=len(asked.documents), new=new)
    return [Check(texts.CHECK_RESENT, None, evidence)]
