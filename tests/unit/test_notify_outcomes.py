"""The three kinds of provider errors, and how long each waits."""

from datetime import timedelta

import pytest

from chalicelib.core.errors import AppError, Broken
from chalicelib.gateways.sms import SmsRefused, SmsRetry, SmsThrottled
from chalicelib.gateways.wechat import WeChatNotWhitelisted, WeChatRefused, WeChatUnavailable
from chalicelib.notify.outcomes import Outcome, judge, wait
from chalicelib.store.deliveries import State

RETRYING, THROTTLED, GAVE_UP = State.RETRYING, State.THROTTLED, State.GAVE_UP


@pytest.mark.parametrize(
    ("error", "outcome"),
    [
        (SmsRetry("RequestLimitExceeded"), Outcome(RETRYING, "RequestLimitExceeded")),
        (SmsRetry("NoStatus", uncertain=True), Outcome(RETRYING, "NoStatus", uncertain=True)),
        (SmsThrottled("LimitExceeded.X"), Outcome(THROTTLED, "LimitExceeded.X")),
        (SmsRefused("NotMainlandMobile"), Outcome(GAVE_UP, "NotMainlandMobile")),
        (WeChatUnavailable(), Outcome(RETRYING, "Unavailable")),
        (WeChatUnavailable(uncertain=True), Outcome(RETRYING, "Unavailable", uncertain=True)),
        (WeChatNotWhitelisted(40164), Outcome(RETRYING, "40164", alarm=True)),
        (WeChatRefused(40001), Outcome(RETRYING, "40001", alarm=True)),
        (WeChatRefused(43004), Outcome(GAVE_UP, "43004")),
        (WeChatRefused(43101), Outcome(GAVE_UP, "43101")),
        (WeChatRefused(40003), Outcome(GAVE_UP, "40003")),
        (WeChatRefused(40037), Outcome(GAVE_UP, "40037", alarm=True)),
        (WeChatRefused(47003), Outcome(GAVE_UP, "47003", alarm=True)),
        (WeChatRefused(99999), Outcome(GAVE_UP, "99999", alarm=True)),
        (Broken(), None),
    ],
    ids=repr,
)
def test_each_error_is_one_kind(error: AppError, outcome: Outcome | None) -> None:
    assert judge(error) == outcome


def test_waits_grow_to_five_minutes_and_to_an_hour() -> None:
    retries = [wait(RETRYING, attempt).total_seconds() for attempt in (1, 2, 3, 4, 5, 500)]
    assert retries == [30, 60, 120, 240, 300, 300]
    assert wait(THROTTLED, 1) == timedelta(minutes=1)
    assert wait(THROTTLED, 9) == timedelta(hours=1)
