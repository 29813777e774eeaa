"""The whole path of an application: written, submitted, sent back, approved, mended, given up."""

from collections.abc import Callable
from dataclasses import replace

import pytest

from chalicelib.casework.case import Reason
from chalicelib.casework.kind import register
from chalicelib.casework.service import Casework
from chalicelib.core.errors import Conflict, NotFound, Refused
from chalicelib.store import keys
from chalicelib.store.cases import LeaseItem
from chalicelib.store.uses import AccountItem, account_digest
from chalicelib.subsidy import draft_texts, drafts, record, service
from chalicelib.subsidy.draft import Typed
from chalicelib.subsidy.kind import KIND
from tests.fakes.cloud import Stage
from tests.fakes.people import LI
from tests.flows import claiming
from tests.flows.claiming import FINANCE, FIRST, SENIOR, asking, claim, year


@pytest.fixture
def li(stage: Stage, enrol: Callable[..., str]) -> str:
    """An employee, and a plan."""
    register(KIND)
    claiming.publish(stage)
    return enrol()


@pytest.fixture
def wang(stage: Stage, enrol: Callable[..., str], li: str) -> str:
    """Somebody else."""
    del stage, li
    return enrol(replace(LI, name="王示例", doc_number="440524188001010014"))


def refused(act: Callable[[], object]) -> dict[str, str]:
    with pytest.raises(Refused) as told:
        act()
    return dict(told.value.errors)


def test_from_the_first_picture_to_the_money(stage: Stage, li: str) -> None:
    case = claim(stage, li)
    assert (case.state, case.version) == ("first_review", 1)
    assert year(stage, li).used == 0
    back = claiming.reject(stage, case, Reason("R10", "field:total", ""))
    draft = drafts.read(asking(stage, li, case.number), case.number)
    assert (draft.fields["total"], draft.stored) == ("10,000.00", False)
    assert len(draft.documents) == 6
    claiming.save(stage, li, case.number, "stay", {"total": "8000"})
    again = claiming.send(stage, li, case.number)
    assert (again.state, again.version) == ("first_review", back.version + 1)
    tried = record.attempts(stage.world.vault, again)
    assert [attempt.stay.total for attempt in tried] == [1_000_000, 800_000]
    done = claiming.payable(stage, again)
    assert done.state == "payable"
    statement = record.statement(stage.world.vault, done)
    counted = year(stage, li)
    assert (counted.used, counted.deducted) == (statement.amount_fen, statement.deducted_fen)
    assert (statement.amount_fen, statement.deducted_fen) == (382_000, 50_000)
    history = Casework(stage.world).history(case.number)
    assert history[2].changed == ("total",)


def test_the_second_stay_of_a_year_pays_its_deductible_no_more(stage: Stage, li: str) -> None:
    claiming.payable(stage, claim(stage, li))
    case = claiming.payable(
        stage,
        claim(stage, li, admission="2026-05-01", discharge="2026-05-09", settled="2026-05-09"),
    )
    statement = record.statement(stage.world.vault, case)
    assert statement.deducted_fen == 0
    assert statement.amount_fen == 250_000 + 60 * 4_700


def test_the_same_form_twice_is_one_application(stage: Stage, li: str) -> None:
    number = claiming.write(stage, li)
    early = asking(stage, li, number)
    first = claiming.send(stage, li, number, "one-form")
    assert claiming.send(stage, li, number, "one-form") == first
    assert service.submit_once(early, number, "one-form").version == 1
    assert refused(lambda: claiming.send(stage, li, number)) == {
        "form": "申请正在审核中，暂不能修改或删除。"
    }
    with pytest.raises(Conflict):
        service.submit_once(early, number, "another-tab")
    back = claiming.reject(stage, first)
    claiming.save(stage, li, number, "stay", {"department": "呼吸内科"})
    again = claiming.send(stage, li, number, "second-form")
    assert again.version == back.version + 1
    assert claiming.send(stage, li, number, "second-form") == again
    assert len(Casework(stage.world).history(number)) == again.version


def test_what_is_missing_is_said_field_by_field(stage: Stage, li: str) -> None:
    number = claiming.begin(stage, li)
    errors = refused(lambda: claiming.send(stage, li, number))
    assert {"hospital", "admission", "total", "bank", "account", "agree"} <= set(errors)
    assert {"documents-identity", "documents-invoice", "documents-bank_card"} <= set(errors)
    claiming.write(stage, li, number, pooled="20,000")
    only = refused(lambda: claiming.send(stage, li, number))
    assert only == {"pooled": "统筹基金支付不能超过总费用，请核对。"}
    claiming.save(stage, li, number, "stay", {"pooled": "0", "admission": "2025-12-31"})
    assert refused(lambda: claiming.send(stage, li, number)) == {
        "admission": draft_texts.PLAN_MISSING
    }
    claiming.save(stage, li, number, "stay", {"admission": "2026-03-01"})
    claiming.save(stage, li, number, "account", {"branch": "支行"})
    assert set(refused(lambda: claiming.send(stage, li, number))) == {"branch", "agree"}


