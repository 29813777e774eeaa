"""What to do about each answer of an SMS provider: data, read by gateways/sms.py.

Tencent: cloud.tencent.com/document/api/382/55981 (SendSms, 错误码) and the codes common
to all its APIs. SNS: docs.aws.amazon.com/sns/latest/api/API_Publish.html.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final, Literal

Kind = Literal["retry", "throttled", "refused"]


@dataclass(frozen=True, slots=True)
class Advice:
    """One kind of failure; `alarm` when a person of ours has to act on it.

    `uncertain`: with this answer, or none, the message may have gone out all the same.
    """

    kind: Kind
    alarm: bool = False
    uncertain: bool = False


RETRY: Final = Advice("retry")
LOST: Final = Advice("retry", uncertain=True)
WAIT: Final = Advice("throttled")
QUOTA: Final = Advice("throttled", alarm=True)
NUMBER: Final = Advice("refused")
OURS: Final = Advice("refused", alarm=True)

# Exact codes first; otherwise the part before the first dot; otherwise "".
TENCENT_CODES: Final[Mapping[str, Advice]] = {
    "LimitExceeded.PhoneNumberThirtySecondLimit": WAIT,
    "LimitExceeded.PhoneNumberOneHourLimit": WAIT,
    "LimitExceeded.PhoneNumberDailyLimit": WAIT,
    "LimitExceeded.PhoneNumberSameContentDailyLimit": WAIT,
    "LimitExceeded.DeliveryFrequencyLimit": WAIT,
    "LimitExceeded.PhoneNumberCountLimit": OURS,
    "LimitExceeded": QUOTA,
    "FailedOperation.PhoneNumberInBlacklist": NUMBER,
    "FailedOperation.PhoneNumberParseFail": NUMBER,
    "InvalidParameterValue.IncorrectPhoneNumber": NUMBER,
    "FailedOperation": OURS,
    "InternalError.RequestTimeException": OURS,
    "InternalError.RestApiInterfaceNotExist": OURS,
    "InternalError.SigFieldMissing": OURS,
    "InternalError.SigVerificationFail": OURS,
    "InternalError.SendAndRecvFail": LOST,
    "InternalError.Timeout": LOST,
    "InternalError": LOST,
    "RequestLimitExceeded": RETRY,
    "ResourceUnavailable": RETRY,
    "AuthFailure": OURS,
    "InvalidAction": OURS,
    "InvalidRequest": OURS,
    "NoSuchProduct": OURS,
    "NoSuchVersion": OURS,
    "UnknownParameter": OURS,
    "UnsupportedProtocol": OURS,
    "UnsupportedRegion": OURS,
    "InvalidCredential": OURS,
    "InvalidParameter": OURS,
    "InvalidParameterValue": OURS,
    "MissingParameter": OURS,
    "UnauthorizedOperation": OURS,
    "UnsupportedOperation": OURS,
    "ClientNetworkError": LOST,
    "ServerNetworkError": LOST,
    "NoStatus": LOST,
    "": LOST,
}

SNS_CODES: Final[Mapping[str, Advice]] = {
    "OptedOut": NUMBER,
    "OptInRequired": OURS,
    "InvalidParameter": OURS,
    "InvalidParameterValue": OURS,
    "ValidationException": OURS,
    "AuthorizationError": OURS,
    "AccessDenied": OURS,
    "AccessDeniedException": OURS,
    "InvalidClientTokenId": OURS,
    "SignatureDoesNotMatch": OURS,
    "NoCredentialsError": OURS,
    "UserError": OURS,
    "UnknownTemplate": OURS,
    "Throttled": RETRY,
    "Throttling": RETRY,
    "ThrottlingException": RETRY,
    "TooManyRequestsException": RETRY,
    "ServiceUnavailable": RETRY,
    "ConnectTimeoutError": RETRY,
    "EndpointConnectionError": RETRY,
    "InternalError": LOST,
    "InternalFailure": LOST,
    "ReadTimeoutError": LOST,
    "": LOST,
}


def advice_for(code: str, codes: Mapping[str, Advice]) -> Advice:
    """Look a code up: exactly, then by family, then as a code never seen before."""
    return codes.get(code) or codes.get(code.partition(".")[0]) or codes[""]
