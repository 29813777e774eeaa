"""SMS providers: what goes out, what each answer means, and that numbers stay inside."""

import logging
import time
import traceback
from collections.abc import Callable
from dataclasses import replace
from typing import Any

import pytest
from botocore.exceptions import (
    ClientError,
    ConnectTimeoutError,
    EndpointConnectionError,
    ReadTimeoutError,
)

from chalicelib.core.errors import Broken
from chalicelib.gateways import sms_codes
from chalicelib.gateways.sms import (
    TIMEOUT,
    AwsSns,
    SmsError,
    SmsRefused,
    SmsRetry,
    SmsSender,
    SmsThrottled,
    TencentSms,
    sender,
)
from tests.fakes.cloud import settings
from tests.fakes.server import Say, Seen, running
from tests.fakes.sms import SmsRecorder

PHONE = "13800001234"
SECRET = {"secret_id": "AKIDtest", "secret_key": "key-of-the-test"}
SETTINGS = settings(sms_sign_name="职工互助", sms_code_template="100001")
KINDS = {"retry": SmsRetry, "throttled": SmsThrottled, "refused": SmsRefused}


def status(code: str) -> Say:
    """Tencent's answer for one number: the request was fine, the message may not be."""
    entry = {
        "SerialNo": "5000:1045710669157053657849499619",
        "PhoneNumber": f"+86{PHONE}",
        "Fee": 1,
        "SessionContext": "",
        "Code": code,
        "Message": f"about +86{PHONE}",
        "IsoCode": "CN",
    }
    return Say({"Response": {"SendStatusSet": [entry], "RequestId": "r-1"}})


def failure(code: str) -> Say:
    """Tencent's answer when the whole request failed."""
    error = {"Code": code, "Message": f"about +86{PHONE}"}
    return Say({"Response": {"Error": error, "RequestId": "r-1"}})


def send_to(answer: Say | Callable[[Seen], Say]) -> tuple[str, list[Seen]]:
    with running(answer if callable(answer) else lambda _: answer) as server:
        tencent = TencentSms(replace(SETTINGS, sms_api_url=server.url), SECRET, (0.2, 0.2))
        return tencent.send(PHONE, "100001", ["123456", "5"], "ref-1"), server.seen


def caught_from(action: Callable[[], Any]) -> SmsError:
    with pytest.raises(SmsError) as caught:
        action()
    return caught.value


def test_tencent_gets_template_variables_and_our_reference() -> None:
    receipt, (request,) = send_to(status("Ok"))
    assert receipt == "5000:1045710669157053657849499619"
    assert request.json == {
        "PhoneNumberSet": ["+8613800001234"],
        "SmsSdkAppId": "1400000000",
        "SignName": "职工互助",
        "TemplateId": "100001",
        "TemplateParamSet": ["123456", "5"],
        "SessionContext": "ref-1",
    }
    headers = {name.lower(): value for name, value in request.headers.items()}
    assert headers["x-tc-action"] == "SendSms"
    assert headers["x-tc-version"] == "2021-01-11"
    assert headers["x-tc-region"] == "ap-guangzhou"
    assert headers["authorization"].startswith("TC3-HMAC-SHA256 Credential=AKIDtest/")


def tencent_codes() -> list[str]:
    """Every code of the SDK's own list, and the ones it makes up itself."""
    from tencentcloud.sms.v20210111 import errorcodes

    listed = [value for name, value in vars(errorcodes).items() if name.isupper()]
    return [*sorted(listed), "ClientNetworkError", "ServerNetworkError", "New.Code", "KeyError"]


def test_every_code_of_tencent_has_an_advice() -> None:
    codes = tencent_codes()
    assert len(codes) > 90
    families = {code.partition(".")[0] for code in codes}
    assert families - set(sms_codes.TENCENT_CODES) == {"New", "KeyError"}


