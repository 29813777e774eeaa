"""What an application holds beside itself: invoice, account, days, and the year's count."""

from collections.abc import Callable
from dataclasses import replace

import pytest

from chalicelib.casework.case import Case, Reason
from chalicelib.casework.kind import register
from chalicelib.casework.service import Casework
from chalicelib.core.errors import Refused
from chalicelib.store import keys
from chalicelib.store.uses import AccountItem, InvoiceItem, account_digest
from chalicelib.subsidy import draft_texts, evidence, record, service
from chalicelib.subsidy.evidence import Evidence, Subject
from chalicelib.subsidy.kind import KIND
from tests.fakes.cloud import Stage
from tests.fakes.people import LI
from tests.flows import claiming
from tests.flows.claiming import asking, claim, year

INVOICE = "0488888987"
LATER = {"admission": "2026-05-01", "discharge": "2026-05-09", "settled": "2026-05-09"}


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


def refused(act: Callable[[], object]) -> dict[str, str]:
    with pytest.raises(Refused) as told:
        act()
    return dict(told.value.errors)


def holders(case: Case) -> list[str]:
    """The cases that hold a case's invoice."""
    found = InvoiceItem.query(keys.invoice(case.data["invoice"]), consistent_read=True)
    return [item.number for item in found]


def users(stage: Stage, account: str = "6225881414207430") -> set[str]:
    digest = account_digest(stage.world.vault, account)
    found = AccountItem.query(keys.account(digest), consistent_read=True)
    return {user for item in found for user in item.users or ()}


def look(stage: Stage, case: Case) -> Evidence:
    stay = record.latest(stage.world.vault, case).stay
    account = record.payees(stage.world.vault, case)[-1].account
    return evidence.read(stage.world, Subject(case.member_id, case.number, stay, account))


def test_an_invoice_serves_one_application_of_all_people(stage: Stage, li: str, wang: str) -> None:
    case = claim(stage, li, invoice_number=INVOICE)
    told = ((li, f"本人的申请 BZ{case.number}"), (wang, "其他申请"))
    for code, (who, where) in enumerate(told, start=45010126):
        # as people type it: full-width, in groups
        typed = {"invoice_number": "０４８８ ８８８９８７", "holder": "", **LATER}
        typed["holder"] = claiming.member(stage, who).record.name
        number = claiming.write(stage, who, **typed)
        errors = refused(lambda who=who, number=number: claiming.send(stage, who, number))
        assert errors == {"invoice_number": draft_texts.INVOICE_TAKEN.format(where=where)}
        assert claiming.save(stage, who, number, "stay", {"invoice_code": str(code)})
        assert claiming.send(stage, who, number).state == "first_review"
    assert holders(case) == [case.number]


def test_another_invoice_frees_the_first(stage: Stage, li: str) -> None:
    case = claiming.reject(stage, claim(stage, li))
    claiming.save(stage, li, case.number, "stay", {"invoice_number": "1234567890"})
    again = claiming.send(stage, li, case.number)
    assert (holders(case), holders(again)) == ([], [case.number])


@pytest.mark.parametrize("how", ["deleted", "refused first", "refused second"])
def test_what_is_given_up_is_free(stage: Stage, li: str, how: str) -> None:
    case = claim(stage, li)
    assert list(year(stage, li).stays) == [case.number]
    if how == "deleted":
        claiming.reject(stage, case)
        service.delete(asking(stage, li, case.number), case.number, "form")
    elif how == "refused first":
        claiming.take(stage, case, "refuse", claiming.FIRST, (Reason("R05", "", ""),))
    else:
        claiming.approve(stage, case, claiming.FIRST)
        claiming.take(stage, case, "refuse", claiming.SECOND, (Reason("R05", "", ""),))
    assert holders(case) == []
    assert users(stage) == set()
    assert list(year(stage, li).stays) == []
    assert year(stage, li).used == 0
    fresh = claim(stage, li, invoice_number=case.number[-10:])
    assert holders(case) == [fresh.number]


