"""Whether a WeChat user is bound, for answers that may not wait."""

import logging
from typing import TYPE_CHECKING, Protocol

from chalicelib.core.settings import Settings
from chalicelib.store import keys

if TYPE_CHECKING:
    from chalicelib.store.aws import Aws

_log = logging.getLogger(__name__)


class QuickWorld(Protocol):
    """What the question needs."""

    @property
    def settings(self) -> Settings: ...
    @property
    def aws(self) -> "Aws": ...


def is_bound(world: QuickWorld, openid: str) -> bool | None:
    """Return whether a binding exists: one try of a second, None when it fails."""
    try:
        client = world.aws.client("dynamodb", quick=True)
        found = client.get_item(
            TableName=world.settings.table("members"),
            Key={"pk": {"S": keys.wechat(openid)}, "sk": {"S": keys.BINDING}},
            ProjectionExpression="pk",
        )
    except Exception:  # noqa: BLE001 - the answer must leave in time whatever is broken
        _log.warning("chat_binding_unknown")
        return None
    return "Item" in found
