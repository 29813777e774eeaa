"""What each action makes of an article in each state, without a store."""

from datetime import UTC, datetime, timedelta

import pytest

from chalicelib.content import rules, texts
from chalicelib.content.markdown import render
from chalicelib.content.rules import Typed
from chalicelib.core.errors import Refused
from chalicelib.store import keys
from chalicelib.store.articles import LATEST, MOST_PINNED, MOST_PLANNED, Line
from chalicelib.store.editing import shelved
from chalicelib.store.working import Outcome, Working

NOW = datetime(2026, 11, 23, 6, 28, tzinfo=UTC)
SOON = NOW + timedelta(hours=1)
PAST = NOW - timedelta(days=1)
DRAFT = Working("7", "news", "标题", source="正文", version=3, updated_at=PAST, updated_by="erin")
AT_SOON, AT_PAST = "2026-11-23T15:28", "2026-11-22T14:28"


def made(before: Working, action: str, at: str = "") -> Outcome:
    typed = Typed.from_saved(before)
    return rules.decide(before, Typed(**{**fields(typed), "at": at or typed.at}), action, NOW)


def fields(typed: Typed) -> dict[str, str]:
    names = ("category", "title", "summary", "source", "cover", "pin", "at", "version")
    return {name: getattr(typed, name) for name in names}


def published(before: Working = DRAFT) -> Working:
    return made(before, "publish").after


def planned(before: Working = DRAFT) -> Working:
    return made(before, "plan", AT_SOON).after


def withdrawn() -> Working:
    return made(published(), "withdraw").after


@pytest.mark.parametrize(
    ("before", "action", "at", "state", "recorded"),
    [
        (DRAFT, "save", "", "draft", "save"),
        (DRAFT, "publish", "", "published", "publish"),
        (DRAFT, "plan", AT_SOON, "planned", "plan"),
        (DRAFT, "plan", AT_PAST, "published", "publish"),
        (planned(), "save", "", "planned", "save"),
        (planned(), "save", AT_PAST, "published", "publish"),
        (planned(), "publish", "", "published", "publish"),
        (planned(), "withdraw", "", "draft", "cancel"),
        (published(), "save", "", "published", "save"),
        (published(), "plan", AT_PAST, "published", "publish"),
        (published(), "withdraw", "", "withdrawn", "withdraw"),
        (withdrawn(), "save", "", "withdrawn", "save"),
        (withdrawn(), "publish", "", "published", "publish"),
        (withdrawn(), "plan", AT_SOON, "planned", "plan"),
        (made(withdrawn(), "plan", AT_SOON).after, "withdraw", "", "withdrawn", "cancel"),
    ],
)
def test_states(before: Working, action: str, at: str, state: str, recorded: str) -> None:
    outcome = made(before, action, at)
    assert (outcome.after.state, outcome.action) == (state, recorded)
    assert outcome.after.version == before.version + 1
    assert bool(outcome.cancelled) == bool(before.planned)
    assert (outcome.after.line is None) == (state in ("draft", "withdrawn"))


@pytest.mark.parametrize(
    ("before", "action", "at", "sentence"),
    [
        (DRAFT, "withdraw", "", texts.NOTHING_TO_WITHDRAW),
        (withdrawn(), "withdraw", "", texts.NOTHING_TO_WITHDRAW),
        (published(), "plan", AT_SOON, texts.ALREADY_LIVE),
    ],
)
def test_what_a_state_does_not_allow(before: Working, action: str, at: str, sentence: str) -> None:
    with pytest.raises(Refused) as caught:
        made(before, action, at)
    assert caught.value.message == sentence


def test_a_plan_comes_true_by_itself() -> None:
    before = planned()
    assert before.as_of(SOON - timedelta(seconds=1)).state == "planned"
    assert before.as_of(SOON).state == "published"
    assert before.as_of(SOON).live == before.planned


def test_a_fixed_page_keeps_its_text_until_the_planned_one() -> None:
    page = published(Working("policy", texts.FIXED, "隐私政策", source="一", version=1))
    after = made(page, "plan", AT_SOON).after
    assert (after.live, after.state) == (page.live, "planned")
    assert made(after, "withdraw").after.live == page.live
    assert made(after, "withdraw").after.at == NOW


