"""The pages of an application after it was sent: objections, taking back, mending an account."""

import pytest

from chalicelib.casework.case import Reason
from chalicelib.casework.service import Casework
from chalicelib.store.counters import EVERYWHERE, Where
from chalicelib.subsidy import record
from chalicelib.subsidy.kind import NAME
from tests.fakes.cloud import Stage
from tests.fakes.phone import Phone
from tests.flows import applying, claiming
from tests.flows.applying import NUMBER_TYPED, keep, links, number_in, pictures, send
from tests.flows.test_round_trips import Counter
from tests.unit.subsidy_examples import TYPED


@pytest.fixture(autouse=True)
def _plan(stage: Stage) -> None:
    claiming.publish(stage)


@pytest.fixture
def counter(stage: Stage) -> Counter:
    return Counter(stage)


def test_an_objection_stands_where_it_is_meant(phone: Phone, stage: Stage, me: str) -> None:
    number = applying.apply(phone, stage, me)
    case = Casework(stage.world).read(number)
    invoice = record.latest(stage.world.vault, case).pictures["invoice"][0]
    claiming.reject(
        stage,
        case,
        Reason("R10", "field:total", "与票据不同"),
        Reason("R08", f"document:{invoice}", "第二行看不清"),
        Reason("R99", "", "请联系工会"),
    )
    card = phone.open("/subsidies")
    assert "金额与单据不符：与票据不同" in card.text
    assert links(card)["修改"] == f"/subsidies/{number}/stay#total"
    review = phone.open(f"/subsidies/{number}/review")
    found = links(review)
    total = "第 2 步：住院总费用：请按审核意见修改：金额与单据不符：与票据不同"
    assert found[total] == f"/subsidies/{number}/stay?check=1#total"
    blurred = "第 2 步：请更换此照片：材料不清晰或非本人：第二行看不清"
    assert found[blurred] == f"/subsidies/{number}/stay?check=1#document-{invoice}"
    assert "其他：请联系工会" in review.text
    stay = phone.open(f"/subsidies/{number}/stay")
    assert stay.error("total") == "请按审核意见修改：金额与单据不符：与票据不同"
    assert stay.error(f"document-{invoice}").startswith("请更换此照片")
    assert stay.error("pooled") == ""
    untouched = applying.submit(phone, review)
    assert untouched.status == 422
    others = [doc for doc in case.documents if doc != invoice]
    mended = send(phone, stay, *others, *pictures(stage, me, "invoice"), total="9000")
    assert mended.url.endswith("/account")
    assert phone.open(f"/subsidies/{number}/stay").error("total") == ""
    done = applying.submit(phone, phone.open(f"/subsidies/{number}/review"))
    assert done.url.endswith("/submitted"), done.text
    assert Casework(stage.world).read(number).state == "first_review"


def test_until_somebody_looks_at_it_it_can_be_taken_back(
    phone: Phone, stage: Stage, me: str
) -> None:
    number = applying.apply(phone, stage, me)
    page = phone.open(f"/subsidies/{number}")
    ask = phone.open(links(page)["撤回申请"])
    assert "申请回到草稿" in ask.text
    back = phone.post(ask.url, ask.form(ask.url))
    assert back.url == f"/subsidies/{number}"
    assert "您已撤回申请" in back.text
    again = applying.submit(phone, phone.open(f"/subsidies/{number}/review"))
    assert again.url.endswith("/submitted")
    claiming.approve(stage, Casework(stage.world).read(number), claiming.FIRST)
    late = phone.post(ask.url, ask.form(ask.url) | {"token": late_token(phone, stage, ask.url)})
    assert late.status == 422
    assert late.title == "没有撤回"
    assert "撤回申请" not in links(phone.open(f"/subsidies/{number}"))
    assert phone.open(ask.url).url == f"/subsidies/{number}"


def late_token(phone: Phone, stage: Stage, path: str) -> str:
    """A token as another page of the same browser would have got it."""
    from chalicelib.web.session import Signer

    signer = Signer(stage.world.vault, stage.clock)
    return signer.form_token(phone.openid, path, stage.ids.token())


def test_a_draft_can_be_deleted(phone: Phone, stage: Stage, me: str) -> None:
    stay = applying.to_stay(phone, stage, me)
    number = number_in(stay)
    ask = phone.open(links(phone.open("/subsidies"))["删除"])
    assert "不能恢复" in ask.text
    gone = phone.post(ask.url, ask.form(ask.url))
    assert "申请已删除" in gone.text
    assert number not in gone.text
    assert phone.open(f"/subsidies/{number}").status == 404


