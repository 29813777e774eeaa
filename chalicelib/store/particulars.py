"""Changing who an employee is: profile and look-up together, or not at all."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from chalicelib.core.errors import AppError
from chalicelib.store import digests, keys
from chalicelib.store.members import (
    NOT_MOVED,
    IdentityItem,
    MemberItem,
    MemberRecord,
    seal_profile,
)
from chalicelib.store.tables import Database, Item, Key, assignments, read_together
from chalicelib.store.transaction import Transaction
from chalicelib.store.vault import Vault


@dataclass(frozen=True, slots=True)
class Known:
    """An employee's profile, who is looked up by some documents (by digest), and all found."""

    profile: MemberItem | None
    identities: dict[str, IdentityItem]
    found: Mapping[Key, Item]


def read(
    database: Database, member_id: str, document_digests: Sequence[str], also: Iterable[Key] = ()
) -> Known:
    """Read a profile, the look-ups of some documents and what else is asked: one round trip."""
    profile_key = (MemberItem, keys.member(member_id), keys.PROFILE)
    wanted = {(IdentityItem, keys.identity(d), keys.IDENTITY): d for d in document_digests}
    found = read_together(database, [profile_key, *wanted, *also])
    profile = found.get(profile_key)
    identities = {wanted[key]: found[key] for key in wanted if key in found}
    return Known(
        profile if isinstance(profile, MemberItem) else None,
        {d: item for d, item in identities.items() if isinstance(item, IdentityItem)},
        found,
    )


@dataclass(frozen=True, slots=True)
class Change:
    """What an employee's particulars were when read, and what they become.

    `digest` looks up the document of `record`.
    """

    profile: MemberItem
    identity: IdentityItem
    record: MemberRecord
    digest: str


def change_in(
    transaction: Transaction, vault: Vault, change: Change, *, stale: AppError, taken: AppError
) -> None:
    """Add a change of particulars to a transaction.

    With another document the look-up moves, and the WeChat user bound through it moves
    along; the old one stays as `moved`. `stale` is raised when profile or look-up are no
    longer as they were read, `taken` when somebody else has the document.
    """
    record = change.record
    values = seal_profile(record, vault) | {"doc_digest": change.digest}
    # sealed anew at each write, the name is also the profile's version
    as_read = MemberItem.name == change.profile.name
    transaction.update(change.profile, assignments(MemberItem, values), as_read, stale)
    name, phone = digests.name(vault, record.name), digests.phone(vault, record.phone)
    if change.digest != change.profile.doc_digest:
        _move_in(transaction, change, (name, phone), stale=stale, taken=taken)
        return
    compared = {"name_digest": name, "phone_digest": phone}
    theirs = (IdentityItem.member_id == record.member_id) & NOT_MOVED
    transaction.update(change.identity, assignments(IdentityItem, compared), theirs, stale)


def _move_in(
    transaction: Transaction,
    change: Change,
    compared: tuple[str, str],
    *,
    stale: AppError,
    taken: AppError,
) -> None:
    identity, member_id = change.identity, change.record.member_id
    theirs = (IdentityItem.member_id == member_id) & NOT_MOVED
    openid = identity.openid
    bound_alike = IdentityItem.openid == openid if openid else ~IdentityItem.openid.exists()
    gone = assignments(IdentityItem, {"moved": True, "phone_digest": "", "openid": None})
    transaction.update(identity, gone, theirs & bound_alike, stale)
    name, phone = compared
    arrived = IdentityItem(
        keys.identity(change.digest),
        keys.IDENTITY,
        member_id=member_id,
        name_digest=name,
        phone_digest=phone,
        content_digest=identity.content_digest,
        openid=openid,
    )
    nobodys = ~IdentityItem.pk.exists() | IdentityItem.moved.exists()
    transaction.put(arrived, nobodys, taken)
