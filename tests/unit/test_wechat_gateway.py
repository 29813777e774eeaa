"""The WeChat gateway against a real HTTP server: tokens, retries, timeouts, secrecy."""

import logging
import subprocess
import sys
import time
import traceback
from collections.abc import Callable, Iterator
from dataclasses import replace
from typing import Any

import pytest

from chalicelib.core.errors import Broken, Unavailable
from chalicelib.gateways.wechat import (
    TIMEOUT,
    OAuthCodeUsed,
    SnapshotUser,
    Timeout,
    WeChat,
    WeChatNotWhitelisted,
    WeChatRefused,
    WeChatUnavailable,
)
from tests.fakes.cloud import settings
from tests.fakes.server import Say, Seen, Server, running
from tests.fakes.wechat import MemoryTokens

APP_SECRET = "app-secret-0123456789abcdef"
TOKEN = "TOKEN_" + "t" * 120
MENU = {"button": [{"type": "view", "name": "我的", "url": "https://fund.test/me"}]}

SETTINGS = settings(wechat_open_url="https://open.weixin.qq.com")


class FakeApi:
    """stable_token that works, and one answer for everything else."""

    def __init__(self, *answers: Any) -> None:
        self.answers = list(answers)
        self.issued = 0

    def __call__(self, request: Seen) -> Say:
        if request.path == "/cgi-bin/stable_token":
            self.issued += 1
            return Say({"access_token": f"{TOKEN}{self.issued}", "expires_in": 7200})
        answer = self.answers.pop(0) if len(self.answers) > 1 else self.answers[0]
        return answer if isinstance(answer, Say) else Say(answer)


@pytest.fixture
def api() -> Iterator[Callable[..., Server]]:
    """Start servers that stop with the test."""
    from contextlib import ExitStack

    with ExitStack() as stack:
        yield lambda *answers: stack.enter_context(running(FakeApi(*answers)))


def gateway(
    server: Server, tokens: MemoryTokens | None = None, timeout: Timeout = TIMEOUT
) -> WeChat:
    settings = replace(SETTINGS, wechat_api_url=server.url)
    return WeChat(settings, APP_SECRET, tokens or MemoryTokens(), timeout)


def everything_said(error: BaseException, caplog: pytest.LogCaptureFixture) -> str:
    """All that a log could ever show of an error."""
    return "\n".join(traceback.format_exception(error)) + repr(vars(error)) + caplog.text


def test_authorize_url_is_the_one_wechat_documents() -> None:
    from wechatpy import WeChatOAuth

    ours = WeChat(SETTINGS, APP_SECRET, MemoryTokens()).authorize_url(
        "https://fund.test/oauth/callback", "abc123"
    )
    library = WeChatOAuth(
        SETTINGS.wechat_app_id,
        APP_SECRET,
        "https://fund.test/oauth/callback",
        "snsapi_base",
        "abc123",
    )
    assert ours == library.authorize_url


@pytest.mark.parametrize("state", ["", "a-b", "a" * 129, "状态", "a&scope=snsapi_userinfo"])
def test_authorize_url_takes_only_states_wechat_promises(state: str) -> None:
    with pytest.raises(ValueError, match="letters and digits"):
        WeChat(SETTINGS, APP_SECRET, MemoryTokens()).authorize_url("https://fund.test/", state)


def test_code_becomes_openid(api: Callable[..., Server]) -> None:
    server = api(
        {"access_token": "user-token", "expires_in": 7200, "openid": "oABC", "scope": "snsapi_base"}
    )
    assert gateway(server).openid_for("the-code") == "oABC"
    (request,) = server.seen
    assert request.path == "/sns/oauth2/access_token"
    assert request.query["code"] == "the-code"
    assert request.query["appid"] == SETTINGS.wechat_app_id


@pytest.mark.parametrize("errcode", [40163, 40029, 42003])
def test_used_or_bad_codes_ask_for_a_new_authorisation(
    api: Callable[..., Server], errcode: int
) -> None:
    with pytest.raises(OAuthCodeUsed):
        gateway(api({"errcode": errcode, "errmsg": "code been used"})).openid_for("old")


