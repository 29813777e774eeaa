"""The second factor: time-based codes (RFC 6238), each good once."""

import base64
import hashlib
import hmac
from datetime import datetime

import pyotp

STEP_SECONDS = 30
_DRIFT_STEPS = 1
_SECRET_BYTES = 20
ISSUER = "广西职工互助后台"
# Checked in place of a secret that does not exist: the same work for everybody.
NOBODY = "NOBODYNOBODYNOBODYNOBODYNOBODYNO"


def new_secret(token: str) -> str:
    """Return a secret of 160 bits in base32, made from a random token."""
    return base64.b32encode(hashlib.sha256(token.encode()).digest()[:_SECRET_BYTES]).decode()


def step_of(code: str, secret: str, now: datetime, last_step: int) -> int | None:
    """Return the time step that a code belongs to, None when it is wrong or was used.

    A clock may be one step off; a step at or before the last one that was used is a replay.
    """
    generator = pyotp.TOTP(secret or NOBODY, interval=STEP_SECONDS)
    current = int(now.timestamp()) // STEP_SECONDS
    found = None
    for step in range(current - _DRIFT_STEPS, current + _DRIFT_STEPS + 1):
        right = hmac.compare_digest(generator.generate_otp(step).encode(), code.encode())
        if right and step > last_step and secret:
            found = step
    return found


def address(secret: str, account: str) -> str:
    """Return the otpauth address that authenticator apps read from a picture."""
    return pyotp.TOTP(secret, interval=STEP_SECONDS).provisioning_uri(
        name=account, issuer_name=ISSUER
    )


def picture(text: str) -> str:
    """Return a QR code as an SVG in a data: address."""
    import qrcode
    from qrcode.image.svg import SvgPathFillImage

    made = qrcode.make(text, image_factory=SvgPathFillImage, box_size=10, border=3)
    return "data:image/svg+xml;base64," + base64.b64encode(made.to_string()).decode()
