"""Bad input anywhere: a clear page, never a stack trace, never a 500."""

from collections.abc import Callable
from dataclasses import replace
from urllib.parse import quote

import pytest
from chalice.test import Client

from chalicelib.gateways.wechat import WeChatUnavailable
from tests.fakes.cloud import Stage
from tests.fakes.phone import Phone, Seen, check
from tests.flows.binding import bind, typed
from tests.flows.test_round_trips import Counter


@pytest.mark.parametrize(
    "body",
    [b"", b"=", b"&&&", b"\xff\xfe\x00", b"a" * 70_000, b"name=" + b"x" * 1_048_576, b"x=1&" * 500],
    ids=["empty", "equals", "ands", "bytes", "70k", "1MB", "500 fields"],
)
@pytest.mark.parametrize("path", ["/bind", "/bind/code"])
def test_any_body_gets_a_page(client: Client, phone: Phone, body: bytes, path: str) -> None:
    phone.open("/bind")
    jar = "; ".join(f"{name}={value}" for name, value in phone.cookies.items())
    headers = {"content-type": "application/x-www-form-urlencoded", "cookie": jar}
    answer = client.http.request("POST", path, headers=headers, body=body)
    seen = Seen(answer.status_code, dict(answer.headers), answer.body.decode(), path)
    check(seen)
    assert seen.status == 422
    assert "Traceback" not in seen.body


@pytest.mark.parametrize(
    ("more", "sentence"),
    [
        ({"note": "长" * 30_000}, "提交的内容过长"),
        ({f"field{number}": "" for number in range(2_000)}, "提交的内容无法识别"),
    ],
    ids=["long", "many fields"],
)
def test_a_form_that_is_too_large_is_refused_before_it_is_looked_at(
    phone: Phone, stage: Stage, more: dict[str, str], sentence: str
) -> None:
    form = typed(phone.open("/bind"), code="123456")
    counter, seen = Counter(stage), list[Seen]()
    calls = counter.of(lambda: seen.append(phone.post("/bind", form | more)))
    assert (seen[0].status, sentence in seen[0].text) == (422, True)
    assert calls == []


@pytest.mark.parametrize(
    "cookie",
    ["x" * 1_000_000, "a=1;" * 100_000, "__Host-sid=" + "9" * 500_000, "=" * 500_000],
    ids=["long", "many", "session", "odd"],
)
def test_a_huge_cookie_is_nobody(phone: Phone, stage: Stage, cookie: str) -> None:
    counter, seen = Counter(stage), list[Seen]()
    calls = counter.of(lambda: seen.append(phone.open("/me", follow=False, cookie=cookie)))
    assert seen[0].status == 303
    assert seen[0].headers["Location"].startswith("https://open.test/")
    # the key that signs, and where to come back to: nobody is looked for
    assert set(calls) <= {"Decrypt", "PutItem"}


def test_a_huge_address_is_a_page(phone: Phone, stage: Stage, enrol: Callable[..., str]) -> None:
    enrol()
    bind(phone, stage)
    for query in ("x" * 100_000, "before=" + "9" * 100_000, "&".join(["a=1"] * 20_000)):
        assert phone.open(f"/messages?{query}").status == 200
    assert phone.open("/messages/" + "9" * 10_000).status == 404


@pytest.mark.parametrize(
    "path",
    [
        "/static/nothing.css",
        "/static/..%2Fmanifest.json",
        "/articles/news/none",
        "/articles/none/none",
    ],
)
def test_what_is_not_there_is_a_page(phone: Phone, path: str) -> None:
    seen = phone.open(path)
    assert (seen.status, "没有找到" in seen.text) == (404, True)


@pytest.mark.parametrize(
    "query",
    ["", "?state=x", "?code=1&state=" + "a" * 3000, "?code=1&state=../x", "?code=" + "9" * 5000],
)
def test_a_broken_sign_in_is_a_page(client: Client, phone: Phone, query: str) -> None:
    seen = phone.open(f"/oauth/callback{query}")
    assert (seen.status, "重新进入" in seen.text) == (403, True)


def test_a_state_that_we_never_made_is_not_looked_for(phone: Phone, stage: Stage) -> None:
    counter = Counter(stage)
    for state in ("a" * 3000, "一" * 32, ""):
        address = f"/oauth/callback?code=1&state={quote(state)}"
        assert counter.of(lambda address=address: phone.open(address)) == []


UNWRITABLE = "\0\x0b\x1b\x7f\x85\ufdd0\uffff\U0001fffe\U0010ffff"
"""What no HTML page may hold, escaped or not."""


def test_what_no_page_can_hold_is_not_given_back(phone: Phone) -> None:
    seen = phone.post("/bind", typed(phone.open("/bind"), name=f"李{UNWRITABLE}\t示\n例😀"))
    assert seen.form("/bind")["name"] == "李\t示\n例😀"


