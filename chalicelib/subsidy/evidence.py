"""What the checks of one stay are made against, read together in one round trip.

A person's other stays are in their years, not in their cases: two hundred old cases cost what
one costs. Of somebody else's application an employee learns only that there is one.
"""

import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date

from chalicelib.store import keys
from chalicelib.store.documents import Document, document_keys
from chalicelib.store.members import Enrolment
from chalicelib.store.tables import Item, Key, read_together
from chalicelib.store.uses import (
    AccountItem,
    InvoiceItem,
    account_digest,
    account_key,
    invoice_digest,
    invoice_key,
)
from chalicelib.store.vault import Vault
from chalicelib.store.years import YearItem, stay_place, year_keys
from chalicelib.subsidy import draft_texts
from chalicelib.subsidy.benefit import Year, estimate
from chalicelib.subsidy.checks import Facts, OtherStay
from chalicelib.subsidy.kind import PREFIX
from chalicelib.subsidy.plan import Plan
from chalicelib.subsidy.record import Priced
from chalicelib.subsidy.stay import Stay
from chalicelib.world import World


@dataclass(frozen=True, slots=True)
class Subject:
    """An application, as far as it is known: everything after the number may be missing.

    `invoice` is for a stay that is not complete yet; otherwise it is the stay's.
    """

    member_id: str
    number: str
    stay: Stay | None = None
    account: str = ""
    documents: Sequence[str] = ()
    invoice: tuple[str, str] | None = None


@dataclass(frozen=True, slots=True)
class Evidence:
    """What was found about a subject; `others` are the person's other stays around it."""

    subject: Subject
    years: tuple[YearItem, ...] = ()
    others: tuple[OtherStay, ...] = ()
    invoice: InvoiceItem | None = None
    account: AccountItem | None = None
    documents: tuple[Document, ...] = ()
    also: Mapping[Key, Item] = field(default_factory=dict)

    def year(self, calendar_year: int, shares: int = 1) -> Year:
        """Return what the person has had of a calendar year by now."""
        for item in self.years:
            if item.sk == keys.year(calendar_year):
                return Year(int(item.used or 0), int(item.deducted or 0), shares)
        return Year(shares=shares)

    @property
    def invoice_used_by(self) -> str:
        """Where the invoice was used, as an employee may read it; "" when it is free."""
        lock, subject = self.invoice, self.subject
        if lock is None or lock.number == subject.number:
            return ""
        own = lock.member_id == subject.member_id
        return (
            draft_texts.OWN_CASE.format(number=PREFIX + lock.number)
            if own
            else draft_texts.OTHER_CASE
        )

    def facts(self, claimed_on: date, periods: Sequence[Enrolment]) -> Facts:
        """Return what `checks.run` compares a stay with."""
        return Facts(
            claimed_on=claimed_on,
            periods=periods,
            others=self.others,
            invoice_used_by=self.invoice_used_by,
            account_used_by=self.account.others(self.subject.member_id) if self.account else 0,
        )


def read(world: World, subject: Subject, also: Iterable[Key] = ()) -> Evidence:
    """Read the years around a stay, its invoice, its account and its pictures: one trip.

    `also` is read in the same trip, and kept as it was found.
    """
    years = year_keys(subject.member_id, _years(subject.stay))
    pictures = document_keys(subject.member_id, subject.documents)
    others = [*also]
    wanted = [*years, *pictures, *_uses(world.vault, subject), *others]
    found = read_together(world.database, wanted) if wanted else {}
    items = list(found.values())
    of_years = tuple(item for item in items if isinstance(item, YearItem))
    return Evidence(
        subject=subject,
        years=of_years,
        others=tuple(_others(world.vault, subject, of_years)),
        invoice=next((item for item in items if isinstance(item, InvoiceItem)), None),
        account=next((item for item in items if isinstance(item, AccountItem)), None),
        documents=tuple(world.documents.among(found, pictures)),
        also={key: found[key] for key in others if key in found},
    )


def priced(plan: Plan, stay: Stay, found: Evidence, shares: int) -> Priced:
    """Return the amount of a stay by a plan, with the year as it was found."""
    year = found.year(stay.year, shares)
    return Priced(estimate(plan, stay, year), year, stay.year)


def shares_of(periods: Iterable[Enrolment], stay: Stay) -> int:
    """Return the shares insured on the day of admission; 1 where nobody knows of any."""
    day = stay.admission
    covering = (period for period in periods if period.starts <= day <= period.ends)
    first = min(covering, key=lambda period: period.starts, default=None)
    return first.shares if first else 1


def sealed_days(vault: Vault, member_id: str, stay: Stay) -> str:
    """Return the days of a stay as its year keeps them."""
    days = json.dumps([stay.admission.isoformat(), stay.discharge.isoformat()])
    return vault.seal(days, place=stay_place(member_id))


def _years(stay: Stay | None) -> tuple[int, ...]:
    """A stay counts in the year of its admission, and may reach over one end of it."""
    return (stay.year - 1, stay.year, stay.year + 1) if stay else ()


def _uses(vault: Vault, subject: Subject) -> list[Key]:
    wanted = []
    of_stay = subject.stay.invoice if subject.stay else ("", "")
    invoice = of_stay if subject.invoice is None else subject.invoice
    if all(invoice):
        wanted.append(invoice_key(invoice_digest(vault, *invoice)))
    if subject.account:
        wanted.append(account_key(account_digest(vault, subject.account)))
    return wanted


def _others(vault: Vault, subject: Subject, years: Iterable[YearItem]) -> Iterable[OtherStay]:
    place = stay_place(subject.member_id)
    for year in years:
        for number, sealed in sorted(year.stays.items()):
            if number != subject.number:
                days = json.loads(vault.open(sealed, place=place))
                yield OtherStay(PREFIX + number, *map(date.fromisoformat, days))
