"""Every key of every table is built here and nowhere else.

members  member#<id>         profile | enrolment#<starts>#<plan> | consent#<n> | history#<n>
                             standing#<consent> | message#<time>-<case>-<seq> | unread
                             year#<year>        what its cap and deductible have had; its stays
         delivery#<case>#<seq>  inbox | sms | template
         identity#<digest>   identity            who may bind: document look-up, unique
         wechat#<openid>     binding | follower
         keyring             1, 2, …             written by the deploy
         due#<day>           member#<id>         whose messages and history are to be looked through
         retention           cursor | <day>      how far the daily job came, and what it removed
office   articles#<category> <published>#<id>     a line of the list; none for what is pinned
                             shelf              the lines that home and the list begin with
         article#<id>        article            as its editors see it
                             live#<time>#<n>    what readers see from that time on
                             change#<n>         who changed what
         editing#<category>  <id>               a line of the editors' list
         staff               <account>          an account of staff
         audit#<day>         <number>           who of the staff looked at what
         notes#<case>        <operation>          what staff tell one another about a case
         plans               book | <version>   the rules of the benefit; revisions never change
         stats#<kind>#<month> <prefecture>       counters, and all of them together
cases    case#<number>        case | draft | event#<seq> | lease | outbox#<seq> | picture#<id>
         open#<kind>#<member> lock              one open case of a kind per employee
         operation#<id>       lock              a form that opened a case
         invoice#<digest>     lock              an invoice serves one stay of one person
         account#<digest>     users             whose cases are paid on a bank account
         hold#<number>        lock              a case that must not be released for payment
         member#<id>          document#<id>     a picture, from its upload on
                              drafts            how many applications are being written
         batch#<number>       batch             with what is counted of its payments
                              import#<id>       a result file that the bank sent
                              left#<case>       a case that is not paid with it, and why
                              payment#<number>
                              row#<id>#<line>   a line of a result file that was not taken
moments  <kind>#<digest or id>  moment           minutes to days, deleted by TTL

bucket   incoming/<member>/<document>          what a phone sent; gone once it was read
         documents/<document>/<sha256>.jpg     our own copy, and <sha256>.thumb.jpg
         payouts/<batch>/<sha256>.<ext>        what a bank pays from
         results/<batch>/<import>              what a bank says became of it
"""

from datetime import UTC, datetime

PROFILE = "profile"
IDENTITY = "identity"
BINDING = "binding"
FOLLOWER = "follower"
MOMENT = "moment"
CASE = "case"
LOCK = "lock"
LEASE = "lease"
DRAFT = "draft"
DRAFTS = "drafts"
USERS = "users"
PLANS = "plans"
BOOK = "book"
BATCH = "batch"
BATCHES = "batches"
"""Partition of the owner index that lists all batches."""
PAYMENT_PREFIX = "payment#"
RESULT_PREFIX = "import#"
LEFT_PREFIX = "left#"
WORKING = "working"
"""Partition of the queue index for what a worker has to bring to its end."""
DISPUTED = "disputed"
"""Partition of the queue index for payments of which the bank said two things."""
PAYMENT_HEAD = (BATCH, "left$")
YEAR_STAY_PREFIX = "stay_"
EVENT_PREFIX = "event#"
# from the case through its events to its lease
STORY = (CASE, LEASE)
OUTBOX_PREFIX = "outbox#"
STAFF = "staff"
DOCUMENT_PREFIX = "document#"
INCOMING = "incoming"
_OUTBOX_SHARDS = 4
OUTBOX_SHARDS = tuple(f"outbox-{shard}" for shard in range(_OUTBOX_SHARDS))
ENROLMENT_PREFIX = "enrolment#"
CONSENT_PREFIX = "consent#"
HISTORY_PREFIX = "history#"
# consents and history, with the enrolments that stand between them; "$" follows "#"
RECORDS = (CONSENT_PREFIX, "history$")
RETENTION = "retention"
CURSOR = "cursor"
MESSAGE_PREFIX = "message#"
DELIVERY_PREFIX = "delivery#"
OPEN_PREFIX = "open#"
INVOICE_PREFIX = "invoice#"
STATISTICS_PREFIX = "stats#"
ARTICLE = "article"
SHELF = "shelf"
CHANGES = ("change#", "change$")
LIVE_PREFIX = "live#"
UNREAD = "unread"