@pytest.mark.parametrize(("number", "query"), [("1\ud800", "1"), ("1", "1\ud800")])
def test_half_a_pair_in_an_address_is_left_out(client: Client, number: str, query: str) -> None:
    event = {
        "requestContext": {"httpMethod": "GET", "resourcePath": "/changes/{number}"},
        "pathParameters": {"number": number},
        "multiValueQueryStringParameters": {"then": [query]},
        "headers": {},
        "stageVariables": None,
        "body": None,
        "isBase64Encoded": False,
    }
    from app import app

    assert app(event, None)["statusCode"] == 303


@pytest.mark.parametrize("number", ["1\r\nSet-Cookie: a=b", "一二三", "1 2"])
def test_a_decoded_parameter_cannot_break_a_header(phone: Phone, number: str) -> None:
    event = {
        "requestContext": {"httpMethod": "POST", "resourcePath": "/changes/{number}"},
        "pathParameters": {"number": number},
        "multiValueQueryStringParameters": None,
        "headers": {"content-type": "application/x-www-form-urlencoded"},
        "stageVariables": None,
        "body": "token=x",
        "isBase64Encoded": False,
    }
    from app import app

    answer = app(event, None)
    pre, _, _ = answer["multiValueHeaders"]["Set-Cookie"][0].partition(";")
    state = answer["headers"]["Location"].rpartition("state=")[2].partition("#")[0]
    phone.stage.wechat.codes["code"] = phone.openid
    back = phone.open(f"/oauth/callback?code=code&state={state}", follow=False, cookie=pre)
    assert back.status == 303
    assert back.headers["Location"] == f"/changes/{quote(number, safe=':=')}"


def test_a_used_code_starts_over_twice_at_most(phone: Phone, stage: Stage) -> None:
    seen = phone.open("/me", follow=False)
    for expected in (303, 303, 403):
        state = seen.headers["Location"].rpartition("state=")[2]
        seen = phone.open(f"/oauth/callback?code=used&state={state}", follow=False)
        assert seen.status == expected


def test_a_sign_in_is_for_one_browser_and_one_code(
    phone: Phone, second_phone: Phone, stage: Stage
) -> None:
    state = phone.open("/me", follow=False).headers["Location"].rpartition("state=")[2]
    back = f"/oauth/callback?state={state}&code="
    stage.wechat.codes |= {"eve": "openid-eve", "mine": phone.openid}
    assert second_phone.open(f"{back}eve", follow=False).status == 403
    assert second_phone.open(f"{back}mine", follow=False).status == 403
    assert phone.open(f"{back}mine", follow=False).headers["Location"] == "/me"
    phone.cookies.pop("__Host-sid")
    assert phone.open(f"{back}eve", follow=False).status == 403
    again = phone.open(f"{back}mine", follow=False)
    assert again.headers["Location"].startswith("https://open.test/authorize")


def test_when_wechat_gives_no_answer_the_same_page_works_later(phone: Phone, stage: Stage) -> None:
    stage.wechat.failures = [WeChatUnavailable(uncertain=True)]
    assert phone.open("/me").status == 503
    assert phone.open(phone.here).url in ("/me", "/bind")


@pytest.mark.parametrize(
    "cookie", ["sid=x", "__Host-sid=a.b.c", "__Host-sid=" + "A" * 4000, ";;;=", "\u00e9=1"]
)
def test_a_broken_cookie_counts_as_none(client: Client, cookie: str) -> None:
    answer = client.http.get("/", headers={"cookie": cookie, "accept": "text/html"})
    assert answer.status_code == 303


def test_when_the_tables_are_gone_the_page_says_so(phone: Phone, stage: Stage) -> None:
    phone.open("/")
    client = stage.world.aws.client("dynamodb")
    for table in ("members", "office", "moments"):
        client.delete_table(TableName=f"mutual-aid-local-{table}")
    seen = phone.open("/")
    assert (seen.status, "系统繁忙" in seen.text) == (503, True)


def test_large_text_is_a_choice_that_stays(phone: Phone) -> None:
    phone.open("/care/on")
    assert 'data-weui-mode="care"' in phone.open("/").body
    phone.open("/care/off")
    assert 'data-weui-mode="care"' not in phone.open("/").body


@pytest.mark.parametrize(
    ("pressed", "back"), [("", "/"), ("?back=me", "/me"), ("?back=https://x.cn", "/")]
)
def test_the_switch_leads_back_to_where_it_was_pressed(
    client: Client, pressed: str, back: str
) -> None:
    assert client.http.get(f"/care/on{pressed}").headers["Location"] == back


def test_wechat_finds_its_file_and_nobody_anything_else(phone: Phone, stage: Stage) -> None:
    assert phone.open("/MP_verify_abc.txt").status == 404
    known = replace(stage.world.settings, domain_files='{"MP_verify_abc.txt": "abc"}')
    stage.world.settings = known
    seen = phone.open("/MP_verify_abc.txt")
    assert (seen.status, seen.body) == (200, "abc")
    assert seen.headers["Content-Type"].startswith("text/plain")
    assert phone.open("/MP_verify_abd.txt").status == 404