# What a caller must do, for the codes where a wrong answer would hurt.
WALK = [
    ("LimitExceeded.PhoneNumberThirtySecondLimit", SmsThrottled, False),
    ("LimitExceeded.PhoneNumberOneHourLimit", SmsThrottled, False),
    ("LimitExceeded.PhoneNumberDailyLimit", SmsThrottled, False),
    ("LimitExceeded.DeliveryFrequencyLimit", SmsThrottled, False),
    ("LimitExceeded.AppDailyLimit", SmsThrottled, True),
    ("FailedOperation.PhoneNumberInBlacklist", SmsRefused, False),
    ("InvalidParameterValue.IncorrectPhoneNumber", SmsRefused, False),
    ("FailedOperation.SignatureIncorrectOrUnapproved", SmsRefused, True),
    ("FailedOperation.TemplateIncorrectOrUnapproved", SmsRefused, True),
    ("FailedOperation.InsufficientBalanceInSmsPackage", SmsRefused, True),
    ("FailedOperation.ContainSensitiveWord", SmsRefused, True),
    ("UnauthorizedOperation.RequestIpNotInWhitelist", SmsRefused, True),
    ("UnauthorizedOperation.ServiceSuspendDueToArrears", SmsRefused, True),
    ("AuthFailure.SignatureFailure", SmsRefused, True),
    ("InternalError.Timeout", SmsRetry, False),
    ("InternalError.OtherError", SmsRetry, False),
    ("RequestLimitExceeded", SmsRetry, False),
    ("Never.HeardOf", SmsRetry, False),
]


@pytest.mark.parametrize("answer", [status, failure], ids=["per number", "whole request"])
@pytest.mark.parametrize(("code", "kind", "alarm"), WALK, ids=[row[0] for row in WALK])
def test_each_code_becomes_its_kind_of_error(
    code: str,
    kind: type[SmsError],
    *,
    alarm: bool,
    answer: Callable[[str], Say],
    caplog: pytest.LogCaptureFixture,
) -> None:
    error = caught_from(lambda: send_to(answer(code)))
    assert type(error) is kind
    assert error.code == code
    events = [(record.levelno, record.getMessage()) for record in caplog.records]
    expected = (
        (logging.ERROR, "sms_needs_attention") if alarm else (logging.WARNING, "sms_not_sent")
    )
    assert events == [expected]


@pytest.mark.parametrize(
    ("answer", "uncertain"),
    [
        (failure("RequestLimitExceeded"), False),
        (failure("FailedOperation.PhoneNumberInBlacklist"), False),
        (failure("InternalError.Timeout"), True),
        (Say(b"<html>", status=502, content_type="text/html"), True),
        (Say(b"not json"), True),
        (Say({"Response": {"RequestId": "r"}}), True),
        (Say({"Response": {"SendStatusSet": [], "RequestId": "r"}}), True),
        (Say({}, delay=30), True),
    ],
    ids=lambda value: repr(value)[:60],
)
def test_an_unknown_outcome_says_so(answer: Say, *, uncertain: bool) -> None:
    started = time.monotonic()
    error = caught_from(lambda: send_to(answer))
    assert error.uncertain is uncertain
    assert time.monotonic() - started < 5


def test_nobody_listening_is_certainly_not_sent() -> None:
    with running(lambda _: Say({})) as server:
        settings = replace(SETTINGS, sms_api_url=server.url)
    error = caught_from(lambda: TencentSms(settings, SECRET).send(PHONE, "1", [], "r"))
    assert isinstance(error, SmsRetry)
    assert not error.uncertain


def test_one_call_is_one_attempt() -> None:
    seen: list[Seen] = []

    def busy(request: Seen) -> Say:
        seen.append(request)
        return failure("RequestLimitExceeded")

    caught_from(lambda: send_to(busy))
    assert len(seen) == 1


@pytest.mark.parametrize(
    "phone", ["", "12800001234", "1380000123", "138000012345", "+8613800001234", "１３８00001234"]
)
def test_only_mainland_mobiles_are_called(phone: str) -> None:
    assert isinstance(
        caught_from(lambda: TencentSms(SETTINGS, SECRET).send(phone, "1", [], "r")), SmsRefused
    )
    assert isinstance(
        caught_from(lambda: AwsSns(SETTINGS, Sns()).send(phone, "code", [], "r")), SmsRefused
    )


@pytest.mark.parametrize(
    "answer",
    [
        status("InternalError.Timeout"),
        failure("LimitExceeded.AppDailyLimit"),
        failure(f"Odd.+86{PHONE}"),
        Say(f"+86{PHONE}".encode(), status=500),
        Say({}, delay=30),
    ],
)
def test_numbers_never_reach_an_error_or_a_log(
    answer: Say, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.DEBUG)
    error = caught_from(lambda: send_to(answer))
    said = "".join(traceback.format_exception(error)) + repr(vars(error)) + caplog.text
    assert PHONE not in said


