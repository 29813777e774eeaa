"""Roles that may do the same things in the console."""

from chalicelib.casework.machine import Role

DECIDERS = frozenset({Role.FIRST_REVIEWER, Role.SECOND_REVIEWER, Role.FINANCE})
READERS = DECIDERS | {Role.AUDITOR}
OVERSEERS = frozenset({Role.AUDITOR, Role.ADMIN})
