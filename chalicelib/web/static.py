"""Styles, scripts and drawings: text files named by their content, kept for a year."""

import json

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


@room.page("/{name}", guard=Guard.ANYONE)
def domain_file(visit: Visit, name: str) -> Answer:
    """Answer MP_verify_….txt, by which WeChat sees whose the domain is; nothing else is here."""
    files: dict[str, str] = json.loads(visit.world.settings.domain_files or "{}")
    if name not in files:
        raise NotFound
    return Text(files[name])


@room.page("/health", guard=Guard.ANYONE)
def health(_visit: Visit) -> Answer:
    """Answer that this code runs; the deploy asks after every change."""
    return Text("ok")
