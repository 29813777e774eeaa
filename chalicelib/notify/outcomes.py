"""What to do about each way in which a provider can fail: retry, wait, or give up.

SMS errors come in these kinds already (decision 0019); WeChat's codes are sorted here
(developers.weixin.qq.com, 发送模板消息 and 全局返回码).
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import timedelta
from typing import Final

from chalicelib.core.errors import AppError
from chalicelib.gateways.sms import SmsError, SmsRetry, SmsThrottled
from chalicelib.gateways.wechat import WeChatRefused, WeChatUnavailable
from chalicelib.store.deliveries import State

THROTTLED_TRIES: Final = 8


@dataclass(frozen=True, slots=True)
class Outcome:
    """What an error means for a delivery.

    `uncertain`: the message may have gone out. `alarm`: somebody of ours must act.
    """

    state: State
    code: str
    uncertain: bool = False
    alarm: bool = False


# the person's side: not a follower, refused, blocked by us, an openid of another account
_PERSON: Final = frozenset({43004, 43101, 43019, 40003})
# ours to mend while messages wait: the token, the IP whitelist
_MENDABLE: Final = frozenset({40001, 40014, 42001, 40164})
# seconds of the first wait, by how much each next one is longer, and of the longest
_BACKOFF: Final[Mapping[State, tuple[int, int, int]]] = {
    State.RETRYING: (30, 2, 5 * 60),
    State.THROTTLED: (60, 4, 60 * 60),
}


def judge(error: AppError) -> Outcome | None:
    """Return what a provider's error means; None for an error of anybody else."""
    if isinstance(error, SmsError):
        if isinstance(error, SmsRetry):
            return Outcome(State.RETRYING, error.code, uncertain=error.uncertain)
        kind = State.THROTTLED if isinstance(error, SmsThrottled) else State.GAVE_UP
        return Outcome(kind, error.code, uncertain=error.uncertain)
    if isinstance(error, WeChatUnavailable):
        return Outcome(State.RETRYING, "Unavailable", uncertain=error.uncertain)
    if isinstance(error, WeChatRefused):
        code = str(error.errcode)
        if error.errcode in _MENDABLE:
            return Outcome(State.RETRYING, code, alarm=True)
        return Outcome(State.GAVE_UP, code, alarm=error.errcode not in _PERSON)
    return None


def wait(state: State, attempts: int) -> timedelta:
    """Return how long to leave a message alone after so many attempts."""
    first, factor, longest = _BACKOFF[state]
    return timedelta(seconds=min(longest, first * factor ** min(attempts - 1, 10)))
