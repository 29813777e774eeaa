"""State machines as data: every (state, action) pair has a target or a named refusal.

A feature writes one table; nothing else in the house decides what may happen to a case.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from functools import cached_property


class Role(StrEnum):
    """Who acts; staff hold several."""

    EMPLOYEE = "employee"
    FIRST_REVIEWER = "first_reviewer"
    SECOND_REVIEWER = "second_reviewer"
    SENIOR_REVIEWER = "senior_reviewer"
    """Held beside second reviewer, for amounts above a plan's threshold; no table names it."""
    FINANCE = "finance"
    EDITOR = "editor"
    ADMIN = "admin"
    AUDITOR = "auditor"
    SYSTEM = "system"

    @property
    def label(self) -> str:
        """The word shown instead of a name."""
        return _ROLE_LABELS[self]


_ROLE_LABELS = {
    Role.EMPLOYEE: "职工本人",
    Role.FIRST_REVIEWER: "初核员",
    Role.SECOND_REVIEWER: "复核员",
    Role.SENIOR_REVIEWER: "资深复核员",
    Role.FINANCE: "财务",
    Role.EDITOR: "编辑",
    Role.ADMIN: "管理员",
    Role.AUDITOR: "审计员",
    Role.SYSTEM: "系统",
}


class Refusal(StrEnum):
    """Why an action does not apply in a state; the sentence tells what is true now."""

    NOT_SUBMITTED = "申请尚未提交。"
    IN_REVIEW = "申请正在审核中，暂不能修改或删除。"
    IN_PAYMENT = "申请已审核通过，正在打款环节，不能修改或撤回。"
    IN_NEXT_PAYMENT = (
        "申请已在另一批次中再次付款。请先解散该批次，或等银行给出那一笔的结果，再处理这笔付款。"
    )
    BACK_WITH_EMPLOYEE = "申请已驳回，请等待职工修改后重新提交。"
    ALREADY_DECIDED = "该申请已由他人处理，请刷新查看最新进度。"
    CLOSED = "申请已办结，不能再更改。"
    DELETED = "申请已删除。"
    NOT_THIS_STEP = "当前环节不能进行此操作。"


@dataclass(frozen=True, slots=True)
class State:
    """A named state: its label, and whether staff find it in a queue."""

    name: str
    label: str
    queued: bool = False
    closed: bool = False
    days: int = 0
    """Working days this step takes as a rule; 0 where nobody waits."""


@dataclass(frozen=True, slots=True)
class Go:
    """The action applies: where it leads and who may take it.

    `remember` keeps the actor under that name in the case's facts; `differs_from`
    names facts that must not be the same person (four eyes).
    """

    to: str
    by: Role
    remember: str = ""
    differs_from: tuple[str, ...] = ()
    needs_reason: bool = False


@dataclass(frozen=True, slots=True)
class No:
    """The action does not apply."""

    refusal: Refusal


Rule = Go | No


class Machine:
    """States, actions, and the total table between them."""

    def __init__(
        self,
        states: tuple[State, ...],
        actions: Mapping[str, str],
        table: Mapping[tuple[str, str], Rule],
    ) -> None:
        self.states = {state.name: state for state in states}
        self.actions = dict(actions)
        self._table = dict(table)
        pairs = {(state, action) for state in self.states for action in self.actions}
        if pairs != set(self._table):
            raise ValueError(f"not total: {sorted(pairs ^ set(self._table))}")
        strays = {rule.to for rule in self._table.values() if isinstance(rule, Go)}
        if not strays <= set(self.states):
            raise ValueError(f"unknown targets: {sorted(strays - set(self.states))}")

    def rule(self, state: str, action: str) -> Rule:
        """Return what the action means in the state; an unknown action is a KeyError."""
        return self._table[state, action]

    def open_to(self, state: str, role: Role) -> tuple[str, ...]:
        """Return the actions that a role may take in a state, in the order of the table."""
        return self._given.get((state, role), ())

    @cached_property
    def _given(self) -> Mapping[tuple[str, Role], tuple[str, ...]]:
        """The table by state and role: a queue asks for each of its cases."""
        given: dict[tuple[str, Role], tuple[str, ...]] = {}
        for state in self.states:
            for action in self.actions:
                rule = self._table[state, action]
                if isinstance(rule, Go):
                    given[state, rule.by] = (*given.get((state, rule.by), ()), action)
        return given

    @cached_property
    def watchers(self) -> Mapping[str, frozenset[Role]]:
        """Who acts in each state; where only the system does, those who led there."""
        moves = [(here, rule) for (here, _), rule in self._table.items() if isinstance(rule, Go)]
        acting = {name: {rule.by for here, rule in moves if here == name} for name in self.states}
        before = {name: {rule.by for _, rule in moves if rule.to == name} for name in self.states}
        return {
            name: frozenset(before[name] if roles <= {Role.SYSTEM} else roles)
            for name, roles in acting.items()
        }

    def diagram(self) -> str:
        """Return the machine as a mermaid state diagram, for the README."""
        lines = ["stateDiagram-v2"]
        for (state, action), rule in self._table.items():
            if isinstance(rule, Go):
                here, there = self.states[state].label, self.states[rule.to].label
                lines.append(f"    {here} --> {there}: {self.actions[action]}（{rule.by.label}）")
        return "\n".join(lines)