@pytest.mark.parametrize("code", ["", "a b", "x" * 600, "码", "a\nb"])
def test_codes_that_cannot_be_codes_never_travel(api: Callable[..., Server], code: str) -> None:
    server = api({})
    with pytest.raises(OAuthCodeUsed):
        gateway(server).openid_for(code)
    assert not server.seen


def test_snapshot_pages_sign_nobody_in(api: Callable[..., Server]) -> None:
    answer = {"access_token": "t", "openid": "oVIRTUAL", "is_snapshotuser": 1}
    with pytest.raises(SnapshotUser):
        gateway(api(answer)).openid_for("code")


def test_menu_goes_out_as_readable_utf8_with_the_stable_token(api: Callable[..., Server]) -> None:
    server = api({"errcode": 0, "errmsg": "ok"})
    gateway(server).push_menu(MENU)
    (token_request,) = server.to("/cgi-bin/stable_token")
    assert token_request.json == {
        "grant_type": "client_credential",
        "appid": SETTINGS.wechat_app_id,
        "secret": APP_SECRET,
    }
    (request,) = server.to("/cgi-bin/menu/create")
    assert request.query["access_token"] == f"{TOKEN}1"
    assert "我的".encode() in request.body
    assert request.json == MENU


def test_menu_comes_back_without_wrapping(api: Callable[..., Server]) -> None:
    assert gateway(api({"menu": MENU})).get_menu() == MENU
    assert gateway(api({"errcode": 46003, "errmsg": "menu no exist"})).get_menu() is None


def test_template_message_carries_our_reference(api: Callable[..., Server]) -> None:
    server = api({"errcode": 0, "errmsg": "ok", "msgid": 4053})
    receipt = gateway(server).send_template(
        "oABC", "tpl", {"thing1": "初核通过"}, url="https://fund.test/cases/1", reference="n-1"
    )
    assert receipt == "4053"
    (request,) = server.to("/cgi-bin/message/template/send")
    assert request.json == {
        "touser": "oABC",
        "template_id": "tpl",
        "url": "https://fund.test/cases/1",
        "client_msg_id": "n-1",
        "data": {"thing1": {"value": "初核通过"}},
    }


def test_two_containers_share_one_token(api: Callable[..., Server]) -> None:
    server, tokens = api({"menu": MENU}), MemoryTokens()
    for _ in range(2):
        gateway(server, tokens).get_menu()
    assert len(server.to("/cgi-bin/stable_token")) == 1
    assert list(tokens.ttls.values()) == [7200 - 360]


@pytest.mark.parametrize("errcode", [40001, 40014, 42001])
def test_a_stale_token_is_replaced_once(api: Callable[..., Server], errcode: int) -> None:
    tokens = MemoryTokens()
    server = api({"errcode": errcode, "errmsg": "invalid credential"}, {"menu": MENU})
    assert gateway(server, tokens).get_menu() == MENU
    used = [request.query["access_token"] for request in server.to("/cgi-bin/menu/get")]
    assert used == [f"{TOKEN}1", f"{TOKEN}2"]
    assert tokens.deleted == [f"{SETTINGS.wechat_app_id}_access_token"]


def test_endless_40001_makes_exactly_two_calls(api: Callable[..., Server]) -> None:
    server = api({"errcode": 40001, "errmsg": "invalid credential"})
    with pytest.raises(WeChatRefused) as caught:
        gateway(server).get_menu()
    assert caught.value.errcode == 40001
    assert len(server.to("/cgi-bin/menu/get")) == 2
    assert len(server.to("/cgi-bin/stable_token")) == 2


def test_refusals_keep_code_and_words_for_ops(api: Callable[..., Server]) -> None:
    server = api({"errcode": 40018, "errmsg": "invalid button name size rid: 65-1-2"})
    with pytest.raises(WeChatRefused) as caught:
        gateway(server).push_menu(MENU)
    assert (caught.value.errcode, caught.value.detail) == (
        40018,
        "invalid button name size rid: 65-1-2",
    )
    assert len(server.to("/cgi-bin/menu/create")) == 1
    assert isinstance(caught.value, Broken)