def test_numbers_in_errors_of_sns_stay_inside(caplog: pytest.LogCaptureFixture) -> None:
    leaky = ClientError({"Error": {"Code": f"Bad +86{PHONE}", "Message": PHONE}}, "Publish")
    error = caught_from(lambda: AwsSns(SETTINGS, Sns(leaky)).send(PHONE, "code", ["1", "5"], "r"))
    said = "".join(traceback.format_exception(error)) + repr(vars(error)) + caplog.text
    assert PHONE not in said


class Sns:
    """boto3's SNS client, as far as it is used."""

    def __init__(self, failure: Exception | None = None) -> None:
        self.failure = failure
        self.published: list[dict[str, Any]] = []

    def publish(self, **arguments: Any) -> dict[str, str]:
        if self.failure:
            raise self.failure
        self.published.append(arguments)
        return {"MessageId": "sns-1"}


def test_sns_sends_the_text_of_our_own_template() -> None:
    client = Sns()
    assert AwsSns(SETTINGS, client).send(PHONE, "code", ["123456", "5"], "r") == "sns-1"
    (message,) = client.published
    assert message["PhoneNumber"] == "+8613800001234"
    assert message["Message"].startswith("【职工互助】您的验证码是 123456，5 分钟内有效。")
    assert message["MessageAttributes"]["AWS.SNS.SMS.SMSType"]["StringValue"] == "Transactional"


@pytest.mark.parametrize(("template", "params"), [("unknown", ["1"]), ("code", ["1"])])
def test_sns_refuses_a_template_it_cannot_fill(template: str, params: list[str]) -> None:
    client = Sns()
    error = caught_from(lambda: AwsSns(SETTINGS, client).send(PHONE, template, params, "r"))
    assert isinstance(error, SmsRefused)
    assert not client.published


@pytest.mark.parametrize(("code", "advice"), [*sms_codes.SNS_CODES.items()])
def test_each_code_of_sns_becomes_its_kind_of_error(code: str, advice: sms_codes.Advice) -> None:
    refusal = ClientError({"Error": {"Code": code, "Message": PHONE}}, "Publish")
    error = caught_from(lambda: AwsSns(SETTINGS, Sns(refusal)).send(PHONE, "code", ["1", "5"], "r"))
    assert type(error) is KINDS[advice.kind]
    assert error.uncertain is advice.uncertain


@pytest.mark.parametrize(
    ("lost", "uncertain"),
    [
        (ConnectTimeoutError(endpoint_url="x"), False),
        (EndpointConnectionError(endpoint_url="x"), False),
        (ReadTimeoutError(endpoint_url="x"), True),
    ],
    ids=lambda value: type(value).__name__,
)
def test_sns_tells_lost_answers_from_lost_requests(lost: Exception, *, uncertain: bool) -> None:
    error = caught_from(lambda: AwsSns(SETTINGS, Sns(lost)).send(PHONE, "code", ["1", "5"], "r"))
    assert isinstance(error, SmsRetry)
    assert error.uncertain is uncertain


def test_the_stage_chooses_the_provider() -> None:
    assert isinstance(sender(SETTINGS, SECRET), TencentSms)
    sns = sender(replace(SETTINGS, sms_provider="sns"), {}, Sns)
    assert isinstance(sns, AwsSns)
    for provider in ("sns", "pigeon"):
        with pytest.raises(Broken):
            sender(replace(SETTINGS, sms_provider=provider), SECRET)


@pytest.mark.parametrize("secret", [{}, {"secret_id": "a"}, {"secret_id": " ", "secret_key": "b"}])
def test_a_secret_with_holes_is_refused_at_once(secret: dict[str, str]) -> None:
    with pytest.raises(Broken):
        TencentSms(SETTINGS, secret)


def test_patience_fits_into_a_page() -> None:
    assert sum(TIMEOUT) <= 5


def test_the_fake_keeps_the_protocol() -> None:
    fake = SmsRecorder(failures=[SmsRetry("Busy")])
    sms: SmsSender = fake
    assert isinstance(caught_from(lambda: sms.send(PHONE, "1", ["2"], "r")), SmsRetry)
    assert sms.send(PHONE, "1", ["2"], "r") == "receipt-1"
    assert fake.last_to(PHONE).params == ("2",)
