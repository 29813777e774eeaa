"""The functions of the service: routes in rooms, triggers on queues. No logic here."""

import os
from collections.abc import Callable
from functools import cached_property
from typing import TYPE_CHECKING, Any

from chalice.app import Chalice, CloudWatchEvent, Response, SQSEvent

from chalicelib.casework.known import announce, announce_entitlement
from chalicelib.changes.pages import room as changes
from chalicelib.chat.routes import room as chat
from chalicelib.content.desk import TABS as CONTENT_TABS
from chalicelib.content.desk import room as editors
from chalicelib.content.pages import room as content
from chalicelib.core import logs
from chalicelib.documents.pages import room as documents
from chalicelib.home.pages import room as home
from chalicelib.membership.pages import room as membership
from chalicelib.notify.pages import room as notify
from chalicelib.payout.desk import TABS as PAYOUT_TABS
from chalicelib.payout.desk import room as payouts
from chalicelib.privacy.pages import room as privacy
from chalicelib.staff.desk import TABS as DESK_TABS
from chalicelib.staff.desk import room as desk
from chalicelib.staff.pages import room as staff
from chalicelib.statistics.desk import TABS as STATISTICS_TABS
from chalicelib.statistics.desk import room as statistics
from chalicelib.subsidy.pages import room as subsidies
from chalicelib.web.answers import ours
from chalicelib.web.oauth import room as oauth
from chalicelib.web.staff_bar import register_tab
from chalicelib.web.static import room as static
from chalicelib.world import World

if TYPE_CHECKING:
    from chalicelib.casework.entitlement import Source
    from chalicelib.casework.kind import Kind


class MutualAid(Chalice):
    """The app, with the world its handlers touch made on first use."""

    @cached_property
    def world(self) -> World:
        """What this container is connected to, made when first touched."""
        return World.from_env()


def _change() -> "Kind":
    from chalicelib.changes.kind import KIND

    return KIND


def _subsidy() -> "Kind":
    from chalicelib.subsidy.kind import KIND

    return KIND


def _entitlement() -> "Source":
    from chalicelib.subsidy.entitlement import SOURCE

    return SOURCE


logs.configure(os.environ)
PREFIX = os.environ["PREFIX"]
app = MutualAid(app_name="mutual-aid", configure_logs=False)  # its lines would be text
ROOMS = (
    home,
    membership,
    privacy,
    changes,
    subsidies,
    content,
    editors,
    notify,
    documents,
    staff,
    desk,
    payouts,
    statistics,
    chat,
    oauth,
    static,
)
for room in ROOMS:
    app.register_blueprint(room)
announce("change", _change)
announce("subsidy", _subsidy)
announce_entitlement(_entitlement)
for tab in (*DESK_TABS, *PAYOUT_TABS, *CONTENT_TABS, *STATISTICS_TABS):
    register_tab(tab)


@app.middleware("http")
def every_answer_is_ours(event: Any, get_response: Callable[[Any], Response]) -> Response:
    """Answer with a page where Chalice has an answer of its own."""
    return ours(app.world.settings, get_response(event))


@app.on_sqs_message(queue=os.environ["CHAT_QUEUE"], batch_size=10)
def chat_worker(event: SQSEvent) -> dict[str, Any]:
    """Record who follows the account and who left."""
    from chalicelib.chat.worker import handle

    return handle(event.to_dict()["Records"], app.world)


@app.lambda_function()
def relay(event: dict[str, Any], _context: object) -> None:
    """Hand the outbox to the topic, from the stream of the cases table."""
    from chalicelib.notify.relay import handle

    handle(event["Records"], app.world)


@app.schedule("rate(5 minutes)")
def reconcile(_event: CloudWatchEvent) -> None:
    """Hand over what the stream lost, and ask again for payouts that stand still."""
    from chalicelib.notify.relay import reconcile as relay_late
    from chalicelib.payout.worker import reconcile as ask_again

    relay_late(app.world)
    ask_again(app.world)


@app.schedule("cron(0/10 18-20 * * ? *)")
def retention(_event: CloudWatchEvent) -> None:
    """Remove what was kept long enough: a slice at a time, between two and five at night."""
    from chalicelib.privacy.retention import run

    run(app.world)


@app.schedule("cron(0 1 * * ? *)")
def watch(_event: CloudWatchEvent) -> None:
    """Say, at nine in Beijing, where cases wait much too long."""
    from chalicelib.casework.watch import overdue

    overdue(app.world)


@app.on_sqs_message(queue=f"{PREFIX}-inbox", batch_size=10)
def inbox_worker(event: SQSEvent) -> dict[str, Any]:
    """Write 站内信."""
    from chalicelib.notify.worker import handle

    return handle(event.to_dict()["Records"], app.world, "inbox")


@app.on_sqs_message(queue=f"{PREFIX}-sms", batch_size=5)
def sms_worker(event: SQSEvent) -> dict[str, Any]:
    """Send SMS."""
    from chalicelib.notify.worker import handle

    return handle(event.to_dict()["Records"], app.world, "sms")


@app.on_sqs_message(queue=f"{PREFIX}-template", batch_size=5)
def template_worker(event: SQSEvent) -> dict[str, Any]:
    """Send WeChat template messages."""
    from chalicelib.notify.worker import handle

    return handle(event.to_dict()["Records"], app.world, "template")


@app.on_sqs_message(queue=f"{PREFIX}-stats", batch_size=10)
def stats_worker(event: SQSEvent) -> dict[str, Any]:
    """Count what happened, for the statistics."""
    from chalicelib.statistics.worker import handle

    return handle(event.to_dict()["Records"], app.world)


@app.on_sqs_message(queue=f"{PREFIX}-payout", batch_size=1)
def payout_worker(event: SQSEvent) -> dict[str, Any]:
    """Gather, release, dissolve and export payments, and read what became of them; a slice."""
    from chalicelib.payout.worker import handle

    return handle(event.to_dict()["Records"], app.world)


@app.on_sqs_message(queue=f"{PREFIX}-documents", batch_size=1)
def document_worker(event: SQSEvent) -> dict[str, Any]:
    """Turn pictures that arrived into clean copies, or refuse them."""
    from chalicelib.documents.worker import handle

    return handle(event.to_dict()["Records"], app.world)


@app.lambda_function()
def document_cleaner(event: dict[str, Any], _context: object) -> None:
    """Remove the objects of pictures whose items are gone (the cases table's stream)."""
    from chalicelib.documents.worker import handle_removed

    handle_removed(event["Records"], app.world)


@app.lambda_function()
def wechat_admin(event: dict[str, Any], _context: object) -> dict[str, Any]:
    """Show or push the account's menu, from the address that WeChat knows."""
    from chalicelib.chat.worker import handle_admin

    return handle_admin(event, app.world)
