"""A world in which something happens between reading and writing."""

from collections.abc import Callable
from typing import Any

from chalicelib.store.transaction import Transaction
from tests.fakes.cloud import Stage


class Interrupted:
    """A stage's world; before each commit the next thing of a list happens."""

    def __init__(self, stage: Stage, happens: list[Callable[[], object]]) -> None:
        self._world, self._happens = stage.world, happens

    def __getattr__(self, name: str) -> Any:
        return getattr(self._world, name)

    def transaction(self) -> Transaction:
        happens = self._happens

        class Late(Transaction):
            def commit(self) -> None:
                if happens:
                    happens.pop(0)()
                super().commit()

        return Late(self._world.database)
