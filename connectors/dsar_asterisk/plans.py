"""An erasure held to its plan: what a person approved goes, and nothing else."""

import asyncio

from dsar.contract import Changed, Erase, Plan, Proof, Receipt
from dsar_asterisk.doomed import Erasing, Item, doomed
from dsar_asterisk.erase import erase
from dsar_asterisk.journal import journal


async def foresee(work: Erasing, order: Erase) -> Plan:
    """The plan as things stand now."""
    return (await doomed(work, _named(order))).plan


async def carry_out(work: Erasing, order: Erase, key: str) -> Receipt:
    """Erase; with a plan, the items of the plan and no others."""
    if order.plan is None:
        return await erase(work, _named(order))
    note = journal(work.copies.folder, key)
    begun = await asyncio.to_thread(note.read, order.plan)
    if begun is None:
        found = await doomed(work, _named(order))
        if not found.items:
            return Receipt(changed=0, proof=Proof.VERIFIED)
        if found.plan.digest != order.plan:
            raise Changed(
                "asterisk: calls came or went since the plan was made; look at it and approve it again"
            )
        begun = found.items
        await asyncio.to_thread(note.begin, order.plan, begun)
    receipt = await erase(work, begun)
    await asyncio.to_thread(note.end)
    return receipt


def _named(order: Erase) -> frozenset[Item] | None:
    return order.named or None
