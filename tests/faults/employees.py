"""What employees do: binding, changing, applying, taking back."""

import dataclasses
from typing import Any

from chalicelib.casework.case import Reason
from chalicelib.changes.kind import KIND as CHANGE
from chalicelib.store import keys
from chalicelib.subsidy import record
from chalicelib.subsidy.kind import KIND as SUBSIDY
from tests.fakes.people import LI
from tests.fakes.phone import Seen
from tests.faults.people import (
    Typed,
    is_bound,
    newest,
    officed,
    opened,
    phone,
    press,
    remember,
    review,
    stands,
)
from tests.faults.telling import Act, Telling
from tests.flows import applying, binding, changing, claiming
from tests.unit.subsidy_examples import TYPED

# ---- binding ----


def coded(t: Telling) -> bool:
    return len(t.stage.sms.sent) > t.facts["codes"]


def _code(t: Telling) -> Seen:
    page = opened(phone(t), "/bind")
    if page.status >= 400:
        return page
    return phone(t).post("/bind/code", binding.typed(page))


def count_codes(t: Telling) -> None:
    t.stage.clock.forward(minutes=2)
    t.facts["codes"] = len(t.stage.sms.sent)


def _bind_typed(t: Telling) -> dict[str, Any]:
    code = t.stage.sms.last_to(LI.phone).params[0]
    return {
        "name": LI.name,
        "doc_type": LI.doc_type,
        "doc_number": LI.doc_number,
        "phone": LI.phone,
        "agree": "1",
        "code": code,
    }


BINDING = (
    Act("wait", count_codes, faults=False),
    Act("code", _code, coded, proved=True),
    Act("bind", press("/bind", _bind_typed), is_bound),
    Act("unbind", press("/me/unbind"), lambda t: not is_bound(t)),
    Act("wait", count_codes, faults=False),
    Act("code again", _code, coded, proved=True),
    Act("bind again", press("/bind", _bind_typed), is_bound),
)


# ---- changes ----


def _change(t: Telling) -> dict[str, Any]:
    picture = t.memo.setdefault("picture", t.facts["picture"])
    return {"agree": "1", "phone": "13900000002", "documents": [picture]}


def _change_picture(t: Telling) -> None:
    t.facts["picture"] = changing.picture(t.stage, t.facts["me"])


def _change_rejected(t: Telling) -> None:
    case = newest(t, CHANGE.name)
    assert case is not None
    changing.reject(t.stage, case, Reason("R09", "field:phone", "与证明不符"))


CHANGES = (
    Act("picture", _change_picture, faults=False),
    Act(
        "submit",
        press("/changes/new", _change, "/changes"),
        stands(CHANGE.name, "first_review"),
    ),
    remember(CHANGE.name),
    review("anna", "reject", CHANGE.name, "draft", code_1="R09", target_1="field:phone"),
    Act("picture", _change_picture, faults=False),
    Act(
        "resubmit",
        press("/changes/{number}/edit", _change, "/changes/{number}"),
        stands(CHANGE.name, "first_review"),
    ),
    review("anna", "approve", CHANGE.name, "second_review"),
    review("bob", "approve", CHANGE.name, "closed"),
)


# ---- subsidies ----


def _draft(t: Telling) -> bool:
    return bool(_drafts(t))


def _drafts(t: Telling) -> list[str]:
    items = [i for i in t.scan("cases") if i["sk"]["S"] == keys.DRAFT]
    return sorted(keys.name_in(item["pk"]["S"]) for item in items)


def _remember_draft(t: Telling) -> None:
    (t.facts["number"],) = _drafts(t)


def _photos(*slots: str) -> Act:
    def do(t: Telling) -> None:
        t.facts["pictures"] = applying.pictures(t.stage, t.facts["me"], *slots)

    return Act("pictures", do, faults=False)


def _with(**typed: str) -> Typed:
    return lambda t: {"documents": list(t.facts["pictures"]), **typed}


def _submitted(t: Telling) -> bool:
    case = newest(t, SUBSIDY.name)
    return case is not None and case.state == "first_review"


def _step(name: str, **typed: str) -> Act:
    return Act(name, press("/subsidies/{number}/" + name, _with(**typed)), proved=True)


WRITING = (
    Act("begin", press("/subsidies/new", lambda _t: {"agree": "1"}), _draft),
    Act("remember", _remember_draft, faults=False),
    _photos(claiming.SLOTS[0]),
    _step("identity"),
    _photos(*claiming.SLOTS[1:]),
    _step("stay", **TYPED),
    _photos(claiming.CARD),
    _step("account", agree="1", **applying.ACCOUNT),
)
SEND = Act(
    "submit",
    press("/subsidies/{number}/review", action="/subsidies/{number}/submit"),
    _submitted,
)


def _fails(t: Telling) -> None:
    case = newest(t, SUBSIDY.name)
    assert case is not None
    claiming.failed(t.stage, case, "F02")


def _mended(_t: Telling) -> dict[str, str]:
    return {"account": "6217 0033 3001 2345 678", "agree": "1"}


def _rejected_subsidy(t: Telling) -> None:
    case = newest(t, SUBSIDY.name)
    assert case is not None
    claiming.reject(t.stage, case, Reason("R10", "field:total", "与票据不同"))


_stay_again = Act(
    "stay mended",
    press("/subsidies/{number}/stay", lambda t: {"total": "9000", "documents": _claimed(t)}),
)


def _claimed(t: Telling) -> list[str]:
    case = newest(t, SUBSIDY.name)
    assert case is not None
    kept = record.latest(t.warm().vault, case).pictures
    return [doc for slot in claiming.SLOTS[1:] for doc in kept[slot]]


SUBSIDIES = (
    *WRITING,
    SEND,
    Act("reject", _rejected_subsidy, faults=False),
    _stay_again,
    dataclasses.replace(SEND, name="resubmit"),
    review("anna", "approve", SUBSIDY.name, "second_review"),
    review("bob", "approve", SUBSIDY.name, "payable"),
    Act("the payment fails", _fails, faults=False),
    Act(
        "repair",
        press("/subsidies/{number}/repair", _mended),
        stands(SUBSIDY.name, "account_check"),
    ),
)


def written(t: Telling) -> None:
    officed(t)
    case = claiming.claim(t.stage, t.facts["me"])
    t.facts["number"] = case.number


TAKEN_BACK = (
    Act("withdraw", press("/subsidies/{number}/withdraw"), stands(SUBSIDY.name, "draft")),
    Act("delete", press("/subsidies/{number}/delete"), stands(SUBSIDY.name, "deleted")),
)
