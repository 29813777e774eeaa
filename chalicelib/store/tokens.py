"""WeChat's access tokens, shared by all containers and sealed at rest."""

from chalicelib.store import keys
from chalicelib.store.moments import Moments
from chalicelib.store.vault import Vault


class Tokens:
    """get/set/delete of short-lived tokens by name (the gateway's TokenStore)."""

    def __init__(self, moments: Moments, vault: Vault) -> None:
        self._moments = moments
        self._vault = vault

    def get(self, name: str) -> str | None:
        """Return a token that has not expired."""
        values = self._moments.get(_key(name))
        return self._vault.open(values["token"], place=_key(name)) if values else None

    def set(self, name: str, value: str, ttl_seconds: int) -> None:
        """Keep a token for a while."""
        sealed = self._vault.seal(value, place=_key(name))
        self._moments.put(_key(name), {"token": sealed}, ttl_seconds)

    def delete(self, name: str) -> None:
        """Forget a token that was refused."""
        self._moments.delete(_key(name))


def _key(name: str) -> str:
    return keys.moment("token", name)
