"""How a room opens its doors: every route states who may enter and how long it may be kept.

`page` is a GET, `form` a POST of a page's form, `raw` anything that is not a page.
Errors become pages here, below Chalice, which would answer them as JSON.
"""

import logging
import string
from collections.abc import Callable
from dataclasses import dataclass
from enum import StrEnum
from functools import partial
from typing import Any
from urllib.parse import quote

from chalice.app import Blueprint, Response

from chalicelib.casework.machine import Role
from chalicelib.core.errors import AppError, NotAllowed, Refused
from chalicelib.core.logs import about
from chalicelib.web.answers import HTML, NO_STORE, Answer, Page, SeeOther, Text, response
from chalicelib.web.visit import Also, Visit

log = logging.getLogger("mutual_aid.web")

FORM = "application/x-www-form-urlencoded"
Roles = Role | frozenset[Role] | None
Handler = Callable[..., Answer]
Again = Callable[..., Page]


class Guard(StrEnum):
    """Who may enter."""

    ANYONE = "anyone"
    VISITOR = "visitor"
    MEMBER = "member"
    SIGNED = "signed"
    STAFF = "staff"
    STAFF_SETUP = "staff_setup"
    """Staff who have proven a password and have yet to finish setting up."""


@dataclass(frozen=True, slots=True)
class Door:
    """A route's handler and its policy."""

    handler: Handler
    guard: Guard
    cache: str = NO_STORE
    token: str | None = None
    again: Again | None = None
    roles: frozenset[Role] = frozenset()
    """Staff who hold any of them may enter; empty means all staff."""
    also: Also | None = None
    """What is read together with an employee's session (`Visit.found`)."""


class Room(Blueprint):
    """A blueprint whose routes carry guard, cache policy and error page."""

    def page(
        self,
        path: str,
        *,
        guard: Guard,
        cache: str = NO_STORE,
        role: Roles = None,
        also: Also | None = None,
    ) -> Callable[[Handler], Handler]:
        """Register a page that is read; `role` narrows Guard.STAFF, `also` reads along."""
        door = partial(Door, guard=guard, cache=cache, roles=_roles(role), also=also)
        return self._door(path, ["GET"], door)

    def form(
        self,
        path: str,
        *,
        guard: Guard,
        token: str | None = None,
        again: Again | None = None,
        role: Roles = None,
        also: Also | None = None,
    ) -> Callable[[Handler], Handler]:
        """Register the target of a form.

        `token` is the path whose form token it takes; `again` shows the form once more,
        with everything that was typed, when the submission is refused. Parameters of the
        path are part of the token's path.
        """
        door = partial(
            Door, guard=guard, token=token or path, again=again, roles=_roles(role), also=also
        )
        return self._door(path, ["POST"], door, [FORM])

    def raw(
        self, path: str, *, methods: list[str], guard: Guard, content_types: list[str]
    ) -> Callable[[Handler], Handler]:
        """Register a route for machines; its handler gets the visit too."""
        return self._door(path, methods, partial(Door, guard=guard), content_types)

    def _door(
        self,
        path: str,
        methods: list[str],
        make_door: Callable[[Handler], Door],
        content_types: list[str] | None = None,
    ) -> Callable[[Handler], Handler]:
        def register(handler: Handler) -> Handler:
            def view(**_raw: str) -> Response:
                app: Any = self._current_app
                visit = Visit(app.world, app.current_request)
                with about(request_id=visit.request_id):
                    return serve(visit, door)

            door = make_door(handler)
            view.__name__ = handler.__name__
            view.door = door  # type: ignore[attr-defined]  # what the architecture tests read
            options = {"content_types": content_types} if content_types else {}
            self.route(path, methods=methods, name=handler.__name__, **options)(view)
            return handler

        return register


def _roles(role: Roles) -> frozenset[Role]:
    return frozenset([role]) if isinstance(role, Role) else role or frozenset()


def serve(visit: Visit, door: Door) -> Response:
    """Answer one request: guard, handler, rendering; failures become pages."""
    from chalicelib.web import errors

    try:
        return _respond(visit, _answer(visit, door), door.cache)
    except AppError as error:
        log.info("refused %s %s", type(error).__name__, door.handler.__name__)
        return errors.known(visit, error)
    except Exception as error:  # the last door before Chalice's JSON
        log.exception("failed %s", door.handler.__name__)
        return errors.unknown(visit, error)


def _answer(visit: Visit, door: Door) -> Answer:
    if door.also is not None:
        visit.read_along(door.also)
    form_page = door.token.format(**visit.params) if door.token is not None else None
    elsewhere = _turned_away(visit, door, form_page)
    if elsewhere is not None:
        return elsewhere
    try:
        if form_page is not None:
            visit.operation(form_page)
        return door.handler(visit, **visit.params)
    except Refused as refused:
        if door.again is None or visit.wants_json:
            raise
        return door.again(visit, refused, **visit.params)


def _turned_away(visit: Visit, door: Door, form_page: str | None) -> Answer | None:
    """Return where to go instead, or None when the person may enter.

    Who signs in on the way to a form comes back to its page.
    """
    guard = door.guard
    if guard in (Guard.ANYONE, Guard.SIGNED):
        return None
    if guard in (Guard.STAFF, Guard.STAFF_SETUP):
        from chalicelib.web import staff

        return staff.turned_away(visit, door.roles, setting_up=guard is Guard.STAFF_SETUP)
    if visit.session is None and visit.wants_json:
        raise NotAllowed("登录已过期，请刷新页面。")
    if visit.session is None:
        from chalicelib.web.oauth import start

        return start(visit, to=form_page)
    if guard is Guard.MEMBER and visit.member is None:
        return SeeOther("/bind")
    return None


def _respond(visit: Visit, answer: Answer, cache: str) -> Response:
    settings = visit.world.settings
    if isinstance(answer, SeeOther):
        return response(
            settings,
            "",
            HTML,
            status=303,
            cookies=answer.cookies,
            # a sign-in leads back to what a browser asked for, line breaks and all
            headers={"Location": quote(answer.to, safe=string.punctuation)},
        )
    if isinstance(answer, Text):
        return response(
            settings,
            answer.body,
            answer.content_type,
            status=answer.status,
            cache=cache,
            headers=answer.headers,
        )
    return page_response(visit, answer, cache)


def page_response(visit: Visit, page: Page, cache: str = NO_STORE) -> Response:
    """Render a page with what its layout needs."""
    from chalicelib.web.render import render

    settings = visit.world.settings
    body = render(
        page.template,
        page.view,
        org=settings.org_name,
        care=visit.care,
        form_token=visit.form_token,
    )
    return response(settings, body, HTML, status=page.status, cache=cache, cookies=page.cookies)