def member(member_id: str) -> str:
    """Partition of one employee."""
    return f"member#{member_id}"


def identity(document_digest: str) -> str:
    """Partition of the look-up from an identity document."""
    return f"identity#{document_digest}"


def wechat(openid: str) -> str:
    """Partition of one WeChat user of our account."""
    return f"wechat#{openid}"


def enrolment(starts: str, plan_id: str) -> str:
    """Sort key of an enrolment; newest last."""
    return f"{ENROLMENT_PREFIX}{starts}#{plan_id}"


def consent(number: str, kind: str) -> str:
    """Sort key of an entry in the consent ledger."""
    return f"{CONSENT_PREFIX}{number}#{kind}"


def standing(kind: str) -> str:
    """Sort key of how a consent stands."""
    return f"standing#{kind}"


def due(day: str) -> str:
    """Partition of what is to be looked at on a day; its own partition is the sort key."""
    return f"due#{day}"


def picture_kept(doc_id: str) -> str:
    """Sort key of what is left of a case's picture when it went."""
    return f"picture#{doc_id}"


def messages_until(at: datetime) -> str:
    """Sort key that stands behind every message up to a moment."""
    return message(f"{at.astimezone(UTC):%Y%m%d%H%M%S}~")


def history(number: str) -> str:
    """Sort key of an entry in an employee's security history."""
    return f"{HISTORY_PREFIX}{number}"


def message(name: str) -> str:
    """Sort key of an in-app message; newest last."""
    return f"{MESSAGE_PREFIX}{name}"


def message_name(at: datetime, number: str, seq: int) -> str:
    """Return the name of the message about an event: the same event, the same name."""
    return f"{at.astimezone(UTC):%Y%m%d%H%M%S}-{number}-{seq}"


def delivery(number: str, seq: int) -> str:
    """Partition of what became of an event's messages; the channel is the sort key."""
    return f"{DELIVERY_PREFIX}{number}#{seq:06d}"


def articles(category: str) -> str:
    """Partition of what readers find in one category."""
    return f"articles#{category}"


def instant(at: datetime) -> str:
    """Return a moment as sort keys hold it: in UTC, always as long, in order of time."""
    return f"{at.astimezone(UTC):%Y-%m-%dT%H:%M:%S.%fZ}"


def listed(at: datetime, article_id: str) -> str:
    """Sort key of a line in a list of articles; newest last."""
    return f"{instant(at)}#{article_id}"


def until(at: datetime) -> str:
    """Return what follows every line of a list up to a moment."""
    return f"{instant(at)}$"


def article(article_id: str) -> str:
    """Partition of one article."""
    return f"article#{article_id}"


def live(at: datetime, version: int) -> str:
    """Sort key of what readers see from a moment on."""
    return f"{LIVE_PREFIX}{instant(at)}#{version:06d}"


def live_span(at: datetime) -> tuple[str, str]:
    """Return the first and last sort key of what readers could see up to a moment."""
    return LIVE_PREFIX, f"{LIVE_PREFIX}{until(at)}"


def live_at(key: str) -> datetime:
    """Return from when on readers see what has this sort key."""
    return datetime.fromisoformat(key.split("#")[1])


def change(version: int) -> str:
    """Sort key of a change of an article; in order."""
    return f"{CHANGES[0]}{version:06d}"


def editing(category: str) -> str:
    """Partition of the editors' list of one category."""
    return f"editing#{category}"


def case(number: str) -> str:
    """Partition of a case with its history."""
    return f"case#{number}"


def event(seq: int) -> str:
    """Sort key of an event; in order of time."""
    return f"{EVENT_PREFIX}{seq:06d}"


def outbox(seq: int) -> str:
    """Sort key of an event that the topic has not got yet."""
    return f"{OUTBOX_PREFIX}{seq:06d}"


def outbox_shard(number: str) -> str:
    """Partition of the outbox index for a case; spread by the number's last digits."""
    return OUTBOX_SHARDS[int(number[-4:]) % _OUTBOX_SHARDS]


