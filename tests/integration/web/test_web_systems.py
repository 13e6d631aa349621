"""Staff's view of the connected systems, and administrators' changes: forms, secrets, probes, refusals."""

from typing import Any

import httpx
import pytest
from msgspec import Struct

from dsar.contract import Coverage, Field, Manifest, Unauthorised, Unreachable, Use
from dsar.outbound import installed

from .recorder import Recorder
from .world import KNOWN, Controller, Staff, World

SECRET = "s3cret-and-long"


class VendorSettings(Struct, frozen=True, forbid_unknown_fields=True):
    """A vendor with a key."""

    host: str
    """Where it answers."""
    api_key: str
    page_size: int = 100


class Vendor(Recorder):
    """The recorder as a vendor with settings: it lets one key in."""

    right = SECRET

    def __init__(self) -> None:
        super().__init__()
        self.fields: tuple[Field, ...] = (Field("people", "name", Use.EXPORTED),)

    @property
    def manifest(self) -> Manifest:
        return Manifest(
            key="vendor",
            title="A vendor",
            settings=VendorSettings,
            finds_by=frozenset({"email"}),
            orders=super().manifest.orders,
            secret_settings=("api_key",),
            residue="It keeps backups for 30 days.",
        )

    def open(self, settings: Any, tools: Any) -> Any:
        self.key = settings.api_key
        return super().open(settings, tools)

    async def probe(self) -> Coverage:
        await super().probe()
        if self.key != self.right:
            raise Unauthorised("HTTP 401; check api_key")
        return Coverage(self.fields, ("recordings",))


@pytest.fixture
def vendor() -> Any:
    made = installed()["vendor"] = Vendor()  # type: ignore[assignment]
    yield made
    del installed()["vendor"]


@pytest.fixture
async def admin(world: World) -> Staff:
    return await world.staff("Ada", "administrator")


def body(**more: Any) -> dict[str, Any]:
    settings = {"host": "https://eu.vendor.example", "api_key": SECRET} | more.pop("settings", {})
    return {"connector": "vendor", "roles": ["controller"], "settings": settings} | more


async def put(staff: Staff, key: str = "shop", **more: Any) -> httpx.Response:
    return await staff.client.put(f"/api/v1/systems/{key}", json=body(**more))


async def one(staff: Staff, key: str = "shop") -> dict[str, Any]:
    answer = await staff.client.get(f"/api/v1/systems/{key}")
    assert answer.status_code == 200, answer.text
    shown: dict[str, Any] = answer.json()
    return shown


def errors(answer: httpx.Response, status: int = 422) -> dict[str, str]:
    assert answer.status_code == status, answer.text
    return {error["field"]: error["problem"] for error in answer.json()["errors"]}


async def test_what_can_be_connected_is_told_with_the_form_of_its_settings(
    staff: Staff, vendor: Vendor
) -> None:
    answer = await staff.client.get("/api/v1/connectors")
    (shown,) = [one for one in answer.json()["connectors"] if one["key"] == "vendor"]
    assert [(f["name"], f["required"], f["secret"], f["default"]) for f in shown["form"]] == [
        ("host", True, False, None),
        ("api_key", True, True, None),
        ("page_size", False, False, 100),
    ]
    assert shown["form"][0]["help"] == "Where it answers."
    assert shown["schema"]["properties"]["api_key"]["writeOnly"]


async def test_every_connector_of_ours_has_a_form_with_a_help_for_each_setting(staff: Staff) -> None:
    answer = await staff.client.get("/api/v1/connectors")
    connectors = {one["key"]: one for one in answer.json()["connectors"]}
    assert {"asterisk", "posthog", "sql"} <= connectors.keys()
    lacking = [(k, f["name"]) for k, one in connectors.items() for f in one["form"] if not f["help"]]
    assert lacking == []


async def test_a_system_is_probed_and_then_kept_and_its_secret_never_shown(
    world: World, admin: Staff, vendor: Vendor
) -> None:
    answer = await put(admin, title="The shop")
    assert answer.status_code == 200, answer.text
    assert SECRET not in answer.text
    shown = await one(admin)
    assert shown["settings"] == {"host": "https://eu.vendor.example"}
    assert shown["secrets_set"] == ["api_key"]
    assert shown["health"]["title"] == "The shop"
    assert shown["health"]["probe"]["ok"]
    assert shown["health"]["probe"]["not_covered"] == ["recordings"]
    assert shown["by_hand"] == ["rectify", "restrict"]
    assert [(e["type"], e["actor"]) for e in shown["history"]] == [("configured", f"staff:{admin.id}")]
    assert SECRET not in str(await world.rows("SELECT * FROM system_event"))


