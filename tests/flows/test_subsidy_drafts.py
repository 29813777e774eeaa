"""A draft keeps what was typed, whatever it is, and its pictures as long as it lasts."""

from collections.abc import Callable
from dataclasses import replace

import pytest

from chalicelib.casework.kind import register
from chalicelib.casework.service import Casework
from chalicelib.core.errors import Conflict, NotFound, Refused
from chalicelib.store import keys
from chalicelib.store.consents import ledger
from chalicelib.store.documents import StoredDocument
from chalicelib.store.drafts import DraftItem, DraftsItem
from chalicelib.subsidy import draft_texts, drafts, service
from chalicelib.subsidy.draft import Draft, Typed
from chalicelib.subsidy.kind import KIND, NAME
from tests.fakes.cloud import Stage
from tests.fakes.people import LI, THIS_YEAR
from tests.flows import claiming
from tests.flows.claiming import asking


@pytest.fixture
def li(stage: Stage, enrol: Callable[..., str]) -> str:
    """An employee, and a plan."""
    register(KIND)
    claiming.publish(stage)
    return enrol()


@pytest.fixture
def wang(enrol: Callable[..., str], li: str) -> str:
    """Somebody else."""
    del li
    return enrol(replace(LI, name="王示例", doc_number="440524188001010014"))


def read(stage: Stage, member_id: str, number: str) -> Draft:
    return drafts.read(asking(stage, member_id, number), number)


def stored(member_id: str, doc_id: str) -> StoredDocument:
    return StoredDocument.get(keys.member(member_id), keys.document(doc_id), consistent_read=True)


def gone(member_id: str, doc_id: str) -> bool:
    key = keys.member(member_id), StoredDocument.sk == keys.document(doc_id)
    return not list(StoredDocument.query(*key, consistent_read=True))


def test_a_new_draft_knows_its_owner(stage: Stage, li: str) -> None:
    number = claiming.begin(stage, li)
    draft = read(stage, li, number)
    assert draft.fields == {}
    assert (draft.version, draft.pictures, draft.case) == (1, {}, None)
    assert draft.periods == (THIS_YEAR,)
    assert [(e.kind, e.given) for e in ledger(li)] == [("subsidy_health", True)]


def test_without_consent_nothing_begins(stage: Stage, li: str) -> None:
    someone = claiming.member(stage, li)
    with pytest.raises(Refused, match=draft_texts.AGREE_HEALTH):
        drafts.begin(stage.world, someone, agreed=False, operation="form")
    assert service.listed(stage.world, someone, None).rows == ()


def test_the_same_form_twice_is_one_draft(stage: Stage, li: str) -> None:
    someone = claiming.member(stage, li)
    numbers = {drafts.begin(stage.world, someone, agreed=True, operation="form") for _ in range(2)}
    assert len(numbers) == 1
    assert len(service.listed(stage.world, someone, None).rows) == 1


def test_so_many_drafts_and_no_more(stage: Stage, li: str) -> None:
    numbers = [claiming.begin(stage, li) for _ in range(drafts.AT_MOST)]
    full = draft_texts.DRAFTS_TOO_MANY.format(most=5)
    with pytest.raises(Refused, match=full):
        claiming.begin(stage, li)
    service.delete(asking(stage, li, numbers[0]), numbers[0], "form")
    claiming.begin(stage, li)
    with pytest.raises(Refused, match=full):
        claiming.begin(stage, li)
    stage.clock.forward(days=181)
    late = claiming.begin(stage, li)
    assert DraftsItem.get(keys.member(li), keys.DRAFTS).numbers == {late}
    with pytest.raises(NotFound):
        read(stage, li, numbers[1])


def test_whatever_was_typed_is_there_again(stage: Stage, li: str) -> None:
    number = claiming.begin(stage, li)
    odd = {"total": "一万", "admission": "昨天", "hospital": "<b>&", "unknown": "x", "bank": "y"}
    claiming.save(stage, li, number, "stay", odd)
    claiming.save(stage, li, number, "account", {"account": "12 34"})
    draft = read(stage, li, number)
    kept = {name: odd[name] for name in ("total", "admission", "hospital")}
    assert draft.fields == {**kept, "account": "12 34"}
    errors = drafts.judged(asking(stage, li, number), draft).problems("stay")
    assert {"total", "admission", "level", "documents-invoice"} <= set(errors)
    assert set(drafts.judged(asking(stage, li, number), draft).problems("identity")) == {
        "documents-identity"
    }


def test_what_is_saved_is_sealed(stage: Stage, li: str) -> None:
    number = claiming.write(stage, li)
    item = DraftItem.get(keys.case(number), keys.DRAFT)
    raw = str(item.serialize())
    for secret in (LI.name, "冠状动脉", "6225", claiming.TYPED["invoice_code"]):
        assert secret not in raw


