"""The shop's counterpart, filled with three people of whom two are as alike as can be."""

import httpx

from dsar.conformance import Fault, Person
from dsar.contract import Rectify, Ref, Role, Scope

from .shop import ShopConnector, ShopSettings
from .vendor import TOKEN, Vendor

EMAIL, ALIKE = "anna.asiakas@example.com", "annaasiakas@example.com"
ONE, TWO = Scope(Role.PROCESSOR, "one"), Scope(Role.PROCESSOR, "two")
NOTE = "Likes it spicy"


class ShopCounterpart:
    faults = frozenset(Fault)
    nobody = (Ref("email", "nobody@example.com"),)
    correction = Rectify("orders", {"note": "Likes it mild"})

    def __init__(self, connector=None):
        self.connector = connector or ShopConnector()
        self.vendor = Vendor()
        self.settings = ShopSettings(url="https://shop.example", token=TOKEN)
        self.known = self._person("one", ONE, EMAIL, "Anna Asiakas")
        self.decoy = self._person("one", ONE, ALIKE, "Anna Asiakas")
        self.other_tenant = self._person("two", TWO, EMAIL, "Anna Asiakas")

    def _person(self, tenant, scope, email, name):
        key = self.vendor.add_person(tenant, email, name)
        order = ""
        for number in range(4):
            order = self.vendor.add_item(
                key,
                "orders",
                on=f"2026-03-0{number + 1}",
                name=name,
                note=NOTE,
                score=number,
                also=["Bertta"],
            )
        self.vendor.add_item(key, "invoices", total="12.50", name=name)
        self.vendor.add_item(key, "recordings", name="call.wav", of=order, body=f"RIFF{email}")
        items = frozenset((item["collection"], item["id"]) for item in self.vendor.items_of(key))
        return Person((Ref("email", email),), scope, items, (email, name, NOTE))

    def client(self):
        return httpx.AsyncClient(transport=httpx.MockTransport(self.vendor.answer))

    async def held(self, person):
        return sum((item["collection"], item["id"]) in person.items for item in self.vendor.items.values())

    def misbehave(self, fault):
        return self.vendor.misbehaving(fault)

    async def until(self, moment):
        self.vendor.pass_time(moment)
