"""The SMS gateway through Tencent's own SDK, and what it refuses."""

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import requests
from tencentcloud.common.credential import Credential
from tencentcloud.common.exception.tencent_cloud_sdk_exception import TencentCloudSDKException
from tencentcloud.common.profile.client_profile import ClientProfile
from tencentcloud.common.profile.http_profile import HttpProfile
from tencentcloud.sms.v20210111.models import SendSmsRequest
from tencentcloud.sms.v20210111.sms_client import SmsClient

from infra.local import sms
from tests.fakes.simulators import SECRET_ID, SECRET_KEY, Live

PHONE = "13900001234"


@pytest.fixture
def live(tmp_path: Path) -> Iterator[Live]:
    with Live(tmp_path).up() as live:
        live.clock.now = sms_now()  # the SDK signs with the machine's time
        yield live


def sms_now() -> float:
    import time

    return time.time()


def send(
    live: Live, *numbers: str, secret_id: str = SECRET_ID, key: str = SECRET_KEY, **change: Any
) -> list[dict[str, Any]]:
    endpoint = live.url.removeprefix("http://")
    profile = ClientProfile(httpProfile=HttpProfile(protocol="http", endpoint=endpoint))
    client = SmsClient(Credential(secret_id, key), "ap-guangzhou", profile)
    request = SendSmsRequest()
    order = {
        "PhoneNumberSet": list(numbers),
        "SmsSdkAppId": "1400000000",
        "SignName": "广西职工互助",
        "TemplateId": "1000001",
        "TemplateParamSet": ["482913", "5"],
        "SessionContext": "ref-1",
    }
    request.from_json_string(json.dumps(order | change))
    return list(json.loads(client.SendSms(request).to_json_string())["SendStatusSet"])


def error(live: Live, *numbers: str, **change: Any) -> str:
    with pytest.raises(TencentCloudSDKException) as caught:
        send(live, *numbers, **change)
    return str(caught.value.get_code())


def inbox(live: Live, number: str = "") -> list[dict[str, Any]]:
    answer = requests.get(f"{live.url}/sim/sms", params={"number": number}, timeout=30)
    return list(answer.json()["messages"])


def test_a_signed_message_arrives_as_a_person_reads_it(live: Live) -> None:
    (status,) = send(live, f"+86{PHONE}")
    assert (status["Code"], status["Fee"], status["SessionContext"]) == ("Ok", 1, "ref-1")
    (message,) = inbox(live)
    assert message["id"] == status["SerialNo"]
    assert message["phone"] == PHONE
    assert message["text"] == ("【广西职工互助】您的验证码为482913，5分钟内有效。请勿告诉他人。")
    assert message["code"] == "482913"


def test_a_notice_has_no_code_and_the_newest_is_first(live: Live) -> None:
    send(live, PHONE)
    send(live, "13900005678", TemplateId="1000005", TemplateParamSet=["BG1", "已办结"])
    assert [m["code"] for m in inbox(live)] == [None, "482913"]
    assert [m["phone"] for m in inbox(live, PHONE)] == [PHONE]
    live.control("sms/clear")
    assert inbox(live) == []


def test_news_of_a_case_carries_no_code_although_it_has_numbers(live: Live) -> None:
    number = "BG1344168415351173120"
    send(live, PHONE, TemplateId="1000005", TemplateParamSet=[number, "已通过审核"])
    (message,) = inbox(live)
    assert message["code"] is None
    assert message["text"] == (
        f"【广西职工互助】您的申请{number}已通过审核，请登录“广西职工互助”公众号查看。"
    )


def test_numbers_are_judged_one_by_one(live: Live) -> None:
    live.control("switches", sms_blacklist=["13900009999"])
    codes = [s["Code"] for s in send(live, PHONE, PHONE, "12345", "+85291234567", "13900009999")]
    assert codes == [
        "Ok",
        "LimitExceeded.PhoneNumberThirtySecondLimit",
        "InvalidParameterValue.IncorrectPhoneNumber",
        "InvalidParameterValue.IncorrectPhoneNumber",
        "FailedOperation.PhoneNumberInBlacklist",
    ]
    live.clock.now += 30
    assert send(live, PHONE)[0]["Code"] == "Ok"


@pytest.mark.parametrize(
    ("change", "code"),
    [
        ({"key": "wrong"}, "AuthFailure.SignatureFailure"),
        ({"secret_id": "AKIDother"}, "AuthFailure.SecretIdNotFound"),
        ({"SignName": "别人的签名"}, "FailedOperation.SignatureIncorrectOrUnapproved"),
        ({"TemplateId": "7"}, "FailedOperation.TemplateIncorrectOrUnapproved"),
        (
            {"TemplateParamSet": ["482913"]},
            "FailedOperation.TemplateParamSetNotMatchApprovedTemplate",
        ),
        ({"SmsSdkAppId": ""}, "UnauthorizedOperation.SmsSdkAppIdVerifyFail"),
        ({"PhoneNumberSet": []}, "MissingParameter.EmptyPhoneNumberSet"),
        ({"PhoneNumberSet": [PHONE] * 201}, "LimitExceeded.PhoneNumberCountLimit"),
    ],
)
def test_a_call_that_the_provider_refuses(live: Live, change: dict[str, Any], code: str) -> None:
    assert error(live, PHONE, **change) == code
    assert inbox(live) == []


def test_an_old_signature_has_expired(live: Live) -> None:
    live.clock.now += 301
    assert error(live, PHONE) == "AuthFailure.SignatureExpire"


def test_an_outage_is_no_answer_of_the_api(live: Live) -> None:
    live.control("switches", sms_outage=True)
    assert error(live, PHONE) == "ServerNetworkError"
    live.control("switches", sms_outage=False)
    assert send(live, PHONE)[0]["Code"] == "Ok"


def test_before_a_deploy_there_are_no_keys(live: Live) -> None:
    (live.folder / "sms.json").unlink()
    assert error(live, PHONE) == "AuthFailure.SecretIdNotFound"


def test_unsigned_and_foreign_calls_are_refused_with_the_exact_content_type(live: Live) -> None:
    answer = requests.post(f"{live.url}/", json={}, timeout=30)
    assert answer.headers["Content-Type"] == "application/json"
    assert answer.json()["Response"]["Error"]["Code"] == "AuthFailure.InvalidAuthorization"


def test_every_template_says_how_many_variables_it_has() -> None:
    for template in sms.TEMPLATES.values():
        assert f"{{{template.variables}}}" in template.text
        assert f"{{{template.variables + 1}}}" not in template.text