def test_the_time_of_a_text_is_in_its_key() -> None:
    assert keys.live_at(keys.live(NOW, 3)) == NOW
    times = [NOW, NOW.replace(microsecond=0), NOW.replace(microsecond=1), SOON]
    assert sorted(map(keys.instant, times)) == [keys.instant(at) for at in sorted(times)]


@pytest.mark.parametrize(
    ("text", "utc"),
    [("2026-12-01T08:00", "2026-12-01T00:00"), ("2026-12-01 08:00", "2026-12-01T00:00")],
)
def test_a_time_is_typed_in_beijing(text: str, utc: str) -> None:
    at = rules.moment(text)
    assert at is not None
    assert at.astimezone(UTC).isoformat() == f"{utc}:00+00:00"


# ---- the shelf ----


def line(n: int, *, hours: int, pin: int = 0) -> Line:
    return Line(str(n), f"第 {n} 篇", "", NOW + timedelta(hours=hours, minutes=n), pin)


def test_a_shelf_has_what_home_needs_at_any_later_time() -> None:
    old = [line(n, hours=-9) for n in range(10)]
    later = [line(n, hours=n) for n in range(20, 23)]
    pins = [line(30, hours=-1, pin=2), line(31, hours=5, pin=1)]
    kept = shelved([*old, *later, *pins], NOW)
    for hours in (0, 20, 21, 30):
        then = NOW + timedelta(hours=hours, minutes=59)

        def due(lines: list[Line], then: datetime = then) -> list[str]:
            there = [entry for entry in lines if entry.published_at <= then and not entry.pin]
            newest = sorted(there, key=lambda entry: entry.key, reverse=True)
            return [entry.article_id for entry in newest[:LATEST]]

        assert due(kept) == due([*old, *later])
    assert [entry.article_id for entry in kept[:2]] == ["31", "30"]
    assert len(kept) == len(pins) + len(later) + LATEST


def test_a_shelf_is_never_longer_than_it_may_be() -> None:
    pins = [line(n, hours=-1, pin=1) for n in range(MOST_PINNED)]
    plans = [line(n, hours=5) for n in range(MOST_PLANNED)]
    rest = [line(n, hours=-9) for n in range(50)]
    assert len(shelved([*pins, *plans, *rest], NOW)) == MOST_PINNED + MOST_PLANNED + LATEST
    for more, field in ((line(99, hours=-1, pin=1), "pin"), (line(99, hours=5), "at")):
        with pytest.raises(Refused) as caught:
            shelved([*pins, *plans, more], NOW)
        assert list(caught.value.errors) == [field]


# ---- Markdown ----


def test_what_editors_write_is_what_readers_see() -> None:
    source = """# 申请条件

一行
第二行，**重点**，~~旧的~~，[电话](tel:0771-5595000)，[申请](/subsidies)

| 项目 | 金额 |
|------|-----:|
| 起付 | 500 |

![凭证](picture:abc-1)
"""
    rendered = render(source, "/articles/news/7/pictures")
    for html in (
        "<h2>申请条件</h2>",
        "一行<br>",
        "<strong>重点</strong>",
        "<s>旧的</s>",
        '<a href="tel:0771-5595000" rel="noopener noreferrer">电话</a>',
        '<a href="/subsidies" rel="noopener noreferrer">申请</a>',
        '<div class="ma-scroll" tabindex="0" role="region" aria-label="表格"><table>',
        '<th class="ma-right">金额</th>',
        '<img src="/articles/news/7/pictures/abc-1" alt="凭证" loading="lazy">',
    ):
        assert html in rendered.html
    assert (rendered.pictures, rendered.refused) == (("abc-1",), ())


def test_addresses_that_are_left_out_are_named_once() -> None:
    source = "[a](http://x.cn) [b](http://x.cn) ![c](https://y.cn/z.png)"
    rendered = render(source, "/p")
    assert rendered.refused == ("http://x.cn", "https://y.cn/z.png")
    assert "href" not in rendered.html
    assert "<img" not in rendered.html