def test_after_a_failed_payment_only_the_account_can_be_mended(
    phone: Phone, stage: Stage, me: str
) -> None:
    number = applying.apply(phone, stage, me)
    case = claiming.payable(stage, Casework(stage.world).read(number))
    claiming.failed(stage, case, "F02")
    page = phone.open(f"/subsidies/{number}")
    assert "户名或卡号有误" in page.text
    assert "补助金不会丢失" in page.text
    repair = phone.open(links(page)["修正收款账户"])
    form = repair.form(repair.url)
    assert set(form) == {"token", "version", "account"}
    assert "中国工商银行" in repair.text
    assert NUMBER_TYPED not in repair.body
    wrong = phone.post(repair.url, form | {"account": "1234", "bank": "别的银行"})
    assert wrong.status == 422
    assert wrong.error("account").startswith("银行账号应为")
    assert wrong.form(repair.url)["account"] == "1234"
    same = phone.post(repair.url, wrong.form(repair.url) | {"account": NUMBER_TYPED})
    assert same.error("account") == "收款账户与上次相同，请核对后修改。"
    new = same.form(repair.url) | {"account": "6222020200112230", "bank": "别的银行"}
    done = phone.post(repair.url, new)
    assert done.url == f"/subsidies/{number}"
    assert "待核对账户" in done.text
    assert "核对账户预计" in done.text
    now = record.payees(stage.world.vault, Casework(stage.world).read(number))[-1]
    assert (now.account, now.bank) == ("6222020200112230", "中国工商银行")
    assert phone.open(repair.url).url == f"/subsidies/{number}"
    late = phone.post(repair.url, new | {"token": late_token(phone, stage, repair.url)})
    assert late.status == 422


def test_how_long_others_took_comes_with_the_page(
    phone: Phone, stage: Stage, me: str, counter: Counter
) -> None:
    number = applying.apply(phone, stage, me)
    where = [Where(NAME, "2026-11", EVERYWHERE)]
    stage.world.counters.add(number, 1, where, {"hours:first_review:24": 20})
    page = f"/subsidies/{number}"
    assert "近期九成申请 1 天内完成" in phone.open(page).text
    assert counter.of(lambda: phone.open(page)) == ["BatchGetItem", "Query"]


def test_a_case_in_review_has_no_forms(phone: Phone, stage: Stage, me: str) -> None:
    number = applying.apply(phone, stage, me)
    for page in ("identity", "stay", "account", "review", "delete", "repair"):
        assert phone.open(f"/subsidies/{number}/{page}").url == f"/subsidies/{number}"


def test_round_trips(phone: Phone, stage: Stage, me: str, counter: Counter) -> None:
    """Any page in two, whatever is saved in three, a submission in three."""
    read, write = "BatchGetItem", "TransactWriteItems"
    assert counter.of(lambda: phone.open("/subsidies")) == [read, "Query"]
    assert counter.of(lambda: phone.open("/subsidies/new")) == [read]
    stay = applying.to_stay(phone, stage, me)
    number = number_in(stay)
    assert counter.of(lambda: phone.open(stay.url)) == [read, read]
    assert counter.of(lambda: keep(phone, stay, **TYPED)) == [read, write, read]
    docs = pictures(stage, me, *claiming.SLOTS[1:])
    stay = phone.open(stay.url)
    filled = applying.filled(stay, *docs)
    # the pictures that came since are looked up too
    onward = counter.of(lambda: phone.post(stay.url, filled, follow=False))
    assert onward == [read, read, write]
    account = phone.open(f"/subsidies/{number}/account")
    card = pictures(stage, me, "bank_card")
    review = send(phone, account, *card, agree="1", **applying.ACCOUNT)
    assert counter.of(lambda: phone.open(review.url)) == [read, read]
    action = f"/subsidies/{number}/submit"
    form = review.form(action)
    assert counter.of(lambda: phone.post(action, form, follow=False)) == [read, read, write]
    assert counter.of(lambda: phone.open(f"/subsidies/{number}")) == [read, "Query"]
    assert counter.of(lambda: phone.open("/subsidies")) == [read, "Query"]
