"""Editors write, readers read: each state, each time, and two editors at once."""

from datetime import datetime, timedelta

import pytest

from chalicelib.casework.machine import Role
from chalicelib.content import texts
from chalicelib.core.clock import BEIJING, beijing_minute
from chalicelib.store.articles import MOST_PINNED, MOST_PLANNED
from tests.fakes.cloud import Stage
from tests.fakes.desk import Sit
from tests.fakes.phone import HTML, Phone, Seen
from tests.flows.content import LIST, Editor, form_of
from tests.flows.test_round_trips import Counter


@pytest.fixture
def editor(sit: Sit) -> Editor:
    return Editor(sit)


def links(seen: Seen, prefix: str) -> list[str]:
    found = [a.get("href") for a in seen.tree.iter(f"{HTML}a")]
    return [href for href in found if href.startswith(prefix)]


def typed(at: datetime) -> str:
    """Return a time as the browser's field sends it."""
    return at.astimezone(BEIJING).strftime("%Y-%m-%dT%H:%M")


def titles(phone: Phone, path: str = "/news") -> list[str]:
    """Return the titles of a list in order; 置顶 before those that are pinned."""
    spans = phone.open(path).tree.iter(f"{HTML}span")
    return ["".join(s.itertext()) for s in spans if s.get("class") == "ma-article-row__title"]


# ---- from draft to reader and back ----


def test_an_article_goes_its_way(editor: Editor, phone: Phone) -> None:
    path = editor.begin()
    draft = editor.send(path, "save", title="互助保障十问", summary="常见问题", source="## 一问")
    assert "草稿" in draft.text
    assert titles(phone) == []
    path = draft.url.partition("?")[0]
    public = f"/articles/news/{path.rpartition('/')[2]}"
    assert phone.open(public).status == 404
    assert texts.DONE["publish"] in editor.send(path, "publish").text
    assert titles(phone) == ["互助保障十问"]
    seen = phone.open(public)
    assert (seen.status, seen.title) == (200, "互助保障十问")
    assert "<h3>一问</h3>" in seen.body
    assert "常见问题" in phone.open("/news").text
    gone = editor.send(path, "withdraw")
    assert "已撤下" in gone.text
    assert titles(phone) == []
    assert phone.open(public).status == 404
    editor.send(path, "publish", source="改过的正文")
    assert "改过的正文" in phone.open(public).text


def test_what_readers_may_not_see_is_not_there(editor: Editor, phone: Phone) -> None:
    key = editor.publish("只在资讯")
    unknown = phone.open("/articles/news/999").body
    for path in (f"/articles/notices/{key}", "/articles/pages/policy", "/articles/news/policy"):
        seen = phone.open(path)
        assert (seen.status, seen.body) == (404, unknown), path


def test_saving_what_is_published_changes_what_is_read(
    editor: Editor, phone: Phone, stage: Stage
) -> None:
    key = editor.publish("旧标题")
    first = beijing_minute(stage.clock.now())
    stage.clock.forward(minutes=10)
    seen = editor.send(f"{LIST}/{key}", "save", title="新标题", source="新正文")
    assert texts.DONE["update"] in seen.text
    assert titles(phone) == ["新标题"]
    read = phone.open(f"/articles/news/{key}").text
    assert "新正文" in read
    assert first in read, "it keeps the date of its publication"


@pytest.mark.parametrize("minutes", [-60 * 24 * 400, -1])
def test_a_time_in_the_past_publishes_at_once_under_its_date(
    editor: Editor, phone: Phone, stage: Stage, minutes: int
) -> None:
    at = stage.clock.now() + timedelta(minutes=minutes)
    key = editor.publish("补发的通知", at=typed(at))
    assert titles(phone) == ["补发的通知"]
    assert beijing_minute(at) in phone.open(f"/articles/news/{key}").text


def test_a_time_to_come_needs_nobody_when_it_comes(
    editor: Editor, phone: Phone, stage: Stage
) -> None:
    at = stage.clock.now() + timedelta(hours=2)
    key = editor.publish("定时的通知", "notices", at=typed(at))
    assert "已定时" in editor.desk.open(f"{LIST}?category=notices").text
    assert titles(phone, "/notices") == []
    assert "定时的通知" not in phone.open("/").text
    assert phone.open(f"/articles/notices/{key}").status == 404
    assert phone.open("/notices?before=9999-12-31T00:00:00.000000Z%239").text.count("定时") == 0
    stage.clock.forward(hours=2)
    assert titles(phone, "/notices") == ["定时的通知"]
    assert "定时的通知" in phone.open("/").text
    assert phone.open(f"/articles/notices/{key}").status == 200


