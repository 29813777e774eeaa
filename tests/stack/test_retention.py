"""The nightly job as deployed: its own permissions, and the objects that follow the items."""

import json

import pytest

from chalicelib.core.clock import beijing_date
from chalicelib.store import keys
from chalicelib.store.due import MemberDue, case_due_in
from chalicelib.store.messages import Message
from chalicelib.store.retention import KeptPicture, Retention
from tests.stack.deployed import hire, picture, world_of
from tests.stack.test_races import somebody
from tests.stage import Running

pytestmark = pytest.mark.stack

FUNCTION = "mutual-aid-local-retention"
EVENT = json.dumps(
    {
        "version": "0",
        "id": "1",
        "account": "000000000000",
        "region": "cn-northwest-1",
        "time": "2026-11-23T18:00:00Z",
        "source": "aws.events",
        "detail-type": "Scheduled Event",
        "detail": {},
        "resources": [],
    }
)


def test_the_job_may_do_what_it_has_to(running: Running) -> None:
    world = world_of(running)
    (member_id,) = hire(world, somebody())
    doc_id, number = picture(world, member_id), world.ids.number()
    today = beijing_date(world.clock.now())
    transaction = world.transaction()
    world.documents.link_in(transaction, member_id, [doc_id], number)
    case_due_in(transaction, number, member_id, today)
    name = keys.message_name(world.clock.now(), number, 1)
    message = Message(name, "标题", "内容", "查看", "/me", world.clock.now())
    world.messages.put_in(transaction, member_id, message)
    until = keys.messages_until(world.clock.now())
    transaction.put(MemberDue(keys.due(today.isoformat()), keys.member(member_id), until=until))
    transaction.commit()
    retention = Retention(world.database)
    retention.move_cursor(today)
    answer = running.cloud.client("lambda").invoke(FunctionName=FUNCTION, Payload=EVENT)
    assert "FunctionError" not in answer, answer["Payload"].read()
    assert world.documents.get_many(member_id, [doc_id]) == []
    (kept,) = KeptPicture.query(keys.case(number), KeptPicture.sk.startswith("picture#"))
    assert kept.sha256 == "0" * 64
    assert world.messages.latest(member_id, 5) == []
    assert world.members.session("nobody", member_id)[2] == 0
    assert retention.reports(1)[0][1]["pictures"] >= 1
