"""The environment of a function, read once and refused when incomplete."""

from collections.abc import Mapping
from dataclasses import dataclass, fields

LOCAL = "local"


class SettingsError(ValueError):
    """A variable is missing, empty or unsafe for its stage."""


@dataclass(frozen=True, slots=True)
class Settings:
    """One field per environment variable (upper-cased); secrets are only named here.

    `documents_origin` is the bucket as browsers reach it, for the content security policy.
    `org_contact` is who answers for personal data, in one sentence without its full stop.
    `keyring` holds KMS-wrapped data keys ("1:base64[,2:base64]"), useless without KMS.
    """

    stage: str
    prefix: str
    base_url: str
    keyring: str
    wechat_app_id: str
    wechat_secret_id: str
    wechat_api_url: str
    wechat_open_url: str
    wechat_case_template: str
    sms_provider: str
    sms_app_id: str
    sms_sign_name: str
    sms_code_template: str
    sms_case_template: str
    sms_secret_id: str
    sms_region: str
    chat_queue: str
    events_topic: str
    documents_bucket: str
    documents_origin: str
    frame_ancestors: str
    org_name: str
    org_contact: str
    sms_api_url: str = ""
    domain_files: str = ""
    """JSON: content by name of the files that prove to WeChat whose the domain is."""

    @classmethod
    def from_env(cls, env: Mapping[str, str]) -> "Settings":
        """Build from environment variables; raises SettingsError naming every problem."""
        found = {f.name: env.get(f.name.upper(), "").strip() for f in fields(cls)}
        missing = [f.name.upper() for f in fields(cls) if not found[f.name] and f.default != ""]
        if missing:
            raise SettingsError(f"missing settings: {', '.join(missing)}")
        settings = cls(**found)
        settings._refuse_unsafe()
        return settings

    @property
    def local(self) -> bool:
        """Whether this is the stage on one machine, with plain http."""
        return self.stage == LOCAL

    @property
    def secure(self) -> bool:
        """Whether people reach us over https, so that cookies can demand it."""
        return self.base_url.startswith("https://")

    def table(self, name: str) -> str:
        """Return the full name of a table."""
        return f"{self.prefix}-{name}"

    def queue(self, name: str) -> str:
        """Return the full name of a queue."""
        return f"{self.prefix}-{name}"

    def _refuse_unsafe(self) -> None:
        if self.base_url.endswith("/"):
            raise SettingsError("BASE_URL must not end with a slash")
        if not self.local and not self.secure:
            raise SettingsError("BASE_URL must be https outside the local stage")
        if not self.local and self.frame_ancestors != "'none'":
            raise SettingsError("FRAME_ANCESTORS must be 'none' outside the local stage")
