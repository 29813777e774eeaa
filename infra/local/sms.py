"""An SMS gateway that speaks Tencent Cloud SMS 2021-01-11 (SendSms, TC3-HMAC-SHA256).

What the SDK (3.1.153) sends and expects was read in its source: it posts JSON to `/` of its
endpoint, action and version in X-TC-* headers, signed headers `content-type;host`; answers
must carry exactly `application/json`, otherwise the SDK does not look for an error in them.
"""

from __future__ import annotations

import hashlib
import hmac
import json
import re
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from aiohttp import web
from pydantic import BaseModel, ConfigDict, Field, ValidationError

from infra.local.wechat.files import Saved
from infra.local.wechat.state import Changes, Clock, Random

INBOX_LIMIT = 200
FRESH_SECONDS = 300  # a signature older than this has expired
GAP_SECONDS = 30  # one message of a template to a number
_MOBILE = re.compile(r"(?:\+86|0086|86)?(1[3-9]\d{9})")
_AUTH = re.compile(
    r"TC3-HMAC-SHA256 Credential=([^/]+)/(\d{4}-\d\d-\d\d)/sms/tc3_request, ?"
    r"SignedHeaders=([a-z0-9;-]+), ?Signature=([0-9a-f]{64})"
)


class SmsKeys(BaseModel):
    """The API key pair that the deploy wrote."""

    model_config = ConfigDict(frozen=True, extra="ignore")

    secret_id: str
    secret_key: str


class Template(BaseModel):
    """An approved text; `code` is the position of the one-time code in its variables."""

    text: str
    variables: int
    code: int | None = None


SIGNATURES = frozenset({"广西职工互助", "广西职工保障互助协会"})  # approved 短信签名

TEMPLATES = {
    "1000001": Template(text="您的验证码为{1}，{2}分钟内有效。请勿告诉他人。", variables=2, code=0),
    "1000005": Template(text="您的申请{1}{2}，请登录“广西职工互助”公众号查看。", variables=2),
}


class Sms(BaseModel):
    """One message in the inbox; `code` is set when it carries a one-time code."""

    id: str
    phone: str
    text: str
    code: str | None
    template: str
    at: float


class Inbox(BaseModel):
    """The file's content."""

    messages: list[Sms] = Field(default_factory=list)
    outage: bool = False
    blacklist: list[str] = Field(default_factory=list)


class ApiError(Exception):
    """An answer with Response.Error; codes as in the SDK's errorcodes module."""

    def __init__(self, code: str, message: str) -> None:
        super().__init__(code)
        self.code = code
        self.message = message


