"""Pages of the desk as the tests of subsidies read them."""

from chalicelib.casework.case import Case
from chalicelib.casework.service import Casework
from chalicelib.core.money import yuan
from chalicelib.subsidy import record, service
from chalicelib.subsidy.drafts import Typed
from tests.fakes.cloud import Stage
from tests.fakes.phone import HTML, Seen
from tests.flows import claiming


def now(stage: Stage, case: Case) -> Case:
    return Casework(stage.world).read(case.number)


def amount(stage: Stage, case: Case) -> str:
    """The amount of a case as it stands, in 元."""
    return yuan(record.statement(stage.world.vault, now(stage, case)).amount_fen)


def facts(seen: Seen) -> dict[str, str]:
    """What stands beside each label of the panel."""
    rows = [e for e in seen.tree.iter() if "st-fact" in (e.get("class") or "").split()]
    return {words(row[0]): words(row[1]) for row in rows}


def words(element: object) -> str:
    return " ".join("".join(element.itertext()).split())  # type: ignore[attr-defined]


def bill(seen: Seen) -> list[tuple[str, str]]:
    """Label with formula, and amount, of each line of the bill."""
    rows = [e for e in seen.tree.iter() if "st-bill__row" in (e.get("class") or "").split()]
    return [(words(row.find(f"{HTML}dt")), words(row.find(f"{HTML}dd"))) for row in rows]


def repaired(stage: Stage, case: Case, number: str = "6217 0033 3001 2345 678") -> Case:
    """Bring a case to where another account waits to be looked at."""
    claiming.payable(stage, case)
    failed = claiming.failed(stage, case, "F01")
    visit = claiming.asking(stage, case.member_id, case.number)
    fields = {**claiming.ACCOUNT, "account": number}
    typed = Typed(fields, version=str(failed.version))
    return service.repair(visit, failed, typed, stage.ids.token())
