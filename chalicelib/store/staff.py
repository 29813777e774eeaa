"""Accounts of staff, and the sessions they are signed in with.

office   staff                <account>       account
moments  staff-session#<digest of the cookie's token>   a browser that is signed in
"""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime

from pynamodb.attributes import (
    BooleanAttribute,
    NumberAttribute,
    UnicodeAttribute,
    UnicodeSetAttribute,
    UTCDateTimeAttribute,
)
from pynamodb.expressions.update import Action

from chalicelib.core.errors import AppError, Conflict, Refused
from chalicelib.store import keys
from chalicelib.store.moments import TABLE as MOMENTS
from chalicelib.store.tables import Database, Item, read_together
from chalicelib.store.transaction import Transaction
from chalicelib.store.vault import Vault

TABLE = "office"


class StaffItem(Item):
    """An account; sealed: name and the authenticator's secrets.

    `setup_until` (epoch seconds) ends a temporary password; `pending` is a secret that was
    shown and not yet confirmed; `last_step` is the newest 30-second step that was used.
    """

    table = TABLE
    name = UnicodeAttribute()
    roles = UnicodeSetAttribute()
    prefectures = UnicodeSetAttribute(null=True)
    member_id = UnicodeAttribute(null=True)
    password = UnicodeAttribute()
    temporary = BooleanAttribute()
    setup_until = NumberAttribute()
    totp = UnicodeAttribute(null=True)
    pending = UnicodeAttribute(null=True)
    last_step = NumberAttribute()
    epoch = NumberAttribute()
    disabled = BooleanAttribute()
    created_at = UTCDateTimeAttribute()


class SessionItem(Item):
    """A staff browser; times in epoch seconds. `expires_at` is the earlier of both ends."""

    table = MOMENTS
    account = UnicodeAttribute()
    epoch = NumberAttribute()
    setting_up = BooleanAttribute()
    began = NumberAttribute()
    seen = NumberAttribute()
    expires_at = NumberAttribute()


@dataclass(frozen=True, slots=True)
class NewAccount:
    """What is known of a person at first; `password` is the hash of the temporary one.

    With `totp` the account needs no setting up, and the password is theirs.
    """

    account: str
    name: str
    roles: frozenset[str]
    prefectures: frozenset[str]
    member_id: str
    password: str
    setup_until: datetime
    totp: str = ""


class Staff:
    """The staff's accounts and sessions."""

    def __init__(self, database: Database, vault: Vault) -> None:
        self._database = database
        self._vault = vault

    def session(
        self, session_digest: str, account: str
    ) -> tuple[SessionItem | None, StaffItem | None]:
        """Read a session and the account that it should belong to, in one trip."""
        session_key = (SessionItem, keys.staff_session(session_digest), keys.MOMENT)
        account_key = (StaffItem, keys.STAFF, account)
        found = read_together(self._database, [session_key, account_key])
        session, item = found.get(session_key), found.get(account_key)
        return (
            session if isinstance(session, SessionItem) else None,
            item if isinstance(item, StaffItem) else None,
        )

    def find(self, account: str) -> StaffItem | None:
        """Return an account as it is now."""
        try:
            return StaffItem.get(keys.STAFF, account, consistent_read=True)
        except StaffItem.DoesNotExist:
            return None

    def everyone(self) -> list[StaffItem]:
        """Return all accounts by name of account."""
        return list(StaffItem.query(keys.STAFF, consistent_read=True))

    def name(self, item: StaffItem) -> str:
        """Return whose account it is."""
        return self._vault.open(item.name, place=_place(item.sk, "name"))

    def secret(self, item: StaffItem, field: str) -> str:
        """Return the authenticator's secret ("totp" or "pending"), "" when there is none."""
        sealed = getattr(item, field)
        return self._vault.open(sealed, place=_place(item.sk, field)) if sealed else ""

    def seal(self, account: str, field: str, value: str) -> str:
        """Return a value as it is stored in a field of an account."""
        return self._vault.seal(value, place=_place(account, field))

    def add(self, new: NewAccount, at: datetime) -> None:
        """Store an account; raises Refused when the name is taken."""
        item = StaffItem(
            keys.STAFF,
            new.account,
            name=self.seal(new.account, "name", new.name),
            roles=set(new.roles),
            prefectures=set(new.prefectures) or None,
            member_id=new.member_id or None,
            password=new.password,
            temporary=not new.totp,
            setup_until=int(new.setup_until.timestamp()),
            totp=self.seal(new.account, "totp", new.totp) if new.totp else None,
            last_step=0,
            epoch=1,
            disabled=False,
            created_at=at,
        )
        transaction = Transaction(self._database)
        transaction.put(item, ~StaffItem.pk.exists(), Refused("该账号已存在。"))
        transaction.commit()

    def disable(self, account: str) -> None:
        """End an account and its sessions; raises Conflict when it does not exist."""
        self._change(account, [StaffItem.disabled.set(True)])

    def reset(self, account: str, password: str, setup_until: datetime) -> None:
        """Go back to a temporary password without authenticator; ends all sessions."""
        changes: list[Action] = [
            StaffItem.password.set(password),
            StaffItem.temporary.set(True),
            StaffItem.setup_until.set(int(setup_until.timestamp())),
            StaffItem.totp.remove(),
            StaffItem.pending.remove(),
        ]
        self._change(account, changes)

    def update_in(
        self, transaction: Transaction, item: StaffItem, actions: list[Action], error: AppError
    ) -> None:
        """Add a change of an account that is still as it was read."""
        same = (StaffItem.epoch == item.epoch) & (StaffItem.last_step == item.last_step)
        transaction.update(item, actions, same & (StaffItem.disabled == False), error)  # noqa: E712

    def begin_in(self, transaction: Transaction, session: SessionItem) -> None:
        """Add a new session."""
        transaction.put(session)

    def end_in(self, transaction: Transaction, session: SessionItem) -> None:
        """Add the end of a session."""
        transaction.delete(session)

    def touch(self, session: SessionItem, *, seen: int, expires_at: int) -> bool:
        """Note that a session is in use; False when it was ended meanwhile."""
        later = SessionItem.expires_at.set(expires_at)
        transaction = Transaction(self._database)
        transaction.update(session, [SessionItem.seen.set(seen), later], SessionItem.pk.exists())
        try:
            transaction.commit()
        except Conflict:
            return False
        return True

    def _change(self, account: str, actions: Iterable[Action]) -> None:
        transaction = Transaction(self._database)
        item = StaffItem(keys.STAFF, account)
        transaction.update(
            item, [*actions, StaffItem.epoch.add(1)], StaffItem.pk.exists(), Conflict()
        )
        transaction.commit()


def session_item(
    session_digest: str, account: str, *, epoch: int, setting_up: bool, now: int, ends: int
) -> SessionItem:
    """Return a new session of an account; `now` and `ends` are epoch seconds."""
    return SessionItem(
        keys.staff_session(session_digest),
        keys.MOMENT,
        account=account,
        epoch=epoch,
        setting_up=setting_up,
        began=now,
        seen=now,
        expires_at=ends,
    )


def _place(account: str, field: str) -> str:
    return f"{TABLE}|{keys.STAFF}|{account}|{field}"
