"""The outside of a push: signature, freshness, encryption, and the reply's envelope.

Pure: everything arrives as an argument. Sources: developers.weixin.qq.com, 接入概述,
消息加解密说明, 被动回复用户消息; numbers in decision 0018.
"""

import hashlib
import hmac
import re
import struct
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Final
from xml.parsers.expat import ExpatError

from chalicelib.chat.push import Push, UnreadablePushError, read_push
from chalicelib.core.errors import Broken

BODY_BYTES: Final = 64 * 1024
FRESH_SECONDS: Final = 5 * 60
_ECHO: Final = re.compile(r"[\x20-\x7e]{1,256}")
_TIMESTAMP: Final = re.compile(r"[0-9]{1,12}")
_AES_KEY: Final = re.compile(r"[A-Za-z0-9+/]{43}")


class UnsignedError(ValueError):
    """The signature is missing, wrong or old: not WeChat, or not now."""


@dataclass(frozen=True, slots=True)
class CallbackKeys:
    """The Token and the EncodingAESKeys of 服务器配置, newest first; none in plain mode."""

    app_id: str
    token: str = field(repr=False)
    aes_keys: tuple[str, ...] = field(repr=False, default=())

    @classmethod
    def from_secret(cls, app_id: str, secret: Mapping[str, str]) -> "CallbackKeys":
        """Take the callback's part of the WeChat secret; raises Broken, showing no values."""
        named = (secret.get("aes_key", ""), secret.get("previous_aes_key", ""))
        aes_keys = tuple(key for key in named if key)
        if not secret.get("token"):
            raise Broken("the WeChat secret has no token")
        if not all(_AES_KEY.fullmatch(key) for key in aes_keys):
            raise Broken("an AES key of the WeChat secret is not 43 characters of base64")
        return cls(app_id, secret["token"], aes_keys)


@dataclass(frozen=True, slots=True)
class Opened:
    """A push that is really WeChat's, and the key that its reply is to be written with."""

    push: Push
    aes_key: str = field(repr=False, default="")
    nonce: str = ""


def echo(query: Mapping[str, str], keys: CallbackKeys, now: int) -> str:
    """Return the echostr of 「提交服务器配置」; `now` in epoch seconds.

    Raises UnsignedError, or UnreadablePushError when there is nothing to echo.
    """
    _check_signed(query, keys, now)
    echostr = query.get("echostr", "")
    if not _ECHO.fullmatch(echostr):
        raise UnreadablePushError
    return echostr


def open_push(query: Mapping[str, str], body: bytes, keys: CallbackKeys, now: int) -> Opened:
    """Verify, decrypt and read a push; no unsigned byte reaches the XML parser.

    Raises UnsignedError or UnreadablePushError.
    """
    if len(body) > BODY_BYTES:
        raise UnreadablePushError
    _check_signed(query, keys, now)
    try:
        xml = body.decode("utf-8")
    except UnicodeDecodeError:
        raise UnreadablePushError from None
    if query.get("encrypt_type", "raw") != "aes":
        return Opened(read_push(xml))
    plain, aes_key = _decrypted(query, xml, keys)
    return Opened(read_push(plain), aes_key, query.get("nonce", ""))


def seal_reply(text: str, opened: Opened, keys: CallbackKeys, now: int) -> str:
    """Return the XML of a text reply, encrypted like the push that it answers."""
    from wechatpy.crypto import WeChatCrypto
    from wechatpy.replies import TextReply

    push = opened.push
    # CDATA ends at "]]>" wherever it stands
    safe = text.replace("]]>", "]] >")
    reply = TextReply(source=push.account, target=push.openid, content=safe, time=now)
    xml = str(reply.render())
    if not opened.aes_key:
        return xml
    crypto = WeChatCrypto(keys.token, opened.aes_key, keys.app_id)
    return str(crypto.encrypt_message(xml, opened.nonce, str(now)))


def _check_signed(query: Mapping[str, str], keys: CallbackKeys, now: int) -> None:
    timestamp = query.get("timestamp", "")
    if not _TIMESTAMP.fullmatch(timestamp) or abs(int(timestamp) - now) > FRESH_SECONDS:
        raise UnsignedError
    _check(query.get("signature", ""), keys.token, timestamp, query.get("nonce", ""))


def _check(signature: str, *parts: str) -> None:
    joined = b"".join(sorted(part.encode("utf-8", "replace") for part in parts))
    expected = hashlib.sha1(joined).hexdigest()  # noqa: S324 - the algorithm is WeChat's
    if not hmac.compare_digest(expected.encode(), signature.encode("utf-8", "replace")):
        raise UnsignedError


def _decrypted(query: Mapping[str, str], xml: str, keys: CallbackKeys) -> tuple[str, str]:
    """Return the plain XML and the key that opened it, trying the newest first."""
    encrypted = _encrypted_part(xml)
    timestamp, nonce = query["timestamp"], query.get("nonce", "")
    _check(query.get("msg_signature", ""), keys.token, timestamp, nonce, encrypted)
    for aes_key in keys.aes_keys:
        plain = _decrypt(encrypted, aes_key, keys.app_id)
        if plain is not None:
            return plain, aes_key
    raise UnreadablePushError


def _encrypted_part(xml: str) -> str:
    import xmltodict

    try:
        encrypted: Any = xmltodict.parse(xml)["xml"]["Encrypt"]
    except (ExpatError, ValueError, KeyError, TypeError):
        raise UnreadablePushError from None
    if not isinstance(encrypted, str):
        raise UnreadablePushError
    return encrypted


def _decrypt(encrypted: str, aes_key: str, app_id: str) -> str | None:
    import base64

    from wechatpy.crypto import PrpCrypto
    from wechatpy.exceptions import InvalidAppIdException

    try:
        return str(PrpCrypto(base64.b64decode(f"{aes_key}=")).decrypt(encrypted, app_id))
    except (InvalidAppIdException, ValueError, IndexError, TypeError, struct.error):
        # a wrong key yields noise, which fails wherever its bytes happen to lead
        return None
