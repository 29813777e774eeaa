"""A story told again and again: people press again, the platform delivers again, and we compare."""

import copy
import json
import os
import re
from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import timedelta
from types import MappingProxyType
from typing import Any

from botocore.exceptions import BotoCoreError
from chalice.test import Client
from moto.dynamodb.models import dynamodb_backends
from moto.s3.models import s3_backends

from chalicelib.chat import worker as chat
from chalicelib.core.errors import AppError, Unavailable
from chalicelib.gateways.sms import SmsRetry, SmsThrottled
from chalicelib.gateways.wechat import WeChatUnavailable
from chalicelib.notify import relay, worker
from chalicelib.statistics import worker as statistics
from chalicelib.store.tables import Item
from chalicelib.world import World
from infra import doctor
from tests.fakes.cloud import BUCKET, REGION, TABLES, FakeQueue, Stage, make_stage
from tests.fakes.light import lighten
from tests.fakes.phone import Phone, Seen
from tests.fakes.pictures import open_bucket
from tests.fakes.pipes import inserted
from tests.faults.wire import Fault, Killed, Wire

ACCOUNT = "123456789012"
CHANNELS = ("inbox", "sms", "template", "stats")
AGAIN = timedelta(seconds=65)
TRIES = 5
DEEP = os.environ.get("HYPOTHESIS_PROFILE") == "deep"
"""Whether to try everything, which takes most of an hour."""


@dataclass(frozen=True)
class Act:
    """What somebody does; `done` is what they find when they look again.

    `platform`: the faults are in what follows by itself, not in what people do.
    `proved`: the next act shows whether this one was really done.
    """

    name: str
    do: Callable[["Telling"], Seen | None]
    done: Callable[["Telling"], bool] = lambda _telling: True
    platform: bool = False
    faults: bool = True
    proved: bool = False


@dataclass
class Pipe(FakeQueue):
    """A queue on the wire; hiding a message only delays it."""

    wire: Wire = field(default_factory=Wire)
    bodies: list[Any] = field(default_factory=list)
    failure: Exception | None = None

    def put(self, body: Any) -> None:
        self.wire.told("sqs.SendMessage", lambda: self.bodies.append(dict(body)))

    def hide(self, receipt_handle: str, after: timedelta) -> None:
        self.wire.told("sqs.ChangeMessageVisibility", lambda: None)


class Providers:
    """SMS and WeChat on the wire; WeChat knows a repeated client_msg_id."""

    def __init__(self, stage: Stage, wire: Wire) -> None:
        self.sms, self.wechat, self.wire = stage.sms, stage.wechat, wire
        self.references: list[str] = []

    def send(self, phone: str, template: str, params: Sequence[str], reference: str) -> str:
        return self.wire.asked(
            "sms.Send",
            lambda: self.sms.send(phone, template, params, reference),
            lost=SmsRetry("Lost", uncertain=True),
            refused=SmsRetry("NoConnection"),
            throttled=SmsThrottled("LimitExceeded"),
        )

    def send_template(
        self, openid: str, template: str, fields: Mapping[str, str], *, url: str, reference: str
    ) -> str:
        def do() -> str:
            if reference not in self.references:
                self.wechat.send_template(openid, template, fields, url=url, reference=reference)
                self.references.append(reference)
            return str(self.references.index(reference))

        return self._wechat("wechat.SendTemplate", do)

    def openid_for(self, code: str) -> str:
        return self._wechat("wechat.OAuth", lambda: self.wechat.openid_for(code))

    def authorize_url(self, redirect_uri: str, state: str) -> str:
        return self.wechat.authorize_url(redirect_uri, state)

    def _wechat(self, name: str, do: Callable[[], str]) -> str:
        return self.wire.asked(
            name,
            do,
            lost=WeChatUnavailable(uncertain=True),
            refused=WeChatUnavailable(),
            throttled=WeChatUnavailable(),
        )


