"""The composition root: everything a request may touch, made when first touched.

Handlers get it as an argument; tests build one with fakes in the places they need.
"""

import os
import secrets
from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cached_property
from typing import TYPE_CHECKING, Any

from chalicelib.core.clock import Clock, SystemClock
from chalicelib.core.ids import Ids, SystemIds
from chalicelib.core.settings import Settings

if TYPE_CHECKING:
    from chalicelib.gateways.sms import SmsSender
    from chalicelib.gateways.wechat import WeChat
    from chalicelib.store.articles import Articles
    from chalicelib.store.audit import Audit
    from chalicelib.store.aws import Aws
    from chalicelib.store.counters import Counters
    from chalicelib.store.deliveries import Deliveries
    from chalicelib.store.documents import Documents
    from chalicelib.store.members import Members
    from chalicelib.store.messages import Messages
    from chalicelib.store.moments import Moments
    from chalicelib.store.notes import Notes
    from chalicelib.store.queue import Queue
    from chalicelib.store.roster import RosterStore
    from chalicelib.store.staff import Staff
    from chalicelib.store.tables import Database
    from chalicelib.store.topic import Topic
    from chalicelib.store.transaction import Transaction
    from chalicelib.store.vault import Vault


@dataclass(eq=False)
class World:
    """One container's connections. `overrides` replaces attributes by name, for tests."""

    settings: Settings
    clock: Clock
    ids: Ids
    overrides: Mapping[str, Any] = field(default_factory=dict)

    def __post_init__(self) -> None:
        self.__dict__.update(self.overrides)

    @classmethod
    def from_env(cls) -> "World":
        """Build from the function's environment; raises SettingsError when incomplete."""
        clock = SystemClock()
        return cls(Settings.from_env(os.environ), clock, SystemIds(clock))

    @cached_property
    def aws(self) -> "Aws":
        from chalicelib.store.aws import Aws

        return Aws()

    @cached_property
    def database(self) -> "Database":
        from chalicelib.store.tables import Database

        return Database(self.aws.client("dynamodb"), self.settings.prefix).use()

    @cached_property
    def vault(self) -> "Vault":
        from chalicelib.store.vault import Vault

        kms = self.aws.client("kms")
        return Vault(self.settings.keyring, self.settings.stage, kms, secrets.token_bytes)

    @cached_property
    def members(self) -> "Members":
        from chalicelib.store.members import Members

        return Members(self.database, self.vault)

    @cached_property
    def roster(self) -> "RosterStore":
        from chalicelib.store.roster import RosterStore

        return RosterStore(self.database, self.vault, self.ids)

    @cached_property
    def articles(self) -> "Articles":
        from chalicelib.store.articles import Articles

        return Articles(self.database, self.clock)

    @cached_property
    def staff(self) -> "Staff":
        from chalicelib.store.staff import Staff

        return Staff(self.database, self.vault)

    @cached_property
    def notes(self) -> "Notes":
        from chalicelib.store.notes import Notes

        return Notes(self.database, self.vault, self.clock)

    @cached_property
    def audit(self) -> "Audit":
        from chalicelib.store.audit import Audit

        return Audit(self.database, self.clock, self.ids)

    @cached_property
    def documents(self) -> "Documents":
        from chalicelib.store.documents import Documents

        return Documents(self)

    @cached_property
    def moments(self) -> "Moments":
        return self._moments(quick=False)

    @cached_property
    def quick_moments(self) -> "Moments":
        """The moments table where an answer may not wait: one try of a second."""
        return self._moments(quick=True)

    @cached_property
    def chat_queue(self) -> "Queue":
        """Events of the official account, for the worker; quick, like their caller."""
        from chalicelib.store.queue import Queue

        return Queue(self.aws.client("sqs", quick=True), self.settings.chat_queue)

    @cached_property
    def messages(self) -> "Messages":
        from chalicelib.store.messages import Messages

        return Messages(self.database)

    @cached_property
    def deliveries(self) -> "Deliveries":
        from chalicelib.store.deliveries import Deliveries

        return Deliveries(self.database, self.moments, self.clock)

    @cached_property
    def counters(self) -> "Counters":
        from chalicelib.store.counters import Counters

        return Counters(self.database, self.moments)

    @cached_property
    def topic(self) -> "Topic":
        from chalicelib.store.topic import Topic

        return Topic(self.aws.client("sns"), self.settings.events_topic)

    @cached_property
    def wechat(self) -> "WeChat":
        from chalicelib.gateways.wechat import WeChat
        from chalicelib.store.tokens import Tokens

        secret = self.secret(self.settings.wechat_secret_id)
        return WeChat(self.settings, secret["app_secret"], Tokens(self.moments, self.vault))

    @cached_property
    def sms(self) -> "SmsSender":
        from chalicelib.gateways.sms import sender

        secret = self.secret(self.settings.sms_secret_id)
        return sender(self.settings, secret, sns=lambda: self.aws.client("sns"))

    def queue(self, name: str) -> "Queue":
        """Return a queue of this stage by its full name, made once per container."""
        from chalicelib.store.queue import Queue

        if name not in self._queues:
            self._queues[name] = Queue(self.aws.client("sqs"), name)
        return self._queues[name]

    def transaction(self) -> "Transaction":
        """Start an all-or-nothing write."""
        from chalicelib.store.transaction import Transaction

        return Transaction(self.database)

    def secret(self, name: str) -> dict[str, str]:
        """Return a secret's fields, fetched once per container."""
        from chalicelib.store.secrets import fetch

        if name not in self._secrets:
            self._secrets[name] = fetch(self.aws.client("secretsmanager", quick=True), name)
        return self._secrets[name]

    @cached_property
    def _secrets(self) -> dict[str, dict[str, str]]:
        return {}

    @cached_property
    def _queues(self) -> dict[str, "Queue"]:
        return {}

    def _moments(self, *, quick: bool) -> "Moments":
        from chalicelib.store.moments import TABLE, Moments

        client = self.aws.client("dynamodb", quick=quick)
        return Moments(client, self.settings.table(TABLE), self.clock)
