"""Signing in and setting up: one answer and one amount of work for whoever is refused.

A try is counted before anything is compared, for the account as it was typed, so that
parallel guesses are failures too. An account that does not exist is counted, locked, hashed
and checked like one that does.
"""

from dataclasses import dataclass

from pynamodb.expressions.update import Action

from chalicelib.core.errors import Refused, Unavailable
from chalicelib.staff import passwords, texts, totp
from chalicelib.staff.lockout import ACCOUNT, ADDRESS, Tries, kept_seconds
from chalicelib.store import keys
from chalicelib.store.staff import StaffItem, session_item
from chalicelib.store.transaction import Transaction
from chalicelib.web import staff as door
from chalicelib.web.visit import Visit
from chalicelib.world import World

ACCOUNT_LENGTH = 32


@dataclass(frozen=True, slots=True)
class Gate:
    """The counters of one try, with what they were before it."""

    world: World
    account_key: str
    address_key: str
    account: Tries
    address: Tries

    @classmethod
    def of(cls, visit: Visit, account: str) -> "Gate":
        """Read the counters, in one trip."""
        vault, moments = visit.world.vault, visit.world.moments
        account_key = keys.moment("staff-tries", vault.digest("staff-account", account))
        address_key = keys.moment("staff-tries", vault.digest("staff-address", visit.ip))
        found = moments.get_together([account_key, address_key])
        tries = (Tries.of(found.get(key)) for key in (account_key, address_key))
        return cls(visit.world, account_key, address_key, *tries)

    def count(self) -> None:
        """Count a failure of the account in advance; raises Refused while either is locked."""
        now = self._now()
        if self.account.locked(now) or self.address.locked(now):
            raise Refused(texts.LOGIN_REFUSED)
        after = self.account.more(ACCOUNT, now)
        transaction = self.world.transaction()
        self.world.moments.swap_in(
            transaction,
            self.account_key,
            after.values(),
            kept_seconds(after, now),
            old=self.account.values() if self.account.failures else None,
            error=Unavailable(),
        )
        transaction.commit()

    def failed(self, refused: Refused) -> Refused:
        """Count the failure of the address as well; returns the refusal to raise.

        Afterwards and unconditionally: colleagues who sign in at the same moment from the
        same office must not stand in one another's way.
        """
        now = self._now()
        after = self.address.more(ADDRESS, now)
        self.world.moments.put(self.address_key, after.values(), kept_seconds(after, now))
        return refused

    def forgive_in(self, transaction: Transaction) -> None:
        """Add to a transaction that the account has no failures any more."""
        counted = str(self.account.failures + 1)
        moments = self.world.moments
        moments.consume_in(transaction, self.account_key, "failures", counted, Unavailable())

    def _now(self) -> int:
        return int(self.world.clock.now().timestamp())


def sign_in(visit: Visit) -> str:
    """Check account, password and code; returns the Set-Cookie header of the session."""
    form = visit.form
    account = form.get("account", "").casefold()[:ACCOUNT_LENGTH]
    gate = Gate.of(visit, account)
    item = visit.world.staff.find(account) if account else None
    gate.count()
    step = _accepted(visit.world, item, form.get("password", ""), form.get("code", ""))
    if item is None or step is None:
        raise gate.failed(Refused(texts.LOGIN_REFUSED))
    transaction = visit.world.transaction()
    gate.forgive_in(transaction)
    changes: list[Action] = [StaffItem.last_step.set(step)]
    _update_in(transaction, visit, item, changes)
    visit.world.audit.note_in(transaction, account, "login")
    cookie = _begin_in(transaction, visit, item, epoch=int(item.epoch), setting_up=not item.totp)
    transaction.commit()
    return cookie


def sign_out(visit: Visit) -> None:
    """End this browser's session, for the server as well."""
    if visit.signed_in is not None:
        transaction = visit.world.transaction()
        visit.world.staff.end_in(transaction, visit.signed_in.session)
        transaction.commit()


