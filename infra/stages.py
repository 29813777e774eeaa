"""A stage's settings: one toml file, checked whole before anything is touched."""

import re
import tomllib
from pathlib import Path
from typing import Annotated, Any, Final, Literal

from pydantic import BaseModel, ConfigDict, Field, StringConstraints, ValidationError
from pydantic import model_validator as check_whole

from infra.errors import InfraError
from infra.paths import STAGES

APP: Final = "mutual-aid"
LOCAL: Final = "local"
# Where the regions live decides the partition; ARNs themselves take it from CloudFormation.
_STAGE_NAME: Final = re.compile(r"[a-z][a-z0-9-]{1,19}")

Text = Annotated[str, StringConstraints(strip_whitespace=True, min_length=1)]
DomainFile = Annotated[str, StringConstraints(pattern=r"^MP_verify_[A-Za-z0-9]{1,40}\.txt$")]
Url = Annotated[str, StringConstraints(pattern=r"^https?://[^/\s]+$")]


class _Part(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class WeChatPart(_Part):
    """The official account; `app_id` is public, its secrets are set by `secrets set wechat`.

    `domain_files` holds the content of the MP_verify files, by their names.
    """

    app_id: Text
    case_template: Text
    domain_files: dict[DomainFile, Text] = {}
    api_url: Url = "https://api.weixin.qq.com"
    open_url: Url = "https://open.weixin.qq.com"


class SmsPart(_Part):
    """The SMS provider: application, signature and template ids, none of them secret."""

    provider: Literal["tencent"]
    app_id: Text
    sign_name: Text
    code_template: Text
    case_template: Text
    region: Text = "ap-guangzhou"
    api_url: Url | Literal[""] = ""


class NetworkPart(_Part):
    """Private subnets behind a NAT with a fixed address, as WeChat's IP whitelist needs."""

    subnet_ids: tuple[Text, ...] = ()
    security_group_ids: tuple[Text, ...] = ()

    @check_whole(mode="after")
    def _both_or_neither(self) -> "NetworkPart":
        if bool(self.subnet_ids) != bool(self.security_group_ids):
            raise ValueError("subnet_ids and security_group_ids belong together")
        return self


class DomainPart(_Part):
    """The custom domain; its ACM certificate must be in the stage's region."""

    name: Text
    certificate_arn: Annotated[str, StringConstraints(pattern=r"^arn:[a-z-]+:acm:")]


class KeepPart(_Part):
    """What guards data: deletion protection, point-in-time recovery, retention after destroy."""

    data: bool = True
    log_days: Literal[1, 7, 30, 90, 180, 365, 731, 1827] = 180


class FunctionPart(_Part):
    """Memory sets the CPU share as well: 1,769 MB is one vCPU."""

    memory_mb: Annotated[int, Field(ge=256, le=10240)] = 1024


class Stage(_Part):
    """Everything that differs between stages."""

    name: str
    region: Text
    account: Annotated[str, StringConstraints(pattern=r"^\d{12}$")]
    base_url: Url
    org_name: Text
    # Address, telephone or e-mail of who answers for personal data, for the privacy policy.
    org_contact: Text
    frame_ancestors: Text = "'none'"
    ops_email: str = ""
    wechat: WeChatPart
    sms: SmsPart
    network: NetworkPart = NetworkPart()
    domain: DomainPart | None = None
    keep: KeepPart = KeepPart()
    function: FunctionPart = FunctionPart()

    @property
    def prefix(self) -> str:
        """What every resource of the stage begins with."""
        return f"{APP}-{self.name}"

    @property
    def local(self) -> bool:
        """Whether this is the cloud on one machine."""
        return self.name == LOCAL

    @property
    def data_stack(self) -> str:
        """Name of the stack with everything that must outlive a release."""
        return f"{self.prefix}-data"

    @property
    def app_stack(self) -> str:
        """Name of the stack with functions, API and alarms."""
        return f"{self.prefix}-app"

    @check_whole(mode="after")
    def _safe(self) -> "Stage":
        if not self.local and not self.base_url.startswith("https://"):
            raise ValueError("base_url must be https outside the local stage")
        if not self.local and self.frame_ancestors != "'none'":
            raise ValueError("frame_ancestors is for the local stage only")
        if self.domain and self.base_url != f"https://{self.domain.name}":
            raise ValueError("base_url must be https:// followed by domain.name")
        return self


def load(name: str, *, folder: Path = STAGES, overrides: dict[str, Any] | None = None) -> Stage:
    """Read `<folder>/<name>.toml`; raises InfraError naming every wrong, missing or unknown key."""
    if not _STAGE_NAME.fullmatch(name):
        raise InfraError(f"Stage names are short and lower-case (dev, prod); got {name!r}.")
    path = folder / f"{name}.toml"
    if not path.exists():
        known = ", ".join(sorted(p.stem for p in folder.glob("*.toml") if "." not in p.stem))
        raise InfraError(
            f"There is no stage {name!r}: {path.name} is missing in infra/stages "
            f"(found: {known}). Copy prod.example.toml to begin one."
        )
    try:
        raw = tomllib.loads(path.read_text("utf-8"))
    except tomllib.TOMLDecodeError as error:
        raise InfraError(f"infra/stages/{path.name} is not valid TOML: {error}.") from error
    return parse({**_merged(raw, overrides or {}), "name": name}, path.name)


def parse(raw: dict[str, Any], source: str) -> Stage:
    """Check settings that were read from `source`."""
    try:
        return Stage.model_validate(raw)
    except ValidationError as error:
        lines = [f"  {_where(e['loc'])}: {_what(e['type'], e['msg'])}" for e in error.errors()]
        raise InfraError(f"infra/stages/{source} needs attention:\n" + "\n".join(lines)) from error


def _merged(base: dict[str, Any], top: dict[str, Any]) -> dict[str, Any]:
    merged = dict(base)
    for key, value in top.items():
        old = merged.get(key)
        both = isinstance(old, dict) and isinstance(value, dict)
        merged[key] = _merged(old, value) if both and isinstance(old, dict) else value
    return merged


def _where(loc: tuple[int | str, ...]) -> str:
    return ".".join(str(part) for part in loc) or "the whole file"


def _what(kind: str, message: str) -> str:
    if kind == "missing":
        return "is missing"
    if kind == "extra_forbidden":
        return "is not a setting (a spelling mistake?)"
    return message.removeprefix("Value error, ")
