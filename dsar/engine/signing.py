"""Who signs for our domain: the pair that the settings name, else one of our own, made when first wanted and kept."""

import asyncio
from collections.abc import Callable
from datetime import datetime
from urllib.parse import urlsplit

from dsar.settings import Settings, SettingsError
from dsar.store import Database, opendsr
from dsar.vault import Vault
from dsar.vault.signing import CERTIFICATE, PRIVATE_KEY, Signer, new_pair


class Signing:
    """Gives the signer. A pair of the settings is read at the start, so that one that does not fit stops it."""

    def __init__(self, db: Database, vault: Vault, settings: Settings, now: Callable[[], datetime]) -> None:
        self.domain = domain_of(settings)
        self._db = db
        self._vault = vault
        self._now = now
        self._one_at_a_time = asyncio.Lock()
        self._signer = _of_settings(settings, self.domain, now())

    async def signer(self) -> Signer:
        """The signer; the first time of all this takes a second, in a thread."""
        async with self._one_at_a_time:
            if self._signer is None:
                self._signer = await self._own()
        return self._signer

    async def _own(self) -> Signer:
        """The one that is kept. Where two processes make one at once, both go on with the first that was written."""
        async with self._db.read() as connection:
            kept = await opendsr.signing_key(connection, self.domain)
        if kept is None:
            key, certificate = await asyncio.to_thread(new_pair, self.domain, self._now())
            sealed = self._vault.seal(key, opendsr.KEY_PURPOSE)
            async with self._db.write() as tx:
                await opendsr.keep_key(tx, self.domain, sealed, certificate, self._now())
                kept = await opendsr.signing_key(tx, self.domain)
        assert kept is not None
        opened = self._vault.open(kept[0], opendsr.KEY_PURPOSE).decode()
        return Signer.of(self.domain, kept[1], opened, self._now())


def domain_of(settings: Settings) -> str:
    """The host of the public address: what a certificate must name."""
    return (urlsplit(settings.public_url).hostname or "").lower()


def _of_settings(settings: Settings, domain: str, now: datetime) -> Signer | None:
    pair = (settings.opendsr_certificate, settings.opendsr_private_key)
    if not any(pair):
        return None
    if not all(pair):
        raise SettingsError(
            f"{CERTIFICATE} and {PRIVATE_KEY}: one of the two is missing; set both, or neither"
        )
    return Signer.of(domain, *pair, now)
