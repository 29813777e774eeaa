"""What an operator is told when something is refused."""


class InfraError(Exception):
    """Refused or failed: one sentence of what happened and one of the way out. Exit code 1."""