def choose_password(visit: Visit) -> str:
    """Replace the temporary password; the authenticator comes next."""
    item = visit.staff_session.item
    new = _new_password(visit, item)
    secret = totp.new_secret(visit.world.ids.token())
    transaction = visit.world.transaction()
    changes: list[Action] = [
        StaffItem.password.set(passwords.hashed(new)),
        StaffItem.temporary.set(False),
        StaffItem.pending.set(visit.world.staff.seal(item.sk, "pending", secret)),
        StaffItem.epoch.add(1),
    ]
    _update_in(transaction, visit, item, changes)
    cookie = _begin_in(transaction, visit, item, epoch=int(item.epoch) + 1, setting_up=True)
    transaction.commit()
    return cookie


def confirm_authenticator(visit: Visit) -> str:
    """Take the shown secret into use once a code proves that it arrived."""
    item = visit.staff_session.item
    secret = visit.world.staff.secret(item, "pending")
    step = totp.step_of(visit.form.get("code", ""), secret, visit.world.clock.now(), 0)
    if step is None:
        raise Refused(errors={"code": texts.CODE_WRONG})
    transaction = visit.world.transaction()
    changes: list[Action] = [
        StaffItem.totp.set(visit.world.staff.seal(item.sk, "totp", secret)),
        StaffItem.pending.remove(),
        StaffItem.last_step.set(step),
        StaffItem.epoch.add(1),
    ]
    _update_in(transaction, visit, item, changes)
    cookie = _begin_in(transaction, visit, item, epoch=int(item.epoch) + 1, setting_up=False)
    transaction.commit()
    return cookie


def change_password(visit: Visit) -> str:
    """Replace one's own password; all other sessions end."""
    item = visit.staff_session.item
    gate = Gate.of(visit, item.sk)
    gate.count()
    if not passwords.matches(item.password, visit.form.get("current", "")):
        raise gate.failed(Refused(errors={"current": texts.CURRENT_WRONG}))
    new = _new_password(visit, item)
    transaction = visit.world.transaction()
    gate.forgive_in(transaction)
    changes: list[Action] = [StaffItem.password.set(passwords.hashed(new)), StaffItem.epoch.add(1)]
    _update_in(transaction, visit, item, changes)
    visit.world.audit.note_in(transaction, item.sk, "password")
    cookie = _begin_in(transaction, visit, item, epoch=int(item.epoch) + 1, setting_up=False)
    transaction.commit()
    return cookie


def _accepted(world: World, item: StaffItem | None, password: str, code: str) -> int | None:
    """Return the step to remember when everything is right; checks everything regardless."""
    now = world.clock.now()
    secret = world.staff.secret(item, "totp") if item else ""
    right = passwords.matches(item.password if item else passwords.NOBODY, password)
    step = totp.step_of(code, secret, now, int(item.last_step) if item else 0)
    if item is None or item.disabled or not right:
        return None
    if secret:
        return step
    in_time = int(now.timestamp()) < item.setup_until
    return int(item.last_step) if in_time else None


def _new_password(visit: Visit, item: StaffItem) -> str:
    new = visit.form.get("password", "")
    problem = passwords.problem(new, item.sk)
    if problem is not None:
        raise Refused(errors={"password": problem})
    if new != visit.form.get("again", ""):
        raise Refused(errors={"again": texts.DIFFERS})
    if passwords.matches(item.password, new):
        raise Refused(errors={"password": texts.SAME_AS_BEFORE})
    return new


def _update_in(
    transaction: Transaction, visit: Visit, item: StaffItem, changes: list[Action]
) -> None:
    visit.world.staff.update_in(transaction, item, changes, Refused(texts.ACCOUNT_CHANGED))


def _begin_in(
    transaction: Transaction, visit: Visit, item: StaffItem, *, epoch: int, setting_up: bool
) -> str:
    """Add a session with a secret of its own; the one that this browser had ends."""
    now = int(visit.world.clock.now().timestamp())
    digest, cookie = door.begin(visit, item.sk)
    session = session_item(
        digest, item.sk, epoch=epoch, setting_up=setting_up, now=now, ends=now + door.IDLE_SECONDS
    )
    visit.world.staff.begin_in(transaction, session)
    if visit.signed_in is not None:
        visit.world.staff.end_in(transaction, visit.signed_in.session)
    return cookie
