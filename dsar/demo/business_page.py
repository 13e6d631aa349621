"""A small business's side: somebody who follows the link of a mail and works on the page, without a line of code."""

import re
from typing import Any

import httpx

from dsar.demo.faces import Mailbox, Missing, wait_for

SIGN_IN = re.compile(r"/business/sign-in/[\w-]+")


class BusinessPage:
    """A member of a business with a browser and a mailbox."""

    def __init__(self, client: httpx.AsyncClient, mailbox: Mailbox, address: str) -> None:
        self._client = client
        self._mailbox = mailbox
        self._address = address
        self._cookie = ""

    async def ask_for_link(self, number: str) -> None:
        """Come to the door and have a link sent; `number` is that of a case of the business's, to know its mail by."""
        known = len(self._links(number))
        (await self._client.post("/business/sign-in", data={"email": self._address})).raise_for_status()

        async def came() -> bool:
            return len(self._links(number)) > known

        await wait_for("a link to the page", came)

    def _links(self, number: str) -> list[str]:
        return [
            found.group()
            for message in self._mailbox.about(number, self._address)
            if (found := SIGN_IN.search(message.text))
        ]

    async def sign_in(self, number: str) -> str:
        """Follow the latest link about a case, and press its button; the address of the request's page.

        A link that was used before lets nobody in: then the next mail is waited for.
        """

        async def enter() -> str | None:
            for link in self._links(number)[:1]:
                (await self._client.get(link)).raise_for_status()
                entered = await self._client.post(link)
                if entered.status_code == 303:
                    self._cookie = entered.headers["set-cookie"].partition(";")[0]
                    return httpx.URL(entered.headers["location"]).path
            return None

        return await wait_for(f"a link to the page of {number}", enter)

    async def look(self, page: str) -> str:
        """A page, as the browser shows it."""
        return (await self._client.get(page, headers=self.cookies)).raise_for_status().text

    async def instruct(self, page: str, **fields: Any) -> None:
        """Press one of the buttons."""
        answer = await self._client.post(f"{page}/instruction", data=fields, headers=self.cookies)
        if answer.status_code != 303:
            raise Missing(f"the page answered {answer.status_code}")

    async def download(self, page: str) -> bytes:
        """The file with what was found."""
        return (await self._client.get(f"{page}/bundle/1", headers=self.cookies)).raise_for_status().content

    @property
    def cookies(self) -> dict[str, str]:
        """What the browser sends along."""
        return {"cookie": self._cookie}
