"""Signature, encryption and reading of pushes, against a second implementation."""

import pytest

from chalicelib.chat.callback import (
    BODY_BYTES,
    FRESH_SECONDS,
    CallbackKeys,
    UnsignedError,
    echo,
    open_push,
    seal_reply,
)
from chalicelib.chat.push import Kind, UnreadablePushError, read_push
from chalicelib.core.errors import Broken
from tests.fakes.push import ACCOUNT, OPENID, Sender, event_push, fields_of, text_push, xml_of

NOW = 1795415298
TOKEN = "callbacktoken"
APP_ID = "wx0123456789abcdef"
NEW_KEY = "abcdefghijklmnopqrstuvwxyz0123456789ABCDEFG"
OLD_KEY = "kWxPEV2UEDyxWpmPdKC3F4dgPDmOvfKX1HGnEUDS1aR"
KEYS = CallbackKeys(APP_ID, TOKEN, (NEW_KEY, OLD_KEY))
WECHAT = Sender(TOKEN, APP_ID, NEW_KEY)
WECHAT_BEFORE_ROTATION = Sender(TOKEN, APP_ID, OLD_KEY)

# Made once with wechatpy's own crypto (random part "1234567890abcdef"); must open for ever.
GOLDEN_ENCRYPT = (
    "N5RGgO0TEMkeavObOZIA7B6n4Qvlu6WF+Roursm7b0isOvZ7rBsVkR5vZ89IJetnWpbPGBkJpraDHQliBxpigZjM"
    "/zFAyuER6ej+oX82+1SJEbsqalWI2nVXrUpLzu11gxm4AIMHqa5ZAtdrarJMTibbEadp196ABCKW6dzx3/QGOuSU"
    "dqHU9QmF1hZqWJaZ+bx5eODq9Vehj/HpCUQqCl4IQx7pTksF4pV44mpbjw6wiBRvst7A9+uzka3/mBHFo1Zdi2Vs"
    "4kcxtaNtG6Vlg896eb9KWGWQ6XUO2anPtWNUXywyCLov1rzZiOwb8s5qK5VjwnAQ1e3ay4groL3vhHU9ph3pdTQ+"
    "ViwWLg1tgtKVXAji0PObgWd1VZSWiMFeDk7KillbbJsO+SzUavxPbfGqYlXAA+4YYs4PdA4t8AA="
)
GOLDEN_QUERY = {
    "signature": "7a532c374cabd814c638e2f1436fe7a06a48595d",
    "msg_signature": "976c63c1b7da373db52f5839ef41b06ee18c5ea3",
    "timestamp": str(NOW),
    "nonce": "nonce123",
    "encrypt_type": "aes",
}


def test_golden_vector_opens() -> None:
    body = xml_of(ToUserName=ACCOUNT, Encrypt=GOLDEN_ENCRYPT).encode()
    push = open_push(GOLDEN_QUERY, body, KEYS, NOW).push
    assert (push.kind, push.text, push.openid, push.account) == (
        Kind.TEXT,
        "补助",
        OPENID,
        ACCOUNT,
    )
    assert (push.created_at, push.message_id) == (NOW, "23456789012345678")


def test_verification_echoes() -> None:
    query = WECHAT.query(NOW) | {"echostr": "5837397520665436492"}
    assert echo(query, KEYS, NOW) == "5837397520665436492"


@pytest.mark.parametrize("echostr", [None, "", "x" * 257, "回声", "a\nb"])
def test_verification_without_a_usable_echostr_is_unreadable(echostr: str | None) -> None:
    query = WECHAT.query(NOW) | ({} if echostr is None else {"echostr": echostr})
    with pytest.raises(UnreadablePushError):
        echo(query, KEYS, NOW)


