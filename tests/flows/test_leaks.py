"""The whole story of a change, and nothing personal left anywhere but in sealed boxes.

Everything that leaves the process is kept: log records with all they carry, each call to AWS,
messages, addresses, cookies, objects, raw items. Then names, numbers, phones and cards of
demo people are looked for in it, in the spellings in which they could hide.
"""

import io
import json
import logging
import re
import sys
from collections.abc import Callable, Iterator
from dataclasses import replace
from datetime import date
from typing import Any
from urllib.parse import urlencode

import boto3
import pytest
from chalice.test import Client

from chalicelib.casework.machine import Role
from chalicelib.documents import worker as documents
from chalicelib.store.members import MemberRecord
from infra.demo.people import Employee
from infra.demo.roster import EMPLOYEES, people
from tests.fakes import pictures
from tests.fakes.cloud import BUCKET, REGION, TABLES, Stage
from tests.fakes.desk import PASSWORD, SECRET, Desk, hire
from tests.fakes.phone import Phone, Seen
from tests.fakes.pipes import Pipes
from tests.fakes.traces import OURS, Records, Traces, listen, needles, spelt, wiretap
from tests.flows.binding import bind
from tests.flows.changing import locked, newest, record, typed

TODAY = date(2026, 11, 23)
SERVICES = ("dynamodb", "kms", "s3", "sns", "sqs", "secretsmanager")
REMARK = "与库中证件 {number} 的 {name} 核对，电话 {phone}"
PROVIDER = "sms phone"
"""The only place for a phone in the clear: the SMS provider has to call it."""


@pytest.fixture
def traces() -> Iterator[Traces]:
    made = Traces()
    root, handler = logging.getLogger(), Records(made)
    levels = {name: logging.getLogger(name).level for name in ("", *OURS)}
    root.addHandler(handler)
    for name in OURS:
        logging.getLogger(name).setLevel(logging.DEBUG)
    yield made
    root.removeHandler(handler)
    for name, level in levels.items():
        logging.getLogger(name).setLevel(level)


@pytest.fixture
def pipes(stage: Stage, client: Client, traces: Traces) -> Pipes:
    """The stage with its pipes, and an ear at every wire."""
    made = Pipes(stage)
    whole = {"sms": stage.sms, "wechat": stage.wechat}
    stage.world = replace(stage.world, overrides={**stage.world.overrides, **whole})
    client_app().world = stage.world
    for service in SERVICES:
        for quick in (False, True):
            listen(traces, service, stage.world.aws.client(service, quick=quick))
    wiretap(traces, client)
    return made


def client_app() -> Any:
    from app import app

    return app


def of_person(title: str, person: MemberRecord) -> dict[str, str]:
    secrets = {
        "name": person.name,
        "number": person.doc_number,
        "phone": person.phone,
        "card": str(person.social_card),
        "birth date": person.birth_date.isoformat(),
    }
    return {f"{title}'s {name}": secret for name, secret in secrets.items()}


# ---- the story ----