def test_a_plan_can_be_moved_and_dropped(editor: Editor, phone: Phone, stage: Stage) -> None:
    at = stage.clock.now() + timedelta(hours=2)
    key = editor.publish("计划", at=typed(at))
    later = typed(at + timedelta(hours=5))
    editor.send(f"{LIST}/{key}", "save", at=later, source="改过的正文")
    stage.clock.forward(hours=3)
    assert titles(phone) == []
    seen = editor_again(editor).send(f"{LIST}/{key}", "withdraw")
    assert texts.DONE["cancel"] in seen.text
    assert "草稿" in seen.text
    stage.clock.forward(hours=9)
    assert titles(phone) == []
    assert phone.open(f"/articles/news/{key}").status == 404


def editor_again(editor: Editor) -> Editor:
    """Sign in once more: hours have passed."""
    editor.desk.login("erin")
    return editor


def test_what_was_planned_can_be_published_now(editor: Editor, phone: Phone, stage: Stage) -> None:
    key = editor.publish("计划", at=typed(stage.clock.now() + timedelta(days=2)))
    editor.send(f"{LIST}/{key}", "publish")
    assert titles(phone) == ["计划"]
    stage.clock.forward(days=3)
    assert titles(phone) == ["计划"], "the plan does not come true a second time"


def test_a_plan_that_came_true_is_published_for_its_editors(
    editor: Editor, phone: Phone, stage: Stage
) -> None:
    key = editor.publish("计划", at=typed(stage.clock.now() + timedelta(minutes=5)))
    form = editor.form(f"{LIST}/{key}")
    stage.clock.forward(minutes=6)
    assert "保存并更新" in editor.desk.open(f"{LIST}/{key}").text
    late = editor.desk.post(f"{LIST}/{key}", form | {"action": "withdraw"})
    assert "已撤下" in late.text
    assert phone.open(f"/articles/news/{key}").status == 404


# ---- order ----


def test_the_newest_stand_first_below_what_is_pinned(
    editor: Editor, phone: Phone, stage: Stage
) -> None:
    for n in range(7):
        stage.clock.forward(minutes=1)
        editor.publish(f"第 {n} 篇", pin={2: "2", 4: "1"}.get(n, "0"))
    wanted = ["置顶第 4 篇", "置顶第 2 篇", "第 6 篇", "第 5 篇", "第 3 篇"]
    assert titles(phone, "/") == wanted
    assert titles(phone) == [*wanted, "第 1 篇", "第 0 篇"]
    pinned = links(phone.open("/news"), "/articles/")[0].rpartition("/")[2]
    editor.send(f"{LIST}/{pinned}", "save", pin="0")
    assert titles(phone)[:3] == ["置顶第 2 篇", "第 6 篇", "第 5 篇"]
    assert titles(phone).count("第 4 篇") == 1


def test_home_fills_up_when_something_is_withdrawn(
    editor: Editor, phone: Phone, stage: Stage
) -> None:
    keys = []
    for n in range(8):
        stage.clock.forward(minutes=1)
        keys.append(editor.publish(f"第 {n} 篇"))
    for n in (7, 5):
        editor.send(f"{LIST}/{keys[n]}", "withdraw")
    assert titles(phone, "/") == ["第 6 篇", "第 4 篇", "第 3 篇", "第 2 篇", "第 1 篇"]


def test_a_pinned_plan_waits_for_its_time(editor: Editor, phone: Phone, stage: Stage) -> None:
    editor.publish("现在")
    editor.publish("将来", pin="1", at=typed(stage.clock.now() + timedelta(hours=1)))
    assert titles(phone, "/") == ["现在"]
    stage.clock.forward(hours=1)
    assert titles(phone, "/") == titles(phone) == ["置顶将来", "现在"]


def test_pins_and_plans_have_an_end(editor: Editor, stage: Stage) -> None:
    for n in range(MOST_PINNED):
        editor.publish(f"置顶 {n}", pin="1")
    seen = editor.send(editor.begin(), "publish", title="多一篇", source="x", pin="1")
    assert (seen.status, "最多置顶" in seen.error("pin")) == (422, True)
    at = typed(stage.clock.now() + timedelta(days=1))
    for n in range(MOST_PLANNED):
        editor.publish(f"计划 {n}", "notices", at=at)
    seen = editor.send(editor.begin("notices"), "plan", title="多一篇", source="x", at=at)
    assert (seen.status, "等待定时发布" in seen.error("at")) == (422, True)
    assert seen.text.count("多一篇") == 1


