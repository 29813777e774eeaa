"""The outside of a push: XML, signature, encryption, and the reading of a passive reply.

Built on wechatpy's crypto, the class the product decrypts with, so that the two check
each other. Source: WeChat's 接收普通消息, 被动回复用户消息 and 消息加解密说明.
"""

from __future__ import annotations

import struct
from dataclasses import dataclass
from typing import Any
from xml.parsers.expat import ExpatError

from wechatpy.exceptions import WeChatException

from infra.local.wechat.account import Account
from infra.local.wechat.state import Article, Bubble

TEXT_BYTES = 2048

# wechatpy raises whatever its parsing of a damaged ciphertext trips over
_UNREADABLE = (WeChatException, ValueError, TypeError, IndexError, struct.error)


class BadReply(Exception):
    """The callback answered something WeChat cannot show; says what, for the developer."""


@dataclass(frozen=True)
class Envelope:
    """A push ready to be posted: query parameters and body."""

    query: dict[str, str]
    body: bytes


def to_xml(fields: dict[str, str | int]) -> str:
    """The XML of a push: numbers bare, texts in CDATA (a text may contain `]]>`)."""
    parts = []
    for name, value in fields.items():
        if isinstance(value, int):
            parts.append(f"<{name}>{value}</{name}>")
        else:
            safe = value.replace("]]>", "]]]]><![CDATA[>")
            parts.append(f"<{name}><![CDATA[{safe}]]></{name}>")
    return "<xml>" + "".join(parts) + "</xml>"


def signature(token: str, *parts: str) -> str:
    """SHA-1 over the sorted parts and the token, as hex."""
    from wechatpy.utils import WeChatSigner

    signer = WeChatSigner()
    signer.add_data(token, *parts)
    return str(signer.signature)


def seal(
    account: Account, fields: dict[str, str | int], *, safe_mode: bool, timestamp: int, nonce: str
) -> Envelope:
    """Sign a push and, in safe mode, encrypt its body."""
    stamp = str(timestamp)
    query = {
        "signature": signature(account.token, stamp, nonce),
        "timestamp": stamp,
        "nonce": nonce,
        "openid": str(fields["FromUserName"]),
    }
    xml = to_xml(fields)
    if safe_mode:
        outer = _parse(account.crypto().encrypt_message(xml, nonce, stamp))
        query |= {"encrypt_type": "aes", "msg_signature": str(outer["MsgSignature"])}
        xml = to_xml({"ToUserName": account.original_id, "Encrypt": str(outer["Encrypt"])})
    return Envelope(query, xml.encode())


def read_reply(account: Account, body: str, *, openid: str, safe_mode: bool) -> Bubble | None:
    """The bubble that a passive reply means, or None for an empty body and `success`.

    Raises BadReply for everything that WeChat answers with its apology in the chat.
    """
    if body.strip() in ("", "success"):
        return None
    reply = _parse(_decrypt(account, body) if safe_mode else body)
    if reply.get("ToUserName") != openid or reply.get("FromUserName") != account.original_id:
        raise BadReply("ToUserName and FromUserName are not swapped")
    if not str(reply.get("CreateTime") or "").isdigit():
        raise BadReply("CreateTime is not a whole number")
    return _bubble(reply)


def _decrypt(account: Account, body: str) -> str:
    outer = _parse(body)
    try:
        inner = account.crypto().decrypt_message(
            outer, outer["MsgSignature"], outer["TimeStamp"], outer["Nonce"]
        )
    except KeyError as missing:
        raise BadReply(f"the reply is not encrypted: {missing} is missing") from None
    except _UNREADABLE as problem:
        raise BadReply(f"the reply cannot be decrypted: {type(problem).__name__}") from None
    return str(inner)


def _parse(xml: str) -> dict[str, Any]:
    import xmltodict

    try:
        root = xmltodict.parse(xml)["xml"]
    except (ExpatError, KeyError, ValueError):
        raise BadReply("the reply is neither XML nor success") from None
    if not isinstance(root, dict):
        raise BadReply("the reply is an empty XML document")
    return root


def _bubble(reply: dict[str, Any]) -> Bubble:
    kind = reply.get("MsgType")
    if kind == "text":
        text = str(reply.get("Content") or "")
        if not 1 <= len(text.encode()) <= TEXT_BYTES:
            raise BadReply(f"Content must have 1 to {TEXT_BYTES} bytes")
        return Bubble(side="account", text=text)
    if kind == "news":
        return Bubble(side="account", kind="news", articles=_articles(reply))
    if kind == "image":
        return Bubble(side="account", kind="image")
    raise BadReply(f"MsgType {kind} is not a passive reply")


def _articles(reply: dict[str, Any]) -> list[Article]:
    items = (reply.get("Articles") or {}).get("item") or []
    items = items if isinstance(items, list) else [items]
    if not items or str(reply.get("ArticleCount")) != str(len(items)):
        raise BadReply("ArticleCount does not count the articles")
    return [
        Article(
            title=str(item.get("Title") or ""),
            description=str(item.get("Description") or ""),
            url=str(item.get("Url") or ""),
        )
        for item in items
    ]
