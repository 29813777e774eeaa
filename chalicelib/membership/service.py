"""Binding a WeChat user to an employee, and ending it.

The phone is proven first: whoever learns that a name and number are in the roster holds
the phone that the roster has for them. Name, number or phone wrong: the same reads, the
same comparisons, the same sentence.
"""

import hmac

from chalicelib.core import identity
from chalicelib.core.errors import Conflict, Refused
from chalicelib.membership import texts
from chalicelib.membership.models import BindForm
from chalicelib.membership.policy_text import POLICY_VERSION
from chalicelib.store import digests, keys, leaving
from chalicelib.store.consents import POLICY, Consent
from chalicelib.store.members import IdentityItem
from chalicelib.web import codes
from chalicelib.web.session import FORM_HOURS
from chalicelib.web.visit import Member
from chalicelib.world import World

_CHANNEL = "wechat-h5"
# as long as a form's token is taken, and clocks differ
_FORM_SECONDS = (FORM_HOURS + 1) * 3600


def bind(world: World, openid: str, form: BindForm, operation: str) -> str:
    """Bind and return the member id; `operation` becomes the binding's id.

    The same operation twice, or twice at once, is the same success; it binds no second
    time after that binding ended. Raises Refused with the field to mend.
    """
    number = identity.lookup_form(form.doc_type, form.doc_number)
    digest = digests.document(world.vault, form.doc_type, number)
    binding, found = world.members.binding_and_identity(openid, digest)
    if binding is not None and binding.binding_id == operation:
        return binding.member_id
    try:
        code = codes.check(world, openid=openid, phone=form.phone, code=form.code)
        who = _matching(world, found, form)
        free = binding is None or (who is not None and binding.member_id == who.member_id)
        if who is not None and free:
            _commit(world, openid, who, operation, (*code, form.phone))
    except Refused:
        binding, *_ = world.members.session(openid, None)
        if binding is None or binding.binding_id != operation:
            raise
        return binding.member_id
    if who is None:
        raise Refused(texts.NOT_IN_ROSTER)
    if not free:
        raise Refused(texts.BOUND_ELSEWHERE)
    return who.member_id


def unbind(world: World, openid: str, member: Member) -> None:
    """End the binding; every cookie that names it ends with it."""
    transaction = world.transaction()
    world.members.unbind_in(
        transaction,
        openid=openid,
        binding=member.binding,
        digest=member.profile.doc_digest,
    )
    world.members.note_in(
        transaction,
        member.record.member_id,
        kind="unbound",
        number=world.ids.number(),
        at=world.clock.now(),
        consents=[Consent(POLICY, POLICY_VERSION, given=False, channel=_CHANNEL)],
    )
    try:
        transaction.commit()
    except Conflict as error:
        raise Refused(texts.BINDING_CHANGED) from error


def _matching(world: World, found: IdentityItem | None, form: BindForm) -> IdentityItem | None:
    """Return the identity when name and phone agree; compares both whatever is found."""
    name = digests.name(world.vault, form.name)
    phone = digests.phone(world.vault, form.phone)
    same_name = hmac.compare_digest(found.name_digest if found else phone, name)
    same_phone = hmac.compare_digest(found.phone_digest if found else name, phone)
    return found if same_name & same_phone else None


def _commit(
    world: World, openid: str, who: IdentityItem, operation: str, proven: tuple[str, str, str]
) -> None:
    """`proven` is the code's key, its digest, and the phone it was sent to."""
    now = world.clock.now()
    transaction = world.transaction()
    # the binding's id is in cookies: were it used again, those of an ended binding would wake
    once = keys.moment("bound", operation)
    used = Refused(texts.FORM_USED)
    world.moments.swap_in(transaction, once, {}, _FORM_SECONDS, old=None, error=used)
    key, value, phone = proven
    expired = Refused(errors={"code": codes.EXPIRED})
    world.moments.consume_in(transaction, key, "code", value, expired)
    world.members.bind_in(
        transaction,
        openid=openid,
        identity=who,
        binding_id=operation,
        at=now,
        error=Refused(texts.BINDING_CHANGED),
    )
    world.members.note_in(
        transaction,
        who.member_id,
        kind="moved" if who.openid not in (None, openid) else "bound",
        number=world.ids.number(),
        at=now,
        consents=[Consent(POLICY, POLICY_VERSION, True, _CHANNEL)],
    )
    if who.left:
        leaving.return_in(transaction, world.vault, who.member_id, phone)
    transaction.commit()
