"""One way to reach a cloud: AWS, AWS China, or the local one through AWS_ENDPOINT_URL."""

import os
from functools import cached_property
from typing import Any

import boto3
from botocore.config import Config
from botocore.exceptions import BotoCoreError, ClientError

from infra.errors import InfraError
from infra.stages import Stage


class Cloud:
    """A session for one stage; clients are made once and share their settings."""

    def __init__(self, stage: Stage, *, endpoint: str | None = None) -> None:
        """`endpoint` defaults to AWS_ENDPOINT_URL; the local stage accepts nothing but one."""
        self.stage = stage
        self.endpoint = endpoint or os.environ.get("AWS_ENDPOINT_URL") or None
        if stage.local and not self.endpoint:
            raise InfraError("Stage local needs its endpoint: start it with `make run`.")
        if not stage.local and self.endpoint:
            raise InfraError(
                f"AWS_ENDPOINT_URL is set ({self.endpoint}) but stage {stage.name} is on AWS. "
                "Unset it, or deploy stage local."
            )
        self._clients: dict[str, Any] = {}

    def client(self, service: str) -> Any:
        """Return the low-level client of a service in the stage's region."""
        if service not in self._clients:
            self._clients[service] = self._session.client(  # type: ignore[call-overload]
                service,
                endpoint_url=self.endpoint,
                config=Config(
                    retries={"mode": "standard", "total_max_attempts": 5},
                    connect_timeout=5,
                    read_timeout=90,
                    s3={"addressing_style": "path" if self.endpoint else "auto"},
                ),
            )
        return self._clients[service]

    @property
    def poll_seconds(self) -> float:
        """How long to wait between two looks at something that is under way."""
        return 0.15 if self.endpoint else 3.0

    def verify(self) -> str:
        """Return who we are; refuses any account but the stage's own."""
        try:
            who = self.client("sts").get_caller_identity()
        except (BotoCoreError, ClientError) as error:
            place = self.endpoint or f"AWS in {self.stage.region}"
            raise InfraError(
                f"No answer from {place} ({error}). "
                "Check AWS_PROFILE or AWS_ACCESS_KEY_ID, and the network."
            ) from error
        if who["Account"] != self.stage.account:
            raise InfraError(
                f"These credentials are for account {who['Account']}, but stage "
                f"{self.stage.name} belongs to {self.stage.account}. Nothing was changed."
            )
        return str(who["Arn"])

    @cached_property
    def _session(self) -> boto3.session.Session:
        if self.endpoint and self.stage.local:
            # The local cloud's own root; real credentials never travel to it.
            return boto3.session.Session("test", "test", region_name=self.stage.region)
        return boto3.session.Session(region_name=self.stage.region)


def error_code(error: ClientError) -> str:
    """Return AWS's name of what went wrong."""
    return str(error.response.get("Error", {}).get("Code", ""))
