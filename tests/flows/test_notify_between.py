"""Between two tries: an employee who leaves, and late events that wait behind another."""

from collections.abc import Callable

import pytest

from chalicelib.casework.case import Actor
from chalicelib.casework.kind import register
from chalicelib.casework.machine import Role
from chalicelib.casework.service import Casework, Step
from chalicelib.core.errors import Unavailable
from chalicelib.gateways.wechat import WeChatUnavailable
from chalicelib.notify.relay import reconcile
from chalicelib.store import keys
from chalicelib.store.deliveries import Channel
from tests.fakes.cloud import Stage
from tests.fakes.parcel import PARCEL
from tests.fakes.pipes import Pipes
from tests.flows.test_notify import ALL_TOLD, FIRST, WHY, entries, states
from tests.flows.test_store_members import bind, identity_of


@pytest.fixture
def pipes(stage: Stage) -> Pipes:
    register(PARCEL)
    return Pipes(stage)


@pytest.fixture
def reject(pipes: Pipes, stage: Stage, enrol: Callable[..., str]) -> Callable[[], str]:
    """Open a case of one employee and send it back; returns its number."""
    me = Actor(Role.EMPLOYEE, enrol())
    bind(stage, identity_of(stage, me.id), "openid-one", "b1")

    def rejected() -> str:
        casework, operation = Casework(stage.world), stage.world.ids.token()
        case = casework.open(PARCEL, me.id, "来宾", Step("submit", me, operation))
        casework.apply(case.number, Step("reject", FIRST, f"{operation}-2", reasons=WHY))
        return case.number

    return rejected


def test_one_late_event_that_cannot_leave_holds_up_no_other(
    pipes: Pipes, stage: Stage, reject: Callable[[], str]
) -> None:
    numbers = [reject() for _ in range(6)]
    assert len({keys.outbox_shard(number) for number in numbers}) > 1
    stage.clock.forward(minutes=11)
    pipes.topic_down = [ConnectionError()]
    with pytest.raises(Unavailable):
        reconcile(stage.world)
    assert len(pipes.told) == 11
    reconcile(stage.world)
    pipes.drain()
    assert [states(stage, number) for number in numbers] == [ALL_TOLD] * 6


@pytest.mark.parametrize(
    ("uncertain", "state"), [(False, "skipped"), (True, "unknown")], ids=["refused", "lost"]
)
def test_who_leaves_between_two_tries_ends_the_delivery(
    pipes: Pipes, stage: Stage, reject: Callable[[], str], *, uncertain: bool, state: str
) -> None:
    stage.wechat.failures = [WeChatUnavailable(uncertain=uncertain)]
    number = reject()
    pipes.relay()
    bodies = pipes.work("template", pipes.queued["template"])
    assert states(stage, number) == {"template": "retrying"}
    stage.world.members.record_follow("openid-one", subscribed=False, event_at=100)
    assert pipes.work("template", bodies) == []
    assert states(stage, number) == {"template": state}
    assert entries(stage, number)[Channel.TEMPLATE].code == "unsubscribed"
