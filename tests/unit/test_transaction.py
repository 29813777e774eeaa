"""Each failed condition raises the error that it means; the rest is told apart by what to do."""

from typing import Any

import pytest
from botocore.exceptions import ClientError

from chalicelib.core.errors import AppError, Conflict, NotFound, Refused, Unavailable
from chalicelib.store.transaction import Transaction


class Answers:
    """A DynamoDB client that answers each transaction as told."""

    def __init__(self, *failures: ClientError | None) -> None:
        self.failures = failures or (None,)
        self.sent: list[list[dict[str, Any]]] = []

    def transact_write_items(self, *, TransactItems: list[dict[str, Any]]) -> None:  # noqa: N803
        self.sent.append(TransactItems)
        failure = self.failures[min(len(self.sent), len(self.failures)) - 1]
        if failure:
            raise failure


class Tables:
    """A database as a transaction sees it."""

    def __init__(self, client: Answers) -> None:
        self.client = client


FIRST, SECOND = Refused("第一个条件不成立。"), NotFound("第二个条件不成立。")


def failure(code: str, *reasons: str) -> ClientError:
    answer: dict[str, Any] = {"Error": {"Code": code, "Message": "a message of AWS"}}
    if reasons:
        answer["CancellationReasons"] = [{"Code": reason} for reason in reasons]
    return ClientError(answer, "TransactWriteItems")  # type: ignore[arg-type]


def cancelled(*reasons: str) -> ClientError:
    return failure("TransactionCanceledException", *reasons)


def transaction(*problems: ClientError | None) -> Transaction:
    made = Transaction(Tables(Answers(*problems)))  # type: ignore[arg-type]
    made.raw("Put", {"TableName": "t"}, FIRST)
    made.raw("Delete", {"TableName": "t"}, SECOND)
    made.raw("Update", {"TableName": "t", "ReturnValues": "ALL_NEW"})
    return made


@pytest.mark.parametrize(
    ("problem", "meaning"),
    [
        (cancelled("ConditionalCheckFailed", "None", "None"), FIRST),
        (cancelled("None", "ConditionalCheckFailed", "None"), SECOND),
        (cancelled("None", "ConditionalCheckFailed", "ConditionalCheckFailed"), SECOND),
        (cancelled("TransactionConflict", "ConditionalCheckFailed", "None"), SECOND),
    ],
)
def test_the_first_failed_condition_speaks(problem: ClientError, meaning: AppError) -> None:
    with pytest.raises(AppError) as caught:
        transaction(problem).commit()
    assert caught.value is meaning
    assert caught.value.__cause__ is problem


def test_a_condition_without_an_error_of_its_own_is_a_conflict() -> None:
    with pytest.raises(Conflict):
        transaction(cancelled("None", "None", "ConditionalCheckFailed")).commit()


@pytest.mark.parametrize(
    "problem",
    [
        cancelled("None", "TransactionConflict", "None"),
        cancelled("ThrottlingError", "None", "None"),
        cancelled("None", "None", "ProvisionedThroughputExceeded"),
        failure("TransactionInProgressException"),
    ],
    ids=["conflict", "throttled", "over capacity", "in progress"],
)
def test_what_passes_is_unavailable(problem: ClientError) -> None:
    with pytest.raises(Unavailable):
        transaction(problem).commit()


COLLISION = cancelled("None", "TransactionConflict", "None")


def test_who_collides_tries_again_and_hears_what_is_true_by_then() -> None:
    transaction(COLLISION, COLLISION, None).commit()
    by_then = cancelled("ConditionalCheckFailed", "None", "None")
    with pytest.raises(Refused) as caught:
        transaction(COLLISION, by_then).commit()
    assert caught.value is FIRST


@pytest.mark.parametrize(
    ("problem", "tries"), [(COLLISION, 3), (cancelled("ThrottlingError", "None", "None"), 1)]
)
def test_only_a_collision_is_tried_again_and_not_for_ever(problem: ClientError, tries: int) -> None:
    made = transaction(problem)
    with pytest.raises(Unavailable):
        made.commit()
    assert len(made.database.client.sent) == tries


@pytest.mark.parametrize(
    "problem",
    [
        cancelled("None", "ValidationError", "None"),
        cancelled("None", "ItemCollectionSizeLimitExceeded", "None"),
        failure("TransactionCanceledException"),
        failure("AccessDeniedException"),
        failure("ThrottlingException"),
    ],
    ids=["invalid", "too large", "no reasons", "denied", "throttled whole"],
)
def test_what_nobody_foresaw_stays_what_it_is(problem: ClientError) -> None:
    with pytest.raises(ClientError) as caught:
        transaction(problem).commit()
    assert caught.value is problem
    assert caught.value.__cause__ is None  # not its own cause


def test_items_go_out_in_order_and_without_return_values() -> None:
    client = Answers()
    made = Transaction(Tables(client))  # type: ignore[arg-type]
    made.raw("Put", {"TableName": "a", "ReturnValues": "NONE"})
    made.raw("ConditionCheck", {"TableName": "b"})
    assert len(made) == 2
    made.commit()
    assert client.sent == [[{"Put": {"TableName": "a"}}, {"ConditionCheck": {"TableName": "b"}}]]
