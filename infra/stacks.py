"""CloudFormation by change set: planned, shown, then executed; a failure rolls back."""

import json
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any, Final

from botocore.exceptions import ClientError

from infra.errors import InfraError
from infra.render import Template
from infra.session import Cloud, error_code

_NOTHING: Final = ("didn't contain changes", "No updates are to be performed")
_CAPABILITIES: Final = ["CAPABILITY_IAM", "CAPABILITY_NAMED_IAM", "CAPABILITY_AUTO_EXPAND"]
_CHANGE_SET: Final = "deploy"
# A first deploy of a custom domain or a VPC function can take a quarter of an hour on AWS.
_DEADLINE_SECONDS: Final = 2400
# Left behind by a create that failed: CloudFormation allows nothing but deleting it.
_DEAD: Final = frozenset({"ROLLBACK_COMPLETE", "ROLLBACK_FAILED", "REVIEW_IN_PROGRESS"})
_INLINE_LIMIT: Final = 51_200


@dataclass(frozen=True, slots=True)
class Change:
    """One resource that a deploy would touch."""

    action: str
    logical: str
    kind: str
    replacement: bool


@dataclass(frozen=True, slots=True)
class Plan:
    """A change set that waits, or with `ready` false the finding that nothing differs.

    Outputs alone can differ: such a plan is ready without naming a resource.
    """

    stack: str
    creates: bool
    ready: bool
    changes: tuple[Change, ...] = ()

    @property
    def dangerous(self) -> tuple[Change, ...]:
        """Changes that remove or replace something."""
        return tuple(c for c in self.changes if c.replacement or c.action == "Remove")