def test_a_draft_may_change_its_category(editor: Editor, phone: Phone) -> None:
    seen = editor.send(editor.begin(), "save", title="放错了", source="x")
    path = seen.url.partition("?")[0]
    editor.send(path, "save", category="handbook")
    assert "放错了" not in editor.desk.open(f"{LIST}?category=news").text
    editor.send(path, "publish")
    assert titles(phone, "/handbook") == ["放错了"]
    kept = editor.send(path, "save", category="news")
    assert kept.error("category") == texts.CATEGORY_KEPT


# ---- what is wrong, and who was first ----


@pytest.mark.parametrize(
    ("fields", "field", "sentence"),
    [
        ({"title": ""}, "title", texts.TITLE_EMPTY),
        ({"title": "长" * 61}, "title", texts.TITLE_LONG),
        ({"summary": "长" * 121}, "summary", texts.SUMMARY_LONG),
        ({"source": ""}, "source", texts.SOURCE_EMPTY),
        ({"source": "长" * 20_001}, "source", texts.SOURCE_LONG),
        ({"pin": "9"}, "pin", texts.PIN),
        ({"pin": "٣"}, "pin", texts.PIN),
        ({"at": "2026-02-30T08:00"}, "at", texts.TIME_WRONG),
        ({"at": "很快"}, "at", texts.TIME_WRONG),
        ({"at": "0001-01-01T00:00"}, "at", texts.TIME_WRONG),
        ({"at": ""}, "at", texts.TIME_EMPTY),
        ({"source": "[x](http://a.cn)"}, "source", "http://a.cn"),
        ({"source": "[x](javascript:alert(1))"}, "source", "https://"),
        ({"source": "![x](https://a.cn/x.png)"}, "source", "插入图片"),
        ({"source": "![x](picture:nobodys)"}, "source", "nobodys"),
        ({"cover": "nobodys"}, "cover", texts.COVER),
    ],
)
def test_what_is_wrong_is_said_and_nothing_is_lost(
    editor: Editor, phone: Phone, fields: dict[str, str], field: str, sentence: str
) -> None:
    filled = {"title": "标题", "summary": "摘要", "source": "正文", "at": "2026-12-01T08:00"}
    seen = editor.send(editor.begin(), "plan", **(filled | fields))
    assert seen.status == 422
    assert sentence in seen.error(field)
    form = form_of(seen)
    assert {name: form[name] for name in filled if name != "title"} == {
        name: value
        for name, value in (filled | fields).items()
        if name in filled and name != "title"
    }
    assert titles(phone) == []


def test_two_editors_lose_nothing(editor: Editor, sit: Sit, phone: Phone) -> None:
    key = editor.publish("共同编辑")
    path, other = f"{LIST}/{key}", Editor(sit, "ella")
    forms = [who.form(path) for who in (editor, other)]
    other.desk.post(path, forms[1] | {"source": "ella 的正文", "action": "save"})
    late = editor.desk.post(path, forms[0] | {"source": "erin 的正文", "action": "save"})
    assert late.status == 409
    assert "ella 在" in late.text
    assert "ella 的正文" in late.text, "what was saved can be compared"
    again = form_of(late)
    assert again["source"] == "erin 的正文"
    assert "ella 的正文" in phone.open(f"/articles/news/{key}").text
    editor.desk.post(path, again | {"action": "save"})
    assert "erin 的正文" in phone.open(f"/articles/news/{key}").text


def test_a_double_click_is_one_change(editor: Editor, stage: Stage) -> None:
    path = editor.begin()
    form = editor.form(path) | {"title": "一次", "source": "x", "action": "publish"}
    bare = path.partition("?")[0]
    for _ in range(2):
        assert texts.DONE["publish"] in editor.desk.post(bare, form).text
    assert editor.desk.open(f"{LIST}?category=news").text.count("一次") == 1
    assert "发布" in editor.desk.open(bare).text.split("修改记录")[1]
    notes = [e for e in stage.world.audit.day("2026-11-23") if e.action == "content"]
    assert [(e.account, e.target, e.detail) for e in notes] == [
        ("erin", bare.rpartition("/")[2], "publish")
    ]