async def test_a_left_out_secret_stays_as_it_is(admin: Staff, vendor: Vendor) -> None:
    await put(admin)
    answer = await put(admin, settings={"api_key": None, "page_size": 5})
    assert answer.status_code == 200, answer.text
    assert answer.json()["settings"]["page_size"] == 5
    assert vendor.key == SECRET


async def test_a_left_out_secret_does_not_go_to_another_address(admin: Staff, vendor: Vendor) -> None:
    await put(admin)
    answer = await put(admin, settings={"api_key": None, "host": "https://evil.example"})
    assert errors(answer) == {"settings.api_key": "is not kept when an address changes."}
    assert (await one(admin))["settings"] == {"host": "https://eu.vendor.example"}


@pytest.mark.parametrize(
    ("sent", "field"),
    [
        ({"connector": "nothing"}, "connector"),
        ({"settings": {"page_size": "many"}}, "settings.page_size"),
        ({"settings": {"unknown": 1}}, "settings.unknown"),
        ({"settings": {"api_key": "wrong"}}, "settings"),
        ({"columns_lock": {"people": {"name": "perhaps"}}}, "columns_lock"),
    ],
    ids=["connector", "type", "unknown", "credentials", "lock"],
)
async def test_what_cannot_be_is_refused_by_its_name_and_nothing_is_kept(
    admin: Staff, vendor: Vendor, sent: dict[str, Any], field: str
) -> None:
    answer = await put(admin, **sent)
    assert list(errors(answer)) == [field]
    assert SECRET not in answer.text
    assert (await admin.client.get("/api/v1/systems/shop")).status_code == 404


@pytest.mark.parametrize(
    "key", ["Shop", "1shop", "sh-op", "x" * 64], ids=["capital", "digit", "hyphen", "long"]
)
async def test_a_key_is_a_plain_name(admin: Staff, vendor: Vendor, key: str) -> None:
    assert list(errors(await put(admin, key))) == ["key"]


@pytest.mark.parametrize(
    "sent",
    [{"roles": []}, {"concurrency": 0}, {"timeout_seconds": 0}, {"calls_per_minute": 0}, {"wrong": 1}],
    ids=["roles", "concurrency", "timeout", "calls", "unknown"],
)
async def test_limits_are_held(admin: Staff, vendor: Vendor, sent: dict[str, Any]) -> None:
    assert (await put(admin, **sent)).status_code == 400


async def test_a_change_that_fails_its_probe_leaves_the_system_as_it_was(
    admin: Staff, vendor: Vendor
) -> None:
    await put(admin)
    before = await one(admin)
    assert list(errors(await put(admin, settings={"api_key": "wrong"}))) == ["settings"]
    assert await one(admin) == before


async def test_a_key_is_not_given_to_another_connector(admin: Staff, vendor: Vendor) -> None:
    assert list(errors(await put(admin, "recorder"))) == ["key"]


async def test_only_administrators_change_systems(staff: Staff, vendor: Vendor) -> None:
    assert (await put(staff)).status_code == 403
    assert (await staff.client.delete("/api/v1/systems/recorder")).status_code == 403
    assert (await staff.client.get("/api/v1/systems")).status_code == 200


async def test_a_controllers_key_sees_no_system(controller: Controller) -> None:
    for path in ("connectors", "systems", "systems/recorder"):
        assert (await controller.client.get(f"/api/v1/{path}")).status_code == 403


async def test_drift_is_shown_field_by_field(admin: Staff, vendor: Vendor) -> None:
    await put(admin, columns_lock={"people": {"name": "exported"}})
    vendor.fields += (Field("people", "shoe_size", Use.UNDECLARED),)
    answer = await admin.client.post("/api/v1/systems/shop/probe")
    probe = answer.json()["health"]["probe"]
    assert (probe["drifted"], probe["guarded"]) == (1, True)
    assert probe["drift"] == [
        {"collection": "people", "field": "shoe_size", "kind": "new", "now": "undeclared", "locked": None}
    ]


