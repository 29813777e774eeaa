"""An employee deletes their account, and may come back.

The roster stays: it is the union's, and says who is insured. The phone number goes; its digest
is what a later binding is compared with, and that binding brings the number back.
"""

from chalicelib.core.errors import AppError
from chalicelib.store import keys
from chalicelib.store.members import (
    BindingItem,
    FollowerItem,
    IdentityItem,
    MemberItem,
    profile_place,
)
from chalicelib.store.transaction import Transaction
from chalicelib.store.vault import Vault


def leave_in(
    transaction: Transaction,
    vault: Vault,
    binding: BindingItem,
    profile: MemberItem,
    error: AppError,
) -> None:
    """Add to a transaction: binding, phone and what is known of the WeChat user go.

    `error` is raised when anything of it changed since it was read.
    """
    openid = keys.name_in(binding.pk)
    transaction.delete(binding, BindingItem.binding_id == binding.binding_id, error)
    transaction.delete(FollowerItem(keys.wechat(openid), keys.FOLLOWER))
    identity = IdentityItem(keys.identity(profile.doc_digest), keys.IDENTITY)
    transaction.update(
        identity,
        [IdentityItem.openid.remove(), IdentityItem.left.set(True)],
        IdentityItem.openid == openid,
        error,
    )
    same = MemberItem.doc_digest == profile.doc_digest
    empty = vault.seal("", place=profile_place(binding.member_id, "phone"))
    transaction.update(profile, [MemberItem.phone.set(empty)], same, error)


def return_in(transaction: Transaction, vault: Vault, member_id: str, phone: str) -> None:
    """Add to a transaction: who left is back, with the phone that was just proven."""
    item = MemberItem(keys.member(member_id), keys.PROFILE)
    sealed = vault.seal(phone, place=profile_place(member_id, "phone"))
    transaction.update(item, [MemberItem.phone.set(sealed)], MemberItem.pk.exists())