@pytest.mark.parametrize(
    "change",
    [
        {"signature": ""},
        {"signature": "0" * 40},
        {"signature": "７" * 40},
        {"signature": "\ud800"},
        {"nonce": "other"},
        {"timestamp": str(NOW + 1)},
        {"timestamp": ""},
        {"timestamp": "-1"},
        {"timestamp": "²"},
        {"timestamp": "9" * 500},
    ],
    ids=repr,
)
def test_wrong_signatures_are_unsigned(change: dict[str, str]) -> None:
    query = WECHAT.query(NOW) | {"echostr": "1"} | change
    with pytest.raises(UnsignedError):
        echo(query, KEYS, NOW)
    with pytest.raises(UnsignedError):
        open_push(query, text_push("补助").encode(), KEYS, NOW)


@pytest.mark.parametrize("missing", ["signature", "timestamp", "nonce"])
def test_missing_parts_are_unsigned(missing: str) -> None:
    query = WECHAT.query(NOW)
    del query[missing]
    with pytest.raises(UnsignedError):
        open_push(query, text_push("补助").encode(), KEYS, NOW)


@pytest.mark.parametrize("sign", [1, -1])
def test_signatures_live_five_minutes(sign: int) -> None:
    query, body = WECHAT.plain(text_push("补助"), NOW + sign * FRESH_SECONDS)
    assert open_push(query, body, KEYS, NOW).push.kind is Kind.TEXT
    query, body = WECHAT.plain(text_push("补助"), NOW + sign * (FRESH_SECONDS + 1))
    with pytest.raises(UnsignedError):
        open_push(query, body, KEYS, NOW)


@pytest.mark.parametrize("sender", [WECHAT, WECHAT_BEFORE_ROTATION], ids=["new", "previous"])
def test_reply_is_encrypted_with_the_key_that_opened_the_push(sender: Sender) -> None:
    opened = open_push(*sender.safe(text_push("你好"), NOW), KEYS, NOW)
    reply = sender.read_reply(seal_reply("您好", opened, KEYS, NOW))
    assert reply == {
        "ToUserName": OPENID,
        "FromUserName": ACCOUNT,
        "CreateTime": str(NOW),
        "MsgType": "text",
        "Content": "您好",
    }


@pytest.mark.parametrize("characters", range(40))
def test_every_padding_opens(characters: int) -> None:
    opened = open_push(*WECHAT.safe(text_push("x" * characters), NOW), KEYS, NOW)
    assert opened.push.text == "x" * characters


def test_plain_push_gets_a_plain_reply() -> None:
    opened = open_push(*WECHAT.plain(text_push("你好"), NOW), KEYS, NOW)
    fields = fields_of(seal_reply("您好", opened, KEYS, NOW))
    assert (fields["Content"], fields["ToUserName"]) == ("您好", OPENID)


def test_compatible_mode_trusts_the_encrypted_part_only() -> None:
    query, _ = WECHAT.safe(text_push("真"), NOW)
    encrypted = WECHAT.encrypt(text_push("真"))
    body = text_push("假").replace("</xml>", f"<Encrypt>{encrypted}</Encrypt></xml>")
    assert open_push(query, body.encode(), KEYS, NOW).push.text == "真"


def test_replies_cannot_break_out_of_cdata() -> None:
    opened = open_push(*WECHAT.plain(text_push("?"), NOW), KEYS, NOW)
    sealed = seal_reply("a]]><MsgType>news</MsgType>", opened, KEYS, NOW)
    assert fields_of(sealed)["MsgType"] == "text"
    assert "news" in fields_of(sealed)["Content"]


def test_a_signed_but_foreign_encryption_is_unreadable() -> None:
    for sender in (
        Sender(TOKEN, APP_ID, "Z" * 43),
        Sender(TOKEN, "wxsomebodyelse", NEW_KEY),
    ):
        with pytest.raises(UnreadablePushError):
            open_push(*sender.safe(text_push("补助"), NOW), KEYS, NOW)
    without_keys = CallbackKeys(APP_ID, TOKEN)
    with pytest.raises(UnreadablePushError):
        open_push(*WECHAT.safe(text_push("补助"), NOW), without_keys, NOW)


