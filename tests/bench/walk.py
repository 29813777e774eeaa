"""An employee's walk over every page and form, each request measured: what tests and bench count."""

import gzip
import json
import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from chalice.test import Client

from chalicelib.store.transaction import Transaction
from chalicelib.web.session import Signer
from tests.architecture import house
from tests.fakes.cloud import Stage
from tests.fakes.phone import Phone, Seen
from tests.flows import applying, changing, claiming
from tests.flows.binding import bind
from tests.flows.changing import BLURRED


@dataclass(frozen=True)
class Step:
    """One request: how often it went to AWS, how many items that read, what went out."""

    method: str
    path: str
    status: int
    trips: tuple[str, ...]
    items: int
    raw: int
    zipped: int


class Walker(Phone):
    """A phone that writes down what every request of it took."""

    def __init__(self, client: Client, stage: Stage, openid: str = "openid-one") -> None:
        super().__init__(client, stage, openid)
        self.steps: list[Step] = []
        self._trips: list[str] = []
        self._items = 0
        for service in ("dynamodb", "kms"):
            events = stage.world.aws.client(service).meta.events
            events.register_first(f"before-send.{service}.*", self._sent)
            events.register(f"response-received.{service}", self._heard)

    def _sent(self, request: Any, **_: Any) -> None:
        self._trips.append(request.headers.get("X-Amz-Target", b"").decode().rpartition(".")[2])

    def _heard(self, parsed_response: dict[str, Any] | None, **_: Any) -> None:
        body = parsed_response or {}
        tables = body.get("Responses") or {}
        answered = tables.values() if isinstance(tables, dict) else []
        self._items += sum(map(len, answered)) + body.get("ScannedCount", 0) + ("Item" in body)

    def _once(self, method: str, path: str, body: bytes, headers: dict[str, str]) -> Seen:
        self._trips, self._items = [], 0
        seen = super()._once(method, path, body, headers)
        raw = seen.body.encode()
        sizes = len(raw), len(gzip.compress(raw, 6))
        trips = tuple(self._trips)
        self.steps.append(Step(method, path, seen.status, trips, self._items, *sizes))
        return seen


def route_of(method: str, path: str) -> tuple[str, str]:
    """The route that takes a path; one without parameters goes before one with."""
    bare = path.partition("?")[0]
    fitting = [
        template
        for wanted, template in house.routes()
        if wanted == method and re.fullmatch(re.sub(r"\{\w+\}", "[^/]+", template), bare)
    ]
    return method, min(fitting, key=lambda template: template.count("{"))


def walk(phone: Walker, stage: Stage, member_id: str) -> None:
    """Bind a phone, then open and send what an employee can."""
    claiming.publish(stage)
    bind(phone, stage)
    tour(phone, stage, member_id)


def tour(phone: Walker, stage: Stage, member_id: str) -> None:
    """Open and send what whoever is bound can, to the end."""
    _around(phone, stage, member_id)
    _changes(phone, stage, member_id)
    _subsidies(phone, stage, member_id)
    _documents(phone, stage, member_id)
    _privacy(phone)
    phone.open("/me/unbind")
    phone.post("/me/unbind", phone.open("/me/unbind").form("/me/unbind"))


def _around(phone: Walker, stage: Stage, member_id: str) -> None:
    for path in ("/", "/me", "/bind/done", "/notices", "/news", "/guide", "/handbook", "/policy"):
        phone.open(path)
    for path in ("/care/on", "/health", "/enrolments"):
        phone.open(path)
    phone.open(next(_links(phone.open("/enrolments"), "/enrolments/")))
    _tell(stage, member_id)
    phone.open("/messages")
    phone.open(next(_links(phone.open("/messages"), "/messages/")))


def _tell(stage: Stage, member_id: str) -> None:
    from chalicelib.store.messages import Message

    message = Message("m1", "办结", "您的申请已办结。", "查看", "/me", stage.clock.now())
    transaction = Transaction(stage.world.database)
    stage.world.messages.put_in(transaction, member_id, message)
    transaction.commit()


def _changes(phone: Walker, stage: Stage, member_id: str) -> None:
    _, case = changing.ask(phone, stage, member_id, name="李小四")
    here = f"/changes/{case.number}"
    phone.open("/changes")
    phone.open("/changes/done")
    phone.open(here)
    changing.reject(stage, case, *BLURRED)
    edit = phone.open(f"{here}/edit")
    phone.post(here, changing.typed(edit, here, documents=[changing.picture(stage, member_id)]))
    changing.reject(stage, changing.newest(stage, member_id), *BLURRED)
    page = phone.open(f"{here}/delete")
    phone.post(f"{here}/delete", page.form(f"{here}/delete"))


def _subsidies(phone: Walker, stage: Stage, member_id: str) -> None:
    applying.begin(phone)
    case = claiming.claim(stage, member_id)
    phone.open("/subsidies")
    phone.open(f"/subsidies/{case.number}")
    phone.open(f"/subsidies/{case.number}/submitted")
    here = f"/subsidies/{claiming.write(stage, member_id)}"
    for step in ("identity", "stay", "account"):
        page = phone.open(f"{here}/{step}")
        documents = re.findall(r'name="documents" value="([^"]+)"', page.body)
        phone.post(f"{here}/{step}", applying.filled(page, *documents), follow=False)
    press(phone, f"{here}/review", f"{here}/submit")
    for what in ("withdraw", "delete"):
        press(phone, f"{here}/{what}", f"{here}/{what}")
    failed = claiming.failed(stage, claiming.payable(stage, case))
    repair = f"/subsidies/{failed.number}/repair"
    press(phone, repair, repair, account="6227007200120897790")


def _documents(phone: Walker, stage: Stage, member_id: str) -> None:
    signer = Signer(stage.world.vault, stage.clock)
    stage.clock.forward(minutes=60)

    def sent(path: str, **fields: str) -> Seen:
        token = signer.form_token(phone.openid, "/documents", stage.ids.token())
        return phone.post(path, {"token": token, **fields}, accept="application/json")

    fields = {"purpose": "change", "content_type": "image/jpeg", "size": "1000"}
    form = json.loads(sent("/documents", **fields).body)
    here = f"/documents/{form['id']}"
    phone.open(here, accept="application/json")
    claiming.check(stage, member_id, form["id"])
    phone.open(f"{here}/picture", follow=False)
    sent(f"{here}/delete")


def _privacy(phone: Walker) -> None:
    for path in ("", "/account", "/account/confirm", "/consents/policy", "/export", "/withdrawn"):
        phone.open(f"/privacy{path}")
    phone.open("/privacy/export/file")
    phone.open("/privacy/export/ready")
    press(phone, "/privacy/consents/subsidy_health", "/privacy/consents/subsidy_health")
    for page, target in (
        ("/privacy/export", "/privacy/export/code"),
        ("/privacy/account/confirm", "/privacy/account/code"),
    ):
        phone.stage.clock.forward(minutes=30)
        press(phone, page, target)
        press(phone, page, page, code=phone.stage.sms.sent[-1].params[0])
    phone.open("/privacy/export/file")
    phone.open("/privacy/account/deleted")


def press(phone: Walker, page: str, target: str, **typed: str) -> Seen:
    """Send a form of a page."""
    seen = phone.open(page)
    forms = re.findall(r'<form[^>]*action="([^"]+)"', seen.body)
    fields = seen.form(target if target in forms else page)
    return phone.post(target, {**fields, "agree": "1", **typed}, follow=False)


def _links(seen: Seen, start: str) -> Iterator[str]:
    return iter(re.findall(rf'"({start}[^"]+)"', seen.body))
