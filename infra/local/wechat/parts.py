"""The parts that the three faces of the simulated WeChat share."""

from __future__ import annotations

from dataclasses import dataclass

from infra.local.wechat.account import AccountFile
from infra.local.wechat.conversation import Conversation
from infra.local.wechat.credentials import Credentials
from infra.local.wechat.media import Media
from infra.local.wechat.menus import Menus
from infra.local.wechat.push import Pusher
from infra.local.wechat.state import Changes, Clock, Phones, Random


@dataclass(frozen=True)
class Parts:
    """One WeChat: its account, its people, and what it remembers."""

    accounts: AccountFile
    credentials: Credentials
    phones: Phones
    menus: Menus
    media: Media
    conversation: Conversation
    pusher: Pusher
    changes: Changes
    clock: Clock
    random: Random
