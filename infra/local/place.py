"""What the local stage is on this machine: ports, addresses, and the secrets it made up."""

import json
import os
import secrets
import string
from collections.abc import Callable, Mapping
from contextlib import suppress
from dataclasses import dataclass, fields
from pathlib import Path
from typing import Final

from infra import stages
from infra.errors import InfraError
from infra.paths import LOCAL

_LETTERS: Final = string.ascii_letters + string.digits


def variable(port: str) -> str:
    """Return the environment variable that moves a port."""
    return f"{port.upper()}_PORT"


@dataclass(frozen=True, slots=True)
class Ports:
    """The ports, all on loopback: the product, the phone page with the simulators, the cloud."""

    front: int = 8000
    phone: int = 8080
    cloud: int = 4566

    @classmethod
    def from_env(cls, env: Mapping[str, str]) -> "Ports":
        """Read FRONT_PORT, PHONE_PORT, …; raises InfraError for something that is no port."""
        chosen = {f.name: env.get(variable(f.name)) for f in fields(cls)}
        return cls(**{name: _port(text, variable(name)) for name, text in chosen.items() if text})

    @property
    def front_url(self) -> str:
        """The product's own address."""
        return f"http://localhost:{self.front}"

    @property
    def phone_url(self) -> str:
        """The phone page."""
        return f"http://localhost:{self.phone}"

    @property
    def cloud_url(self) -> str:
        """The local cloud's endpoint."""
        return f"http://127.0.0.1:{self.cloud}"


@dataclass(frozen=True, slots=True)
class Place:
    """A folder with everything that the local stage keeps, and its ports."""

    folder: Path
    ports: Ports

    def stage(self) -> stages.Stage:
        """Return the settings of stage local as they are on this machine."""
        backend = f"http://127.0.0.1:{self.ports.phone}"
        overrides = {
            "base_url": self.ports.front_url,
            "frame_ancestors": self.ports.phone_url,
            "wechat": {
                "app_id": self.wechat()["app_id"],
                "api_url": backend,
                "open_url": self.ports.phone_url,
            },
            "sms": {"api_url": backend},
        }
        return stages.load(stages.LOCAL, overrides=overrides)

    def wechat(self) -> dict[str, str]:
        """Return the official account that product and simulator agree on."""
        return _remembered(
            self.folder / "wechat.json",
            lambda: {
                "app_id": "wx" + secrets.token_hex(8),
                "app_secret": secrets.token_hex(16),
                "token": secrets.token_hex(16),
                "aes_key": "".join(secrets.choice(_LETTERS) for _ in range(42)) + "A",
                "previous_aes_key": "",
            },
        )

    def sms(self) -> dict[str, str]:
        """Return the credentials of the simulated SMS account."""
        return _remembered(
            self.folder / "sms.json",
            lambda: {"secret_id": secrets.token_hex(16), "secret_key": secrets.token_hex(16)},
        )

    def secret(self, kind: str) -> dict[str, str]:
        """Return what Secrets Manager must hold for a kind of `infra.secrets.KINDS`."""
        if kind == "sms":
            return self.sms()
        return {k: v for k, v in self.wechat().items() if k != "app_id"}


def here() -> Place:
    """Return the place that `make run` uses: .local, or LOCAL_DIR."""
    return Place(Path(os.environ.get("LOCAL_DIR") or LOCAL), Ports.from_env(os.environ))


def _remembered(path: Path, make: Callable[[], dict[str, str]]) -> dict[str, str]:
    if not path.exists():
        path.parent.mkdir(parents=True, exist_ok=True)
        part = path.with_name(f"{path.name}.{os.getpid()}")
        part.touch(mode=0o600)
        part.write_text(json.dumps(make(), indent=1) + "\n")
        # A link refuses to replace: of two at once, both go on with the first one's values.
        with suppress(FileExistsError):
            path.hardlink_to(part)
        part.unlink()
    return dict(json.loads(path.read_text("utf-8")))


def _port(text: str, name: str) -> int:
    if not text.isdigit() or not 1024 <= int(text) <= 65535:
        raise InfraError(f"{name}={text} is not a port (1024 to 65535).")
    return int(text)
