"""An SMS provider in memory: the same protocol, an inbox, and failures on demand."""

from collections.abc import Sequence
from dataclasses import dataclass, field

from chalicelib.gateways.sms import SmsError


@dataclass(frozen=True)
class Sent:
    """A message that the provider accepted."""

    phone: str
    template: str
    params: tuple[str, ...]
    reference: str


@dataclass
class SmsRecorder:
    """Keeps what was sent; raises the errors in `failures` first, one per call."""

    sent: list[Sent] = field(default_factory=list)
    failures: list[SmsError] = field(default_factory=list)

    def send(self, phone: str, template: str, params: Sequence[str], reference: str) -> str:
        if self.failures:
            raise self.failures.pop(0)
        self.sent.append(Sent(phone, template, tuple(params), reference))
        return f"receipt-{len(self.sent)}"

    def last_to(self, phone: str) -> Sent:
        """Return the newest message to a number."""
        return [message for message in self.sent if message.phone == phone][-1]
