"""Pictures of articles: the employees' bucket and worker, and readers only by the article."""

import json
from typing import Any

import pytest

from chalicelib.content import service, texts
from chalicelib.documents.worker import handle
from chalicelib.store import keys
from tests.fakes import pictures
from tests.fakes.cloud import BUCKET, Stage
from tests.fakes.desk import Sit
from tests.fakes.phone import HTML, Phone, Seen
from tests.flows.content import LIST, Editor, form_of

JSON = "application/json"


@pytest.fixture
def editor(stage: Stage, sit: Sit) -> Editor:
    pictures.open_bucket(stage)
    return Editor(sit)


def begin(editor: Editor, path: str, **fields: str) -> Seen:
    """Ask for the form that sends a picture, as the script does."""
    bare = path.partition("?")[0]
    ask = {"content_type": "image/jpeg", "size": "1000", "token": editor.form(path)["token"]}
    return editor.desk.post(f"{bare}/pictures", ask | fields, accept=JSON)


def upload(stage: Stage, editor: Editor, path: str, body: bytes | None = None) -> str:
    """Send a picture and let the worker look at it; returns its id."""
    doc_id = str(json.loads(begin(editor, path).body)["id"])
    key = keys.incoming_object(service.OWNER, doc_id)
    body = pictures.photo() if body is None else body
    stage.world.aws.client("s3").put_object(Bucket=BUCKET, Key=key, Body=body)
    handle([pictures.arrival(key)], stage.world)
    return doc_id


def state(editor: Editor, path: str, doc_id: str) -> dict[str, Any]:
    seen = editor.desk.open(f"{path.partition('?')[0]}/pictures/{doc_id}", accept=JSON)
    return dict(json.loads(seen.body))


def sources(seen: Seen) -> list[str]:
    shown = [image.get("src") for image in seen.tree.iter(f"{HTML}img")]
    return [source for source in shown if source.startswith("/articles/")]


def test_readers_see_cover_and_pictures_while_they_may_see_the_article(
    stage: Stage, editor: Editor, phone: Phone
) -> None:
    path = editor.begin()
    cover, inside = (upload(stage, editor, path) for _ in range(2))
    assert state(editor, path, cover) == {"ok": True, "state": "clean", "reason": ""}
    text = f"看图\n\n![凭证](picture:{inside})"
    seen = editor.send(path, "save", title="有图", cover=cover, source=text)
    assert seen.status == 200
    key = seen.url.partition("?")[0].rpartition("/")[2]
    at = f"/articles/news/{key}/pictures"
    assert phone.open(f"{at}/{cover}").status == 404, "a draft is nobody's"
    editor.send(f"{LIST}/{key}", "publish")
    read = phone.open(f"/articles/news/{key}")
    assert sources(read) == [f"{at}/{cover}", f"{at}/{inside}"]
    for source in sources(read):
        led = phone.open(source, follow=False)
        assert (led.status, BUCKET in led.headers["Location"]) == (303, True)
        assert "X-Amz-Expires=60" in led.headers["Location"]
    for wrong in (f"{at}/none", f"/articles/notices/{key}/pictures/{cover}"):
        assert phone.open(wrong).status == 404
    editor.send(f"{LIST}/{key}", "withdraw")
    assert phone.open(f"{at}/{cover}").status == 404


def test_a_picture_belongs_to_one_article(stage: Stage, editor: Editor, phone: Phone) -> None:
    path = editor.begin()
    doc_id = upload(stage, editor, path)
    first = editor.publish("第一篇", cover=doc_id)
    assert phone.open(f"/articles/news/{first}/pictures/{doc_id}", follow=False).status == 303
    seen = editor.send(editor.begin(), "publish", title="第二篇", source="x", cover=doc_id)
    assert (seen.status, seen.error("cover")) == (422, texts.COVER)
    assert form_of(seen)["cover"] == doc_id


def test_what_is_no_picture_is_never_shown(stage: Stage, editor: Editor) -> None:
    path = editor.begin()
    doc_id = upload(stage, editor, path, b"<svg onload=alert(1)>")
    assert state(editor, path, doc_id)["state"] == "refused"
    seen = editor.send(path, "publish", title="x", source="x", cover=doc_id)
    assert (seen.status, seen.error("cover")) == (422, texts.COVER)


@pytest.mark.parametrize(
    "fields", [{"content_type": "image/svg+xml"}, {"size": "0"}, {"size": "²"}, {"size": "9" * 9}]
)
def test_only_pictures_may_be_sent(editor: Editor, fields: dict[str, str]) -> None:
    seen = begin(editor, editor.begin(), **fields)
    assert (seen.status, json.loads(seen.body)["ok"]) == (422, False)


def test_an_employees_picture_is_no_picture_of_an_article(
    stage: Stage, editor: Editor, me: str
) -> None:
    sent = stage.world.documents.begin(me, "proof", content_type="image/jpeg", size=1000)
    path = editor.begin()
    seen = editor.send(path, "publish", title="x", source=f"![x](picture:{sent.doc_id})")
    assert seen.status == 422
    assert editor.desk.open(f"{path.partition('?')[0]}/pictures/{sent.doc_id}").status == 404


def test_the_preview_is_what_readers_will_see(editor: Editor, phone: Phone) -> None:
    path = editor.begin()
    bare, source = path.partition("?")[0], "# 一\n\n<script>alert(1)</script>\n\n|a|\n|-|\n|b|"
    token = {"token": editor.form(path)["token"]}
    answer = editor.desk.post(f"{bare}/preview", token | {"source": source}, accept=JSON)
    html = json.loads(answer.body)["html"]
    page = editor.desk.post(f"{bare}/preview", token | {"source": source, "title": "标题"})
    assert (page.status, html in page.body) == (200, True)
    key = editor.publish("标题", source=source)
    assert html in phone.open(f"/articles/news/{key}").body
    assert "<script>alert" not in html