class Telling:
    """A stage behind a wire, with people before it; `facts` is what they remember."""

    def __init__(self, client: Client, app: Any) -> None:
        self.client = client
        self.app = app
        self.stage = make_stage()
        lighten()
        self.s3 = open_bucket(self.stage)
        self.wire = Wire()
        self.queued: dict[str, list[str]] = {channel: [] for channel in CHANNELS}
        self.providers = Providers(self.stage, self.wire)
        queues = {
            f"mutual-aid-local-{name}": Pipe(wire=self.wire)
            for name in (*CHANNELS, "relay-failed", "payout", "documents")
        }
        self.chat = Pipe(wire=self.wire)
        overrides = {
            **self.stage.world.overrides,
            "topic": self,
            "sms": self.providers,
            "wechat": self.providers,
            "chat_queue": self.chat,
            "_queues": queues,
        }
        self.stage.world = replace(self.stage.world, overrides=overrides)
        self.wire.lay(self.stage.world.aws)
        self.facts: dict[str, Any] = {}
        self.memo: dict[str, Any] = {}
        self.unknown = 0
        self.people: dict[str, Phone] = {}
        self.boot()

    # ---- containers ----

    def boot(self) -> World:
        """A container's first moment: nothing was connected before, models included."""
        Item.database = None
        self.app.world = replace(self.stage.world)
        return self.app.world

    def warm(self) -> World:
        """The tests' own connection."""
        self.stage.world.database.use()
        return self.stage.world

    def publish(self, body: str) -> None:
        """The topic: the same body to each queue."""

        def do() -> None:
            for bodies in self.queued.values():
                bodies.append(body)

        self.wire.told("sns.Publish", do)

    # ---- going back ----

    def save(self) -> Any:
        return self._held(), self._tables(), self._bucket()

    def restore(self, saved: Any) -> None:
        (at, facts, cookies, sent, templates, references, codes), tables, bucket = saved
        dynamodb_backends[ACCOUNT][REGION].tables.update(copy.deepcopy(tables))
        self._store().clear()
        for key, versions in copy.deepcopy(bucket).items():
            self._store().setlist(key, versions)
        self.stage.clock.at = at
        self.facts = copy.deepcopy(facts)
        for name, phone in self.people.items():
            phone.cookies = dict(cookies.get(name, {}))
        self.stage.sms.sent[:] = sent
        self.stage.wechat.templates[:] = templates
        self.providers.references[:] = references
        self.stage.wechat.codes.clear()
        self.stage.wechat.codes.update(codes)
        self.chat.bodies.clear()
        for bodies in self.queued.values():
            bodies.clear()

    def _held(self) -> tuple[Any, ...]:
        cookies = {name: dict(phone.cookies) for name, phone in self.people.items()}
        stage = self.stage
        return (
            stage.clock.at,
            copy.deepcopy(self.facts),
            cookies,
            [*stage.sms.sent],
            [*stage.wechat.templates],
            [*self.providers.references],
            dict(stage.wechat.codes),
        )

    def _tables(self) -> Any:
        return copy.deepcopy(dict(dynamodb_backends[ACCOUNT][REGION].tables))

    def _store(self) -> Any:
        return s3_backends[ACCOUNT]["aws-cn"].buckets[BUCKET].keys

    def _bucket(self) -> dict[str, list[Any]]:
        store = self._store()
        # moto closes what is removed
        return copy.deepcopy({key: list(store.getlist(key)) for key in store})

    # ---- telling ----

    def tell(self, act: Act, plan: Mapping[int, Fault] = MappingProxyType({})) -> None:
        """Let somebody do an act, again if need be, and the platform what follows."""
        self.memo.clear()
        self.wire.set(plan)
        self._people(act)
        self._platform(armed=act.platform)

    def _people(self, act: Act) -> None:
        for _try in range(TRIES):
            self.boot()
            if not act.faults:
                self.warm()
            try:
                self.wire.armed = act.faults and not act.platform
                seen = act.do(self)
            except (Killed, BotoCoreError, Unavailable):
                seen = None
                failed = True
            else:
                failed = seen is not None and seen.status >= 500
            finally:
                self.wire.armed = False
            self.warm()
            done = act.done(self)
            if not failed and (seen is None or seen.status < 400):
                assert done, f"{act.name} was confirmed, and is not done"
                return
            if not failed and done:
                assert not {"form", "sure"} & self.memo.keys(), f"the same form again: {seen.text}"
                return
            if not failed:
                self.memo.clear()
            self.stage.clock.forward(seconds=AGAIN.total_seconds())
        raise AssertionError(f"{act.name} never worked: {seen and seen.text}")

    def _platform(self, *, armed: bool) -> None:
        """Relay, queues and clock until nothing is left; who fails is called again.

        The stream tells each record once: what a relay did not get through with is found again
        only where it still stands in the outbox.
        """
        for _round in range(40):
            records = self.outbox()
            if not (records or self.chat.bodies or any(self.queued.values())):
                return
            if records:
                self._container(lambda world, r=records: relay.handle(r, world), armed=armed)
            self._chat(armed=armed)
            for channel in CHANNELS:
                self._work(channel, armed=armed)
            self.stage.clock.forward(minutes=3)
        raise AssertionError(f"never quiet: {self.queued}")

    def _container(self, do: Callable[[World], Any], *, armed: bool) -> Any:
        """Run in a new container; None when it was killed or failed as a whole."""
        world = self.boot()
        try:
            self.wire.armed = armed
            return do(world)
        except (Killed, BotoCoreError, AppError):
            return None
        finally:
            self.wire.armed = False
            self.warm()

    def _work(self, channel: str, *, armed: bool) -> None:
        """A queue keeps what its worker did not answer for."""
        bodies, self.queued[channel] = self.queued[channel], []
        if not bodies:
            return
        found = [_record(index, body, channel) for index, body in enumerate(bodies)]

        def do(world: World) -> Any:
            if channel == "stats":
                return statistics.handle(found, world)
            return worker.handle(found, world, channel)

        self.queued[channel] += _left(bodies, self._container(do, armed=armed))

    def _chat(self, *, armed: bool) -> None:
        bodies, self.chat.bodies = self.chat.bodies, []
        if not bodies:
            return
        found = [_record(index, json.dumps(body), "chat") for index, body in enumerate(bodies)]
        answer = self._container(lambda world: chat.handle(found, world), armed=armed)
        self.chat.bodies += _left(bodies, answer)

    def outbox(self) -> list[Any]:
        """Return the stream's records of what stands in the outbox."""
        return [inserted(i) for i in self.scan("cases") if i["sk"]["S"].startswith("outbox#")]

    # ---- looking ----

    def scan(self, table: str) -> list[Any]:
        client = self.stage.world.aws.client("dynamodb")
        pages = client.get_paginator("scan").paginate(TableName=f"mutual-aid-local-{table}")
        return [item for page in pages for item in page["Items"]]

    def dump(self) -> Counter[str]:
        """Return all that is kept and all that was sent, modulo ids, times and versions."""
        found: Counter[str] = Counter()
        for table in TABLES:
            if table != "moments":
                found.update(f"{table} {spelt(i)}" for i in self.scan(table) if not passing(i))
        for sent in self.stage.sms.sent:
            if "-" in sent.reference:
                found[f"sms {plain(f'{sent.phone} {sent.template} {sent.params}')}"] += 1
        self.unknown = sum(n for k, n in found.items() if "delivery#" in k and '"unknown"' in k)
        found.update(f"wechat {plain(one['template'])}" for one in self.stage.wechat.templates)
        return found

    def well(self) -> None:
        """Assert that nobody got a message twice, and that the doctor names what is unknown."""
        references = [sent.reference for sent in self.stage.sms.sent]
        assert len(references) == len(set(references)), "an SMS twice"
        later = self.stage.clock.now() + doctor.GRACE + timedelta(minutes=1)
        found = doctor.examine(self.warm().database, later)[1]
        named = [one for one in found if "nobody knows whether it was sent" in one.what]
        assert [one for one in found if one not in named] == []
        assert len(named) == self.unknown


