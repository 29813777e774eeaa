"""Employees: who they are, who may sign in as them, what they are enrolled in."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, datetime

from pynamodb.attributes import (
    BooleanAttribute,
    NumberAttribute,
    UnicodeAttribute,
    UTCDateTimeAttribute,
)
from pynamodb.exceptions import UpdateError

from chalicelib.core.errors import AppError
from chalicelib.store import consents as ledger
from chalicelib.store import keys
from chalicelib.store.consents import Consent
from chalicelib.store.messages import UnreadItem
from chalicelib.store.tables import Database, Item, Key, read_together
from chalicelib.store.transaction import Transaction
from chalicelib.store.vault import Vault

TABLE = "members"


class MemberItem(Item):
    """An employee's profile; sealed: name, document number, phone, birth date, card."""

    table = TABLE
    name = UnicodeAttribute()
    doc_type = UnicodeAttribute()
    doc_number = UnicodeAttribute()
    doc_digest = UnicodeAttribute()
    phone = UnicodeAttribute()
    sex = UnicodeAttribute()
    birth_date = UnicodeAttribute()
    unit_id = UnicodeAttribute()
    unit_name = UnicodeAttribute()
    prefecture = UnicodeAttribute()
    insurance_type = UnicodeAttribute()
    social_card = UnicodeAttribute(null=True)


class IdentityItem(Item):
    """Look-up from a document to its employee, with what binding compares and decides on.

    `moved`: the employee has changed to another document since. Nobody binds by this one,
    but a roster that still has it finds the same person. `left`: they deleted their account,
    and with it the phone number, which a new binding brings back.
    """

    table = TABLE
    member_id = UnicodeAttribute()
    name_digest = UnicodeAttribute()
    phone_digest = UnicodeAttribute()
    content_digest = UnicodeAttribute()
    openid = UnicodeAttribute(null=True)
    moved = BooleanAttribute(null=True)
    left = BooleanAttribute(null=True)


class BindingItem(Item):
    """A WeChat user is signed in as an employee; its id ends with it, and so do cookies."""

    table = TABLE
    member_id = UnicodeAttribute()
    binding_id = UnicodeAttribute()
    bound_at = UTCDateTimeAttribute()


class FollowerItem(Item):
    """Whether a WeChat user follows the account; the latest event wins."""

    table = TABLE
    subscribed = BooleanAttribute()
    event_at = NumberAttribute()


class EnrolmentItem(Item):
    """One insured period of an employee."""

    table = TABLE
    plan_id = UnicodeAttribute()
    plan_name = UnicodeAttribute()
    unit_name = UnicodeAttribute()
    starts = UnicodeAttribute()
    ends = UnicodeAttribute()
    shares = NumberAttribute()


@dataclass(frozen=True, slots=True)
class MemberRecord:
    """An employee in the clear, for the length of one request."""

    member_id: str
    name: str
    doc_type: str
    doc_number: str
    phone: str
    sex: str
    birth_date: date
    unit_id: str
    unit_name: str
    prefecture: str
    insurance_type: str
    social_card: str | None


@dataclass(frozen=True, slots=True)
class Enrolment:
    """One insured period; both days included."""

    plan_id: str
    plan_name: str
    unit_name: str
    starts: date
    ends: date
    shares: int


NOT_MOVED = ~IdentityItem.moved.exists()
_SEALED = ("name", "doc_number", "phone", "birth_date", "social_card")


def profile_place(member_id: str, field: str) -> str:
    """Return what a sealed profile field is tied to."""
    return f"{TABLE}|{keys.member(member_id)}|{field}"


def seal_profile(record: MemberRecord, vault: Vault) -> dict[str, str | None]:
    """Return the profile's attributes as they are stored."""
    clear: dict[str, str | None] = {
        "name": record.name,
        "doc_type": record.doc_type,
        "doc_number": record.doc_number,
        "phone": record.phone,
        "sex": record.sex,
        "birth_date": record.birth_date.isoformat(),
        "unit_id": record.unit_id,
        "unit_name": record.unit_name,
        "prefecture": record.prefecture,
        "insurance_type": record.insurance_type,
        "social_card": record.social_card,
    }
    for field in _SEALED:
        value = clear[field]
        if value is not None:
            clear[field] = vault.seal(value, place=profile_place(record.member_id, field))
    return clear