def test_the_url_signature_does_not_vouch_for_an_encrypted_body() -> None:
    query, body = WECHAT.safe(text_push("补助"), NOW)
    for change in ({"msg_signature": query["signature"]}, {"msg_signature": ""}):
        with pytest.raises(UnsignedError):
            open_push(query | change, body, KEYS, NOW)


def bomb() -> str:
    levels = "".join(f'<!ENTITY l{i + 1} "{f"&l{i};" * 10}">' for i in range(9))
    return f'<!DOCTYPE xml [<!ENTITY l0 "ha">{levels}]><xml><Content>&l9;</Content></xml>'


UNREADABLE = {
    "empty": b"",
    "spaces": b"   ",
    "not xml": b"hello",
    "half": b"<xml><ToUserName>",
    "json": b'{"MsgType":"text"}',
    "empty root": b"<xml/>",
    "text root": b"<xml>text</xml>",
    "other root": text_push("x").replace("xml>", "html>").encode(),
    "no type": b"<xml><MsgType/></xml>",
    "not utf-8": b"<xml>\xff\xfe</xml>",
    "nul": b"<xml>\x00</xml>",
    "entities": bomb().encode(),
    "external entity": b'<!DOCTYPE x [<!ENTITY e SYSTEM "file:///etc/passwd">]><xml>&e;</xml>',
    "attributes": text_push("x").replace("<MsgType>", '<MsgType a="1">').encode(),
    "twice": text_push("x").replace("<MsgType>", "<MsgType>text</MsgType><MsgType>").encode(),
    "nested": text_push("x").replace("<MsgId>", "<MsgId><a/>").encode(),
    "two senders": text_push("x")
    .replace("</xml>", "<FromUserName>b</FromUserName></xml>")
    .encode(),
    "odd sender": xml_of(
        ToUserName=ACCOUNT, FromUserName="<b>", CreateTime=1, MsgType="text", MsgId=1
    ).encode(),
    "odd time": xml_of(
        ToUserName=ACCOUNT, FromUserName=OPENID, CreateTime="soon", MsgType="text", MsgId=1
    ).encode(),
    "event without name": event_push("").encode(),
    "deep": b"<xml>" + b"<a>" * 9000 + b"</a>" * 9000 + b"</xml>",
    "too long": text_push("x" * BODY_BYTES).encode(),
}


@pytest.mark.parametrize("body", UNREADABLE.values(), ids=UNREADABLE.keys())
def test_signed_nonsense_is_unreadable(body: bytes) -> None:
    with pytest.raises(UnreadablePushError):
        open_push(WECHAT.query(NOW), body, KEYS, NOW)
    with pytest.raises((UnreadablePushError, UnsignedError)):
        open_push(WECHAT.query(NOW) | {"encrypt_type": "aes"}, body, KEYS, NOW)


@pytest.mark.parametrize("encrypted", ["", "!", "QUJD", "A" * 64, "Zm9v" * 3000])
def test_signed_noise_in_the_encrypted_part_is_unreadable(encrypted: str) -> None:
    from tests.fakes.push import signature

    query = WECHAT.query(NOW)
    signed = signature(TOKEN, query["timestamp"], query["nonce"], encrypted)
    query |= {"encrypt_type": "aes", "msg_signature": signed}
    with pytest.raises(UnreadablePushError):
        open_push(query, xml_of(Encrypt=encrypted).encode(), KEYS, NOW)


