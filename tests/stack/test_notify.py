"""Deployed: from a case's step through stream, topic and queues to the phone, by themselves."""

import json
import time
from collections.abc import Callable
from dataclasses import replace
from typing import Any

import pytest
import requests

from chalicelib.casework import chain, records
from chalicelib.casework.case import Case, Event
from chalicelib.casework.kind import register
from chalicelib.casework.machine import Role
from chalicelib.changes.kind import KIND
from chalicelib.core.clock import SystemClock
from chalicelib.core.identity import DocType
from chalicelib.core.ids import SystemIds, snowflake_time
from chalicelib.core.settings import Settings
from chalicelib.store import digests, keys
from chalicelib.store.cases import LockItem
from chalicelib.store.members import BindingItem, IdentityItem
from chalicelib.store.roster import RosterEntry
from chalicelib.world import World
from infra.session import Cloud
from tests.fakes.people import LI
from tests.stage import Running

# one worker with the tests that fill failure queues on purpose
pytestmark = [pytest.mark.stack, pytest.mark.xdist_group("cases")]

PATIENCE_SECONDS = 60
NOBODY = replace(LI, name="石示例", doc_number="440524188001010014", phone="13900000077")


class CloudAws:
    """The clients of a running stage, where a function has its own."""

    def __init__(self, cloud: Cloud) -> None:
        self._cloud = cloud

    def client(self, service: str, *, quick: bool = False) -> Any:
        del quick
        return self._cloud.client(service)


@pytest.fixture
def world(running: Running) -> World:
    """The deployed settings, seen from outside."""
    register(KIND)
    found = running.cloud.client("lambda").get_function_configuration(
        FunctionName="mutual-aid-local-inbox-worker"
    )
    clock = SystemClock()
    settings = Settings.from_env(found["Environment"]["Variables"])
    return World(settings, clock, SystemIds(clock), {"aws": CloudAws(running.cloud)})


@pytest.fixture
def openid(running: Running) -> str:
    """A phone that follows the account."""
    url = running.phone_url
    person = requests.get(f"{url}/sim/state", timeout=20).json()["phones"][0]
    requests.post(f"{url}/sim/follow", json={"phone": person["id"]}, timeout=20)
    return str(person["openid"])


def bound(world: World, openid: str) -> str:
    digest = digests.document(world.vault, DocType(NOBODY.doc_type), NOBODY.doc_number)
    entry = RosterEntry(NOBODY, (), digest, "content")
    member_id = world.roster.save_roster([entry])[0].member_id
    identity = IdentityItem.get(keys.identity(digest), keys.IDENTITY)
    identity.update([IdentityItem.openid.set(openid)])
    binding = BindingItem(keys.wechat(openid), keys.BINDING, member_id=member_id)
    binding.binding_id, binding.bound_at = "test", world.clock.now()
    binding.save()
    return member_id


def sent_back(world: World, member_id: str) -> Case:
    """Write a rejected request and what is to be told, as casework would."""
    number = world.ids.number()
    now = snowflake_time(number)
    case = Case("change", number, member_id, "来宾", "draft", 2, now, now)
    digest, head = chain.data_digest(case.data, case.documents), ""
    transaction = world.transaction()
    steps = [("submit", "new", "first_review"), ("reject", "first_review", "draft")]
    for seq, (action, before, after) in enumerate(steps, 1):
        step = Event(number, seq, action, before, after, Role.EMPLOYEE, member_id, now, f"op-{seq}")
        event = chain.link(replace(step, data_digest=digest), head)
        head = event.hash
        transaction.put(records.event_item(event))
        transaction.put(records.outbox_item(case, event))
    case = replace(case, head=head)
    transaction.put(records.case_item(case))
    transaction.put(LockItem(keys.open_case("change", member_id), keys.LOCK, number=number))
    transaction.commit()
    return case


def until(seen: Callable[[], Any], wanted: Any) -> None:
    deadline = time.monotonic() + PATIENCE_SECONDS
    while (found := seen()) != wanted:
        assert time.monotonic() < deadline, f"{found} is not {wanted}"
        time.sleep(0.2)


def test_a_rejection_reaches_the_phone_on_three_channels(
    running: Running, world: World, openid: str
) -> None:
    member_id = bound(world, openid)
    case = sent_back(world, member_id)

    def states() -> dict[str, str]:
        ledger = world.deliveries.of_event(case.number, 2)
        return {entry.channel.value: entry.state.value for entry in ledger.values()}

    # WeChat's report comes back through the callback and the chat queue
    until(states, {"inbox": "delivered", "sms": "sent", "template": "delivered"})
    (message,) = world.messages.latest(member_id, 5)
    assert f"BG{case.number}" in message.text
    inbox = requests.get(f"{running.phone_url}/sim/sms", timeout=20).json()["messages"]
    (sms,) = [entry for entry in inbox if entry["phone"] == NOBODY.phone]
    assert f"BG{case.number}已驳回" in sms["text"]
    examined = running.infra("doctor", "--stage", "local", "--json")
    # neighbours let banks contradict themselves on purpose
    findings = json.loads(examined.stdout)["findings"]
    assert not [one for one in findings if "and the bank also said" not in one["what"]]
    queues = running.infra("queues", "show", "--stage", "local")
    assert queues.returncode == 0, queues.stdout + queues.stderr
