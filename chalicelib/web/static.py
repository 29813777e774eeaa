"""Styles, scripts and drawings: text files named by their content, kept for a year."""

from chalicelib.core.errors import NotFound
from chalicelib.web.answers import FOREVER, Answer, Text
from chalicelib.web.room import Guard, Room
from chalicelib.web.visit import Visit

room = Room(__name__)

_TYPES = {
    "css": "text/css; charset=utf-8",
    "js": "text/javascript; charset=utf-8",
    "svg": "image/svg+xml; charset=utf-8",
}


@room.page("/static/{name}", guard=Guard.ANYONE, cache=FOREVER)
def static(_visit: Visit, name: str) -> Answer:
    """Answer a built asset. Names are looked up, never joined to a path."""
    from chalicelib.web.render import STATIC, manifest

    if name not in manifest().values():
        raise NotFound
    body = (STATIC / name).read_text("utf-8")
    return Text(body, _TYPES[name.rpartition(".")[2]])


@room.page("/health", guard=Guard.ANYONE)
def health(_visit: Visit) -> Answer:
    """Answer that this code runs; the deploy asks after every change."""
    return Text("ok")
