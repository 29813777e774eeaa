"""The stage and the crowd of the flows, in front of attackers."""

from tests.flows.conftest import _assets, client, enrol, me, office, phone, second_phone, sit, stage
from tests.flows.test_nobody_else import crowd

__all__ = [
    "_assets",
    "client",
    "crowd",
    "enrol",
    "me",
    "office",
    "phone",
    "second_phone",
    "sit",
    "stage",
]
