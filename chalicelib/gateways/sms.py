"""Short messages: one protocol, two providers, three kinds of failure (decision 0019).

A phone number never appears in an exception or a log line: errors carry the
provider's code and nothing else, and the provider's own words are dropped.
"""

import logging
import re
from collections.abc import Callable, Mapping, Sequence
from functools import cached_property
from typing import TYPE_CHECKING, Any, Final, Protocol
from urllib.parse import urlsplit

from chalicelib.core.errors import AppError, Broken
from chalicelib.core.settings import Settings
from chalicelib.gateways.sms_codes import SNS_CODES, TENCENT_CODES, Advice, advice_for
from chalicelib.gateways.transport import never_connected

if TYPE_CHECKING:
    from tencentcloud.sms.v20210111.sms_client import SmsClient

_log = logging.getLogger(__name__)

TENCENT: Final = "tencent"
SNS: Final = "sns"

# Seconds to connect and to wait for an answer.
Timeout = tuple[float, float]
TIMEOUT: Final[Timeout] = (2, 3)
_MAINLAND_MOBILE: Final = re.compile(r"1[3-9]\d{9}", re.ASCII)
_CODE_SHAPE: Final = re.compile(r"[A-Za-z0-9.]{1,80}")
_LONG_NUMBER: Final = re.compile(r"\d{5}")

# What AWS SNS sends in place of a provider's approved template; {1}, {2} as at Tencent.
SNS_TEMPLATES: Final[Mapping[str, str]] = {
    "code": "【{sign}】您的验证码是 {1}，{2} 分钟内有效。请勿告诉他人；如非本人操作，请忽略。",
    "case": "【{sign}】您的申请 {1} {2}，请登录“广西职工互助”公众号查看。",
}


class SmsError(AppError):
    """A message was not accepted; `code` is the provider's.

    `uncertain`: no answer came back, so the message may have been sent all the same.
    """

    def __init__(self, code: str, *, uncertain: bool = False) -> None:
        super().__init__()
        odd = not _CODE_SHAPE.fullmatch(code) or _LONG_NUMBER.search(code)
        self.code = "Unreadable" if odd else code
        self.uncertain = uncertain


class SmsRetry(SmsError):
    """The way to the provider is disturbed: the same message may succeed later."""

    default = "短信暂时发送不出去，请稍后再试。"


class SmsThrottled(SmsError):
    """The number or the account has had enough messages for now."""

    default = "短信发送太频繁，请稍后再试。"


class SmsRefused(SmsError):
    """Trying again changes nothing: the number or our configuration is at fault."""

    default = "短信没有发送成功，请核对手机号码，或稍后再试。"


class SmsSender(Protocol):
    """Hands one message to a provider."""

    def send(self, phone: str, template: str, params: Sequence[str], reference: str) -> str:
        """Send a template to a mainland mobile number and return the provider's receipt.

        `template` is the provider's template id, `params` fill {1}, {2}, …; `reference`
        is our own id of the message. One call is one attempt. Raises SmsRetry,
        SmsThrottled or SmsRefused.
        """
        ...


def sender(
    settings: Settings, secret: Mapping[str, str], sns: Callable[[], Any] | None = None
) -> SmsSender:
    """Return the sender that SMS_PROVIDER names; raises Broken for an unknown one.

    `secret` holds "secret_id" and "secret_key" of Tencent; `sns` makes the AWS client.
    """
    if settings.sms_provider == TENCENT:
        return TencentSms(settings, secret)
    if settings.sms_provider == SNS and sns is not None:
        return AwsSns(settings, sns())
    raise Broken(f"SMS_PROVIDER must be {TENCENT} or {SNS}")


