"""The key of OpenDSR's signatures: the pair of the settings where there is one, refused at the start if it does not fit."""

import asyncio
from datetime import UTC, datetime, timedelta

import msgspec
import pytest

from dsar.engine import Signing, open_service
from dsar.settings import Settings, SettingsError
from dsar.vault import VaultError
from dsar.vault.signing import new_pair

from .opendsr_client import V2, Program
from .recorder import Recorder
from .world import START, World, open_world

DOMAIN = "opendsr.company.example"


def paired(settings: Settings, domain: str = DOMAIN, at: datetime = START) -> Settings:
    """With a pair as an operator would set it."""
    key, certificate = new_pair(domain, at)
    return msgspec.structs.replace(
        settings,
        public_url=f"https://{DOMAIN}",
        opendsr_certificate=certificate,
        opendsr_private_key=key.decode(),
    )


async def test_the_pair_of_the_settings_signs_and_none_is_made(
    settings: Settings, recorder: Recorder
) -> None:
    given = paired(settings)
    async with open_world(given, recorder) as world:
        program = Program(world, await world.controller())
        program.domain = DOMAIN
        assert (await program.ask()).status_code == 201
        assert (await world.client.get("/opendsr/certificate.pem")).text == given.opendsr_certificate
        said = (await world.client.get(f"{V2}/discovery")).json()
        assert said["processor_certificate"] == f"https://{DOMAIN}/opendsr/certificate.pem"
        assert DOMAIN in said["extensions"]
        assert await world.rows("SELECT domain FROM signing_key") == []


async def refusal(settings: Settings) -> str:
    """Why the service does not start."""
    with pytest.raises((VaultError, SettingsError)) as error:
        async with open_service(settings, now=lambda: START):
            pass
    return str(error.value)


async def test_a_pair_that_does_not_fit_stops_the_start_and_names_its_setting(settings: Settings) -> None:
    given = paired(settings)
    other = paired(settings)
    for wrong, setting in (
        ({"opendsr_private_key": ""}, "DSAR_OPENDSR_PRIVATE_KEY"),
        ({"opendsr_certificate": ""}, "DSAR_OPENDSR_CERTIFICATE"),
        ({"opendsr_private_key": other.opendsr_private_key}, "DSAR_OPENDSR_PRIVATE_KEY"),
        ({"opendsr_certificate": "nonsense"}, "DSAR_OPENDSR_CERTIFICATE"),
        ({"public_url": "https://www.company.example"}, "DSAR_OPENDSR_CERTIFICATE"),
    ):
        assert setting in await refusal(msgspec.structs.replace(given, **wrong))
    old = paired(settings, at=datetime(2010, 1, 1, tzinfo=UTC))
    assert "renewed" in await refusal(old)
    early = paired(settings, at=START + timedelta(days=30))
    assert "not valid today" in await refusal(early)


async def test_two_processes_that_make_a_key_at_once_go_on_with_the_same(world: World) -> None:
    service = world.service
    both = [Signing(service.db, service.vault, service.settings, service.now) for _ in range(2)]
    first, second = await asyncio.gather(*(one.signer() for one in both))
    assert first.certificate == second.certificate
    assert first.sign(b"x", "pkcs1v15") == second.sign(b"x", "pkcs1v15")
    assert len(await world.rows("SELECT domain FROM signing_key")) == 1