def test_everything_is_kept_while_it_is_open_and_when_it_is_paid(stage: Stage, li: str) -> None:
    case = claim(stage, li)

    def kept() -> None:
        assert holders(case) == [case.number]
        assert users(stage) == {f"{li}/{case.number}"}
        assert list(year(stage, li).stays) == [case.number]

    service.withdraw(asking(stage, li, case.number), case.number, "form")
    kept()
    claiming.reject(stage, claiming.send(stage, li, case.number))
    kept()
    claiming.payable(stage, claiming.send(stage, li, case.number))
    kept()
    claiming.take(stage, case, "batch", claiming.FINANCE)
    claiming.take(stage, case, "release", claiming.RELEASER)
    claiming.take(stage, case, "paid", claiming.SYSTEM)
    kept()


def test_one_account_of_two_people_is_counted(stage: Stage, li: str, wang: str) -> None:
    mine, second = claim(stage, li), claim(stage, li, **LATER)
    assert look(stage, mine).account.others(li) == 0
    hers = claim(stage, wang, holder="王示例")
    assert look(stage, mine).account.others(li) == 1
    assert look(stage, hers).account.others(wang) == 1
    claiming.reject(stage, mine)
    service.delete(asking(stage, li, mine.number), mine.number, "form")
    assert look(stage, hers).account.others(wang) == 1
    claiming.reject(stage, second)
    service.delete(asking(stage, li, second.number), second.number, "form")
    assert look(stage, hers).account.others(wang) == 0


def test_stays_of_the_years_around_are_seen_without_their_cases(stage: Stage, li: str) -> None:
    case = claim(stage, li)
    other = claim(stage, li, **LATER)
    seen = look(stage, case).others
    assert [stay.number for stay in seen] == [f"BZ{other.number}"]
    assert (seen[0].admission.isoformat(), seen[0].discharge.isoformat()) == (
        "2026-05-01",
        "2026-05-09",
    )
    assert case.number not in str(look(stage, other).years[0].stays[case.number])
    claiming.reject(stage, other)
    moved = {"admission": "2026-06-01", "discharge": "2026-06-02", "settled": "2026-06-03"}
    claiming.save(stage, li, other.number, "stay", moved)
    claiming.send(stage, li, other.number)
    assert [stay.admission.month for stay in look(stage, case).others] == [6]


def test_a_stay_that_moves_to_another_year_counts_there(stage: Stage, li: str) -> None:
    claiming.publish(stage, claiming.DEMO.model_copy(update={"revision": 2}))
    case = claiming.reject(stage, claim(stage, li, admission="2026-01-02"))
    plan = claiming.DEMO.model_dump(mode="json")
    early = {"revision": 3, "effective_from": "2025-01-01"}
    claiming.publish(stage, type(claiming.DEMO).model_validate({**plan, **early}))
    claiming.save(stage, li, case.number, "stay", {"admission": "2025-12-30"})
    again = claiming.send(stage, li, case.number)
    assert list(year(stage, li, 2026).stays) == []
    assert list(year(stage, li, 2025).stays) == [case.number]
    done = claiming.payable(stage, again)
    statement = record.statement(stage.world.vault, done)
    assert (year(stage, li, 2025).used, year(stage, li, 2026).used) == (statement.amount_fen, 0)


def test_a_lowered_amount_is_what_the_year_counts(stage: Stage, li: str) -> None:
    case = claim(stage, li)
    claiming.payable(stage, case, amount="1,000.00", amount_reason="核减目录外药品")
    assert year(stage, li).used == 100_000
    now = Casework(stage.world).read(case.number)
    assert record.lowered(stage.world.vault, now) == record.Lowered(100_000, "核减目录外药品")


def test_what_was_lowered_counts_no_more_when_it_is_sent_again(stage: Stage, li: str) -> None:
    case = claim(stage, li)
    claiming.approve(stage, case, claiming.FIRST, amount="1.00", amount_reason="核减目录外药品")
    claiming.take(stage, case, "reject", claiming.SECOND, (Reason("R10", "", ""),))
    again = claiming.send(stage, li, case.number)
    assert record.lowered(stage.world.vault, again) is None
    assert record.statement(stage.world.vault, again).amount_fen > 100
