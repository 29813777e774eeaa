"""WeChat's server as the sender of pushes, written from its documentation alone.

Deliberately without wechatpy, which the product reads with: two readings of one text.
"""

import base64
import hashlib
from dataclasses import dataclass
from xml.etree import ElementTree as ET

from cryptography.hazmat.primitives.ciphers import Cipher, algorithms, modes

OPENID = "oGoldenVector0000000000000001"
ACCOUNT = "gh_0123456789ab"


def signature(*parts: str) -> str:
    """SHA-1 of the sorted parts, joined."""
    return hashlib.sha1("".join(sorted(parts)).encode()).hexdigest()


def xml_of(**fields: object) -> str:
    """The XML of a push; numbers bare, the rest in CDATA."""
    inner = "".join(
        f"<{name}>{value}</{name}>"
        if isinstance(value, int)
        else f"<{name}><![CDATA[{value}]]></{name}>"
        for name, value in fields.items()
    )
    return f"<xml>{inner}</xml>"


@dataclass(frozen=True)
class Sender:
    """One account's settings; `aes_key` as people paste it, 43 characters."""

    token: str
    app_id: str
    aes_key: str = ""

    def query(self, at: int, nonce: str = "nonce123") -> dict[str, str]:
        stamp = str(at)
        signed = signature(self.token, stamp, nonce)
        return {"signature": signed, "timestamp": stamp, "nonce": nonce, "openid": OPENID}

    def plain(self, xml: str, at: int) -> tuple[dict[str, str], bytes]:
        return self.query(at), xml.encode()

    def safe(self, xml: str, at: int) -> tuple[dict[str, str], bytes]:
        """安全模式: only the encrypted part and the receiver remain."""
        query, encrypted = self.query(at), self.encrypt(xml)
        signed = signature(self.token, query["timestamp"], query["nonce"], encrypted)
        query |= {"encrypt_type": "aes", "msg_signature": signed}
        return query, xml_of(ToUserName=ACCOUNT, Encrypt=encrypted).encode()

    def encrypt(self, xml: str) -> str:
        text = xml.encode()
        plain = b"R" * 16 + len(text).to_bytes(4, "big") + text + self.app_id.encode()
        pad = 32 - len(plain) % 32
        encryptor = self._cipher().encryptor()
        return base64.b64encode(encryptor.update(plain + bytes([pad]) * pad)).decode()

    def read_reply(self, body: str) -> dict[str, str]:
        """Decrypt a passive reply when it is encrypted, and return its fields."""
        fields = fields_of(body)
        if "Encrypt" not in fields:
            return fields
        stamp, nonce = fields["TimeStamp"], fields["Nonce"]
        signed = signature(self.token, stamp, nonce, fields["Encrypt"])
        assert signed == fields["MsgSignature"]
        decryptor = self._cipher().decryptor()
        padded = decryptor.update(base64.b64decode(fields["Encrypt"]))
        plain = padded[16 : -padded[-1]]
        size = int.from_bytes(plain[:4], "big")
        assert plain[4 + size :].decode() == self.app_id
        return fields_of(plain[4 : 4 + size].decode())

    def _cipher(self) -> Cipher[modes.CBC]:
        key = base64.b64decode(f"{self.aes_key}=")
        return Cipher(algorithms.AES(key), modes.CBC(key[:16]))


def fields_of(xml: str) -> dict[str, str]:
    """The children of the root by name."""
    root = ET.fromstring(xml)
    assert root.tag == "xml"
    return {child.tag: child.text or "" for child in root}


def text_push(text: str, message_id: int = 23456789012345678, at: int = 1795415298) -> str:
    return xml_of(
        ToUserName=ACCOUNT,
        FromUserName=OPENID,
        CreateTime=at,
        MsgType="text",
        Content=text,
        MsgId=message_id,
    )


def event_push(event: str, at: int = 1795415298, **more: object) -> str:
    return xml_of(
        ToUserName=ACCOUNT,
        FromUserName=OPENID,
        CreateTime=at,
        MsgType="event",
        Event=event,
        **more,
    )