KINDS = [
    (text_push("补助"), Kind.TEXT),
    (text_push(""), Kind.TEXT),
    (text_push("x").replace("[text]", "[image]"), Kind.OTHER_MESSAGE),
    (text_push("x").replace("[text]", "[hologram]"), Kind.OTHER_MESSAGE),
    (event_push("subscribe", EventKey=""), Kind.FOLLOW),
    (event_push("subscribe", EventKey="qrscene_12", Ticket="t"), Kind.FOLLOW),
    (event_push("unsubscribe", EventKey=""), Kind.UNFOLLOW),
    (event_push("CLICK", EventKey="help"), Kind.CLICK),
    (event_push("VIEW", EventKey="https://fund.test/me"), Kind.OTHER_EVENT),
    (event_push("SCAN", EventKey="12", Ticket="t"), Kind.OTHER_EVENT),
    (event_push("LOCATION", Latitude="22.8", Longitude="108.3", Precision="1"), Kind.OTHER_EVENT),
    (event_push("TEMPLATESENDJOBFINISH", MsgID=4053, Status="success"), Kind.TEMPLATE_RESULT),
    (event_push("subscribe_msg_popup_event"), Kind.OTHER_EVENT),
    (event_push("subscribe_msg_change_event"), Kind.OTHER_EVENT),
    (event_push("subscribe_msg_sent_event"), Kind.OTHER_EVENT),
    (event_push("user_info_modified", OpenID="oPerson"), Kind.OTHER_EVENT),
    (event_push("user_authorization_revoke", OpenID="oPerson"), Kind.REVOKED),
    (event_push("user_authorization_cancellation", OpenID="oPerson"), Kind.REVOKED),
    (event_push("something_new"), Kind.OTHER_EVENT),
]


@pytest.mark.parametrize(("xml", "kind"), KINDS, ids=[xml[100:200] for xml, _ in KINDS])
def test_every_push_has_a_kind(xml: str, kind: Kind) -> None:
    assert read_push(xml).kind is kind


def test_the_missing_event_classes_are_registered() -> None:
    from wechatpy import parse_message
    from wechatpy.messages import UnknownMessage

    read_push(text_push("x"))
    for xml, _ in KINDS:
        if "something_new" in xml or "hologram" in xml:
            continue
        assert not isinstance(parse_message(xml), UnknownMessage), xml


def test_a_withdrawal_is_about_the_person_not_the_sender() -> None:
    assert read_push(event_push("user_authorization_revoke", OpenID="oPerson")).openid == "oPerson"


def test_template_results_name_message_and_outcome() -> None:
    push = read_push(event_push("TEMPLATESENDJOBFINISH", MsgID=4053, Status="failed:user block"))
    assert (push.message_id, push.status) == ("4053", "failed:user block")


def test_keys_tell_duplicates_from_neighbours() -> None:
    same = read_push(text_push("一", 7)).key
    assert read_push(text_push("一", 7)).key == same
    assert read_push(text_push("二", 8)).key != same
    one_second = [
        event_push("subscribe", EventKey=""),
        event_push("unsubscribe", EventKey=""),
        event_push("CLICK", EventKey="a"),
        event_push("CLICK", EventKey="b"),
        event_push("TEMPLATESENDJOBFINISH", MsgID=1, Status="success"),
        event_push("TEMPLATESENDJOBFINISH", MsgID=2, Status="success"),
        event_push("subscribe", at=NOW + 1, EventKey=""),
    ]
    assert len({read_push(xml).key for xml in one_second}) == len(one_second)
    assert read_push(one_second[0]).key == read_push(one_second[0]).key


def test_the_persons_words_stay_out_of_reprs() -> None:
    assert "秘密" not in repr(read_push(text_push("秘密")))
    assert TOKEN not in repr(KEYS)
    assert NEW_KEY not in repr(KEYS)


def test_keys_come_from_the_secret() -> None:
    secret = {"app_secret": "s", "token": TOKEN, "aes_key": NEW_KEY, "previous_aes_key": ""}
    assert CallbackKeys.from_secret(APP_ID, secret).aes_keys == (NEW_KEY,)
    secret["previous_aes_key"] = OLD_KEY
    assert CallbackKeys.from_secret(APP_ID, secret) == KEYS
    for bad in ({"token": ""}, {"aes_key": "short-secret"}, {"previous_aes_key": "short-secret"}):
        with pytest.raises(Broken) as caught:
            CallbackKeys.from_secret(APP_ID, secret | bad)
        assert "short-secret" not in str(caught.value)