def open_case(kind: str, member_id: str) -> str:
    """Partition of the lock that allows one open case of a kind per employee."""
    return f"{OPEN_PREFIX}{kind}#{member_id}"


def operation(operation_id: str) -> str:
    """Partition of the lock that makes a form open one case."""
    return f"operation#{operation_id}"


def statistics(kind: str, month: str) -> str:
    """Partition of a month's counters of one kind of case; the place is the sort key."""
    return f"{STATISTICS_PREFIX}{kind}#{month}"


def invoice(digest: str) -> str:
    """Partition of the lock on an invoice."""
    return f"{INVOICE_PREFIX}{digest}"


def account(digest: str) -> str:
    """Partition of those who are paid on one bank account."""
    return f"account#{digest}"


def year(number: int) -> str:
    """Sort key of what an employee has had of a calendar year."""
    return f"year#{number}"


def year_stay(number: str) -> str:
    """Attribute of a year for the stay that a case claims."""
    return f"{YEAR_STAY_PREFIX}{number}"


def hold(number: str) -> str:
    """Partition of the lock that keeps a case from being released for payment."""
    return f"hold#{number}"


def batch(number: str) -> str:
    """Partition of a batch with its payments."""
    return f"batch#{number}"


def payment(number: str) -> str:
    """Sort key of a payment in its batch."""
    return f"{PAYMENT_PREFIX}{number}"


def payment_number(case_number: str, attempt: int) -> str:
    """Return the number of a case's n-th payment: never used for another one."""
    return f"{case_number}{attempt:02d}"


def result(result_id: str) -> str:
    """Sort key of a result file in its batch."""
    return f"{RESULT_PREFIX}{result_id}"


def left(case_number: str) -> str:
    """Sort key of a case that a batch goes without."""
    return f"{LEFT_PREFIX}{case_number}"


def row(result_id: str, line: int) -> str:
    """Sort key of a line of a result file; in the order of the file."""
    return f"{rows(result_id)}{line:06d}"


def rows(result_id: str) -> str:
    """Beginning of the sort keys of a result file's lines."""
    return f"row#{result_id}#"


def payout_object(batch_number: str, sha256: str, ext: str) -> str:
    """Name in the bucket of a file for the bank."""
    return f"payouts/{batch_number}/{sha256}.{ext}"


def result_object(batch_number: str, result_id: str) -> str:
    """Name in the bucket of a file from the bank."""
    return f"results/{batch_number}/{result_id}"


def owner(member_id: str, kind: str) -> str:
    """Partition of the owner index."""
    return f"{member_id}#{kind}"


def queue(state: str, prefecture: str) -> str:
    """Partition of the queue index."""
    return f"{state}#{prefecture}"


def document(doc_id: str) -> str:
    """Sort key of an employee's picture."""
    return f"{DOCUMENT_PREFIX}{doc_id}"


def incoming_object(member_id: str, doc_id: str) -> str:
    """Name in the bucket of what a phone sends."""
    return f"{INCOMING}/{member_id}/{doc_id}"


def incoming_parts(key: str) -> tuple[str, str] | None:
    """Return (member id, document id) of such a name, None for any other."""
    match key.split("/"):
        case [place, member_id, doc_id] if place == INCOMING and member_id and doc_id:
            return member_id, doc_id
    return None


def document_objects(doc_id: str) -> str:
    """Beginning of the names of a document's copies in the bucket."""
    return f"documents/{doc_id}/"


def document_object(doc_id: str, sha256: str, *, thumbnail: bool = False) -> str:
    """Name in the bucket of our own copy of a picture."""
    return f"{document_objects(doc_id)}{sha256}{'.thumb' if thumbnail else ''}.jpg"


def staff_session(session_digest: str) -> str:
    """Partition of a staff browser that is signed in."""
    return moment("staff-session", session_digest)


def audit(day: str) -> str:
    """Partition of one day's looks, by the day in Beijing."""
    return f"audit#{day}"


def notes(number: str) -> str:
    """Partition of the internal notes on a case."""
    return f"notes#{number}"


def moment(kind: str, name: str) -> str:
    """Partition of a short-lived item."""
    return f"{kind}#{name}"


def name_in(partition: str) -> str:
    """Return what a partition names: the id, digest or openid behind its kind."""
    return partition.partition("#")[2]
