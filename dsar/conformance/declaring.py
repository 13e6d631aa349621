"""Rules of what a connector says of itself."""

import re

import msgspec

from dsar.conformance.asking import opened
from dsar.conformance.counterpart import Counterpart
from dsar.conformance.erasing import picture
from dsar.contract import CONTRACT_VERSION, Connector, Coverage, Use

KEY = re.compile(r"[a-z][a-z0-9_-]*\Z")


class Declaring:
    """What `manifest`, `orders` and `probe` owe."""

    async def test_the_manifest_is_of_this_contract(self, counterpart: Counterpart) -> None:
        connector = counterpart.connector
        assert isinstance(connector, Connector), "the entry point names no connector"
        manifest = connector.manifest
        assert manifest.contract == CONTRACT_VERSION, "manifest: of another version of the contract"
        assert KEY.match(manifest.key), "manifest: `key` is lower-case letters, digits, - and _"
        assert manifest.title.strip(), "manifest: without a title"
        assert manifest.finds_by, "manifest: finds nobody by anything"
        assert all(day > 0 for day in manifest.rechecks), "manifest: `rechecks` are days after the erasure"
        said = all(words.strip() for words in manifest.grounds.values())
        assert said, "manifest: `grounds` are told to the person, and one says nothing"
        names = {field.name for field in msgspec.structs.fields(manifest.settings)}
        assert names >= set(manifest.secret_settings), "manifest: a secret setting is none of the settings"

    async def test_the_settings_come_back_from_json_as_they_were(self, counterpart: Counterpart) -> None:
        settings, kind = counterpart.settings, counterpart.connector.manifest.settings
        assert isinstance(settings, kind), "counterpart: `settings` is no instance of `manifest.settings`"
        assert msgspec.json.decode(msgspec.json.encode(settings), type=kind) == settings, (
            "settings: differ as JSON"
        )
        assert msgspec.json.schema(kind), "settings: have no schema, so nobody can draw their form"

    async def test_no_order_is_taken_that_the_manifest_does_not_declare(
        self, counterpart: Counterpart
    ) -> None:
        connector = counterpart.connector
        taken = connector.orders(counterpart.settings)
        assert taken <= connector.manifest.orders, "orders: takes what the manifest does not declare"

    async def test_a_probe_says_what_is_covered_and_changes_nothing(self, counterpart: Counterpart) -> None:
        before = await picture(counterpart)
        async with opened(counterpart) as session:
            coverage = await session.probe()
            again = await session.probe()
            collections = set(session.collections)
        assert isinstance(coverage, Coverage), "probe: answers no Coverage"
        assert set(coverage.fields) == set(again.fields), "probe: sees other fields the second time"
        assert await picture(counterpart) == before, "probe: changed what the system holds"
        names = [(field.collection, field.name) for field in coverage.fields]
        assert len(names) == len(set(names)), "probe: names a field twice"
        for field in coverage.fields:
            told = f"probe: {field.collection}.{field.name}"
            assert field.use is not Use.EXCLUDED or (field.reason or "").strip(), (
                f"{told} is excluded without a reason"
            )
            exported = field.use is Use.EXPORTED
            assert not exported or field.collection in collections, (
                f"{told} is exported from no known collection"
            )
        assert all(text.strip() for text in coverage.not_covered), "probe: `not_covered` says nothing"