class Members:
    """The members table, seen as people."""

    def __init__(self, database: Database, vault: Vault) -> None:
        self._database = database
        self._vault = vault

    def session(
        self, openid: str, member_id: str | None, also: Iterable[Key] = ()
    ) -> tuple[BindingItem | None, MemberItem | None, int, dict[Key, Item]]:
        """Read a binding, the profile it should lead to and its unread count, in one trip.

        `also` is read in the same trip, from whatever table, and returned as it was found.
        """
        others = list(also)
        wanted: list[Key] = [(BindingItem, keys.wechat(openid), keys.BINDING)]
        if member_id is not None:
            pk = keys.member(member_id)
            wanted += [(MemberItem, pk, keys.PROFILE), (UnreadItem, pk, keys.UNREAD)]
        read = read_together(self._database, [*wanted, *others])
        found = {key[0]: read.get(key) for key in wanted}
        binding, profile, unread = map(found.get, (BindingItem, MemberItem, UnreadItem))
        return (
            binding if isinstance(binding, BindingItem) else None,
            profile if isinstance(profile, MemberItem) else None,
            int(unread.unread) if isinstance(unread, UnreadItem) else 0,
            {key: read[key] for key in others if key in read},
        )

    def binding_and_identity(
        self, openid: str, document_digest: str
    ) -> tuple[BindingItem | None, IdentityItem | None]:
        """Read what binding decides on, in one trip, the same work whatever exists."""
        binding_key = (BindingItem, keys.wechat(openid), keys.BINDING)
        identity_key = (IdentityItem, keys.identity(document_digest), keys.IDENTITY)
        found = read_together(self._database, [binding_key, identity_key])
        binding, identity = found.get(binding_key), found.get(identity_key)
        return (
            binding if isinstance(binding, BindingItem) else None,
            identity if isinstance(identity, IdentityItem) else None,
        )

    def phone_of(self, member_id: str) -> str | None:
        """Return an employee's current phone number."""
        profile = self._profile(member_id)
        if profile is None:
            return None
        return self._vault.open(profile.phone, place=profile_place(member_id, "phone")) or None

    def wechat_of(self, member_id: str) -> tuple[str | None, bool]:
        """Return the WeChat user an employee is bound to, and whether they follow us.

        Who follows is known from events; nobody is taken for gone without one.
        """
        profile = self._profile(member_id)
        if profile is None:
            return None, False
        identity_key = (IdentityItem, keys.identity(profile.doc_digest), keys.IDENTITY)
        identity = read_together(self._database, [identity_key]).get(identity_key)
        if not isinstance(identity, IdentityItem) or not identity.openid:
            return None, False
        follower_key = (FollowerItem, keys.wechat(identity.openid), keys.FOLLOWER)
        follower = read_together(self._database, [follower_key]).get(follower_key)
        gone = isinstance(follower, FollowerItem) and not follower.subscribed
        return identity.openid, not gone

    def _profile(self, member_id: str) -> MemberItem | None:
        key = (MemberItem, keys.member(member_id), keys.PROFILE)
        found = read_together(self._database, [key]).get(key)
        return found if isinstance(found, MemberItem) else None

    def open(self, item: MemberItem) -> MemberRecord:
        """Decrypt a profile."""
        member_id = keys.name_in(item.pk)

        def clear(field: str) -> str:
            return self._vault.open(getattr(item, field), place=profile_place(member_id, field))

        return MemberRecord(
            member_id=member_id,
            name=clear("name"),
            doc_type=item.doc_type,
            doc_number=clear("doc_number"),
            phone=clear("phone"),
            sex=item.sex,
            birth_date=date.fromisoformat(clear("birth_date")),
            unit_id=item.unit_id,
            unit_name=item.unit_name,
            prefecture=item.prefecture,
            insurance_type=item.insurance_type,
            social_card=clear("social_card") if item.social_card else None,
        )

    def enrolments(self, member_id: str, limit: int = 20) -> list[Enrolment]:
        """Return the newest enrolments, newest first."""
        items = EnrolmentItem.query(
            keys.member(member_id),
            EnrolmentItem.sk.startswith(keys.ENROLMENT_PREFIX),
            scan_index_forward=False,
            limit=limit,
        )
        return [
            Enrolment(
                plan_id=item.plan_id,
                plan_name=item.plan_name,
                unit_name=item.unit_name,
                starts=date.fromisoformat(item.starts),
                ends=date.fromisoformat(item.ends),
                shares=int(item.shares),
            )
            for item in items
        ]

    def bind_in(
        self,
        transaction: Transaction,
        *,
        openid: str,
        identity: IdentityItem,
        binding_id: str,
        at: datetime,
        error: AppError,
    ) -> None:
        """Add to a transaction: this WeChat user becomes the employee's only one.

        `error` is raised when either side changed since it was read.
        """
        binding = BindingItem(
            keys.wechat(openid),
            keys.BINDING,
            member_id=identity.member_id,
            binding_id=binding_id,
            bound_at=at,
        )
        mine_or_none = ~BindingItem.pk.exists() | (BindingItem.member_id == identity.member_id)
        transaction.put(binding, mine_or_none, error)
        before = identity.openid
        unmoved = IdentityItem.openid == before if before else ~IdentityItem.openid.exists()
        still_there = (IdentityItem.member_id == identity.member_id) & NOT_MOVED
        transaction.update(
            identity,
            [IdentityItem.openid.set(openid), IdentityItem.left.remove()],
            still_there & unmoved,
            error,
        )
        if before and before != openid:
            transaction.delete(BindingItem(keys.wechat(before), keys.BINDING))

    def unbind_in(
        self, transaction: Transaction, *, openid: str, binding: BindingItem, digest: str
    ) -> None:
        """Add to a transaction: this binding ends. Nothing else may have replaced it."""
        transaction.delete(binding, BindingItem.binding_id == binding.binding_id)
        identity = IdentityItem(keys.identity(digest), keys.IDENTITY)
        transaction.update(identity, [IdentityItem.openid.remove()], IdentityItem.openid == openid)

    def revoke(self, openid: str, *, event_at: int, number: str, at: datetime) -> bool:
        """End a binding because WeChat says that the person withdrew their authorisation.

        `event_at` in epoch seconds; a later binding stays. False when there is nothing to
        end. Raises Conflict when the binding changes meanwhile.
        """
        binding, *_ = self.session(openid, None)
        if binding is None or binding.bound_at.timestamp() > event_at:
            return False
        profile = self._profile(binding.member_id)
        if profile is None:
            return False
        given = ledger.in_force(ledger.ledger(binding.member_id)).get(ledger.POLICY)
        transaction = Transaction(self._database)
        self.unbind_in(transaction, openid=openid, binding=binding, digest=profile.doc_digest)
        self.note_in(
            transaction,
            binding.member_id,
            kind="revoked",
            number=number,
            at=at,
            consents=[ledger.withdrawal(given, "wechat")] if given else [],
        )
        transaction.commit()
        return True

    def note_in(
        self,
        transaction: Transaction,
        member_id: str,
        *,
        kind: str,
        number: str,
        at: datetime,
        consents: Sequence[Consent] = (),
    ) -> None:
        """Add to a transaction: a security event, and the consents given with it."""
        ledger.note_in(transaction, member_id, kind=kind, number=number, at=at, consents=consents)

    def record_follow(self, openid: str, *, subscribed: bool, event_at: int) -> None:
        """Note that a WeChat user follows the account or left it; older events lose."""
        newer = ~FollowerItem.pk.exists() | (FollowerItem.event_at < event_at)
        try:
            FollowerItem(keys.wechat(openid), keys.FOLLOWER).update(
                [FollowerItem.subscribed.set(subscribed), FollowerItem.event_at.set(event_at)],
                condition=newer,
            )
        except UpdateError as failure:
            # also our own retry after a lost answer: the event is recorded either way
            if failure.cause_response_code != "ConditionalCheckFailedException":
                raise