def test_the_account_is_always_the_insured_persons_own(
    stage: Stage, li: str, enrol: Callable[..., str]
) -> None:
    number = claiming.write(stage, li, holder="王示例")
    enrol(replace(LI, name="李新名"))
    case = claiming.send(stage, li, number)
    assert record.payees(stage.world.vault, case)[-1].holder == "李新名"


def test_pictures_must_have_been_checked(stage: Stage, li: str) -> None:
    number = claiming.write(stage, li)
    late = claiming.picture(stage, li, "invoice", clean=False)
    claiming.save(stage, li, number, "stay", {}, {"invoice": [late]})
    assert refused(lambda: claiming.send(stage, li, number)) == {
        f"document-{late}": draft_texts.PICTURE_CHECKING
    }
    claiming.check(stage, li, late)
    assert claiming.send(stage, li, number).state == "first_review"


def test_where_the_settlement_changes_other_documents_count(stage: Stage, li: str) -> None:
    number = claiming.write(stage, li)
    claiming.save(stage, li, number, "stay", {"settlement": "remote_direct"})
    assert set(refused(lambda: claiming.send(stage, li, number))) == {
        "documents-remote_settlement_sheet"
    }
    remote = claiming.picture(stage, li, "remote_settlement_sheet")
    draft = claiming.save(stage, li, number, "stay", {}, {"remote_settlement_sheet": [remote]})
    (unused,) = draft.pictures["settlement_sheet"]
    case = claiming.send(stage, li, number)
    assert remote in case.documents
    assert unused not in case.documents
    assert stage.world.documents.get(li, unused).case_number == ""


def test_what_was_objected_to_must_be_touched(stage: Stage, li: str) -> None:
    case = claim(stage, li)
    blurred = record.latest(stage.world.vault, case).pictures["invoice"][0]
    reasons = (Reason("R08", f"document:{blurred}", ""), Reason("R10", "field:total", ""))
    claiming.reject(stage, case, *reasons)
    assert refused(lambda: claiming.send(stage, li, case.number)) == {
        f"document-{blurred}": "请更换此照片：材料不清晰或非本人",
        "total": "请按审核意见修改：金额与单据不符",
    }
    sharp = claiming.picture(stage, li, "invoice")
    claiming.save(stage, li, case.number, "stay", {}, {"invoice": [sharp]})
    again = claiming.send(stage, li, case.number)
    assert sharp in again.documents
    assert blurred not in again.documents
    before, now = record.attempts(stage.world.vault, again)
    assert (before.pictures["invoice"], now.pictures["invoice"]) == ((blurred,), (sharp,))
    assert stage.world.documents.get_linked(li, blurred, case.number)


def test_a_draft_that_was_written_on_elsewhere_is_not_submitted(stage: Stage, li: str) -> None:
    number = claiming.write(stage, li)
    early = asking(stage, li, number)
    claiming.save(stage, li, number, "stay", {"department": "呼吸内科"})
    with pytest.raises(Conflict, match=draft_texts.DRAFT_STALE):
        service.submit_once(early, number, "form")
    assert claiming.send(stage, li, number).state == "first_review"


def test_taken_back_before_anybody_looked(stage: Stage, li: str) -> None:
    case = claim(stage, li)
    taken = service.withdraw(asking(stage, li, case.number), case.number, "form")
    assert taken.state == "draft"
    assert service.withdraw(asking(stage, li, case.number), case.number, "form") == taken
    assert KIND.message("first_review", "withdraw", "draft") is None
    assert KIND.message("first_review", "reject", "draft") == "subsidy_rejected"
    assert claiming.send(stage, li, case.number).state == "first_review"


def test_a_review_that_began_is_not_taken_back(stage: Stage, li: str) -> None:
    case = claim(stage, li)
    Casework(stage.world).lease(case.number, "anna")
    wait = {"form": "申请正在审核中，暂不能修改或删除。"}

    def act() -> object:
        return service.withdraw(asking(stage, li, case.number), case.number, "form")

    assert refused(act) == wait
    LeaseItem(keys.case(case.number), keys.LEASE).delete()
    claiming.approve(stage, case, FIRST)
    assert refused(act) == wait
    claiming.take(stage, case, "send_back", SENIOR, (Reason("R99", "", ""),))
    assert refused(act) == wait
    claiming.approve(stage, case, FIRST)
    claiming.approve(stage, case, SENIOR)
    assert refused(act) == {"form": "申请已审核通过，正在打款环节，不能修改或撤回。"}


def test_nobody_reaches_another_persons_application(stage: Stage, li: str, wang: str) -> None:
    number = claiming.write(stage, li)
    draft = drafts.read(asking(stage, li, number), number)
    acts: list[Callable[[], object]] = [
        lambda: drafts.read(asking(stage, wang, number), number),
        lambda: claiming.send(stage, wang, number),
        lambda: service.delete(asking(stage, wang, number), number, "x"),
        lambda: service.withdraw(asking(stage, wang, number), number, "x"),
        lambda: service.own_story(stage.world, claiming.member(stage, wang), number),
        lambda: drafts.read(asking(stage, li, "1" * 21), "1" * 21),
        lambda: drafts.read(asking(stage, li, "１２"), "１２"),
    ]
    for act in acts:
        with pytest.raises(NotFound):
            act()
    assert drafts.read(asking(stage, li, number), number) == draft
    case = claiming.send(stage, li, number)
    for act in acts[:5]:
        with pytest.raises(NotFound):
            act()
    assert Casework(stage.world).read(number) == case


