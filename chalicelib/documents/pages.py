"""What the script of the picture slots asks for, and the way to a picture."""

from chalicelib.web.answers import Answer, SeeOther, as_json
from chalicelib.web.room import Guard, Room
from chalicelib.web.visit import Visit

room = Room(__name__)

TOKEN_PATH = "/documents"  # noqa: S105 - a path
_THUMBNAIL = "thumb"


@room.form("/documents", guard=Guard.MEMBER)
def document_begin(visit: Visit) -> Answer:
    """Give a picture its id, and the form that sends it to the bucket."""
    size = visit.form.get("size", "")
    upload = visit.world.documents.begin(
        visit.person.record.member_id,
        visit.form.get("purpose", ""),
        content_type=visit.form.get("content_type", ""),
        size=int(size) if size.isdecimal() and len(size) < 10 else 0,
    )
    return as_json({"id": upload.doc_id, "url": upload.url, "fields": dict(upload.fields)})


@room.page("/documents/{doc_id}", guard=Guard.MEMBER)
def document_state(visit: Visit, doc_id: str) -> Answer:
    """Tell whether a picture has been checked, and what came of it."""
    from chalicelib.documents import texts

    found = visit.world.documents.get(visit.person.record.member_id, doc_id)
    return as_json({"state": found.state, "reason": texts.reason(found.reason)})


@room.page("/documents/{doc_id}/picture", guard=Guard.MEMBER)
def document_picture(visit: Visit, doc_id: str) -> Answer:
    """Lead to an employee's own picture, for a minute."""
    found = visit.world.documents.get(visit.person.record.member_id, doc_id)
    thumbnail = visit.query.get("size") == _THUMBNAIL
    return SeeOther(visit.world.documents.view_url(found, thumbnail=thumbnail))


@room.form("/documents/{doc_id}/delete", guard=Guard.MEMBER, token=TOKEN_PATH)
def document_delete(visit: Visit, doc_id: str) -> Answer:
    """Remove a picture that belongs to no case."""
    visit.world.documents.delete(visit.person.record.member_id, doc_id)
    return as_json({})