def test_each_change_is_on_record(editor: Editor, stage: Stage) -> None:
    key = editor.publish("有记录")
    for action in ("save", "withdraw", "publish"):
        stage.clock.forward(minutes=1)
        editor.send(f"{LIST}/{key}", action)
    cells = [cell.text for cell in editor.desk.open(f"{LIST}/{key}").tree.iter(f"{HTML}td")]
    words = [texts.ACTIONS[a] for a in ("publish", "withdraw", "save", "publish")]
    assert cells[2::3] == words
    assert set(cells[1::3]) == {"erin"}


def test_auditors_read_who_changed_what(editor: Editor, sit: Sit) -> None:
    key = editor.publish("有记录")
    cells = [
        cell.text for cell in sit("dora", Role.AUDITOR).open("/staff/audit").tree.iter(f"{HTML}td")
    ]
    at = cells.index("编辑内容")
    assert cells[at - 1 : at + 3] == ["erin", "编辑内容", key, "发布"]


@pytest.mark.parametrize(
    "path", ["/staff/content/x", "/staff/content/999", "/staff/content/9?new=pages"]
)
def test_only_what_can_be_is_edited(editor: Editor, path: str) -> None:
    assert editor.desk.open(path).status == 404


def test_an_unknown_action_changes_nothing(editor: Editor) -> None:
    path = editor.begin()
    assert editor.send(path, "delete", title="x").status == 404
    assert editor.desk.open(path.partition("?")[0]).status == 404


# ---- fixed pages ----


def test_the_guide_is_built_in_until_editors_write_one(editor: Editor, phone: Phone) -> None:
    assert "绑定职工信息" in phone.open("/guide").text
    path = f"{LIST}/guide"
    editor.send(path, "save", source="# 新指南")
    assert "新指南" not in phone.open("/guide").text
    editor.send(path, "publish")
    assert "新指南" in phone.open("/guide").text
    editor.send(path, "withdraw")
    assert "新指南" not in phone.open("/guide").text
    assert "点「获取」" in phone.open("/guide").text


def test_a_planned_wording_leaves_the_one_before_in_force(
    editor: Editor, phone: Phone, stage: Stage
) -> None:
    path = f"{LIST}/policy"
    assert "一、谁在处理您的个人信息" in phone.open("/policy").text
    editor.send(path, "publish", source="第一稿")
    stage.clock.forward(minutes=1)
    at = typed(stage.clock.now() + timedelta(minutes=10))
    planned = editor.send(path, "plan", source="第二稿", at=at)
    assert "现在显示" in planned.text
    assert "第一稿" in phone.open("/policy").text
    stage.clock.forward(minutes=11)
    assert "第二稿" in phone.open("/policy").text
    stage.clock.forward(minutes=1)
    at = typed(stage.clock.now() + timedelta(minutes=10))
    editor.send(path, "plan", source="第三稿", at=at)
    dropped = editor.send(path, "withdraw")
    assert "已发布" in dropped.text
    stage.clock.forward(minutes=11)
    assert "第二稿" in phone.open("/policy").text


def test_a_wording_is_for_one_version_of_the_policy(
    editor: Editor, phone: Phone, stage: Stage
) -> None:
    from chalicelib.core.policy import POLICY_VERSION
    from chalicelib.store.articles import LiveItem

    editor.send(f"{LIST}/policy", "publish", source="为这一版写的文字")
    seen = phone.open("/policy").text
    assert f"版本 {POLICY_VERSION}" in seen
    assert "为这一版写的文字" in seen
    (live,) = LiveItem.query("article#policy", LiveItem.sk.startswith("live#"))
    live.edition = "2020-01"
    live.save()
    assert "一、谁在处理您的个人信息" in phone.open("/policy").text


# ---- what it costs ----


def test_reading_costs_few_trips(editor: Editor, phone: Phone, stage: Stage, me: str) -> None:
    key = editor.publish("一篇")
    counter = Counter(stage)
    assert counter.of(lambda: phone.open("/")) == ["BatchGetItem"]
    assert counter.of(lambda: phone.open("/news")) == ["Query", "BatchGetItem"]
    before = "2026-11-23T00:00:00.000000Z%231"
    assert counter.of(lambda: phone.open(f"/news?before={before}")) == ["Query"]
    assert counter.of(lambda: phone.open(f"/articles/news/{key}")) == ["Query"]
    assert counter.of(lambda: phone.open("/guide")) == ["Query"]
    assert counter.of(lambda: phone.open("/policy")) == ["Query"]
