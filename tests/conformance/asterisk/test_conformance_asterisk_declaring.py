"""What the Asterisk connector declares."""

from dsar.contract import (
    Connector,
    OrderKind,
)
from dsar_asterisk import connector


def test_it_is_a_connector_that_finds_by_phone_and_can_only_erase():
    assert isinstance(connector, Connector)
    assert connector.manifest.finds_by == {"phone"}
    assert connector.manifest.orders == {OrderKind.ERASE}
    assert connector.manifest.knows_tenants


async def test_a_sound_store_answers_the_probe(session):
    await session.probe()
    assert {name: each.category for name, each in session.collections.items()} == {
        "calls": "call_records",
        "transcripts": "call_transcripts",
        "recordings": "call_recordings",
    }