def test_the_account_alone_is_mended_after_a_failed_payment(stage: Stage, li: str) -> None:
    case = claiming.failed(stage, claiming.payable(stage, claim(stage, li)))
    assert service.repairable(case) == ("account",)
    seen = asking(stage, li, case.number)
    stale = Typed({"account": "6227007200120897790"}, {}, "1")
    with pytest.raises(Conflict):
        service.repair(seen, case, stale, "form")
    same = replace(stale, version=str(case.version), fields={"account": "6225881414207430"})
    assert refused(lambda: service.repair(seen, case, same, "form")) == {
        "account": draft_texts.ACCOUNT_UNCHANGED
    }
    odd = replace(same, fields={"account": "12"})
    assert set(refused(lambda: service.repair(seen, case, odd, "form"))) == {"account"}
    good = replace(
        same, fields={"account": "6227007200120897790", "bank": "别家银行", "holder": "王示例"}
    )
    mended = service.repair(seen, case, good, "form")
    assert service.repair(seen, mended, good, "form") == mended
    assert mended.state == "account_check"
    old, new = record.payees(stage.world.vault, mended)
    assert (new.account, new.bank, new.holder) == ("6227007200120897790", old.bank, LI.name)
    assert record.attempts(stage.world.vault, mended) == record.attempts(stage.world.vault, case)
    assert account_users(stage, old.account) == []
    assert account_users(stage, new.account) == [f"{li}/{case.number}"]
    checked = claiming.take(stage, mended, "confirm_account", FINANCE)
    assert checked.state == "payable"
    assert year(stage, li).used == record.statement(stage.world.vault, checked).amount_fen


def test_an_account_that_could_not_be_paid_to_today_may_be_kept(stage: Stage, li: str) -> None:
    case = claiming.failed(stage, claiming.payable(stage, claim(stage, li)), "F04")
    assert service.repairable(case) == ("bank", "branch", "account")
    typed = Typed({**claiming.ACCOUNT}, {}, str(case.version))
    mended = service.repair(asking(stage, li, case.number), case, typed, "form")
    assert len(record.payees(stage.world.vault, mended)) == 1
    back = claiming.take(stage, mended, "reject_account", FINANCE, (Reason("R13", "", ""),))
    assert service.repairable(back) == ("bank", "branch", "account")


def test_two_approvals_of_one_year_count_one_after_the_other(stage: Stage, li: str) -> None:
    later = {"admission": "2026-05-01", "discharge": "2026-05-09", "settled": "2026-05-09"}
    one, other = claim(stage, li), claim(stage, li, **later)
    for case in (one, other):
        claiming.approve(stage, case, FIRST)
    settle, casework = KIND.settle, Casework(stage.world)
    assert settle is not None
    now = casework.read(other.number)
    typed = {"amount": "4,820.00", "amount_reason": "核减一部分"}
    stale = settle(stage.world, now, SENIOR, "approve", typed)
    assert stale is not None
    claiming.approve(stage, one, SENIOR)
    with pytest.raises(Conflict, match=draft_texts.YEAR_MOVED):
        claiming.take(stage, now, "approve", SENIOR, data=stale.data)
    assert casework.read(other.number).state == "second_review"
    claiming.approve(stage, other, SENIOR, amount="5,320.00")
    spent = sum(
        record.statement(stage.world.vault, casework.read(case.number)).amount_fen
        for case in (one, other)
    )
    counted = year(stage, li)
    assert (counted.used, counted.deducted) == (spent, 50_000)


def account_users(stage: Stage, account: str) -> list[str]:
    digest = account_digest(stage.world.vault, account)
    found = AccountItem.query(keys.account(digest))
    return sorted(user for item in found for user in item.users or ())


@pytest.mark.parametrize(
    ("kind", "errors"),
    [
        ("subsidy_health", {"form": draft_texts.HEALTH_WITHDRAWN}),
        ("subsidy_bank", {"agree": draft_texts.BANK_WITHDRAWN}),
    ],
)
def test_a_consent_that_was_taken_back_stops_a_submission(
    stage: Stage, li: str, kind: str, errors: dict[str, str]
) -> None:
    number = claiming.write(stage, li)
    transaction = stage.world.transaction()
    drafts.note_consent_in(stage.world, transaction, li, kind, given=False)
    transaction.commit()
    assert refused(lambda: claiming.send(stage, li, number)) == errors
    if kind == "subsidy_health":
        claiming.begin(stage, li)
    else:
        claiming.save(stage, li, number, "account", {})
        claiming.save(stage, li, number, "account", {"agree": "1"})
    assert claiming.send(stage, li, number).state == "first_review"