async def test_a_paused_system_is_resumed_after_a_good_probe_only(
    world: World, admin: Staff, vendor: Vendor
) -> None:
    await put(admin)
    vendor.right = "renewed"
    await admin.client.post("/api/v1/systems/shop/probe")
    assert (await one(admin))["health"]["paused_reason"] == "HTTP 401; check api_key"
    assert list(errors(await admin.client.post("/api/v1/systems/shop/resume"), 409)) == ["system"]
    vendor.right = SECRET
    answer = await admin.client.post("/api/v1/systems/shop/resume")
    assert answer.json()["health"]["paused_reason"] is None
    assert [e["type"] for e in answer.json()["history"]] == ["resumed", "paused", "configured"]


async def test_a_system_taken_out_is_shown_still_and_asked_no_more(
    world: World, admin: Staff, vendor: Vendor
) -> None:
    assert (await admin.client.delete("/api/v1/systems/recorder")).status_code == 204
    assert (await one(admin, "recorder"))["health"]["enabled"] is False
    assert (await admin.client.delete("/api/v1/systems/recorder")).status_code == 404
    assert (await admin.client.post("/api/v1/systems/recorder/probe")).status_code == 404
    assert (await admin.client.post("/api/v1/systems/recorder/resume")).status_code == 404


async def test_a_system_whose_connector_is_gone_is_shown_without_its_settings(
    world: World, admin: Staff, vendor: Vendor
) -> None:
    await put(admin)
    await world.run("UPDATE system SET connector = 'gone' WHERE key = 'shop'")
    shown = await one(admin)
    assert shown["settings"] is None
    assert SECRET not in str(shown)


async def test_the_metrics_name_each_system_and_nobody(world: World, admin: Staff, vendor: Vendor) -> None:
    await put(admin, columns_lock={})
    await world.service.probing.probe("recorder")
    world.recorder.failing = True
    for _ in range(5):
        await world.service.probing.probe("recorder")
        world.clock.forward(seconds=1)
    text = (await world.client.get("/metrics")).text
    assert 'dsar_system_up{system="shop"} 1.0' in text
    assert 'dsar_system_up{system="recorder"} 0.0' in text
    assert 'dsar_system_circuit_open{system="recorder"} 1.0' in text
    assert 'dsar_system_drift{system="shop"} 1.0' in text
    await admin.client.delete("/api/v1/systems/recorder")
    assert 'system="recorder"' not in (await world.client.get("/metrics")).text


async def test_a_connector_that_breaks_in_its_probe_says_nothing_of_its_own(
    admin: Staff, vendor: Vendor
) -> None:
    class Breaks(Vendor):
        async def probe(self) -> Coverage:
            raise ValueError(KNOWN)

    installed()["vendor"] = Breaks()  # type: ignore[assignment]
    answer = await put(admin)
    assert list(errors(answer)) == ["settings"]
    assert KNOWN not in answer.text


async def test_an_unreachable_vendor_is_not_kept(admin: Staff, vendor: Vendor) -> None:
    class Away(Vendor):
        async def probe(self) -> Coverage:
            raise Unreachable("no answer; check host")

    installed()["vendor"] = Away()  # type: ignore[assignment]
    answer = await put(admin)
    assert "check host" in errors(answer)["settings"]


async def test_settings_that_nobody_can_read_any_more_are_shown_as_none_and_can_be_set_anew(
    world: World, admin: Staff, vendor: Vendor
) -> None:
    await put(admin)
    garbled = world.service.vault.seal(b"no JSON", "system")
    await world.run("UPDATE system SET settings = $1, version = version + 1 WHERE key = 'shop'", garbled)
    assert (await one(admin))["settings"] == {}
    assert not (await admin.client.post("/api/v1/systems/shop/probe")).json()["health"]["probe"]["ok"]
    assert (await put(admin)).status_code == 200


async def test_roles_that_the_settings_do_not_reach_are_refused(admin: Staff, vendor: Vendor) -> None:
    class Alone(Vendor):
        def roles(self, _settings: Any) -> frozenset[str]:
            return frozenset({"controller"})

    installed()["vendor"] = Alone()  # type: ignore[assignment]
    assert list(errors(await put(admin, roles=["controller", "processor"]))) == ["roles"]
