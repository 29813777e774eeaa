"""Each permission of each function is needed: without any one of them something is refused.

Stories that other tests tell are told again in a process that keeps every call to AWS with the
function that made it; moto enforces the policies meanwhile (`tests/fakes/iam.py`). What Lambda
asks for itself, in a function's name, is written down here.
"""

import json
import os
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import replace

import pytest

from tests import figures
from tests.architecture.house import ROOT
from tests.fakes import iam
from tests.fakes.iam import Call, Policy, Statement

STORIES = (
    "tests/flows/test_connections.py",
    "tests/flows/test_callback.py::test_the_worker_records_in_the_store_and_the_newest_wins",
    "tests/flows/test_content_between.py",
    "tests/flows/test_doctor_figures.py::test_a_whole_payout",
    "tests/flows/test_document_pages.py::test_a_picture_from_begin_to_eye",
    "tests/flows/test_documents.py::test_a_deleted_picture_takes_its_objects_along",
    "tests/flows/test_documents.py::test_two_workers_on_one_picture_leave_one_copy",
    "tests/flows/test_documents.py::test_a_picture_deleted_while_it_is_read_leaves_nothing",
    "tests/flows/test_documents.py::test_when_the_bucket_is_gone_the_message_comes_back",
    "tests/flows/test_menu.py::test_who_withdraws_the_authorisation_in_wechat_is_bound_no_more",
    "tests/flows/test_payout_results.py::test_two_who_export_at_once_make_one_file",
    "tests/flows/test_notify_ops.py::test_a_good_message_that_failed_is_told_after_redrive",
    "tests/flows/test_notify_ops.py::test_an_unreadable_outbox_item_goes_aside_and_back",
    "tests/flows/test_notify_ops.py::test_a_lock_without_an_open_case_is_found",
    "tests/flows/test_payout_desk.py::test_a_file_is_taken_twice_for_a_reason_only",
    "tests/flows/test_payout_desk.py::test_lines_that_were_not_taken_are_told_one_by_one",
    "tests/flows/test_retention.py::test_the_report_counts_and_names_nobody",
    "tests/flows/test_retention.py::test_who_left_has_no_messages_by_the_next_night",
    "tests/flows/test_round_trips_by_route.py::test_no_route_takes_more_trips_than_it_may",
    "tests/flows/test_watch.py::test_it_reads_one_line_of_each_queue",
    "tests/security/test_forged_forms.py::test_each_form_is_taken_with_its_token",
    "tests/flows/test_payout_disputes.py::test_it_was_not_paid_and_the_case_goes_on_where_it_is",
    "tests/faults/test_kill_matrix.py::test_every_call_fails_once[content]",
)
# docs.aws.amazon.com/lambda: "Configuring permissions" of SQS, of DynamoDB streams, and
# AWSLambdaVPCAccessExecutionRole
OF_QUEUES = ("ReceiveMessage", "DeleteMessage", "GetQueueAttributes")
OF_STREAMS = ("DescribeStream", "GetRecords", "GetShardIterator")
OF_NETWORKS = (
    "CreateNetworkInterface",
    "DeleteNetworkInterface",
    "DescribeNetworkInterfaces",
    "DescribeSubnets",
    "AssignPrivateIpAddresses",
    "UnassignPrivateIpAddresses",
)
STREAMED = ("relay", "document_cleaner")
HERE = "arn:aws-cn:{}:cn-northwest-1:123456789012:{}"


def of_lambda(function: str) -> Iterator[Call]:
    """Yield what Lambda itself asks for in a function's name."""
    name = function.removesuffix("_handler").replace("_", "-")
    log = HERE.format("logs", f"log-group:/aws/lambda/mutual-aid-local-{name}:log-stream:x")
    yield from (Call(f"logs:{action}", log) for action in ("CreateLogStream", "PutLogEvents"))
    yield from (Call(f"ec2:{action}", "*") for action in OF_NETWORKS)
    for queue in consumed(function):
        yield from (Call(f"sqs:{action}", HERE.format("sqs", queue)) for action in OF_QUEUES)
    if function in STREAMED:
        yield from (Call(f"dynamodb:{action}", "CasesStreamArn") for action in OF_STREAMS)
        stream = HERE.format("dynamodb", "table/mutual-aid-local-cases/stream/x")
        yield Call("dynamodb:ListStreams", stream)


