"""What outlives a restart, what the control API refuses, and the phone page's files."""

import json
from collections.abc import Iterator
from pathlib import Path

import pyotp
import pytest
import requests

from infra.local.simulators import PAGE, Options
from tests.fakes.simulators import Live

STAFF = {
    "account": "chuhe",
    "name": "韦初核",
    "roles": "初核员",
    "password": "mk3v-7qpz-x2ab-4cde-fg5h",
    "totp": "JBSWY3DPEHPK3PXPJBSWY3DPEHPK3PXP",
}


@pytest.fixture
def live(tmp_path: Path) -> Iterator[Live]:
    with Live(tmp_path).up() as live:
        yield live


def post(live: Live, action: str, body: object) -> requests.Response:
    return requests.post(f"{live.url}/sim/{action}", json=body, timeout=30)


def test_followers_chats_and_switches_outlive_the_process(tmp_path: Path) -> None:
    life = Live(tmp_path)
    with life.up() as live:
        live.control("follow")
        live.control("text", text="记得我", phone="phone-1")
        live.control("switches", safe_mode=False, sms_outage=True, sms_blacklist=["13900001234"])
        before, openid = live.chat(), live.openid()
    with life.up() as live:
        assert (live.chat(), live.openid()) == (before, openid)
        switches = live.control("switches")["switches"]
        assert (switches["safe_mode"], switches["sms_outage"]) == (False, True)
        assert switches["sms_blacklist"] == ["13900001234"]


def test_a_file_of_another_release_is_set_aside(tmp_path: Path) -> None:
    (tmp_path / "sim").mkdir()
    (tmp_path / "sim" / "phones.json").write_text('{"phones": "three"}')
    with Live(tmp_path).up() as live:
        assert live.openid().startswith("oSim")
    assert (tmp_path / "sim" / "phones.unreadable").exists()


def test_what_a_phone_cannot_do_is_said_in_words(live: Live) -> None:
    refusals = {
        "请先关注公众号": post(live, "text", {"text": "你好"}),
        "没有这部手机": post(live, "follow", {"phone": "phone-9"}),
    }
    live.control("follow")
    refusals |= {
        "已经关注了公众号": post(live, "follow", {}),
        "请输入 1 到 600 个字": post(live, "text", {"text": " "}),
        "菜单里没有「我的」": post(live, "menu", {"name": "我的"}),
        "菜单里没有这个按钮": post(live, "menu", {"path": [7]}),
    }
    for words, answer in refusals.items():
        assert (answer.status_code, answer.json()["error"]) == (409, words)


def test_unreadable_orders_are_400(live: Live) -> None:
    assert post(live, "text", {"text": 5}).json() == {"error": "unreadable: text"}
    assert post(live, "text", {"secret": "x"}).status_code == 400
    assert post(live, "text", ["text"]).status_code == 400
    # another site's page may post forms and plain text, but no JSON
    form = requests.post(f"{live.url}/sim/follow", data={"phone": "phone-1"}, timeout=30)
    assert form.status_code == 400


def test_each_phone_has_its_own_web_cookies(live: Live) -> None:
    with requests.Session() as browser:

        def take(phone: str) -> None:
            browser.post(f"{live.url}/sim/current", json={"phone": phone}, timeout=30)

        browser.cookies.set("sid", "first", domain="localhost.local", path="/")
        browser.cookies.set("other-program", "stays", domain="localhost.local", path="/")
        take("phone-2")
        assert browser.cookies.get_dict() == {"other-program": "stays", "sim_phone": "phone-2"}
        browser.cookies.set("sid", "second", domain="localhost.local", path="/")
        take("phone-1")
        assert browser.cookies["sid"] == "first"
        take("phone-1")
        take("phone-2")
        assert browser.cookies["sid"] == "second"


def test_a_third_phone_is_a_third_person(live: Live) -> None:
    made = live.control("phones", label="同事的手机")["phone"]
    assert made["openid"] not in (live.openid(0), live.openid(1))
    live.control("follow", phone=made["id"])
    assert live.chat(made["id"])
    assert not live.chat("phone-1")


def test_the_page_is_told_of_changes(live: Live) -> None:
    with requests.get(f"{live.url}/sim/events", stream=True, timeout=30) as events:
        lines = events.iter_lines(decode_unicode=True)
        first = next(lines)
        live.control("follow")
        later = next(line for line in lines if line.startswith("data: ") and line != first)
    assert int(later.removeprefix("data: ")) > int(first.removeprefix("data: "))


def test_the_state_has_all_that_the_page_shows(live: Live) -> None:
    state = requests.get(f"{live.url}/sim/state", timeout=30).json()
    assert state["account"] == {"name": "广西职工保障互助协会", "deployed": True}
    assert state["people"] is None
    (live.folder / "demo-people.json").write_text(json.dumps([{"name": "覃秀兰"}]))
    (live.folder / "wechat.json").write_text("{}")
    state = requests.get(f"{live.url}/sim/state", timeout=30).json()
    assert state["people"] == [{"name": "覃秀兰"}]
    assert state["account"]["deployed"] is False


def test_staff_are_shown_with_the_code_of_the_moment_and_without_its_secret(live: Live) -> None:
    (live.folder / "demo-staff.json").write_text(json.dumps([STAFF]))
    live.clock.now += 12.5
    answer = requests.get(f"{live.url}/sim/staff", timeout=30)
    assert STAFF["totp"] not in answer.text
    told = answer.json()
    code = pyotp.TOTP(STAFF["totp"]).at(int(live.clock.now))
    assert told["staff"] == [{k: v for k, v in STAFF.items() if k != "totp"} | {"code": code}]
    assert (told["seconds"], told["left"]) == (30, 17.5)
    live.clock.now += told["left"]
    later = requests.get(f"{live.url}/sim/staff", timeout=30).json()
    assert (later["left"], later["staff"][0]["code"] != code) == (30, True)


@pytest.mark.parametrize(
    "content", [None, "", "[{", "{}", '[{"account": "chuhe"}]', json.dumps([STAFF | {"totp": "1"}])]
)
def test_staff_that_cannot_be_read_are_not_there_yet(live: Live, content: str | None) -> None:
    if content is not None:
        (live.folder / "demo-staff.json").write_text(content)
    answer = requests.get(f"{live.url}/sim/staff", timeout=30)
    assert (answer.status_code, answer.json()["staff"]) == (200, None)


def test_every_file_of_the_page_is_served_under_a_strict_policy(live: Live) -> None:
    for file in PAGE.iterdir():
        name = "" if file.name == "index.html" else file.name
        answer = requests.get(f"{live.url}/{name}", timeout=30)
        assert answer.status_code == 200
        policy = answer.headers["Content-Security-Policy"]
        assert policy.startswith("default-src 'self';")
        assert f"frame-src 'self' {live.product.url} " in policy


def test_options_come_from_the_environment() -> None:
    given = {"PHONE_PORT": "9080", "FRONT_URL": "http://localhost:9000/", "LOCAL_DIR": "/x"}
    options = Options.from_env(given)
    assert (options.port, options.front_url) == (9080, "http://localhost:9000")
    assert options.state == Path("/x/sim")
