"""SMS codes: at most once to the phone, five minutes, five tries, kept as a keyed digest.

Sending is limited per phone, per WeChat user and per network address, in windows that
roll with time. Addresses get wider limits: carriers and offices share them.
"""

import hmac
from collections.abc import Callable, Sequence
from dataclasses import dataclass

from chalicelib.core import masking
from chalicelib.core.errors import Conflict, Refused
from chalicelib.core.identity import half_width
from chalicelib.store import keys
from chalicelib.web.answers import Answer, Page, as_json
from chalicelib.web.visit import Visit
from chalicelib.world import World

VALID_MINUTES = 5
TRIES = 5
DIGITS = 6
# Whole offices share an address: who is overtaken there looks again this often.
ROUNDS = 5
_DAY = 86400

MISSING = "请填写 6 位短信验证码。"
WRONG = "验证码不正确，请核对短信后重新输入。"
EXPIRED = "验证码已失效，请重新获取。"
TOO_SOON = "获取验证码过于频繁，请在 {wait} 后再试。"
NOT_SENT = "短信暂时未能发出，请稍后重新获取。"
SENT = "验证码已发送至 {phone}，5 分钟内有效。"


@dataclass(frozen=True, slots=True)
class Limit:
    """At most `count` sends within any `seconds`."""

    count: int
    seconds: int


PERSON = (Limit(1, 60), Limit(5, 3600), Limit(10, _DAY))
ADDRESS = (Limit(100, 3600), Limit(300, _DAY))


class TooSoon(Refused):
    """A limit is full; `wait` tells for how many seconds."""

    def __init__(self, wait: int) -> None:
        super().__init__(errors={"code": TOO_SOON.format(wait=_spoken(wait))})
        self.wait = wait


@dataclass(frozen=True, slots=True)
class _Subject:
    key: str
    limits: tuple[Limit, ...]


def wait_seconds(sent: Sequence[int], now: int, limits: Sequence[Limit]) -> int:
    """Return the seconds until one more send is allowed, 0 for at once.

    `sent` are epoch seconds in order; each limit waits for the send that must leave
    its window first.
    """
    waits = [
        sent[-limit.count] + limit.seconds - now for limit in limits if len(sent) >= limit.count
    ]
    return max([0, *waits])


def read(raw: str) -> str:
    """Return a code as it was typed, in plain digits; raises ValueError with a sentence."""
    code = half_width(raw)
    if len(code) != DIGITS or not code.isdecimal():
        raise ValueError(MISSING)
    return code


def send_and_say(visit: Visit, phone: str, page: Callable[[str, int], Page]) -> Answer:
    """Send a code from a page with a code field: a script hears JSON, a plain form the page.

    `page` gets what to say and the seconds until the next code.
    """
    try:
        wait = send(visit.world, openid=visit.visitor.openid, phone=phone, ip=visit.ip)
    except TooSoon as error:
        if not visit.wants_json:
            raise
        return as_json({"errors": dict(error.errors), "wait": error.wait}, status=429)
    notice = SENT.format(phone=masking.phone(phone))
    if visit.wants_json:
        return as_json({"wait": wait, "notice": notice})
    return page(notice, wait)


def send(world: World, *, openid: str, phone: str, ip: str) -> int:
    """Send a fresh code that only this WeChat user can use for this phone.

    Returns the seconds until the next one may be asked for. Raises TooSoon, or Refused
    when the provider does not take the message.
    """
    now = int(world.clock.now().timestamp())
    code = world.ids.digits(DIGITS)
    subjects = _subjects(world, openid, phone, ip)
    for _ in range(ROUNDS):
        try:
            _reserve(world, subjects, now, openid, phone, code)
            break
        except Conflict:
            continue
    else:
        raise TooSoon(1)
    _deliver(world, phone, code)
    return PERSON[0].seconds


def check(world: World, *, openid: str, phone: str, code: str) -> tuple[str, str]:
    """Count a try, then compare. Returns (key, stored digest) for the consuming write."""
    key = _code_key(world, openid, phone)
    found = world.moments.count_try(key, TRIES)
    if found is None:
        raise Refused(errors={"code": EXPIRED})
    if not hmac.compare_digest(found["code"], _code_digest(world, openid, phone, code)):
        raise Refused(errors={"code": WRONG})
    return key, found["code"]


def _reserve(
    world: World, subjects: Sequence[_Subject], now: int, openid: str, phone: str, code: str
) -> None:
    """Note the send with all subjects and store the code, in one transaction.

    Raises TooSoon, or Conflict when another send of a subject came between.
    """
    logs = world.moments.get_together([subject.key for subject in subjects])
    transaction = world.transaction()
    for subject in subjects:
        log = logs.get(subject.key)
        sent = [int(at) for at in log["sent"].split()] if log else []
        wait = wait_seconds(sent, now, subject.limits)
        if wait:
            raise TooSoon(wait)
        kept = [at for at in [*sent, now] if at > now - _DAY]
        world.moments.swap_in(
            transaction,
            subject.key,
            {"sent": " ".join(map(str, kept))},
            _DAY,
            old=log,
            error=Conflict(),
        )
    digest = _code_digest(world, openid, phone, code)
    key = _code_key(world, openid, phone)
    world.moments.put_in(transaction, key, {"code": digest}, VALID_MINUTES * 60)
    transaction.commit()


def _deliver(world: World, phone: str, code: str) -> None:
    from chalicelib.gateways.sms import SmsError

    template = world.settings.sms_code_template
    try:
        world.sms.send(phone, template, [code, str(VALID_MINUTES)], world.ids.number())
    except SmsError as error:
        # never sent again by us: the person presses the button when they want to
        raise Refused(errors={"code": NOT_SENT}) from error


def _subjects(world: World, openid: str, phone: str, ip: str) -> list[_Subject]:
    named = [("phone", phone, PERSON), ("openid", openid, PERSON), ("ip", ip, ADDRESS)]
    return [
        _Subject(keys.moment(f"sends-{kind}", world.vault.digest(f"sends-{kind}", value)), limits)
        for kind, value, limits in named
    ]


def _code_key(world: World, openid: str, phone: str) -> str:
    return keys.moment("code", world.vault.digest("code-key", f"{openid}\0{phone}"))


def _code_digest(world: World, openid: str, phone: str, code: str) -> str:
    return world.vault.digest("code", f"{openid}\0{phone}\0{code}")


def _spoken(seconds: int) -> str:
    if seconds < 120:
        return f"{seconds} 秒"
    if seconds < 7200:
        return f"{-(-seconds // 60)} 分钟"
    return f"{-(-seconds // 3600)} 小时"
