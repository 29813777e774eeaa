"""Whatever arrives at the callback is answered: 200, 400 or 403, never an exception."""

from collections.abc import Mapping
from typing import Any
from urllib.parse import urlencode

import pytest
from chalice.test import Client
from hypothesis import example, given
from hypothesis import strategies as st

from chalicelib.chat.callback import CallbackKeys, UnsignedError, echo, open_push, seal_reply
from chalicelib.chat.push import UnreadablePushError, read_push
from chalicelib.chat.replies import REPLY_BYTES, answer, load_replies
from chalicelib.world import World
from tests.fakes.cloud import WECHAT_SECRET, FakeQueue, settings
from tests.fakes.push import ACCOUNT, OPENID, Sender, fields_of, text_push, xml_of
from tests.fakes.time import FakeClock, FakeIds

CLOCK = FakeClock()
NOW = int(CLOCK.now().timestamp())
WECHAT = Sender(WECHAT_SECRET["token"], "wxtest", WECHAT_SECRET["aes_key"])
KEYS = CallbackKeys.from_secret("wxtest", WECHAT_SECRET)
REPLIES = load_replies("https://mutual.test")

TAGS = ["xml", "ToUserName", "FromUserName", "CreateTime", "MsgType", "Content", "MsgId"]
TAGS += ["Event", "EventKey", "MsgID", "Status", "Encrypt", "OpenID", "Ticket"]
WORDS = ["text", "event", "subscribe", "CLICK", "TEMPLATESENDJOBFINISH", "device_event"]
WORDS += ["user_authorization_revoke", OPENID, ACCOUNT, "1", "qrscene_1", "success"]


def element(children: st.SearchStrategy[str]) -> st.SearchStrategy[str]:
    return st.builds(
        lambda tag, inner: f"<{tag}>{''.join(inner)}</{tag}>",
        st.sampled_from(TAGS),
        st.lists(children, max_size=7),
    )


VALUES = st.sampled_from(WORDS) | st.text(max_size=30).map(lambda t: f"<![CDATA[{t}]]>")
XMLISH = st.recursive(VALUES, element, max_leaves=25).map(lambda inner: f"<xml>{inner}</xml>")
BODIES = st.binary(max_size=400) | XMLISH.map(lambda xml: xml.encode("utf-8", "surrogatepass"))
QUERIES = st.dictionaries(
    st.sampled_from(
        ["signature", "timestamp", "nonce", "echostr", "encrypt_type", "msg_signature", "openid"]
    ),
    st.text(max_size=50) | st.just("aes") | st.just(str(NOW)),
)


@given(QUERIES, BODIES)
def test_unsigned_input_of_any_kind_is_told_so(query: dict[str, str], body: bytes) -> None:
    with pytest.raises((UnsignedError, UnreadablePushError)):
        open_push(query, body, KEYS, NOW)
    with pytest.raises((UnsignedError, UnreadablePushError)):
        echo(query, KEYS, NOW)


@given(body=BODIES, safe=st.booleans())
@example(body=b"<xml><MsgType><![CDATA[event]]></MsgType><Event/></xml>", safe=False)
def test_signed_input_of_any_kind_is_read_or_refused(body: bytes, *, safe: bool) -> None:
    query = WECHAT.query(NOW)
    if safe:
        query, body = WECHAT.safe(body.decode("utf-8", "replace"), NOW)
    try:
        opened = open_push(query, body, KEYS, NOW)
    except UnreadablePushError:
        return
    said = answer(opened.push, REPLIES, lambda: None)
    if said is not None:
        reply = WECHAT.read_reply(seal_reply(said, opened, KEYS, NOW))
        assert reply["ToUserName"] == opened.push.openid


@given(st.text(max_size=300))
def test_any_words_of_a_person_get_a_reply_that_fits(text: str) -> None:
    opened = open_push(*_from_a_person(text), KEYS, NOW)
    said = answer(opened.push, REPLIES, lambda: None)
    assert said is not None
    assert 1 <= len(said.encode()) <= REPLY_BYTES


def _from_a_person(text: str) -> tuple[Mapping[str, str], bytes]:
    """A text push, without the characters that XML cannot carry."""
    allowed = "".join(
        c for c in text if c in "\t\n" or " " <= c <= "\ud7ff" or "\ue000" <= c < "\ufffe"
    )
    return WECHAT.plain(text_push(allowed.replace("]]>", "")), NOW)


@given(st.text(max_size=200))
def test_any_reply_stays_inside_its_element(text: str) -> None:
    allowed = "".join(c for c in text if " " <= c <= "\ud7ff")
    opened = open_push(*WECHAT.plain(text_push("x"), NOW), KEYS, NOW)
    fields = fields_of(seal_reply(f"{allowed}]]><MsgId>1</MsgId>", opened, KEYS, NOW))
    assert set(fields) == {"ToUserName", "FromUserName", "CreateTime", "MsgType", "Content"}


@given(
    st.integers(0, 10**15),
    st.sampled_from(["subscribe", "unsubscribe", "CLICK", "VIEW"]),
    st.text("ab|#", max_size=6),
)
def test_the_same_event_always_has_the_same_key(at: int, event: str, key: str) -> None:
    xml = xml_of(
        ToUserName=ACCOUNT,
        FromUserName=OPENID,
        CreateTime=at,
        MsgType="event",
        Event=event,
        EventKey=key,
    )
    assert read_push(xml).key == read_push(xml).key
    assert len(read_push(xml).key) == 64


class NoMarks:
    """A moments table that remembers nothing."""

    def get(self, key: str) -> None:
        return None

    def put_once(self, key: str, ttl_seconds: int) -> bool:
        return True


@pytest.fixture(scope="module")
def client() -> Any:
    from app import app

    overrides = {
        "quick_moments": NoMarks(),
        "chat_queue": FakeQueue(),
        "_secrets": {"mutual-aid-local/wechat": WECHAT_SECRET},
    }
    app.world = World(settings(), CLOCK, FakeIds(CLOCK), overrides)
    with Client(app) as made:
        yield made


@given(
    query=QUERIES,
    body=BODIES,
    signed=st.booleans(),
    content_type=st.sampled_from(["text/xml", "application/xml", "text/xml; charset=utf-8", ""]),
)
def test_the_route_answers_200_400_or_403(
    client: Any, query: dict[str, str], body: bytes, *, signed: bool, content_type: str
) -> None:
    if signed:
        query |= WECHAT.query(NOW)
    path = "/wechat?" + urlencode({k: v.encode("utf-8", "replace") for k, v in query.items()})
    headers = {"content-type": content_type} if content_type else {}
    for method in ("POST", "GET"):
        seen = client.http.request(method, path, headers=headers, body=body)
        assert seen.status_code in {200, 400, 403}
        assert not seen.headers["Content-Type"].startswith("text/html")
