"""Every key of every table is built here and nowhere else.

members  member#<id>         profile | enrolment#<starts>#<plan> | consent#<n> | history#<n>
         identity#<digest>   identity            who may bind: document look-up, unique
         wechat#<openid>     binding | follower
         keyring             1, 2, …             written by the deploy
office   articles#<category> <published>#<id>
cases    case#<number>        case | event#<seq> | lease | outbox#<seq>
         open#<kind>#<member> lock              one open case of a kind per employee
         operation#<id>       lock              a form that opened a case
moments  <kind>#<digest or id>  moment           minutes to days, deleted by TTL
"""

PROFILE = "profile"
IDENTITY = "identity"
BINDING = "binding"
FOLLOWER = "follower"
MOMENT = "moment"
CASE = "case"
LOCK = "lock"
LEASE = "lease"
EVENT_PREFIX = "event#"
# from the case through its last event; "$" follows "#"
STORY = (CASE, "event$")
OUTBOX_PREFIX = "outbox#"
_OUTBOX_SHARDS = 4
OUTBOX_SHARDS = tuple(f"outbox-{shard}" for shard in range(_OUTBOX_SHARDS))
ENROLMENT_PREFIX = "enrolment#"
CONSENT_PREFIX = "consent#"
HISTORY_PREFIX = "history#"


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


def history(number: str) -> str:
    """Sort key of an entry in an employee's security history."""
    return f"{HISTORY_PREFIX}{number}"


def articles(category: str) -> str:
    """Partition of the published articles of one category."""
    return f"articles#{category}"


def article(published_at: str, article_id: str) -> str:
    """Sort key of an article; newest last."""
    return f"{published_at}#{article_id}"


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
    return f"open#{kind}#{member_id}"


def operation(operation_id: str) -> str:
    """Partition of the lock that makes a form open one case."""
    return f"operation#{operation_id}"


def owner(member_id: str, kind: str) -> str:
    """Partition of the owner index."""
    return f"{member_id}#{kind}"


def queue(state: str, prefecture: str) -> str:
    """Partition of the queue index."""
    return f"{state}#{prefecture}"


def moment(kind: str, name: str) -> str:
    """Partition of a short-lived item."""
    return f"{kind}#{name}"


def name_in(partition: str) -> str:
    """Return what a partition names: the id, digest or openid behind its kind."""
    return partition.partition("#")[2]
