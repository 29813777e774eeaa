"""Two editors at the same moment, and answers that were lost."""

import pytest

from chalicelib.content import service
from chalicelib.content.rules import Typed
from chalicelib.core.errors import Unavailable
from tests.fakes.between import Interrupted
from tests.fakes.cloud import Stage
from tests.fakes.phone import Phone
from tests.flows.test_content import titles


def publish(world: service.World, key: str, account: str = "erin", **fields: str) -> None:
    before = service.read(world, key, "news")
    typed = Typed(
        "news",
        **({"title": f"第 {key} 篇", "source": "x", "version": str(before.version)} | fields),
    )
    service.change(world, account, before, typed, "publish", f"operation-{key}-{account}")


def test_two_articles_at_the_same_moment_are_both_on_the_shelf(stage: Stage, phone: Phone) -> None:
    world = Interrupted(stage, [lambda: publish(stage.world, "2"), lambda: None])
    publish(world, "1")
    assert sorted(titles(phone, "/")) == ["第 1 篇", "第 2 篇"]
    assert sorted(titles(phone)) == ["第 1 篇", "第 2 篇"]


def test_who_never_gets_through_may_try_again(stage: Stage, phone: Phone) -> None:
    world = Interrupted(stage, [lambda n=n: publish(stage.world, str(n)) for n in range(2, 5)])
    with pytest.raises(Unavailable):
        publish(world, "1")
    assert "第 1 篇" not in titles(phone)
    publish(world, "1")
    assert "第 1 篇" in titles(phone)


def test_the_same_article_at_the_same_moment_is_whoevers_was_first(
    stage: Stage, phone: Phone
) -> None:
    world = Interrupted(stage, [lambda: publish(stage.world, "1", "ella", title="ella")])
    with pytest.raises(service.Overtaken) as caught:
        publish(world, "1", "erin", title="erin")
    assert caught.value.latest.updated_by == "ella"
    assert titles(phone) == ["ella"]


def test_an_answer_that_was_lost_is_the_same_success(stage: Stage, phone: Phone) -> None:
    world = Interrupted(stage, [lambda: publish(stage.world, "1")])
    publish(world, "1")
    assert titles(phone) == ["第 1 篇"]
    assert service.read(stage.world, "1").version == 1
