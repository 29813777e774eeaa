"""The bank's counter as a page, below /bank of the simulators' port.

`GET /bank` shows the payment files so far and takes the next one (multipart field "file" to
`/bank/files`). `GET /bank/files/{id}` shows one, `?page=` from 1; its payments are decided by a
rule (`…/rule`, field "rule") or one by one (`…/rows`, fields "fate_<number>"), and
`…/result?kind=xlsx|csv&words=0|1` is the result file, with our codes or in the bank's words.
"""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from aiohttp import web
from jinja2 import Environment, FileSystemLoader, StrictUndefined

from chalicelib.core.clock import beijing_minute
from chalicelib.core.money import yuan
from infra.local.bank import answers
from infra.local.bank.counter import FAILURES, Counter, Fate, FileHead, Outcome, Rule
from infra.local.bank.orders import PayOrder, Refused

PAGE = 50
_HERE = Path(__file__).with_name("pages")
_HEADERS = {
    "Cache-Control": "no-store",
    "X-Content-Type-Options": "nosniff",
    "Content-Security-Policy": "default-src 'self'; form-action 'self'; frame-ancestors 'none'",
}
_TYPES = {
    "csv": "text/csv; charset=utf-8",
    "xlsx": "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
}


class CounterPage:
    """Serves the counter of one bank; `front_url` leads back to the console."""

    def __init__(self, counter: Counter, front_url: str) -> None:
        self._counter = counter
        self._front_url = front_url
        self._templates = Environment(
            loader=FileSystemLoader(_HERE), autoescape=True, undefined=StrictUndefined
        )
        self._templates.filters |= {"yuan": yuan, "minute": _minute}

    def routes(self) -> list[web.RouteDef]:
        """Every route of the table above."""
        return [
            web.get("/bank", self.files),
            web.get("/bank.css", self.style),
            web.post("/bank/files", self.take),
            web.get("/bank/files/{id}", self.file),
            web.post("/bank/files/{id}/rule", self.rule),
            web.post("/bank/files/{id}/rows", self.rows),
            web.get("/bank/files/{id}/result", self.result),
        ]

    async def files(self, request: web.Request) -> web.Response:
        """All files, and the form."""
        return self._files(str(request.query.get("said", ""))[:200])

    async def style(self, _request: web.Request) -> web.FileResponse:
        """The style sheet."""
        return web.FileResponse(_HERE / "bank.css", headers={"Cache-Control": "no-cache"})

    async def take(self, request: web.Request) -> web.Response:
        """A payment file arrives."""
        _own(request)
        sent = (await request.post()).get("file")
        if not isinstance(sent, web.FileField):
            return self._files("请先选择付款文件。", status=400)
        try:
            head, new = self._counter.take(sent.filename, sent.file.read())
        except Refused as refused:
            return self._files(str(refused), status=400)
        raise _see_other(f"/bank/files/{head.id}" + ("" if new else "?known=1"))

    async def file(self, request: web.Request) -> web.Response:
        """One file."""
        head = self._head(request)
        orders = self._counter.orders(head)
        asked = request.query.get("page", "1")
        pages = max(1, -(-len(orders) // PAGE))
        page = min(max(int(asked), 1), pages) if asked.isdigit() and len(asked) < 6 else 1
        shown = orders[(page - 1) * PAGE : page * PAGE]
        return self._page(
            "file.html",
            head=head,
            rows=[(order, self._counter.fate(order)) for order in shown],
            counts=self._counts(orders),
            page=page,
            pages=pages,
            rules=[(rule.value, rule.label) for rule in Rule],
            failures=FAILURES,
            known="known" in request.query,
            refused=request.query.get("refused", ""),
        )

    async def rule(self, request: web.Request) -> web.Response:
        """Decide what is open."""
        _own(request)
        head = self._head(request)
        try:
            rule = Rule(str((await request.post()).get("rule")))
        except ValueError as error:
            raise web.HTTPBadRequest(text="没有这个规则。") from error
        self._counter.apply(rule, self._counter.orders(head))
        raise _see_other(f"/bank/files/{head.id}")

    async def rows(self, request: web.Request) -> web.Response:
        """Decide single payments."""
        _own(request)
        head = self._head(request)
        form = await request.post()
        chosen = []
        for order in self._counter.orders(head):
            wanted = str(form.get(f"fate_{order.number}", ""))
            outcome, _, code = wanted.partition(" ")
            if outcome in set(Outcome) and (code in FAILURES or outcome != Outcome.FAILED):
                chosen.append((order, Outcome(outcome), code))
        refused = self._counter.decide(chosen)
        page = str(form.get("page", "1"))
        more = f"&refused={refused}" if refused else ""
        raise _see_other(f"/bank/files/{head.id}?page={page if page.isdigit() else 1}{more}")

    async def result(self, request: web.Request) -> web.Response:
        """The result file: what is decided so far."""
        head = self._head(request)
        kind = request.query.get("kind", "xlsx")
        if kind not in answers.KINDS:
            raise web.HTTPNotFound(text="没有这种格式。")
        make = answers.csv_file if kind == "csv" else answers.xlsx_file
        body = make(self._decided(head), words=request.query.get("words") == "1")
        disposition = f'attachment; filename="result-{head.id}.{kind}"'
        headers = _HEADERS | {"Content-Type": _TYPES[kind], "Content-Disposition": disposition}
        return web.Response(body=body, headers=headers)

    def _decided(self, head: FileHead) -> list[tuple[PayOrder, Fate]]:
        both = ((order, self._counter.fate(order)) for order in self._counter.orders(head))
        return [(order, fate) for order, fate in both if fate]

    def _head(self, request: web.Request) -> FileHead:
        head = self._counter.head(request.match_info["id"])
        if head is None:
            raise web.HTTPNotFound(text="没有这个文件。")
        return head

    def _counts(self, orders: list[PayOrder]) -> dict[str, int]:
        counts = {"open": 0, "paid": 0, "failed": 0, "unknown": 0}
        for order in orders:
            fate = self._counter.fate(order)
            counts[fate.outcome.value if fate else "open"] += 1
        return counts

    def _files(self, said: str = "", status: int = 200) -> web.Response:
        ledger = self._counter.ledger
        count, fen = self._counter.paid()
        rows = [(head, self._counts(self._counter.orders(head))) for head in ledger.files[:20]]
        twice = ledger.refused_twice
        return self._page(
            "files.html", status, rows=rows, said=said, count=count, fen=fen, twice=twice
        )

    def _page(self, name: str, status: int = 200, **view: Any) -> web.Response:
        text = self._templates.get_template(name).render(front_url=self._front_url, **view)
        return web.Response(text=text, status=status, content_type="text/html", headers=_HEADERS)


def _own(request: web.Request) -> None:
    """Take forms of our own pages only."""
    origin = request.headers.get("Origin")
    if origin and urlsplit(origin).netloc != request.host:
        raise web.HTTPForbidden(text="请从银行页面提交。")


def _see_other(path: str) -> web.HTTPSeeOther:
    return web.HTTPSeeOther(path)


def _minute(at: float) -> str:
    return beijing_minute(datetime.fromtimestamp(at, UTC))