class SmsGateway:
    """Receives SendSms and keeps what a phone would have received."""

    def __init__(
        self,
        *,
        keys_file: Path,
        file: Saved[Inbox],
        changes: Changes,
        clock: Clock,
        random: Random,
    ) -> None:
        self._keys_file = keys_file
        self._file = file
        self._changes = changes
        self._clock = clock
        self._random = random

    @property
    def inbox(self) -> Inbox:
        """Messages (oldest first) and the switches of the gateway."""
        return self._file.value

    def switch(self, *, outage: bool | None = None, blacklist: list[str] | None = None) -> None:
        """Change how the gateway behaves; None leaves a switch as it is."""
        if outage is not None:
            self.inbox.outage = outage
        if blacklist is not None:
            self.inbox.blacklist = blacklist
        self._save()

    def clear(self) -> None:
        """Empty the inbox."""
        self.inbox.messages = []
        self._save()

    def routes(self) -> list[web.RouteDef]:
        """The gateway's only address."""
        return [web.post("/", self.handle)]

    async def handle(self, request: web.Request) -> web.Response:
        """One API call; HTTP 200 also for errors, 503 while the outage switch is on."""
        if self.inbox.outage:
            return web.Response(status=503, text="service unavailable")
        body = await request.read()
        answer: dict[str, Any]
        try:
            answer = self._answer(request, body)
        except ApiError as error:
            answer = {"Error": {"Code": error.code, "Message": error.message}}
        answer["RequestId"] = self._random()
        raw = json.dumps({"Response": answer}, ensure_ascii=False).encode()
        return web.Response(body=raw, headers={"Content-Type": "application/json"})

    def _answer(self, request: web.Request, body: bytes) -> dict[str, Any]:
        check_signature(request, body, self._keys(), self._clock())
        if request.headers.get("X-TC-Version") != "2021-01-11":
            raise ApiError("NoSuchVersion", "The API version does not exist.")
        if request.headers.get("X-TC-Action") != "SendSms":
            raise ApiError("InvalidAction", "The API does not exist.")
        try:
            parameters = json.loads(body)
        except ValueError:
            parameters = None
        if not isinstance(parameters, dict):
            raise ApiError("InvalidRequest", "The request body is not a JSON object.")
        return {"SendStatusSet": self._send(parameters)}

    def _send(self, parameters: dict[str, Any]) -> list[dict[str, Any]]:
        numbers = parameters.get("PhoneNumberSet")
        if not isinstance(numbers, list) or not numbers:
            raise ApiError("MissingParameter.EmptyPhoneNumberSet", "No phone number is given.")
        if len(numbers) > 200:
            raise ApiError("LimitExceeded.PhoneNumberCountLimit", "More than 200 phone numbers.")
        if not str(parameters.get("SmsSdkAppId") or "").isdigit():
            raise ApiError(
                "UnauthorizedOperation.SmsSdkAppIdVerifyFail", "SmsSdkAppId verification failed."
            )
        if parameters.get("SignName") not in SIGNATURES:
            raise ApiError(
                "FailedOperation.SignatureIncorrectOrUnapproved", "The signature is not approved."
            )
        template_id = str(parameters.get("TemplateId") or "")
        template = TEMPLATES.get(template_id)
        if template is None:
            raise ApiError(
                "FailedOperation.TemplateIncorrectOrUnapproved", "The template is not approved."
            )
        values = [str(value) for value in parameters.get("TemplateParamSet") or []]
        if len(values) != template.variables:
            raise ApiError(
                "FailedOperation.TemplateParamSetNotMatchApprovedTemplate",
                "The number of variables is not the template's.",
            )
        text = f"【{parameters['SignName']}】{_filled(template.text, values)}"
        code = values[template.code] if template.code is not None else None
        context = str(parameters.get("SessionContext") or "")
        return [
            self._deliver(str(number), template_id, text, code) | {"SessionContext": context}
            for number in numbers
        ]

    def _deliver(
        self, number: str, template_id: str, text: str, code: str | None
    ) -> dict[str, Any]:
        mobile = _MOBILE.fullmatch(number)
        if mobile is None:
            return _status(number, "InvalidParameterValue.IncorrectPhoneNumber")
        phone, now = mobile[1], self._clock()
        if phone in self.inbox.blacklist:
            return _status(number, "FailedOperation.PhoneNumberInBlacklist")
        if any(
            m.phone == phone and m.template == template_id and m.at > now - GAP_SECONDS
            for m in self.inbox.messages
        ):
            return _status(number, "LimitExceeded.PhoneNumberThirtySecondLimit")
        serial = f"2640:{int(now * 1000)}{self._random()[:12]}"
        sms = Sms(id=serial, phone=phone, text=text, code=code, template=template_id, at=now)
        self.inbox.messages.append(sms)
        del self.inbox.messages[:-INBOX_LIMIT]
        self._save()
        return _status(number, "Ok", serial)

    def _keys(self) -> SmsKeys:
        try:
            return SmsKeys.model_validate_json(self._keys_file.read_bytes())
        except (FileNotFoundError, ValidationError):
            raise ApiError(
                "AuthFailure.SecretIdNotFound", "No deploy has written the SMS keys yet."
            ) from None

    def _save(self) -> None:
        self._file.save()
        self._changes.announce()


def check_signature(request: web.Request, body: bytes, keys: SmsKeys, now: float) -> None:
    """Verify TC3-HMAC-SHA256 (签名方法 v3): raise ApiError AuthFailure.* when it does not hold."""
    auth = _AUTH.fullmatch(request.headers.get("Authorization", ""))
    stamp = request.headers.get("X-TC-Timestamp", "")
    if auth is None or not stamp.isdigit():
        raise ApiError("AuthFailure.InvalidAuthorization", "The Authorization header is invalid.")
    secret_id, date, names, signed = auth.groups()
    if secret_id != keys.secret_id:
        raise ApiError("AuthFailure.SecretIdNotFound", "The SecretId is not found.")
    day = datetime.fromtimestamp(int(stamp), UTC).strftime("%Y-%m-%d")
    if abs(now - int(stamp)) > FRESH_SECONDS or day != date:
        raise ApiError("AuthFailure.SignatureExpire", "Signature expired.")
    headers = "".join(f"{n}:{request.headers.get(n, '').lower()}\n" for n in names.split(";"))
    canonical = "\n".join(
        (
            request.method,
            request.rel_url.raw_path,
            request.rel_url.raw_query_string,
            headers,
            names,
            hashlib.sha256(body).hexdigest(),
        )
    )
    to_sign = "\n".join(
        (
            "TC3-HMAC-SHA256",
            stamp,
            f"{date}/sms/tc3_request",
            hashlib.sha256(canonical.encode()).hexdigest(),
        )
    )
    key = ("TC3" + keys.secret_key).encode()
    for part in (date, "sms", "tc3_request"):
        key = hmac.digest(key, part.encode(), "sha256")
    expected = hmac.digest(key, to_sign.encode(), "sha256").hex()
    if not {"content-type", "host"} <= set(names.split(";")) or not hmac.compare_digest(
        expected, signed
    ):
        raise ApiError("AuthFailure.SignatureFailure", "The provided credentials are not valid.")


def _filled(text: str, values: list[str]) -> str:
    for position, value in enumerate(values, start=1):
        text = text.replace(f"{{{position}}}", value)
    return text


def _status(number: str, code: str, serial: str = "") -> dict[str, Any]:
    sent = code == "Ok"
    return {
        "SerialNo": serial,
        "PhoneNumber": number,
        "Fee": 1 if sent else 0,
        "Code": code,
        "Message": "send success" if sent else code.rpartition(".")[2],
        "IsoCode": "CN",
    }
