"""Binding an employee to a phone, for flow tests."""

from tests.fakes.cloud import Stage
from tests.fakes.people import LI
from tests.fakes.phone import Phone, Seen


def typed(seen: Seen, **changes: str) -> dict[str, str]:
    """Return the binding form with an employee's particulars in it."""
    return (
        seen.form("/bind")
        | {
            "name": LI.name,
            "doc_type": "resident_id",
            "doc_number": LI.doc_number,
            "phone": LI.phone,
            "agree": "1",
        }
        | changes
    )


def ask_code(phone: Phone, stage: Stage, /, **changes: str) -> tuple[Seen, str]:
    """Press 「获取」; return the page and the code of the SMS."""
    fields = typed(phone.open("/bind"), **changes)
    seen = phone.post("/bind/code", fields)
    assert seen.status == 200, seen.text
    return seen, stage.sms.last_to(fields["phone"]).params[0]


def bind(phone: Phone, stage: Stage, /, **changes: str) -> Seen:
    """Bind a phone as the manual describes it."""
    seen, code = ask_code(phone, stage, **changes)
    return phone.post("/bind", typed(seen, code=code, **changes))
