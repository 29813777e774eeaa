"""Ten thousand articles: every page reads as little as the first."""

from datetime import datetime, timedelta
from typing import Any

import pytest

from chalicelib.store import keys
from chalicelib.store.articles import PAGE, ListedItem
from chalicelib.store.editing import EditingItem
from tests.fakes.cloud import Stage
from tests.fakes.desk import Sit
from tests.fakes.phone import HTML, Phone, Seen
from tests.flows.content import LIST, Editor

MANY = 10_000


def links(seen: Seen, prefix: str) -> list[str]:
    found = [a.get("href") for a in seen.tree.iter(f"{HTML}a")]
    return [href for href in found if href.startswith(prefix)]


def fill(stage: Stage, count: int) -> datetime:
    """Write published notices, a minute apart; returns when the newest was published.

    Of those that editors see a tenth is enough: their list is the same query.
    """
    assert stage.world.articles
    now = stage.clock.now()
    readers, editors = keys.articles("notices"), keys.editing("notices")
    with ListedItem.batch_write() as lists, EditingItem.batch_write() as desks:
        for n in range(count):
            at, key = now - timedelta(minutes=n), str(10**18 + count - n)
            title = f"第 {n} 篇"
            lists.save(ListedItem(readers, keys.listed(at, key), title=title, published_at=at))
            if n % 10:
                continue
            stated = {"title": title, "pin": 0, "at": at, "live": keys.live(at, 1), "version": 1}
            desks.save(
                EditingItem(editors, key, updated_at=at, updated_by="erin", gone=False, **stated)
            )
    return now


class Items:
    """Counts what queries read."""

    def __init__(self, stage: Stage) -> None:
        self.read = 0
        client = stage.world.aws.client("dynamodb")
        client.meta.events.register("after-call.dynamodb.Query", self._note)

    def _note(self, parsed: Any, **_: Any) -> None:
        self.read = max(self.read, parsed["ScannedCount"])


@pytest.fixture
def reads(stage: Stage) -> Items:
    return Items(stage)


def test_ten_thousand_articles_page(stage: Stage, phone: Phone, sit: Sit, reads: Items) -> None:
    newest = fill(stage, MANY)
    for path, prefix, more in (
        ("/notices", "/articles/notices/", "/notices?"),
        (f"{LIST}?category=notices", f"{LIST}/1", f"{LIST}?category=notices&before="),
    ):
        browser = phone if path == "/notices" else Editor(sit).desk
        seen = browser.open(path)
        first = links(seen, prefix)
        assert len(first) == PAGE
        older = links(browser.open(links(seen, more)[0]), prefix)
        assert len(older) == PAGE
        assert not set(first) & set(older)
    last = keys.listed(newest - timedelta(minutes=MANY - PAGE - 1), str(10**18 + PAGE + 1))
    end = phone.open(f"/notices?before={last.replace('#', '%23')}")
    assert len(links(end, "/articles/")) == PAGE
    assert not links(end, "/notices?")
    assert reads.read <= PAGE + 1


@pytest.mark.parametrize(
    ("count", "pages"), [(0, 1), (1, 1), (PAGE, 1), (PAGE + 1, 2), (2 * PAGE, 2)]
)
def test_a_list_leads_to_older_ones_and_ends(
    stage: Stage, phone: Phone, count: int, pages: int
) -> None:
    fill(stage, count)
    read: list[str] = []
    seen, opened = phone.open("/notices"), 1
    read += links(seen, "/articles/")
    while older := links(seen, "/notices?"):
        seen, opened = phone.open(older[0]), opened + 1
        read += links(seen, "/articles/")
    assert (len(set(read)), len(read), opened) == (count, count, pages)


@pytest.mark.parametrize("before", ["x", "9" * 3000, "2026", "shelf", "%00", "2026-11-23T~#1"])
def test_an_odd_page_is_the_first(stage: Stage, phone: Phone, before: str) -> None:
    fill(stage, 2)
    assert len(links(phone.open(f"/notices?before={before}"), "/articles/")) == 2