def test_missing_whitelist_entry_is_an_alarm(
    api: Callable[..., Server], caplog: pytest.LogCaptureFixture
) -> None:
    server = api({"errcode": 40164, "errmsg": "invalid ip 203.0.113.9, not in whitelist"})
    with pytest.raises(WeChatNotWhitelisted) as caught:
        gateway(server).get_menu()
    assert "203.0.113.9" in caught.value.detail
    alarms = [r for r in caplog.records if r.levelno == logging.ERROR]
    assert [r.getMessage() for r in alarms] == ["wechat_not_whitelisted"]


@pytest.mark.parametrize(
    "answer",
    [
        Say({"errcode": -1, "errmsg": "system error"}),
        Say({"errcode": 45009, "errmsg": "reach max api daily quota limit"}),
        Say(b"<html>Bad Gateway</html>", content_type="text/html"),
        Say(b"<html>Bad Gateway</html>", status=502, content_type="text/html"),
        Say({}, status=500),
        Say(b""),
        Say([]),
        Say("text"),
        Say({"errcode": "many"}),
        Say({"errcode": None}),
    ],
    ids=repr,
)
@pytest.mark.parametrize("action", ["menu", "oauth"])
def test_no_answer_worth_the_name_is_unavailable(
    api: Callable[..., Server], answer: Say, action: str
) -> None:
    wechat = gateway(api(answer))
    with pytest.raises(Unavailable):
        wechat.get_menu() if action == "menu" else wechat.openid_for("code")


@pytest.mark.parametrize("answer", [Say({}), Say([]), Say(b"?"), Say({"access_token": "x"})])
def test_a_broken_token_answer_is_unavailable(answer: Say) -> None:
    with running(lambda _: answer) as server, pytest.raises(WeChatUnavailable):
        gateway(server).get_menu()


@pytest.mark.parametrize("hanging", ["oauth", "api", "token"])
def test_a_hanging_wechat_is_given_up(hanging: str) -> None:
    slow = Say({}, delay=30)
    with running((lambda _: slow) if hanging == "token" else FakeApi(slow)) as server:
        wechat = gateway(server, timeout=(0.2, 0.2))
        started = time.monotonic()
        with pytest.raises(WeChatUnavailable):
            wechat.openid_for("code") if hanging == "oauth" else wechat.get_menu()
        assert time.monotonic() - started < 5


def test_patience_fits_into_a_page() -> None:
    assert sum(TIMEOUT) <= 5


def test_nobody_listening_is_unavailable() -> None:
    with running(FakeApi({})) as server:
        pass
    with pytest.raises(WeChatUnavailable):
        gateway(server).get_menu()


def test_no_error_and_no_log_line_shows_a_token_or_a_url(
    api: Callable[..., Server], caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.DEBUG)
    code = "-".join(("one", "time", "code"))
    leaky = f"bad {TOKEN}1 secret {APP_SECRET} see https://api.weixin.qq.com/?x={TOKEN}1"
    answers = (
        {"errcode": 40001, "errmsg": leaky},
        {"errcode": 40018, "errmsg": leaky},
        Say({}, status=500),
        Say(b"", status=200),
    )
    for answer in answers:
        for action in ("menu", "code"):
            wechat = gateway(api(answer))
            with pytest.raises((WeChatRefused, WeChatUnavailable)) as caught:
                wechat.push_menu(MENU) if action == "menu" else wechat.openid_for(code)
            said = everything_said(caught.value, caplog)
            for secret in (TOKEN, APP_SECRET, "http://", "https://", code):
                assert secret not in said
    with running(FakeApi({})) as server:
        closed = gateway(server, MemoryTokens({f"{SETTINGS.wechat_app_id}_access_token": TOKEN}))
    with pytest.raises(WeChatUnavailable) as gone:
        closed.get_menu()
    assert TOKEN not in everything_said(gone.value, caplog)


def test_a_secret_without_app_secret_is_refused_at_once() -> None:
    with pytest.raises(Broken):
        WeChat(SETTINGS, "", MemoryTokens())


def test_the_library_is_not_imported_before_it_is_needed() -> None:
    script = (
        "import sys, chalicelib.gateways.wechat, chalicelib.gateways.sms;"
        "sys.exit(any(m.split('.')[0] in ('wechatpy', 'requests', 'tencentcloud') for m in sys.modules))"
    )
    assert subprocess.run([sys.executable, "-c", script], check=False).returncode == 0