def consumed(function: str) -> Iterator[str]:
    """Yield the queue that wakes a function."""
    from app import app

    for source in app.event_sources:
        if source.name == function and hasattr(source, "queue"):
            yield str(source.queue)


@pytest.fixture(scope="module")
def calls(tmp_path_factory: pytest.TempPathFactory) -> dict[str, set[Call]]:
    """Return what each function asked for while the stories were told."""
    folder = tmp_path_factory.mktemp("calls")
    own = {name: value for name, value in os.environ.items() if not name.startswith("PYTEST_")}
    own.pop(figures.PLACE, None)
    told = subprocess.run(
        [sys.executable, "-m", "pytest", "-q", "-n", "0", "-p", "no:cacheprovider", *STORIES],
        cwd=ROOT,
        env=own | {iam.KEEP_IN: str(folder)},
        capture_output=True,
        text=True,
        check=False,
    )
    assert told.returncode == 0, told.stdout[-3000:]
    found = {function: {*of_lambda(function)} for function in iam.policies()}
    for file in folder.iterdir():
        for function, *call in json.loads(file.read_text("utf-8")):
            found[function].add(Call(*call))
    return found


def less(policy: Policy) -> Iterator[tuple[str, Policy]]:
    """Yield a policy without each statement, action, resource and key of it, and what is gone."""
    for at, whole in enumerate(policy):
        before, after = policy[:at], policy[at + 1 :]
        yield whole.sid, before + after
        for part in ("actions", "resources", "keys"):
            every: tuple[str, ...] = getattr(whole, part)
            for one in every if len(every) > 1 else ():
                kept = tuple(other for other in every if other != one)
                yield f"{whole.sid}: {one}", (*before, replace(whole, **{part: kept}), *after)


def test_without_any_one_permission_a_story_breaks(calls: dict[str, set[Call]]) -> None:
    tried, needless = 0, []
    for function, policy in iam.policies().items():
        refused = [call for call in calls[function] if not iam.allowed(policy, call)]
        assert not refused, f"{function}: {refused}"
        for gone, rest in less(policy):
            tried += 1
            if all(iam.allowed(rest, call) for call in calls[function]):
                needless.append(f"{function} {gone}")
    policies = iam.policies().values()
    statements = [statement for policy in policies for statement in policy]
    figures.note("IAM functions", len(policies))
    figures.note("IAM statements", len(statements))
    figures.note("IAM actions", sum(len(one.actions) for one in statements))
    figures.note("IAM permissions taken away, each denies a call", tried - len(needless))
    assert not needless, "\n".join(needless)


def test_every_function_has_a_policy_and_an_entrance() -> None:
    known = {
        name.format(channel=channel)
        for name in iam.ENTRANCES.values()
        for channel in ("inbox", "sms", "template")
    }
    assert set(iam.policies()) == known


def test_a_call_beyond_the_policy_is_refused() -> None:
    may = Statement("One", ("s3:GetObject",), ("arn:aws-cn:s3:::b/in/*",), ())
    assert may.allows(Call("s3:GetObject", "arn:aws-cn:s3:::b/in/x"))
    assert not may.allows(Call("s3:GetObject", "arn:aws-cn:s3:::b/out/x"))
    assert not may.allows(Call("s3:PutObject", "arn:aws-cn:s3:::b/in/x"))
    keyed = replace(may, keys=("audit#*",))
    assert keyed.allows(Call("s3:GetObject", "arn:aws-cn:s3:::b/in/x", "audit#1"))
    assert not keyed.allows(Call("s3:GetObject", "arn:aws-cn:s3:::b/in/x", "staff"))
    with pytest.raises(iam.Forbidden):
        iam.judge("watch", Call("s3:GetObject", "arn:aws-cn:s3:::b/in/x"))
