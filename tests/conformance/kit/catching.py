"""How a broken connector is registered: with the test that must catch it and a piece of what it then says."""

import itertools

import msgspec

from dsar.contract import Mark

replace = msgspec.structs.replace
counter = itertools.count()
BROKEN = {}


def caught_by(test, says):
    """Registers a broken session, or connector."""

    def register(kind):
        BROKEN[kind.__name__] = (kind, test, says)
        return kind

    return register


def changed_item(session_class, change):
    """A session whose export passes each item through a function."""

    class Changing(session_class):
        async def export(self, ref, scope, after):
            async for item in super().export(ref, scope, after):
                yield item if isinstance(item, Mark) else change(item)

    return Changing
