"""Connectors that say what nobody may read."""

import logging

from msgspec import Struct

from dsar.contract import (
    Mark,
    Refused,
    Unreachable,
)

from .catching import caught_by, replace
from .shop import KIND, ShopConnector, ShopSession


@caught_by("test_no_personal_value_stands_in_a_log", "a log says a person's value")
class LogsWhomItFinds(ShopSession):
    async def find(self, refs, scope):
        logging.getLogger("shop").debug("finding %s", refs[0].value if refs else "nobody")
        async for match in super().find(refs, scope):
            yield match


@caught_by("test_no_personal_value_stands_in_a_log", "secret setting 1")
class LogsTheToken(ShopSession):
    async def probe(self):
        logging.getLogger("shop").debug("headers: %r", {"authorization": self.settings.token})
        return await super().probe()


@caught_by("test_no_personal_value_stands_in_an_error[broken]", "an error of broken says")
class SaysWhoFailed(ShopSession):
    async def bytes_of(self, path, **asked):
        try:
            return await super().bytes_of(path, **asked)
        except Unreachable:
            raise Unreachable(f"shop: {asked}") from None


@caught_by("test_no_personal_value_stands_in_an_error[silent]", "an error of silent says")
class SaysItInTheCause(ShopSession):
    async def bytes_of(self, path, **asked):
        try:
            return await super().bytes_of(path, **asked)
        except Unreachable:
            raise Unreachable("shop: silent") from ValueError(str(asked))


@caught_by("test_no_personal_value_stands_in_a_refusal", "a refusal says")
class RepeatsWhatItRefuses(ShopSession):
    def own(self, ref):
        if ref.kind != KIND:
            raise Refused(f"shop: {ref.value} is no subject here")


@caught_by("test_no_personal_value_stands_in_what_is_written_down_unsealed", "a match, a mark")
class MarksByName(ShopSession):
    async def export(self, ref, scope, after):
        after = Mark(after.cursor.split()[0]) if after and after.cursor.startswith("i") else after
        async for item in super().export(ref, scope, after):
            yield Mark(f"{item.cursor} Anna Asiakas") if isinstance(item, Mark) else item


@caught_by("test_no_secret_stands_in_how_the_settings_print", "secret setting 1")
class PrintsItsToken(ShopConnector):
    class Bare(Struct, frozen=True, kw_only=True):
        url: str
        token: str

    manifest = replace(ShopConnector.manifest, settings=Bare)
