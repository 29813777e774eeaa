"""Events that wechatpy 1.8.18 does not know; importing this module registers them.

Without a class they arrive as "unknown" and cannot be told apart. Source:
developers.weixin.qq.com, 服务号订阅通知 and 授权信息变更.
"""

from wechatpy.events import BaseEvent, register_event
from wechatpy.fields import StringField


class AuthorisationEvent(BaseEvent):  # type: ignore[misc]
    """About a person who is not the sender: FromUserName is a fixed account of WeChat."""

    openid = StringField("OpenID")


@register_event("user_authorization_revoke")
class AuthorisationRevoked(AuthorisationEvent):
    """A person withdrew an authorisation they had given."""

    event = "user_authorization_revoke"


@register_event("user_authorization_cancellation")
class AuthorisationCancelled(AuthorisationEvent):
    """A person closed their account with us through WeChat."""

    event = "user_authorization_cancellation"


@register_event("user_info_modified")
class UserInfoModified(AuthorisationEvent):
    """A person changed profile fields that we do not read."""

    event = "user_info_modified"


@register_event("subscribe_msg_popup_event")
class NotificationAsked(BaseEvent):  # type: ignore[misc]
    """A person answered the question whether they want a notification."""

    event = "subscribe_msg_popup_event"


@register_event("subscribe_msg_change_event")
class NotificationChanged(BaseEvent):  # type: ignore[misc]
    """A person switched a notification on or off."""

    event = "subscribe_msg_change_event"


@register_event("subscribe_msg_sent_event")
class NotificationSent(BaseEvent):  # type: ignore[misc]
    """WeChat reports what became of a notification."""

    event = "subscribe_msg_sent_event"
