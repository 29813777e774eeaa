"""An employee applying on a phone, for flow tests: forms as a browser would send them."""

import json
from typing import Any

from tests.fakes.cloud import Stage
from tests.fakes.phone import HTML, Phone, Seen
from tests.flows import claiming
from tests.flows.claiming import CARD, SLOTS
from tests.unit.subsidy_examples import TYPED

JSON = "application/json"
NUMBER_TYPED = "6225881414207430"
ACCOUNT = {"bank": "中国工商银行", "branch": "忻城县支行", "account": "6225 8814 1420 7430"}
Fields = dict[str, str | list[str]]


def begin(phone: Phone) -> Seen:
    """「开始申请」; returns step ①."""
    form = phone.open("/subsidies/new").form("/subsidies/new")
    seen = phone.post("/subsidies/new", form | {"agree": "1"})
    assert seen.url.endswith("/identity"), seen.text
    return seen


def links(seen: Seen) -> dict[str, str]:
    """Return where the links of a page lead, by their words."""
    found = seen.tree.iter(f"{HTML}a")
    return {"".join(a.itertext()).strip(): a.get("href") for a in found}


def number_in(seen: Seen) -> str:
    return seen.url.split("/")[2]


def filled(seen: Seen, *documents: str, **fields: str) -> Fields:
    """The form of a step with what is typed into it; its pictures are these alone."""
    return {**seen.form(path(seen)), "documents": list(documents), **fields}


def path(seen: Seen) -> str:
    return seen.url.partition("?")[0]


def send(phone: Phone, seen: Seen, *documents: str, **fields: str) -> Seen:
    """Press 「下一步」."""
    return phone.post(path(seen), filled(seen, *documents, **fields))


def keep(phone: Phone, seen: Seen, *documents: str, **fields: str) -> dict[str, Any]:
    """Do what the script does a moment after a change."""
    answer = phone.post(path(seen), filled(seen, *documents, **fields), accept=JSON)
    return {"status": answer.status, **json.loads(answer.body)}


def pictures(stage: Stage, member_id: str, *slots: str) -> list[str]:
    return [claiming.picture(stage, member_id, slot) for slot in slots]


def to_stay(phone: Phone, stage: Stage, member_id: str) -> Seen:
    """Go through step ①; returns step ②."""
    seen = send(phone, begin(phone), *pictures(stage, member_id, SLOTS[0]))
    assert seen.url.endswith("/stay"), seen.text
    return seen


def to_account(phone: Phone, stage: Stage, member_id: str, /, **typed: str) -> Seen:
    """Go through steps ① and ②; returns step ③."""
    seen = to_stay(phone, stage, member_id)
    seen = send(phone, seen, *pictures(stage, member_id, *SLOTS[1:]), **(TYPED | typed))
    assert seen.url.endswith("/account"), seen.text
    return seen


def to_review(phone: Phone, stage: Stage, member_id: str, /, **typed: str) -> Seen:
    """Go through all steps; returns the last look."""
    seen = to_account(phone, stage, member_id, **typed)
    card = pictures(stage, member_id, CARD)
    seen = send(phone, seen, *card, agree="1", **ACCOUNT)
    assert seen.url.endswith("/review"), seen.text
    return seen


def submit(phone: Phone, seen: Seen) -> Seen:
    """Press 「提交申请」 on the last look."""
    action = f"/subsidies/{number_in(seen)}/submit"
    return phone.post(action, seen.form(action))


def apply(phone: Phone, stage: Stage, member_id: str, /, **typed: str) -> str:
    """Apply for a benefit; returns the number."""
    seen = submit(phone, to_review(phone, stage, member_id, **typed))
    assert seen.url.endswith("/submitted"), seen.text
    return number_in(seen)
