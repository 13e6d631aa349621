"""People of a business at its page: a mailbox, a browser of their own, and the links that went to them."""

import html
import re
from typing import Any
from uuid import UUID

import httpx

from dsar.domain.case import Notice
from dsar.outbound import Mail
from dsar.store import members, outbox, steps
from dsar.store.members import EMAIL_PURPOSE, NAME_PURPOSE, MemberRow
from dsar.store.rows import new_id

from .world import KNOWN_PHONE, World

BOSS = "outi.owner@acme.example"
LINK = re.compile(r"/business/sign-in/([\w-]+)")


async def forwarded(world: World, right: str = "access", phone: str = KNOWN_PHONE, **body: Any) -> UUID:
    """A caller's case as its business has it."""
    reference = await world.asked(rights=[right], email=None, phone=phone, relations=["caller"], **body)
    await world.prove(reference, "phone", phone)
    await world.drain()
    (case,) = [case for case in await world.cases(reference) if case["controller_id"] is not None]
    return UUID(str(case["id"]))


class Guest:
    """One of a business's people."""

    def __init__(self, world: World, member_id: UUID, email: str) -> None:
        self.world = world
        self.id = member_id
        self.email = email
        self.client = world.new_client(headers={"accept": "text/html"})

    # -- the mailbox

    async def told(self, case_id: UUID, template: str = "business_forwarded", **facts: Any) -> str:
        """A mail about a case comes; the path of its link."""
        notice = Notice("mail", template, member_id=self.id, facts=facts)
        async with self.world.service.db.write() as tx:
            now = self.world.clock()
            await steps.insert(tx, await outbox.insert(tx, [(case_id, notice)], now), now)
        await self.world.drain()
        return self.links()[0]

    def mails(self, about: str = "") -> list[Mail]:
        """All in the mailbox, or those with that in the subject, the newest first."""
        found = self.world.messages(self.email)
        return [mail for mail in found if isinstance(mail, Mail) and about in mail.subject]

    def links(self, about: str = "") -> list[str]:
        """The paths of the links in those mails."""
        return [found[0] for mail in self.mails(about) if (found := LINK.search(mail.text))]

    # -- the browser

    async def sign_in(self, case_id: UUID) -> httpx.Response:
        """By the link of a mail about a case; the page it leads to."""
        answer = await self.client.post(await self.told(case_id))
        assert answer.status_code == 303, answer.text
        return await self.client.get(answer.headers["location"])

    async def see(self, case_id: UUID, query: str = "") -> str:
        """The page of a case, as it reads."""
        answer = await self.client.get(f"/business/cases/{case_id}{query}")
        assert answer.status_code == 200, answer.text
        return reading(answer)

    async def say(self, case_id: UUID, instruction: str, **fields: str) -> httpx.Response:
        """A form of the page."""
        return await self.client.post(
            f"/business/cases/{case_id}/instruction", data={"instruction": instruction, **fields}
        )


async def member(
    world: World, controller_id: UUID, email: str = BOSS, name: str = "Outi Owner", language: str = "en"
) -> Guest:
    """Somebody joins a business."""
    vault = world.service.vault
    row = MemberRow(
        id=new_id(),
        controller_id=controller_id,
        sealed_email=vault.seal(email.encode(), EMAIL_PURPOSE),
        blind_index=vault.blind_index("email", email),
        sealed_name=vault.seal(name.encode(), NAME_PURPOSE),
        language=language,
        created_at=world.clock(),
    )
    async with world.service.db.write() as tx:
        assert await members.add(tx, row)
    return Guest(world, row.id, email)


def reading(answer: httpx.Response) -> str:
    """What a person reads of a page."""
    return " ".join(html.unescape(re.sub(r"<[^>]+>", " ", answer.text)).split())
