"""The three ways to an employee: what each needs to know before anything is claimed."""

import json
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace

from chalicelib.casework.case import Case
from chalicelib.casework.events import CaseEvent
from chalicelib.casework.kind import Kind, kind_of
from chalicelib.casework.service import Casework
from chalicelib.notify.texts import Facts, Texts, Words, field_fits, texts
from chalicelib.store import keys
from chalicelib.store.deliveries import Channel, Delivery
from chalicelib.store.messages import Message
from chalicelib.world import World


@dataclass(frozen=True, slots=True)
class Ready:
    """A message with everything read; `send` takes our reference, returns the receipt."""

    delivery: Delivery
    send: Callable[[str], str]


@dataclass(frozen=True, slots=True)
class Skip:
    """There is no way to this employee on this channel."""

    reason: str


@dataclass(frozen=True, slots=True)
class Telling:
    """An event that an employee is told about, with the words for it."""

    event: CaseEvent
    case: Case
    kind: Kind
    name: str
    words: Words

    @property
    def facts(self) -> Facts:
        """What the texts may say."""
        return Facts(f"{self.kind.prefix}{self.event.number}", self.kind.label, self.event.at)

    def delivery(self, channel: Channel) -> Delivery:
        """Return the entry in the ledger as it would begin."""
        return Delivery(self.event.number, self.event.seq, channel, self.name)


def telling(world: World, event: CaseEvent, channel: Channel) -> Telling | None:
    """Return what to tell on a channel; None when this step is nobody's news there."""
    kind = kind_of(event.kind)
    name = kind.message(event.from_state, event.action, event.to_state)
    if name is None:
        return None
    words = texts().messages[name]
    if channel not in words.channels:
        return None
    return Telling(event, Casework(world).read(event.number), kind, name, words)


def write_in_app(world: World, told: Telling) -> None:
    """Put a message into 站内信 together with its entry in the ledger; raises Busy."""
    book, facts = texts(), told.facts
    message = Message(
        name=keys.message_name(told.event.at, told.event.number, told.event.seq),
        title=told.words.title,
        text=book.fill(told.words.text, told.words, facts),
        link=told.words.link,
        href=told.kind.href(told.case),
        at=told.event.at,
    )
    transaction = world.transaction()
    world.deliveries.done_in(transaction, told.delivery(Channel.INBOX))
    world.messages.put_in(transaction, told.case.member_id, message)
    transaction.commit()


def prepare(world: World, told: Telling, channel: Channel) -> Ready | Skip:
    """Return how to send a message through a provider."""
    way = {Channel.SMS: _sms, Channel.TEMPLATE: _template}[channel]
    return way(world, told, texts())


def _sms(world: World, told: Telling, book: Texts) -> Ready | Skip:
    phone = world.members.phone_of(told.case.member_id)
    if not phone:
        return Skip("no_phone")
    sender, template = world.sms, world.settings.sms_case_template
    params = book.sms_params(told.words, told.facts)
    delivery = _filled(told, Channel.SMS, template, params)
    return Ready(delivery, lambda reference: sender.send(phone, template, params, reference))


def _template(world: World, told: Telling, book: Texts) -> Ready | Skip:
    openid, follows = world.members.wechat_of(told.case.member_id)
    if openid is None:
        return Skip("not_bound")
    if not follows:
        return Skip("unsubscribed")
    fields = book.wechat_fields(told.words, told.facts)
    if not all(field_fits(name, value) for name, value in fields.items()):
        return Skip("text_does_not_fit")
    wechat, template = world.wechat, world.settings.wechat_case_template
    url = f"{world.settings.base_url}{told.kind.href(told.case)}"
    return Ready(
        _filled(told, Channel.TEMPLATE, template, fields),
        lambda reference: wechat.send_template(
            openid, template, fields, url=url, reference=reference
        ),
    )


def _filled(
    told: Telling, channel: Channel, template: str, variables: Sequence[str] | Mapping[str, str]
) -> Delivery:
    text = json.dumps(variables, ensure_ascii=False)
    return replace(told.delivery(channel), template=template, variables=text)