def test_a_whole_story_leaves_nothing_personal_behind(
    phone: Phone,
    client: Client,
    stage: Stage,
    enrol: Callable[..., str],
    pipes: Pipes,
    traces: Traces,
) -> None:
    s3 = pictures.open_bucket(stage)
    crowd = list(people(EMPLOYEES, TODAY))
    before, wanted = registered(crowd[0]), registered(crowd[1])
    after = replace(
        before,
        doc_type="passport",
        doc_number="X00000071",
        phone=wanted.phone,
        social_card=wanted.social_card,
    )
    me = enrol(before)
    bind(
        phone,
        stage,
        name=before.name,
        doc_type=before.doc_type,
        doc_number=before.doc_number,
        phone=before.phone,
    )
    office = Console(client, stage, before)
    number = asked(phone, stage, me, after)
    office.rejects(number)
    told(pipes)
    mended(phone, stage, me, after)
    office.approves("anna", number)
    office.approves("bob", number)
    told(pipes)
    assert newest(stage, me).state == "closed"
    assert not locked(me)
    now = record(stage, me)
    assert (now.doc_number, now.phone, now.social_card) == (
        after.doc_number,
        after.phone,
        after.social_card,
    )
    for path in ("/", "/me", "/enrolments", "/changes", f"/changes/{number}", "/messages"):
        assert phone.open(path).status == 200
    broken(phone)

    gather(stage, pipes, traces, s3)
    sys.stdout.write(f"bytes scanned: {sum(traces.size.values()):,}: {traces.size}\n")
    assert set(traces.size) >= PLACES, PLACES - set(traces.size)
    secrets = of_person("the employee", before) | of_person("the changed employee", after)
    office_secrets = {"password": PASSWORD, "authenticator": SECRET, "staff's name": "anna 的姓名"}
    camera = {"camera": "SECRETCAMERA", "comment": "SECRETCOMMENT"}
    # pages are for those who may see them; other tests say what is masked on which
    elsewhere = traces.but("pages", PROVIDER)
    assert elsewhere.hits(needles(secrets | office_secrets | camera)) == []
    everybody = {f"{name} of {i}": v for i, p in enumerate(crowd) for name, v in clear(p)}
    assert elsewhere.hits(everybody) == []
    assert traces.found[PROVIDER] == [before.phone, before.phone, after.phone]
    assert "the employee's name in pages" in traces.hits(secrets), "it finds what is there"


PLACES = {
    "addresses",
    "calls to dynamodb",
    "calls to kms",
    "cookies, opened",
    "headers",
    "items of cases",
    "items of members",
    "items of moments",
    "items of office",
    "log lines",
    "log records",
    "objects",
    "pages",
    "queues",
    "sms",
    "templates",
    "topic",
    PROVIDER,
}


def clear(person: Employee) -> list[tuple[str, str]]:
    """Return what nobody else may read of a person of the demonstration."""
    texts = ("name", "doc_number", "phone", "social_card")
    return [(name, getattr(person, name)) for name in texts if getattr(person, name)]


def registered(person: Employee) -> MemberRecord:
    """An employee of the demonstration, as in the roster."""
    return MemberRecord(
        member_id="",
        name=person.name,
        doc_type=person.doc_type,
        doc_number=person.doc_number,
        phone=person.phone,
        sex=person.sex,
        birth_date=person.birth_date,
        unit_id=person.unit.number,
        unit_name=person.unit.name,
        prefecture=person.unit.prefecture,
        insurance_type=person.insurance,
        social_card=person.social_card,
    )


def sent(phone: Phone, stage: Stage) -> str:
    """Send a photograph as the script of the form does; returns its id."""
    from chalicelib.web.session import Signer

    token = Signer(stage.world.vault, stage.clock).form_token(
        phone.openid, "/documents", stage.ids.token()
    )
    fields = {
        "purpose": "change",
        "content_type": "image/jpeg",
        "size": "1000",
        "token": token,
    }
    form = json.loads(phone.post("/documents", fields, accept="application/json").body)
    key = form["fields"]["key"]
    # a client of its own, as a phone is: what it sends is not ours
    own = boto3.client("s3", region_name=REGION)
    own.put_object(Bucket=BUCKET, Key=key, Body=pictures.photo())
    documents.handle([pictures.arrival(key)], stage.world)
    return str(form["id"])


def asked(phone: Phone, stage: Stage, me: str, after: MemberRecord) -> str:
    """Send the form, first with mistakes, then as it should be."""
    doc_id = sent(phone, stage)
    form = typed(
        phone.open("/changes/new"),
        "/changes",
        documents=[doc_id],
        doc_type=after.doc_type,
        doc_number=after.doc_number,
        phone=after.phone + "0",
        social_card=str(after.social_card),
    )
    again = phone.post("/changes", form)
    assert again.status == 422
    good = typed(again, "/changes", documents=[doc_id], phone=after.phone)
    assert phone.post("/changes", good).url == "/changes/done"
    assert phone.open(f"/documents/{doc_id}/picture", follow=False).status == 303
    return newest(stage, me).number


