"""What may serve one application only, and what several people should not share.

invoice#<digest>  lock    the case that an invoice belongs to, of all people
account#<digest>  users   "<member>/<case>" for each case that is paid on a bank account
Both are found by a keyed digest: nobody who reads the table learns a number from it.
"""

from pynamodb.attributes import UnicodeAttribute, UnicodeSetAttribute
from pynamodb.expressions.update import Action

from chalicelib.core.errors import AppError
from chalicelib.store import keys
from chalicelib.store.cases import TABLE
from chalicelib.store.tables import Item, Key
from chalicelib.store.transaction import Transaction
from chalicelib.store.vault import Vault


class InvoiceItem(Item):
    """Which case an invoice belongs to, and whose case that is."""

    table = TABLE
    number = UnicodeAttribute()
    member_id = UnicodeAttribute()


class AccountItem(Item):
    """Who is paid on a bank account."""

    table = TABLE
    users = UnicodeSetAttribute(null=True)

    def others(self, member_id: str) -> int:
        """Return how many people besides an employee are paid on it."""
        people = {user.partition("/")[0] for user in self.users or ()}
        return len(people - {member_id})


def invoice_digest(vault: Vault, code: str, number: str) -> str:
    """Return the look-up form of an invoice, in its one spelling."""
    return vault.digest("invoice", f"{code}\0{number}")


def account_digest(vault: Vault, account: str) -> str:
    """Return the look-up form of a bank account, digits only."""
    return vault.digest("account", account)


def invoice_key(digest: str) -> Key:
    """Return where the lock on an invoice is."""
    return (InvoiceItem, keys.invoice(digest), keys.LOCK)


def account_key(digest: str) -> Key:
    """Return where the users of a bank account are."""
    return (AccountItem, keys.account(digest), keys.USERS)


def take_invoice_in(
    transaction: Transaction, digest: str, *, number: str, member_id: str, error: AppError
) -> None:
    """Add to a transaction: the invoice belongs to this case, or `error`."""
    lock = InvoiceItem(keys.invoice(digest), keys.LOCK, number=number, member_id=member_id)
    free_or_ours = ~InvoiceItem.pk.exists() | (InvoiceItem.number == number)
    transaction.put(lock, free_or_ours, error)


def free_invoice_in(transaction: Transaction, digest: str, number: str) -> None:
    """Add to a transaction: this case gives the invoice up."""
    lock = InvoiceItem(keys.invoice(digest), keys.LOCK)
    transaction.delete(lock, InvoiceItem.number == number)


def use_account_in(transaction: Transaction, digest: str, *, number: str, member_id: str) -> None:
    """Add to a transaction: this case is paid on the account."""
    _account_in(transaction, digest, AccountItem.users.add({f"{member_id}/{number}"}))


def leave_account_in(transaction: Transaction, digest: str, *, number: str, member_id: str) -> None:
    """Add to a transaction: this case is paid elsewhere, or not at all."""
    _account_in(transaction, digest, AccountItem.users.delete({f"{member_id}/{number}"}))


def _account_in(transaction: Transaction, digest: str, action: Action) -> None:
    transaction.update(AccountItem(keys.account(digest), keys.USERS), [action])
