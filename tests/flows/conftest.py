"""The whole app in this process, on moto, with fakes for WeChat and SMS."""

from collections.abc import Callable, Iterator

import pytest
from chalice.test import Client
from moto import mock_aws

from chalicelib.casework.kind import register
from chalicelib.core.identity import DocType
from chalicelib.store import digests
from chalicelib.store.members import Enrolment, MemberRecord
from chalicelib.store.roster import RosterEntry
from infra import assets
from tests.fakes.cloud import Stage, make_stage
from tests.fakes.desk import Office, Send, Sit
from tests.fakes.parcel import PARCEL
from tests.fakes.people import LI, THIS_YEAR
from tests.fakes.phone import Phone
from tests.flows.binding import bind


@pytest.fixture(scope="session", autouse=True)
def _assets() -> None:
    assets.build()


@pytest.fixture
def stage() -> Iterator[Stage]:
    with mock_aws():
        yield make_stage()


@pytest.fixture
def client(stage: Stage) -> Iterator[Client]:
    from app import app

    app.world = stage.world
    with Client(app) as made:
        yield made


@pytest.fixture
def phone(client: Client, stage: Stage) -> Phone:
    return Phone(client, stage, "openid-one")


@pytest.fixture
def second_phone(client: Client, stage: Stage) -> Phone:
    return Phone(client, stage, "openid-two")


@pytest.fixture
def office(client: Client, stage: Stage) -> Office:
    register(PARCEL)
    return Office(client, stage)


@pytest.fixture
def sit(office: Office) -> Sit:
    return office.sit


@pytest.fixture
def send(office: Office) -> Send:
    return office.send


@pytest.fixture
def enrol(stage: Stage) -> Callable[..., str]:
    """Put somebody into the roster; returns the member id."""

    def put(member: MemberRecord = LI, *enrolments: Enrolment) -> str:
        digest = digests.document(stage.world.vault, DocType(member.doc_type), member.doc_number)
        entry = RosterEntry(member, enrolments or (THIS_YEAR,), digest, "content-1")
        return stage.world.roster.save_roster([entry])[0].member_id

    return put


@pytest.fixture
def me(phone: Phone, stage: Stage, enrol: Callable[..., str]) -> str:
    """A bound employee's id."""
    member_id = enrol()
    bind(phone, stage)
    return member_id
