"""What a feature says about its kind of case: one object, announced once in app.py."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from chalicelib.casework import known
from chalicelib.casework.case import Actor, Case, Event
from chalicelib.casework.machine import Go, Machine, Role
from chalicelib.world import World

if TYPE_CHECKING:
    from chalicelib.store.documents import Document
    from chalicelib.store.transaction import Transaction

Effects = Callable[[World, "Transaction", Case | None, Case, Event], None]


@dataclass(frozen=True, slots=True)
class Row:
    """A field on the review panel; `old` is None where nothing is replaced.

    `previous` is what the employee asked for before the case went back, where it differs.
    Rows of one `group` stand together under its name. No reason points at a `fixed` row:
    the employee cannot mend it here.
    """

    field: str
    label: str
    new: str
    old: str | None = None
    changed: bool = False
    previous: str | None = None
    group: str = ""
    fixed: bool = False


@dataclass(frozen=True, slots=True)
class Check:
    """An automatic check: passed True/False, None for a warning to look at."""

    label: str
    passed: bool | None
    evidence: str = ""


@dataclass(frozen=True, slots=True)
class BillLine:
    """A line of a computed amount in 分: label left, formula below, amount right."""

    label: str
    formula: str
    amount_fen: int
    total: bool = False


@dataclass(frozen=True, slots=True)
class Ask:
    """A text that a reviewer gives with some actions; what was typed goes to `Kind.settle`."""

    name: str
    label: str
    value: str
    actions: tuple[str, ...]
    hint: str = ""


@dataclass(frozen=True, slots=True)
class Panel:
    """What a reviewer sees of a case besides its history.

    `documents` are its pictures, `pictures` gives the label of one by its purpose.
    """

    rows: tuple[Row, ...]
    checks: tuple[Check, ...] = ()
    bill: tuple[BillLine, ...] = ()
    bill_note: str = ""
    asks: tuple[Ask, ...] = ()
    documents: Sequence["Document"] = ()
    pictures: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Settled:
    """What a case will hold after a decision, and the amount as the employee will read it."""

    data: Mapping[str, Any]
    bill: tuple[BillLine, ...] = ()
    bill_note: str = ""


Settle = Callable[[World, Case, Actor, str, Mapping[str, str]], Settled | None]


@dataclass(frozen=True, slots=True)
class Payable:
    """What a case is paid, in 分, and to which account: in the clear, for one use."""

    amount_fen: int
    holder: str
    bank: str
    branch: str
    account: str


@dataclass(frozen=True, slots=True)
class Kind:
    """A kind of case.

    `effects` adds to each transition's transaction what the kind needs (locks, the
    employee record); `panel` shows a case to staff; `href` leads the employee to it.
    `messages` maps (from state, to state) to the message that tells the employee;
    `one_open` says that a lock allows one open case per employee; of other kinds the open ones
    stand in a list (store/drafts.py). `settle` turns what a
    reviewer typed into `Panel.asks` into what the case will hold (None: as it is), or refuses;
    `payable` says what an approved case is paid. Actions in `elsewhere` belong to another
    room, which writes more with them: the desk neither offers nor takes them. `export` says
    in the employee's own words (as JSON) all that they gave and were told in a case.
    """

    name: str
    prefix: str
    label: str
    machine: Machine
    effects: Effects
    panel: Callable[[World, Case], Panel]
    href: Callable[[Case], str]
    messages: Mapping[tuple[str, str], str] = field(default_factory=dict)
    one_open: bool = False
    settle: Settle | None = None
    payable: Callable[[World, Case], Payable] | None = None
    elsewhere: frozenset[str] = frozenset()
    export: Callable[[World, Case], Mapping[str, Any]] | None = None

    def message(self, from_state: str, action: str, to_state: str) -> str | None:
        """Return the message that a step sends; nobody is told of what they did themselves."""
        rule = self.machine.rule(from_state, action)
        own = isinstance(rule, Go) and rule.by is Role.EMPLOYEE
        return None if own else self.messages.get((from_state, to_state))


_KINDS: dict[str, Kind] = {}


def register(kind: Kind) -> Kind:
    """Make a kind known; the same name twice must be the same kind."""
    if _KINDS.setdefault(kind.name, kind) is not kind:
        raise ValueError(f"another kind is named {kind.name}")
    return kind


def kind_of(name: str) -> Kind:
    """Return a kind that is registered or announced."""
    return _KINDS[name] if name in _KINDS else register(known.LOADERS[name]())


def kinds() -> tuple[Kind, ...]:
    """Return all kinds, those that app.py announces first."""
    return tuple(kind_of(name) for name in {**known.LOADERS, **_KINDS})
