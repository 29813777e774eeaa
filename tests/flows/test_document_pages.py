"""What the script of the picture slots does, spoken by hand."""

import json
from collections.abc import Callable
from dataclasses import replace
from typing import Any

import pytest

from chalicelib.documents.worker import handle
from chalicelib.store import keys
from chalicelib.store.members import BindingItem
from tests.fakes import pictures
from tests.fakes.cloud import BUCKET, REGION, Stage
from tests.fakes.people import LI
from tests.fakes.phone import Phone, Seen

JSON = "application/json"
BUCKET_ORIGIN = f"https://{BUCKET}.s3.{REGION}."
ASK = {"purpose": "proof", "content_type": "image/jpeg", "size": "1000"}
Enrol = Callable[..., str]


@pytest.fixture
def s3(stage: Stage) -> Any:
    return pictures.open_bucket(stage)


@pytest.fixture
def me(stage: Stage, phone: Phone, enrol: Enrol, s3: Any) -> str:
    return signed_in(stage, phone, enrol())


def signed_in(stage: Stage, phone: Phone, member_id: str) -> str:
    """Sign a phone in as an employee."""
    BindingItem(
        keys.wechat(phone.openid),
        keys.BINDING,
        member_id=member_id,
        binding_id="binding-1",
        bound_at=stage.clock.now(),
    ).save()
    phone.open("/")
    return member_id


def token(stage: Stage, phone: Phone) -> dict[str, str]:
    """The token that a page with picture slots would carry."""
    from chalicelib.web.session import Signer

    signer = Signer(stage.world.vault, stage.clock)
    return {"token": signer.form_token(phone.openid, "/documents", stage.ids.token())}


def told(seen: Seen, status: int = 200) -> dict[str, Any]:
    assert seen.status == status, seen.body
    assert seen.headers["Content-Type"].startswith(JSON)
    assert seen.headers["Cache-Control"] == "no-store"
    return dict(json.loads(seen.body))


def begin(stage: Stage, phone: Phone, **changes: str) -> dict[str, Any]:
    return told(phone.post("/documents", ASK | token(stage, phone) | changes, accept=JSON))


def arrive(stage: Stage, key: str, body: bytes) -> None:
    stage.world.aws.client("s3").put_object(Bucket=BUCKET, Key=key, Body=body)
    handle([pictures.arrival(key)], stage.world)


def test_a_picture_from_begin_to_eye(stage: Stage, phone: Phone, me: str) -> None:
    form = begin(stage, phone)
    assert form["fields"]["key"] == keys.incoming_object(me, form["id"])
    assert form["url"].startswith(BUCKET_ORIGIN)
    here = f"/documents/{form['id']}"
    assert told(phone.open(here, accept=JSON)) == {"ok": True, "state": "waiting", "reason": ""}
    assert phone.open(f"{here}/picture").status == 404
    arrive(stage, form["fields"]["key"], pictures.photo())
    assert told(phone.open(here, accept=JSON))["state"] == "clean"
    for query, name in (("", ".jpg?"), ("?size=thumb", ".thumb.jpg?")):
        seen = phone.open(f"{here}/picture{query}", follow=False)
        assert seen.status == 303
        assert seen.headers["Location"].startswith(BUCKET_ORIGIN)
        assert name in seen.headers["Location"]
    assert told(phone.post(f"{here}/delete", token(stage, phone), accept=JSON)) == {"ok": True}
    assert phone.open(f"{here}/picture").status == 404


def test_a_refused_picture_says_why(stage: Stage, phone: Phone, me: str) -> None:
    form = begin(stage, phone)
    arrive(stage, form["fields"]["key"], b"<html>")
    said = told(phone.open(f"/documents/{form['id']}", accept=JSON))
    assert said["state"] == "refused"
    assert "不是照片" in said["reason"]


def test_somebody_elses_picture_answers_like_none(
    stage: Stage, phone: Phone, second_phone: Phone, me: str, enrol: Enrol
) -> None:
    form = begin(stage, phone)
    arrive(stage, form["fields"]["key"], pictures.photo())
    other = enrol(replace(LI, doc_number="440524188001010014", phone="13800000002"))
    signed_in(stage, second_phone, other)
    for part in ("", "/picture", "/picture?size=thumb"):
        theirs = second_phone.open(f"/documents/{form['id']}{part}")
        missing = second_phone.open(f"/documents/missing{part}")
        assert (theirs.status, theirs.body) == (missing.status, missing.body)
        assert theirs.status == 404
    mine = token(stage, second_phone)
    assert told(second_phone.post(f"/documents/{form['id']}/delete", mine, accept=JSON))["ok"]
    assert told(phone.open(f"/documents/{form['id']}", accept=JSON))["state"] == "clean"


@pytest.mark.parametrize(
    ("change", "words"),
    [
        ({"content_type": "text/html"}, "JPG"),
        ({"size": "0"}, "10 MB"),
        ({"size": "10485761"}, "10 MB"),
        ({"size": "-1"}, "10 MB"),
        ({"size": "９"}, "JPG"),
        ({"size": "1" * 5000}, "10 MB"),
        ({"token": "forged"}, "过期"),
    ],
)
def test_a_bad_request_gets_a_sentence(
    stage: Stage, phone: Phone, me: str, change: dict[str, str], words: str
) -> None:
    fields = ASK | token(stage, phone) | change
    if change == {"size": "９"}:
        fields["content_type"] = ""
    said = told(phone.post("/documents", fields, accept=JSON), 422)
    assert not said["ok"]
    assert words in " ".join(said["errors"].values())


def test_who_is_not_bound_sends_and_sees_nothing(stage: Stage, phone: Phone, s3: Any) -> None:
    phone.open("/")
    for seen in (
        phone.post("/documents", ASK | token(stage, phone), follow=False),
        phone.open("/documents/any", follow=False),
        phone.open("/documents/any/picture", follow=False),
        phone.post("/documents/any/delete", token(stage, phone), follow=False),
    ):
        assert (seen.status, seen.headers["Location"]) == (303, "/bind")
    assert pictures.names(s3) == []


def test_the_policy_lets_pages_reach_the_bucket_and_no_other(phone: Phone, me: str) -> None:
    policy = phone.open("/").headers["Content-Security-Policy"]
    origin = phone.stage.world.settings.documents_origin
    assert f"img-src 'self' data: blob: {origin};" in policy
    assert f"connect-src 'self' {origin};" in policy
    assert "script-src 'self';" in policy