def test_saving_the_same_again_writes_nothing(stage: Stage, li: str) -> None:
    number = claiming.begin(stage, li)
    first = claiming.save(stage, li, number, "stay", {"hospital": "医院"})
    assert claiming.save(stage, li, number, "stay", {"hospital": "医院"}) == first


def test_a_saving_whose_answer_was_lost_is_a_success(stage: Stage, li: str) -> None:
    number = claiming.begin(stage, li)
    early = drafts.read(asking(stage, li, number), number)
    one = claiming.picture(stage, li, "invoice")
    typed = Typed({"hospital": "甲医院"}, {"invoice": [one]}, str(early.version))
    first = drafts.save(asking(stage, li, number), early, "stay", typed)
    visit = asking(stage, li, number)
    assert drafts.save(visit, drafts.read(visit, number), "stay", typed) == first


def test_two_pages_do_not_overwrite_one_another(stage: Stage, li: str) -> None:
    number = claiming.begin(stage, li)
    early = asking(stage, li, number)
    draft = drafts.read(early, number)
    claiming.save(stage, li, number, "stay", {"hospital": "甲医院"})
    typed = Typed({"hospital": "乙医院"}, {}, str(draft.version))
    with pytest.raises(Conflict, match=draft_texts.DRAFT_STALE):
        drafts.save(early, draft, "stay", typed)
    now = asking(stage, li, number)
    for version in (str(draft.version), "", "x", "-1", "9" * 30):
        with pytest.raises(Conflict):
            drafts.save(now, drafts.read(now, number), "stay", replace(typed, version=version))
    with pytest.raises(NotFound):
        drafts.save(now, drafts.read(now, number), "payment", typed)
    assert read(stage, li, number).fields["hospital"] == "甲医院"


def test_pictures_live_as_long_as_the_draft(stage: Stage, li: str) -> None:
    number = claiming.begin(stage, li)
    one, two = (claiming.picture(stage, li, "identity", clean=False) for _ in range(2))
    draft = claiming.save(stage, li, number, "identity", {}, {"identity": [one, two, one]})
    assert draft.pictures == {"identity": (one, two)}
    assert stored(li, one).case_number == number
    claiming.check(stage, li, two)
    stage.clock.forward(days=100)
    assert read(stage, li, number).documents == (one, two)
    assert stage.world.documents.pending(li) == []
    claiming.save(stage, li, number, "identity", {}, {"identity": [two]})
    assert [d.doc_id for d in stage.world.documents.pending(li)] == [one]
    claiming.save(stage, li, number, "identity", {}, {"identity": [one]})
    assert stored(li, two).case_number is None
    stage.clock.forward(days=3)
    assert stage.world.documents.get_many(li, [one, two])[0].doc_id == one
    claiming.save(stage, li, number, "identity", {}, {"identity": []})
    assert read(stage, li, number).pictures == {}


def test_only_ones_own_pictures_of_that_purpose_are_taken(stage: Stage, li: str, wang: str) -> None:
    number, other = claiming.begin(stage, li), claiming.begin(stage, li)
    mine = claiming.picture(stage, li, "identity")
    elsewhere = claiming.picture(stage, li, "identity")
    claiming.save(stage, li, other, "identity", {}, {"identity": [elsewhere]})
    invoice = claiming.picture(stage, li, "invoice")
    hers = claiming.picture(stage, wang, "identity")
    sent = [hers, invoice, mine, elsewhere, "no such", "../x", ""]
    draft = claiming.save(stage, li, number, "identity", {}, {"identity": sent})
    assert draft.pictures == {"identity": (mine,)}
    assert stored(wang, hers).case_number is None
    assert stored(li, elsewhere).case_number == other


def test_a_draft_holds_so_many_pictures(stage: Stage, li: str) -> None:
    number = claiming.begin(stage, li)
    many = [claiming.picture(stage, li, "invoice") for _ in range(drafts.PICTURES_AT_MOST + 1)]
    claiming.save(stage, li, number, "stay", {}, {"invoice": many[:30]})
    with pytest.raises(Refused, match="最多 40 张"):
        claiming.save(stage, li, number, "stay", {}, {"invoice": many})
    assert len(read(stage, li, number).documents) == 30
    claiming.save(stage, li, number, "stay", {}, {"invoice": many[1:]})
    assert len(read(stage, li, number).documents) == drafts.PICTURES_AT_MOST


