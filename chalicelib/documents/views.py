"""Pictures as the macros of `web/documents.html` show them."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from chalicelib.documents import texts
from chalicelib.store.documents import CLEAN, Document


@dataclass(frozen=True, slots=True)
class DocumentItem:
    """One picture of a slot or gallery; addresses are "" until it is clean."""

    doc_id: str
    state: str
    state_text: str
    thumb_href: str = ""
    href: str = ""
    reason_text: str = ""
    """Why the picture cannot be used."""
    pinned_reason: str = ""
    """What a reviewer wrote on it."""
    linked: bool = False
    """It belongs to a case: a form can leave it out, nobody can delete it."""


def items(
    documents: Iterable[Document],
    *,
    purpose: str | None = None,
    pinned: Mapping[str, str] | None = None,
    base: str = "/documents",
) -> tuple[DocumentItem, ...]:
    """Return the pictures (of one purpose); `pinned` gives remarks by document id.

    `base` is where their addresses begin: the employee's, or a case's for staff.
    """
    remarks = pinned or {}
    return tuple(
        _item(document, remarks.get(document.doc_id, ""), f"{base}/{document.doc_id}/picture")
        for document in documents
        if purpose in (None, document.purpose)
    )


def _item(document: Document, remark: str, href: str) -> DocumentItem:
    clean = document.state == CLEAN
    return DocumentItem(
        doc_id=document.doc_id,
        state=document.state,
        state_text=texts.STATES[document.state],
        thumb_href=f"{href}?size=thumb" if clean else "",
        href=href if clean else "",
        reason_text=texts.reason(document.reason),
        pinned_reason=remark,
        linked=bool(document.case_number),
    )