class Stacks:
    """Plans and executes stacks of one stage."""

    def __init__(self, cloud: Cloud, *, upload: Callable[[str], str] | None = None) -> None:
        """`upload` stores a template that is too long to send inline and returns its URL."""
        self._cloud = cloud
        self._api = cloud.client("cloudformation")
        self._upload = upload

    def describe(self, stack: str) -> dict[str, Any] | None:
        """Return the stack as CloudFormation knows it, or None."""
        try:
            found = self._api.describe_stacks(StackName=stack)["Stacks"]
        except ClientError as error:
            if "does not exist" in str(error):
                return None
            raise
        return dict(found[0]) if found else None

    def outputs(self, stack: str) -> dict[str, str]:
        """Return the outputs of a stack; empty when it does not exist."""
        found = self.describe(stack) or {}
        return {o["OutputKey"]: o["OutputValue"] for o in found.get("Outputs", [])}

    def plan(self, stack: str, template: Template, parameters: dict[str, str]) -> Plan:
        """Make a change set and read it; the change set stays until executed or dropped."""
        found = self.describe(stack)
        if found and found["StackStatus"] in _DEAD:
            self._bury(stack)
            found = None
        self._drop(stack)
        self._api.create_change_set(
            StackName=stack,
            ChangeSetName=_CHANGE_SET,
            ChangeSetType="UPDATE" if found else "CREATE",
            Capabilities=_CAPABILITIES,
            Parameters=[
                {"ParameterKey": k, "ParameterValue": v}
                for k, v in parameters.items()
                if k in template["Parameters"]
            ],
            Tags=[{"Key": "app", "Value": "mutual-aid"}],
            **self._body(template),
        )
        if not self._planned(stack):
            return Plan(stack, creates=False, ready=False)
        return Plan(stack, creates=found is None, ready=True, changes=self._changes(stack))

    def execute(self, plan: Plan, *, watch: Callable[[str, str], None]) -> dict[str, str]:
        """Carry a plan out and return the outputs; `watch` hears (resource, state).

        Raises InfraError with the first cause after CloudFormation has rolled back.
        """
        if plan.ready:
            known = {e["EventId"] for e in self._events(plan.stack)}
            self._api.execute_change_set(StackName=plan.stack, ChangeSetName=_CHANGE_SET)
            self._follow(plan.stack, known, watch)
        return self.outputs(plan.stack)

    def discard(self, plan: Plan) -> None:
        """Drop a plan that was only shown; a stack that began with it goes too."""
        self._drop(plan.stack)
        if plan.creates:
            self._bury(plan.stack)

    def delete(self, stack: str, *, watch: Callable[[str, str], None]) -> None:
        """Delete a stack and wait until it is gone."""
        found = self.describe(stack)
        if found:
            known = {e["EventId"] for e in self._events(stack)}
            self._api.delete_stack(StackName=stack)
            # Once gone, a stack answers only to its id.
            self._follow(found["StackId"], known, watch)

    def _changes(self, stack: str) -> tuple[Change, ...]:
        pages = self._api.get_paginator("describe_change_set").paginate(
            StackName=stack, ChangeSetName=_CHANGE_SET
        )
        found = [c["ResourceChange"] for page in pages for c in page.get("Changes", [])]
        return tuple(_change(c) for c in found)

    def _planned(self, stack: str) -> bool:
        """Wait for the change set; tell whether it holds anything."""
        for _ in self._until(f"the change set of {stack}"):
            described = self._api.describe_change_set(StackName=stack, ChangeSetName=_CHANGE_SET)
            if described["Status"] == "CREATE_COMPLETE":
                return True
            if described["Status"] == "FAILED":
                break
        reason = described.get("StatusReason", "")
        self._drop(stack)
        if any(text in reason for text in _NOTHING):
            return False
        raise InfraError(f"CloudFormation refuses the change of {stack}: {reason}")

    def _follow(self, stack: str, known: set[str], watch: Callable[[str, str], None]) -> None:
        first_failure = ""
        for _ in self._until(stack):
            for event in self._events(stack):
                if event["EventId"] in known:
                    continue
                known.add(event["EventId"])
                watch(event["LogicalResourceId"], event["ResourceStatus"])
                if event["ResourceStatus"].endswith("FAILED") and not first_failure:
                    reason = event.get("ResourceStatusReason", "no reason given")
                    first_failure = f"{event['LogicalResourceId']}: {reason}"
            found = self.describe(stack)
            status = found["StackStatus"] if found else "DELETE_COMPLETE"
            if status.endswith("IN_PROGRESS"):
                continue
            if "ROLLBACK" in status or status.endswith("FAILED"):
                raise InfraError(f"{stack} ended as {status}. First cause: {first_failure}")
            return

    def _events(self, stack: str) -> list[dict[str, Any]]:
        try:
            events = self._api.describe_stack_events(StackName=stack)["StackEvents"]
        except ClientError as error:
            if "does not exist" in str(error):
                return []
            raise
        return list(reversed(events))

    def _until(self, what: str) -> Iterator[None]:
        deadline = time.monotonic() + _DEADLINE_SECONDS
        while time.monotonic() < deadline:
            yield
            time.sleep(self._cloud.poll_seconds)
        raise InfraError(f"{what} did not settle within {_DEADLINE_SECONDS // 60} minutes.")

    def _body(self, template: Template) -> dict[str, str]:
        text = json.dumps(template, ensure_ascii=True, separators=(",", ":"))
        if len(text) <= _INLINE_LIMIT or self._upload is None:
            return {"TemplateBody": text}
        return {"TemplateURL": self._upload(text)}

    def _drop(self, stack: str) -> None:
        try:
            self._api.delete_change_set(StackName=stack, ChangeSetName=_CHANGE_SET)
        except ClientError as error:
            if error_code(error) not in {"ChangeSetNotFound", "ValidationError"}:
                raise

    def _bury(self, stack: str) -> None:
        """Delete a stack that holds nothing: never created, or rolled back to nothing."""
        self.delete(stack, watch=lambda *_: None)


def _change(raw: dict[str, Any]) -> Change:
    replacement = raw.get("Replacement") == "True"
    return Change(raw["Action"], raw["LogicalResourceId"], raw["ResourceType"], replacement)
