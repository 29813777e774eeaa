"""Every key of every table is built here and nowhere else.

members  member#<id>         profile | enrolment#<starts>#<plan> | consent#<n> | history#<n>
         identity#<digest>   identity            who may bind: document look-up, unique
         wechat#<openid>     binding | follower
         keyring             1, 2, …             written by the deploy
office   articles#<category> <published>#<id>
moments  <kind>#<digest or id>  moment           minutes to days, deleted by TTL
"""

PROFILE = "profile"
IDENTITY = "identity"
BINDING = "binding"
FOLLOWER = "follower"
MOMENT = "moment"
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


def consent(number: str) -> str:
    """Sort key of an entry in the consent ledger."""
    return f"{CONSENT_PREFIX}{number}"


def history(number: str) -> str:
    """Sort key of an entry in an employee's security history."""
    return f"{HISTORY_PREFIX}{number}"


def articles(category: str) -> str:
    """Partition of the published articles of one category."""
    return f"articles#{category}"


def article(published_at: str, article_id: str) -> str:
    """Sort key of an article; newest last."""
    return f"{published_at}#{article_id}"


def moment(kind: str, name: str) -> str:
    """Partition of a short-lived item."""
    return f"{kind}#{name}"