def mended(phone: Phone, stage: Stage, me: str, after: MemberRecord) -> None:
    """Replace what was objected to, and send the request again."""
    case = newest(stage, me)
    path = f"/changes/{case.number}"
    page = phone.open(f"{path}/edit")
    form = typed(page, path, documents=[sent(phone, stage)], phone=after.phone)
    seen = phone.post(path, form)
    assert seen.url == "/changes/done", seen.text


class Console:
    """Two reviewers, who write what they should not into every remark."""

    def __init__(self, client: Client, stage: Stage, employee: MemberRecord) -> None:
        self._stage = stage
        self._remark = REMARK.format(
            number=employee.doc_number, name=employee.name, phone=employee.phone
        )
        self._desks = {}
        place = (employee.prefecture,)
        for account, role in (("anna", Role.FIRST_REVIEWER), ("bob", Role.SECOND_REVIEWER)):
            hire(stage, account, role, prefectures=place)
            self._desks[account] = Desk(client, stage)
            assert self._desks[account].login(account).url == "/staff"

    def rejects(self, number: str) -> None:
        """Look at everything, write about it, and send the request back."""
        desk, path = self._desks["anna"], f"/staff/cases/{number}"
        page = desk.open(path)
        assert desk.press(page, f"{path}/reveal", reason="compare").status == 200
        assert desk.press(page, f"{path}/notes", note=self._remark).status == 200
        page = desk.open(path)
        (doc_id,) = re.findall(rf"{path}/pictures/([\w-]+)", page.body)[:1]
        assert desk.open(f"{path}/pictures/{doc_id}", follow=False).status == 303
        done = desk.decide(
            number,
            "reject",
            code_1="R08",
            target_1=f"document:{doc_id}",
            note_1=self._remark[:60],
            code_2="R09",
            target_2="field:phone",
            note_2=self._remark[:60],
            remark=self._remark,
        )
        assert self._state(number) == "draft", done.text

    def approves(self, account: str, number: str) -> None:
        before = self._state(number)
        done = self._desks[account].decide(number, "approve", remark=self._remark)
        assert self._state(number) != before, done.text

    def _state(self, number: str) -> str:
        from chalicelib.casework.service import Casework

        return Casework(self._stage.world).read(number).state


def told(pipes: Pipes) -> None:
    """Let the news reach the employee."""
    pipes.relay()
    pipes.drain()


def broken(phone: Phone) -> None:
    """Send what cannot be read: a failure may not quote it."""
    query = urlencode({"before": "x" * 50})
    for path in (f"/messages?{query}", "/changes/x", "/messages/none", "/documents/none"):
        seen: Seen = phone.open(path)
        assert seen.status in (200, 404)


def gather(stage: Stage, pipes: Pipes, traces: Traces, s3: Any) -> None:
    """Keep what stands in tables, bucket and queues, and what the providers got."""
    for body in pipes.told:
        traces.keep("topic", body)
    bodies = [body for queue in (*pipes.sleepy.values(), pipes.poison) for body in queue.bodies]
    for entry in (*pipes.told, *bodies, *stage.chat_queue.bodies):
        traces.keep("queues", entry)
    for sms in stage.sms.sent:
        traces.keep(PROVIDER, sms.phone)
        traces.keep("sms", [sms.template, sms.params, sms.reference])
    for template in stage.wechat.templates:
        traces.keep("templates", template)
    for table in TABLES:
        dynamodb = stage.world.aws.client("dynamodb")
        for page in dynamodb.get_paginator("scan").paginate(TableName=f"mutual-aid-local-{table}"):
            for item in page["Items"]:
                traces.keep(f"items of {table}", item)
    for key in pictures.names(s3):
        found = s3.get_object(Bucket=BUCKET, Key=key)
        traces.keep("objects", key + spelt(found["Metadata"]))
        traces.keep("objects", io.BytesIO(found["Body"].read()).getvalue().decode("latin-1"))
