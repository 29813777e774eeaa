"""The functions of the service: routes in rooms, triggers on queues. No logic here."""

import os
from typing import Any

from chalice.app import Chalice, SQSEvent
from chalicelib.chat.routes import room as chat

from chalicelib.content.pages import room as content
from chalicelib.documents.pages import room as documents
from chalicelib.home.pages import room as home
from chalicelib.membership.pages import room as membership
from chalicelib.web.oauth import room as oauth
from chalicelib.web.static import room as static
from chalicelib.world import World


class MutualAid(Chalice):
    """The app, with the world its handlers touch made on first use."""

    _world: World | None = None

    @property
    def world(self) -> World:
        """Return this container's connections."""
        if self._world is None:
            self._world = World.from_env()
        return self._world

    @world.setter
    def world(self, world: World) -> None:
        self._world = world


app = MutualAid(app_name="mutual-aid")
for room in (home, membership, content, documents, chat, oauth, static):
    app.register_blueprint(room)


@app.on_sqs_message(queue=os.environ["CHAT_QUEUE"], batch_size=10)
def chat_worker(event: SQSEvent) -> dict[str, Any]:
    """Record who follows the account and who left."""
    from chalicelib.chat.worker import handle

    return handle(event.to_dict()["Records"], app.world)


@app.on_sqs_message(queue=f"{os.environ['PREFIX']}-documents", batch_size=1)
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
