"""What the account says: the data file itself, and the choice among its texts."""

import re
from pathlib import Path

import pytest

from chalicelib.chat import replies
from chalicelib.chat.push import Push, read_push
from chalicelib.chat.replies import BadRepliesError, answer, load_replies, parse_replies
from tests.architecture import house
from tests.fakes.push import event_push, text_push

BASE_URL = "https://fund.test"
SOURCE = Path(replies.__file__).with_name("replies.toml").read_text("utf-8")


def said(xml: str, *, bound: bool | None = None) -> str | None:
    push: Push = read_push(xml)
    return answer(push, load_replies(BASE_URL), lambda: bound)


def test_the_file_is_valid_with_the_longest_address() -> None:
    parse_replies(SOURCE, "https://" + "a" * 245 + ".cn")


def test_every_link_leads_to_a_page_of_ours() -> None:
    texts = re.sub(r"(?m)^#.*", "", SOURCE).replace("{base_url}", BASE_URL)
    links = {link.removeprefix(BASE_URL) for link in re.findall(r'href="([^"]*)"', texts)}
    assert {"/bind", "/me", "/subsidies", "/enrolments", "/changes", "/privacy"} <= links
    assert not links - {path for method, path in house.routes() if method == "GET"}


@pytest.mark.parametrize(
    ("text", "page"),
    [
        ("补助", "/subsidies"),
        ("我想申请住院补助", "/subsidies"),
        (" 补 助 ", "/subsidies"),
        ("变更", "/changes"),
        ("注销", "/privacy"),
        ("怎么撤回同意", "/privacy"),
        ("绑定", "/bind"),
        ("怎么绑定？", "/bind"),
        ("解绑", "/me"),
        ("参保", "/enrolments"),
        ("公告", "/notices"),
    ],
)
def test_keywords_answer_with_their_page(text: str, page: str) -> None:
    assert f'href="{BASE_URL}{page}"' in (said(text_push(text)) or "")


@pytest.mark.parametrize(
    ("text", "bound", "unbound"),
    [
        ("补助", "/subsidies", "/bind"),
        ("变更", "/changes", "/bind"),
        ("参保", "/enrolments", "/bind"),
        ("绑定", "/me", "/bind"),
        ("解绑", "/me", "/bind"),
        ("隐私", "/privacy", "/policy"),
    ],
)
def test_who_is_bound_and_who_is_not_get_different_texts(
    text: str, bound: str, unbound: str
) -> None:
    for known, page in ((True, bound), (False, unbound)):
        answered = said(text_push(text), bound=known) or ""
        first = re.findall(r'href="([^"]*)"', answered)[0]
        assert first == f"{BASE_URL}{page}"
    assert said(text_push(text), bound=True) != said(text_push(text), bound=False)


def test_who_comes_back_bound_is_not_asked_to_bind() -> None:
    welcome = said(event_push("subscribe", EventKey=""), bound=True) or ""
    assert "欢迎回来" in welcome
    assert "/bind" not in welcome


@pytest.mark.parametrize("text", ["公告", "帮助", "你好"])
def test_nobody_is_looked_up_for_a_text_that_is_for_all(text: str) -> None:
    def asked() -> bool:
        raise AssertionError("looked up for nothing")

    assert answer(read_push(text_push(text)), load_replies(BASE_URL), asked)


@pytest.mark.parametrize("text", ["帮助", "", "你好", "？", "x" * 2048, "😀", "]]"])
def test_everything_else_gets_help(text: str) -> None:
    assert said(text_push(text)) == load_replies(BASE_URL).help.text


def test_pictures_and_voices_get_help() -> None:
    for kind in ("image", "voice", "video", "location", "link", "hologram"):
        push = text_push("x").replace("[text]", f"[{kind}]")
        assert said(push) == load_replies(BASE_URL).help.text


def test_new_followers_are_welcomed_with_a_bind_link() -> None:
    for key in ("", "qrscene_1"):
        welcome = said(event_push("subscribe", EventKey=key)) or ""
        assert f'<a href="{BASE_URL}/bind">点此绑定职工信息</a>' in welcome


def test_menu_clicks_answer_by_key() -> None:
    for key in ("help", "unknown"):
        assert said(event_push("CLICK", EventKey=key)) == load_replies(BASE_URL).help.text


@pytest.mark.parametrize(
    "xml",
    [
        event_push("unsubscribe"),
        event_push("VIEW", EventKey=f"{BASE_URL}/me"),
        event_push("SCAN", EventKey="1"),
        event_push("TEMPLATESENDJOBFINISH", MsgID=1, Status="success"),
        event_push("user_authorization_revoke", OpenID="oPerson"),
        event_push("something_new"),
    ],
)
def test_nobody_expects_an_answer_to_the_rest(xml: str) -> None:
    assert said(xml) is None


WELCOME = '[welcome]\ntext = "hi"\n'
HELP = '[help]\ntext = "help"\n'
WORD = '[[keyword]]\nwords = ["a"]\ntext = "b"\n'


@pytest.mark.parametrize(
    ("source", "complaint"),
    [
        ("", "cannot be read"),
        ("[welcome", "cannot be read"),
        (WELCOME + HELP, "cannot be read"),
        (WELCOME + HELP + '[[keyword]]\nwords = ["a"]\n', "cannot be read"),
        (WELCOME + HELP + WORD + '[click.x]\nreply = "nothing"\n', "cannot be read"),
        (WELCOME + '[help]\ntext = ""\n' + WORD, "1 to 2048 bytes"),
        (WELCOME + f'[help]\ntext = "{"字" * 683}"\n' + WORD, "1 to 2048 bytes"),
        (WELCOME + '[help]\ntext = "{other}"\n' + WORD, "placeholder"),
        (WELCOME + '[help]\ntext = "a]]>b"\n' + WORD, "placeholder"),
        (WELCOME + HELP + WORD.replace('"a"', '"A"'), "lower case"),
        (WELCOME + HELP + WORD.replace('"a"', '""'), "lower case"),
        (WELCOME + HELP + WORD + WORD, "twice"),
        (WELCOME + HELP + WORD + WORD.replace('"a"', '"ab"'), "never asked for"),
        (WELCOME + HELP + WORD + f'bound = "{"字" * 683}"\n', "1 to 2048 bytes"),
        (WELCOME + HELP + WORD + 'unbound = "{x}"\n', "placeholder"),
    ],
)
def test_a_bad_file_is_refused_with_its_reason(source: str, complaint: str) -> None:
    with pytest.raises(BadRepliesError, match=complaint):
        parse_replies(source, BASE_URL)
