"""Keyed look-up forms of what identifies an employee; one place, so that all agree."""

from chalicelib.core.identity import DocType
from chalicelib.store.vault import Vault


def document(vault: Vault, doc_type: DocType, lookup_number: str) -> str:
    """Return the look-up form of an identity document (number in its look-up form)."""
    return vault.digest("document", f"{doc_type}\0{lookup_number}")


def name(vault: Vault, value: str) -> str:
    """Return the comparable form of a normalised name."""
    return vault.digest("name", value)


def phone(vault: Vault, value: str) -> str:
    """Return the comparable form of a normalised phone number."""
    return vault.digest("phone", value)
