"""Publishing plans: shown first, once for ever, and said when there is nothing to do."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date
from pathlib import Path

import pytest

from chalicelib.store.plans import PlanBook
from infra import keyring, plan_book
from infra.demo.roster import PLAN, people, rows
from infra.errors import InfraError
from infra.plan import load
from tests.fakes.cloud import Stage
from tests.fakes.operator import MotoCloud, Screen
from tests.unit.subsidy_examples import DEMO

TEXT = plan_book.DEMO.read_text("utf-8")


class Silent(Screen):
    """Says no to everything."""

    def ask(self, question: str) -> bool:
        self.say(question)
        return False


@pytest.fixture
def cloud(stage: Stage) -> MotoCloud:
    del stage
    made = MotoCloud()
    key = made.client("kms").create_key()["KeyMetadata"]["KeyId"]
    made.client("kms").create_alias(AliasName="alias/mutual-aid-local", TargetKeyId=key)
    keyring.ensure(made)
    return made


@pytest.fixture
def desk(cloud: MotoCloud) -> plan_book.Desk:
    return plan_book.connect(cloud, Screen())


Write = Callable[..., Path]


@pytest.fixture
def write(tmp_path: Path) -> Write:
    """A plan file: the demo plan with some texts replaced."""

    def made(*changes: tuple[str, str]) -> Path:
        text = TEXT
        for old, new in changes:
            assert text.count(old) == 1
            text = text.replace(old, new)
        path = tmp_path / "plan.toml"
        path.write_text(text, "utf-8")
        return path

    return made


def shown(desk: plan_book.Desk) -> str:
    assert isinstance(desk.ui, Screen)
    return desk.ui.shown


def published(desk: plan_book.Desk) -> list[str]:
    return [revision.version for revision in desk.book.revisions()]


def test_a_plan_is_shown_then_published(desk: plan_book.Desk, write: Write) -> None:
    assert plan_book.publish(desk, write())
    assert published(desk) == ["demo-2026.1"]
    text = shown(desk)
    assert "demo-2026.1, the first" in text
    assert "职工医疗互助保障（示例）" in text
    assert "from 2026-01-01" in text
    assert "no plan" in text
    assert "an application that waits keeps its plan" in text
    assert "marked as an example" in text
    assert text.index("the first") < text.index("Published demo-2026.1")
    (revision,) = desk.book.revisions()
    assert revision.account == "arn:test"


def test_a_real_plan_is_no_example(desk: plan_book.Desk, write: Write) -> None:
    plan_book.publish(desk, write(("example = true", "example = false")))
    assert "marked as an example" not in shown(desk)


def test_the_same_content_again_is_nothing_to_do(desk: plan_book.Desk, write: Write) -> None:
    plan_book.publish(desk, write())
    # Spelled differently, the same plan.
    assert not plan_book.publish(
        desk, write(('"150,000.00"\ncap_per_year', '"150000"\ncap_per_year'))
    )
    assert "Nothing to do: demo-2026.1 is published" in shown(desk)
    assert desk.book.read()[0] == 1


def test_other_content_needs_a_revision_of_its_own(desk: plan_book.Desk, write: Write) -> None:
    plan_book.publish(desk, write())
    with pytest.raises(InfraError, match="Set revision = 2"):
        plan_book.publish(desk, write(('per_stay = "300.00"', 'per_stay = "200.00"')))
    assert desk.book.read()[0] == 1
    changes = (("revision = 1", "revision = 2"), ('per_stay = "300.00"', 'per_stay = "200.00"'))
    assert plan_book.publish(desk, write(*changes))
    lines = [line for line in shown(desk).splitlines() if "deductible_per_stay" in line]
    assert all(part in lines[-1] for part in ("300.00", "200.00"))
    assert "demo-2026.2 against demo-2026.1" in shown(desk)
    assert published(desk) == ["demo-2026.1", "demo-2026.2"]


def test_an_older_revision_comes_too_late(desk: plan_book.Desk, write: Write) -> None:
    plan_book.publish(desk, write(("revision = 1", "revision = 3")))
    with pytest.raises(InfraError, match="Set revision = 4"):
        plan_book.publish(desk, write())
    assert published(desk) == ["demo-2026.3"]


def test_a_plan_that_no_admission_would_use(desk: plan_book.Desk, write: Write) -> None:
    plan_book.publish(desk, write())
    shadowed = (('id = "demo-2026"', 'id = "other"'),)
    with pytest.raises(InfraError, match="No admission would use other"):
        plan_book.publish(desk, write(*shadowed))
    assert published(desk) == ["demo-2026.1"]


def test_no_is_no(cloud: MotoCloud, write: Write) -> None:
    desk = plan_book.connect(cloud, Silent())
    with pytest.raises(InfraError, match="Nothing was changed"):
        plan_book.publish(desk, write())
    assert "Publish demo-2026.1?" in shown(desk)
    assert published(desk) == []


def test_a_dry_run_leaves_nothing(desk: plan_book.Desk, write: Write) -> None:
    assert not plan_book.publish(desk, write(), dry_run=True)
    assert "Dry run: nothing was published" in shown(desk)
    assert published(desk) == []


def test_somebody_who_publishes_while_we_are_asked(cloud: MotoCloud, write: Write) -> None:
    other = plan_book.connect(cloud, Screen())
    path = write(("revision = 1", "revision = 2"))

    class Slow(Screen):
        def ask(self, question: str) -> bool:
            return plan_book.publish(other, plan_book.DEMO)

    with pytest.raises(InfraError, match="Somebody else published meanwhile"):
        plan_book.publish(plan_book.connect(cloud, Slow()), path)
    assert published(other) == ["demo-2026.1"]


def test_the_list_says_what_holds(desk: plan_book.Desk, write: Write) -> None:
    plan_book.publish(desk, write())
    later = (("revision = 1", "revision = 2"), ("from = 2026-01-01", "from = 2026-07-01"))
    plan_book.publish(desk, write(*later))
    desk.ui.console.print(plan_book.listed(desk))
    rows = [line for line in shown(desk).splitlines() if "│ demo-2026." in line]
    assert "2026-01-01 to 2026-06-30" in rows[-2]
    assert "from 2026-07-01" in rows[-1]
    assert all("arn:test" in row for row in rows[-2:])


def test_a_revision_that_nothing_uses_any_more(desk: plan_book.Desk, write: Write) -> None:
    plan_book.publish(desk, write())
    plan_book.publish(desk, write(("revision = 1", "revision = 2")))
    desk.ui.console.print(plan_book.listed(desk))
    rows = [line for line in shown(desk).splitlines() if line.startswith("│ demo-2026.")]
    assert ["none any more" in row for row in rows[-2:]] == [True, False]


def test_show_has_every_value(desk: plan_book.Desk, write: Write) -> None:
    plan_book.publish(desk, write(("能看清姓名、入院日期和科室", "能看清[bold]姓名")))
    desk.ui.console.print(plan_book.shown(desk, "demo-2026.1"))
    assert "tiers.4.ratio" in shown(desk)
    assert "能看清[bold]姓名" in shown(desk)
    with pytest.raises(
        InfraError, match=r"demo-2026\.9 is not published\. Published: demo-2026\.1"
    ):
        plan_book.shown(desk, "demo-2026.9")


def test_a_stage_that_was_never_deployed(stage: Stage) -> None:
    del stage
    with pytest.raises(InfraError, match="is not deployed"):
        plan_book.connect(MotoCloud(), Screen())


def test_the_demo_plan_is_published_once(cloud: MotoCloud) -> None:
    assert plan_book.seed(cloud, Screen()) == "demo-2026.1 published"
    assert plan_book.seed(cloud, Screen()) == "demo-2026.1 as before"
    assert published(plan_book.connect(cloud, Screen())) == ["demo-2026.1"]


def test_a_changed_demo_file_does_not_stop_anybody(cloud: MotoCloud, stage: Stage) -> None:
    other = DEMO.model_copy(update={"cap_per_claim": 1})
    PlanBook(stage.world.database).publish(
        DEMO.version, other.model_dump(mode="json"), seen=0, account="x", at=stage.clock.now()
    )
    assert "needs a higher revision" in plan_book.seed(cloud, Screen())


def test_the_demo_roster_is_insured_under_the_demo_plan() -> None:
    assert load(plan_book.DEMO).name == PLAN


def test_waiting_is_over_for_most_of_the_demo_on_any_day() -> None:
    everybody = [*people(500, date(2027, 1, 1))]
    covered = [*rows(everybody, 2027)]
    two_years = len(covered) - len(everybody)
    assert 0.85 < two_years / len(everybody) < 1