def test_deleting_a_draft_deletes_its_pictures(stage: Stage, li: str) -> None:
    number = claiming.write(stage, li)
    ids = read(stage, li, number).documents
    visit = asking(stage, li, number)
    service.delete(visit, number, "form")
    assert all(gone(li, doc_id) for doc_id in ids)
    with pytest.raises(NotFound):
        read(stage, li, number)
    with pytest.raises(Conflict):
        service.delete(visit, number, "form")
    assert service.listed(stage.world, claiming.member(stage, li), None).rows == ()


def test_a_case_that_came_back_is_written_on_and_can_be_deleted(stage: Stage, li: str) -> None:
    case = claiming.reject(stage, claiming.claim(stage, li))
    new = claiming.picture(stage, li, "diagnosis")
    draft = claiming.save(stage, li, case.number, "stay", {"total": "7"}, {"diagnosis": [new]})
    assert (draft.version, draft.stored) == (case.version * 1000 + 1, True)
    rows = service.listed(stage.world, claiming.member(stage, li), None).rows
    assert rows == (case,)
    assert read(stage, li, case.number).fields["total"] == "7"
    service.delete(asking(stage, li, case.number), case.number, "form")
    service.delete(asking(stage, li, case.number), case.number, "form")
    assert Casework(stage.world).read(case.number).state == "deleted"
    assert gone(li, new)
    assert not any(gone(li, doc_id) for doc_id in case.documents)
    with pytest.raises(Refused, match="申请已删除。"):
        read(stage, li, case.number)


def test_a_page_from_before_the_case_came_back_twice_saves_nothing(stage: Stage, li: str) -> None:
    case = claiming.reject(stage, claiming.claim(stage, li))
    old = claiming.save(stage, li, case.number, "stay", {"total": "9,000.00"})
    claiming.reject(stage, claiming.send(stage, li, case.number))
    visit = asking(stage, li, case.number)
    typed = Typed({"total": "1"}, {}, str(old.version))
    with pytest.raises(Conflict):
        drafts.save(visit, drafts.read(visit, case.number), "stay", typed)
    assert read(stage, li, case.number).fields["total"] == "9,000.00"


def test_a_page_of_a_case_that_was_submitted_meanwhile_saves_nothing(stage: Stage, li: str) -> None:
    case = claiming.reject(stage, claiming.claim(stage, li))
    visit = asking(stage, li, case.number)
    draft = drafts.read(visit, case.number)
    claiming.send(stage, li, case.number)
    with pytest.raises(Conflict, match=draft_texts.DRAFT_STALE):
        drafts.save(visit, draft, "stay", Typed({"total": "1"}, {}, str(draft.version)))
    with pytest.raises(Refused, match="申请正在审核中"):
        read(stage, li, case.number)


def test_the_bank_consent_is_recorded_when_it_is_given_and_taken_back(
    stage: Stage, li: str
) -> None:
    number = claiming.begin(stage, li)
    for fields in ({"agree": "1"}, {"agree": "1", "bank": "x"}, {}, {"agree": "1"}):
        claiming.save(stage, li, number, "account", fields)
    noted = [(e.kind, e.given) for e in ledger(li)]
    assert noted == [
        ("subsidy_bank", True),
        ("subsidy_bank", False),
        ("subsidy_bank", True),
        ("subsidy_health", True),
    ]


def test_insured_periods_are_asked_for_once_a_day(
    stage: Stage, li: str, enrol: Callable[..., str]
) -> None:
    number = claiming.begin(stage, li)
    next_year = replace(THIS_YEAR, plan_id="demo-2027")
    enrol(LI, THIS_YEAR, next_year)
    claiming.save(stage, li, number, "stay", {"hospital": "甲"})
    assert read(stage, li, number).periods == (THIS_YEAR,)
    stage.clock.forward(days=1, minutes=1)
    claiming.save(stage, li, number, "stay", {"hospital": "乙"})
    assert set(read(stage, li, number).periods) == {THIS_YEAR, next_year}


def test_drafts_and_cases_are_one_list_newest_first(stage: Stage, li: str, wang: str) -> None:
    claiming.begin(stage, wang)
    old = claiming.begin(stage, li)
    case = claiming.claim(stage, li)
    new = claiming.begin(stage, li)
    someone = claiming.member(stage, li)
    page = service.listed(stage.world, someone, None)
    assert [row.number for row in page.rows] == [new, case.number, old]
    assert page.more == ""
    assert [row.number for row in service.listed(stage.world, someone, new).rows] == [
        case.number,
        old,
    ]
    assert [c.number for c in Casework(stage.world).owned(li, NAME)] == [case.number]
    stage.clock.forward(days=181)
    assert [row.number for row in service.listed(stage.world, someone, None).rows] == [case.number]
    with pytest.raises(NotFound):
        service.listed(stage.world, someone, "x")
