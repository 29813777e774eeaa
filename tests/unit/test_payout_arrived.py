"""Whether a file from the bank came, for a reader who may not list the bucket."""

import pytest
from botocore.exceptions import ClientError

from chalicelib.store.payout_files import PayoutFiles


class Bucket:
    def __init__(self, code: str) -> None:
        self.code = code

    def head_object(self, **_: str) -> dict[str, str]:
        if self.code:
            raise ClientError({"Error": {"Code": self.code}}, "HeadObject")
        return {"VersionId": "v1"}


@pytest.mark.parametrize(("code", "version"), [("", "v1"), ("403", ""), ("404", "")])
def test_what_is_missing_is_missing_also_where_s3_calls_it_forbidden(
    code: str, version: str
) -> None:
    assert PayoutFiles(Bucket(code), "bucket").arrived("results/1/x") == version


def test_what_does_not_answer_is_not_missing() -> None:
    with pytest.raises(ClientError):
        PayoutFiles(Bucket("503"), "bucket").arrived("results/1/x")