class TencentSms:
    """Tencent Cloud SMS, SendSms of 2021-01-11, through its SDK without the SDK's retries."""

    def __init__(
        self, settings: Settings, secret: Mapping[str, str], timeout: Timeout = TIMEOUT
    ) -> None:
        self._settings = settings
        self._timeout = timeout
        self._key_id = secret.get("secret_id", "").strip()
        self._key = secret.get("secret_key", "").strip()
        if not (self._key_id and self._key):
            raise Broken("the SMS secret lacks secret_id or secret_key")

    def send(self, phone: str, template: str, params: Sequence[str], reference: str) -> str:
        """Send through Tencent; the receipt is its SerialNo."""
        from tencentcloud.common.exception import TencentCloudSDKException

        request = self._request(_e164(phone), template, params, reference)
        try:
            statuses = self._client.SendSms(request).SendStatusSet or []
            code = str(statuses[0].Code) if statuses else "NoStatus"
            receipt = str(statuses[0].SerialNo) if statuses else ""
            sent_out = True
        except TencentCloudSDKException as failure:
            code, receipt = str(failure.code), ""
            sent_out = not never_connected(failure.__context__)
        if code == "Ok":
            return _accepted(reference, receipt)
        # raised outside of "except": the SDK's words can hold the number
        raise _error(code, TENCENT_CODES, sent_out=sent_out)

    def _request(self, phone: str, template: str, params: Sequence[str], reference: str) -> Any:
        from tencentcloud.sms.v20210111.models import SendSmsRequest

        request = SendSmsRequest()
        request.PhoneNumberSet = [phone]
        request.SmsSdkAppId = self._settings.sms_app_id
        request.SignName = self._settings.sms_sign_name
        request.TemplateId = template
        request.TemplateParamSet = list(params)
        request.SessionContext = reference
        return request

    @cached_property
    def _client(self) -> "SmsClient":
        from tencentcloud.common.credential import Credential
        from tencentcloud.common.profile.client_profile import ClientProfile
        from tencentcloud.common.profile.http_profile import HttpProfile
        from tencentcloud.sms.v20210111.sms_client import SmsClient

        # at DEBUG the SDK writes whole requests, numbers included
        logging.getLogger("tencentcloud_sdk_common").setLevel(logging.WARNING)
        profile = HttpProfile(reqTimeout=self._timeout)
        if self._settings.sms_api_url:
            parts = urlsplit(self._settings.sms_api_url)
            profile = HttpProfile(parts.scheme, parts.netloc, reqTimeout=self._timeout)
        credential = Credential(self._key_id, self._key)
        return SmsClient(credential, self._settings.sms_region, ClientProfile(httpProfile=profile))


class AwsSns:
    """AWS SNS, for stages outside China: it sends text, so the templates are ours."""

    def __init__(self, settings: Settings, client: Any) -> None:
        self._settings = settings
        self._client = client

    def send(self, phone: str, template: str, params: Sequence[str], reference: str) -> str:
        """Send through SNS; the receipt is its MessageId, `reference` stays in our log."""
        from botocore.exceptions import BotoCoreError, ClientError

        number, text = _e164(phone), self._text(template, params)
        kind = {"AWS.SNS.SMS.SMSType": {"DataType": "String", "StringValue": "Transactional"}}
        try:
            answer = self._client.publish(PhoneNumber=number, Message=text, MessageAttributes=kind)
        except ClientError as failure:
            code, sent_out = str(failure.response["Error"]["Code"]), True
        except BotoCoreError as failure:
            code, sent_out = type(failure).__name__, not never_connected(failure)
        else:
            return _accepted(reference, str(answer["MessageId"]))
        raise _error(code, SNS_CODES, sent_out=sent_out)

    def _text(self, template: str, params: Sequence[str]) -> str:
        try:
            return SNS_TEMPLATES[template].format("", *params, sign=self._settings.sms_sign_name)
        except (KeyError, IndexError):
            raise _error("UnknownTemplate", SNS_CODES, sent_out=False) from None


def _e164(phone: str) -> str:
    """Mainland numbers only: everything else costs more and is how SMS fraud earns."""
    if not _MAINLAND_MOBILE.fullmatch(phone):
        raise SmsRefused("NotMainlandMobile")
    return f"+86{phone}"


def _accepted(reference: str, receipt: str) -> str:
    _log.info("sms_accepted", extra={"reference": reference, "receipt": receipt})
    return receipt


def _error(code: str, codes: Mapping[str, Advice], *, sent_out: bool) -> SmsError:
    advice = advice_for(code, codes)
    kind = {"retry": SmsRetry, "throttled": SmsThrottled, "refused": SmsRefused}[advice.kind]
    error = kind(code, uncertain=sent_out and advice.uncertain)
    # the app stack counts "sms_needs_attention" and raises an alarm
    event = "sms_needs_attention" if advice.alarm else "sms_not_sent"
    level = logging.ERROR if advice.alarm else logging.WARNING
    _log.log(level, event, extra={"code": error.code, "kind": advice.kind})
    return error
