"""What people do, from beginning to end, with a meter running: the units of `infra cost`."""

import html
import json
import re
from collections.abc import Callable
from dataclasses import replace
from typing import Any

from chalicelib.casework.case import Case
from chalicelib.casework.kind import register
from chalicelib.casework.machine import Role
from chalicelib.casework.service import Casework
from chalicelib.changes.kind import KIND as CHANGE
from chalicelib.core.identity import DocType
from chalicelib.documents.worker import handle as clean
from chalicelib.statistics import worker as statistics
from chalicelib.store import digests, keys
from chalicelib.store.roster import RosterEntry
from chalicelib.subsidy.kind import KIND as SUBSIDY
from tests.cost.meter import Meter
from tests.fakes import pictures
from tests.fakes.cloud import BUCKET, Stage
from tests.fakes.desk import Desk, Office
from tests.fakes.payroom import QUEUE, PayRoom
from tests.fakes.people import LI, THIS_YEAR
from tests.fakes.phone import Phone, Seen
from tests.fakes.pipes import Pipes
from tests.flows import applying, changing
from tests.flows.binding import bind
from tests.flows.claiming import CARD, SLOTS
from tests.unit.subsidy_examples import TYPED

JSON = "application/json"
Units = dict[str, dict[str, int | str]]
_WORKERS = 5
"""Functions that a step of a case wakes: the relay, and one behind each queue of events."""
_QUEUES = 4
_PHOTO_BYTES = 1000


class Teller:
    """Tells the stories one after the other; each begins where the one before ended."""

    def __init__(self, stage: Stage, client: Any) -> None:
        from app import app

        register(CHANGE)
        register(SUBSIDY)
        self.stage = stage
        self.room = PayRoom(stage)
        app.world = stage.world
        self.pipes = Pipes(stage)
        queues = {**stage.world.overrides["_queues"], QUEUE: self.room.queue}
        overrides = {**stage.world.overrides, "_queues": queues}
        stage.world = replace(stage.world, overrides=overrides)
        self.phone = Phone(client, stage, "openid-one")
        office = Office(client, stage)
        digest = digests.document(stage.world.vault, DocType(LI.doc_type), LI.doc_number)
        entry = RosterEntry(LI, (THIS_YEAR,), digest, "content-1")
        self.me = stage.world.roster.save_roster([entry])[0].member_id
        self.desks = [
            office.sit("anna", Role.FIRST_REVIEWER),
            office.sit("bob", Role.SECOND_REVIEWER, Role.SENIOR_REVIEWER),
        ]
        self.meter = Meter(stage, client)

    def all(self) -> Units:
        """Return the units of every story."""
        stories: dict[str, Callable[[], None]] = {
            "binding": self.binding,
            "visit": self.visit,
            "subsidy": self.subsidy,
            "payout": self.payout,
            "change": self.change,
        }
        return {name: self._told(story) for name, story in stories.items()}

    def binding(self) -> None:
        """An employee opens the menu for the first time and binds."""
        bind(self.phone, self.stage)

    def visit(self) -> None:
        """An employee looks around: home, what they are insured by, notices, the own page."""
        for path in ("/", "/enrolments", "/notices", "/me"):
            self.phone.open(path)

    def subsidy(self) -> None:
        """An application with its pictures, reviewed twice, each reviewer with all pictures."""
        self.phone.open("/")
        self.phone.open("/subsidies")
        seen = applying.begin(self.phone)
        seen = self._step(seen, (SLOTS[0],))
        seen = self._step(seen, SLOTS[1:], **TYPED)
        seen = self._step(seen, (CARD,), agree="1", **applying.ACCOUNT)
        applying.submit(self.phone, seen)
        self.number = applying.number_in(seen)
        self._reviewed(self.number)
        self.phone.open(f"/subsidies/{self.number}")
        assert self._case(self.number).state == "payable"

    def payout(self) -> None:
        """A batch of this one payment, from the queue to the bank's word (without its pages)."""
        self.room.pay(self.room.gather())
        assert self._case(self.number).state == "closed"
        self.phone.open(f"/subsidies/{self.number}")

    def change(self) -> None:
        """A change of one's particulars with a picture, reviewed twice."""
        seen = self.phone.open("/changes/new")
        proof = self._sent(seen, "change")
        fields = changing.typed(seen, "/changes", documents=[proof], social_card="998877665")
        assert self.phone.post("/changes", fields).url == "/changes/done"
        number = changing.newest(self.stage, self.me).number
        self._reviewed(number)
        assert self._case(number).state == "closed"

    def _told(self, story: Callable[[], None]) -> dict[str, int | str]:
        sms = len(self.stage.sms.sent)
        story()
        self._news()
        self.meter.counts["sms"] += len(self.stage.sms.sent) - sms
        return self.meter.take()

    def _news(self) -> None:
        """Let relay and workers have every step, one message each, as in a quiet hour."""
        before = len(self.pipes.told)
        self.pipes.relay()
        self.pipes.drain()
        told = self.pipes.told[before:]
        for seq, body in enumerate(told):
            records = [{"messageId": str(seq), "body": body}]
            assert statistics.handle(records, self.stage.world) == {"batchItemFailures": []}
        self.meter.counts["published"] += len(told)
        self.meter.counts["queued"] += _QUEUES * len(told)
        self.meter.counts["jobs"] += _WORKERS * len(told)

    def _step(self, seen: Seen, slots: tuple[str, ...], **typed: str) -> Seen:
        """Photograph what a step wants, let it save itself once, press 「下一步」."""
        sent = [self._sent(seen, slot) for slot in slots]
        kept = applying.keep(self.phone, seen, *sent, **typed)
        fields = applying.filled(seen, *sent, **typed) | {"version": str(kept["version"])}
        return self.phone.post(applying.path(seen), fields)

    def _sent(self, seen: Seen, slot: str) -> str:
        """Send a picture as the script does, and ask once what became of it."""
        token = re.search(rf'data-purpose="{slot}"[^>]*data-token="([^"]+)"', seen.body)
        assert token, f"no slot {slot} on {seen.url}"
        typed = {"purpose": slot, "content_type": "image/jpeg", "size": str(_PHOTO_BYTES)}
        asked = self.phone.post(
            "/documents", typed | {"token": html.unescape(token[1])}, accept=JSON
        )
        doc_id = str(json.loads(asked.body)["id"])
        key = keys.incoming_object(self.me, doc_id)
        self.room.s3.put_object(Bucket=BUCKET, Key=key, Body=pictures.photo())
        assert clean([pictures.arrival(key)], self.stage.world) == {"batchItemFailures": []}
        self.meter.counts["pictures"] += 1
        self.meter.counts["queued"] += 1
        assert json.loads(self.phone.open(f"/documents/{doc_id}", accept=JSON).body)["ok"]
        return doc_id

    def _reviewed(self, number: str) -> None:
        desk: Desk
        for desk in self.desks:
            self.stage.clock.forward(minutes=1)
            desk.open("/staff")
            desk.decide(number, "approve")

    def _case(self, number: str) -> Case:
        return Casework(self.stage.world).read(number)