# ---- modulo ids, times and versions ----

_WORDS = (
    (re.compile(r"\d{4}-\d\d-\d\dT[\d:.]+(\+[\d:]+|Z)?"), "@"),
    (re.compile(r"\d{4}-\d\d-\d\d \d\d:\d\d"), "@"),
    (re.compile(r"token-\d+"), "T"),
    (re.compile(r"\d{14}-"), "@-"),
    (re.compile(r"\d{17,}"), "N"),
    (re.compile(r"[A-Za-z0-9_+/=.:\-]{30,}"), "S"),
)
_FREE = {"version", "attempts", "until", "expires_at", "code", "receipt", "queued_at", "head"}
_FREE |= {"hash", "previous", "doubt_at", "last_step", "updated_at"}


def plain(text: str) -> str:
    for pattern, word in _WORDS:
        text = pattern.sub(word, text)
    return text


def spelt(item: Mapping[str, Any]) -> str:
    kept = {name: value for name, value in item.items() if name not in _FREE}
    return plain(json.dumps(kept, ensure_ascii=False, sort_keys=True))


def passing(item: Mapping[str, Any]) -> bool:
    """Tell what goes by itself: leases, and pictures that were asked for and never linked."""
    sk = item["sk"]["S"]
    unlinked = sk.startswith("document#") and "expires_at" in item and "case" not in item
    return sk == "lease" or unlinked


def _record(index: int, body: str, queue: str) -> dict[str, str]:
    return {
        "messageId": str(index),
        "receiptHandle": str(index),
        "body": body,
        "eventSourceARN": f"arn:aws-cn:sqs:cn-northwest-1:1:mutual-aid-local-{queue}",
    }


def _left(bodies: list[Any], answer: Any) -> list[Any]:
    if answer is None:
        return bodies
    failed = {entry["itemIdentifier"] for entry in answer["batchItemFailures"]}
    return [body for index, body in enumerate(bodies) if str(index) in failed]
