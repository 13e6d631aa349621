"""What is MariaDB's own: engines, grants, collations, encryption, and its errors."""

import subprocess

import pytest

from dsar.contract import Erase, Field, Refused, Unauthorised, Unreachable, Use

from .asking import CALLER, asking, found, pairs, with_table
from .stock import ACME, KAISA


@pytest.fixture
def place(on_mariadb):
    return on_mariadb


@pytest.fixture
async def clerk(place, mariadb_server):
    """A user with no grants yet, its address, and a way to grant."""
    name = f"c_{place.url.rpartition('_')[2][:20]}"
    database = place.url.rpartition("/")[2]
    await mariadb_server.run(f"CREATE USER {name}@'127.0.0.1' IDENTIFIED BY 'clerk'")

    async def grant(*rights):
        await mariadb_server.run(
            *(f"GRANT {right.format(db=database)} TO {name}@'127.0.0.1'" for right in rights)
        )

    yield f"mysql://{name}:clerk@127.0.0.1:{mariadb_server.port}/{database}", grant
    await mariadb_server.run(f"DROP USER {name}@'127.0.0.1'")


async def test_a_table_of_an_engine_without_transactions_is_refused(place):
    await place.do("CREATE TABLE old (id bigint PRIMARY KEY, caller_id bigint) ENGINE = MyISAM")
    tables = with_table(place, "old", key=["id"], path={"table": "caller", "on": {"caller_id": "id"}})
    async with asking(place, tables=tables) as session:
        with pytest.raises(Refused, match=r"tables\.old\.name: .*convert it to InnoDB"):
            await session.probe()


@pytest.mark.parametrize(
    ("grants", "says"),
    [
        (["SELECT ON {db}.*"], r"tables\.caller\.on_erase: .*grant DELETE"),
        (["SELECT, DELETE ON {db}.*"], r"tables\.caller\.(full_name|muted): .*grant UPDATE"),
        (["SELECT, DELETE, UPDATE ON {db}.*"], "stop.*grant INSERT"),
        (
            ["SELECT (id, tenant), DELETE, UPDATE ON {db}.caller"],
            r"tables\.calls: no such table for this user",
        ),
    ],
)
async def test_a_missing_grant_is_named(place, clerk, grants, says):
    url, grant = clerk
    await grant(*grants)
    async with asking(place, url=url) as session:
        with pytest.raises(Refused, match=says):
            await session.probe()


async def test_the_grants_of_the_manual_suffice_and_an_excluded_column_needs_none(place, clerk):
    url, grant = clerk
    await place.do("ALTER TABLE caller ADD api_token varchar(10)")
    await grant(
        "SELECT (id, tenant, email, phone, account, full_name, muted), UPDATE (full_name, muted), DELETE ON {db}.caller",
        "SELECT, UPDATE (answer), DELETE ON {db}.calls",
        "SELECT, DELETE ON {db}.line",
        "SELECT, UPDATE ON {db}.survey",
        "SELECT, UPDATE (restricted) ON {db}.invoice",
        "SELECT, INSERT ON {db}.stop",
        "SELECT, INSERT ON {db}.not_called",
    )
    tables = with_table(place, "caller", exclude={"api_token": "a secret"})
    async with asking(place, url=url, tables=tables, ignore={}) as session:
        coverage = await session.probe()
        assert Field("caller", "api_token", Use.EXCLUDED, "a secret") in coverage.fields
        assert "no grant" in coverage.not_covered[0]
        assert len(await pairs(session)) == 1_204
        assert (await session.carry_out(CALLER, ACME, Erase(), "k")).changed == 1_201


async def test_a_wrong_password_is_unauthorised_and_an_unknown_database_refused(place, clerk):
    url, grant = clerk
    await grant("SELECT ON {db}.*")
    server, _, database = url.rpartition("/")
    for bad, kind in (
        (url.replace(":clerk@", ":hunter2@"), Unauthorised),
        (url.replace("//c_", "//nobody_"), Unauthorised),
        (f"{server}/no_such_database", Refused),
        (f"mysql://u:hunter2@127.0.0.1:1/{database}", Unreachable),
    ):
        async with asking(place, url=bad) as session:
            with pytest.raises(kind) as error:
                await session.probe()
        assert "hunter2" not in str(error.value)


async def test_a_collation_to_the_letter_still_finds_without_case(place):
    await place.do("ALTER TABLE caller MODIFY email varchar(80) COLLATE utf8mb4_bin NOT NULL")
    async with asking(place) as session:
        assert await found(session, ("email", KAISA)) == ["caller:1"]


@pytest.mark.parametrize("charset", ["latin1", "utf8mb3", "ucs2"])
async def test_a_column_of_another_character_set_is_compared_and_told_alike(place, charset):
    await place.do(f"ALTER TABLE caller CONVERT TO CHARACTER SET {charset}")
    async with asking(place) as session:
        assert await found(session, ("email", "kaisa.kutsujä@example.com")) == ["caller:5"]
        assert len(await pairs(session)) == 1_204


async def test_encryption_that_the_server_cannot_give_is_never_gone_without(place):
    async with asking(place, url=f"{place.url}?sslmode=require") as session:
        with pytest.raises(Refused, match="offers no encryption"):
            await session.probe()


async def test_what_is_sent_encrypted_is_read_where_the_certificate_is_known(tls_place, certificate):
    url = f"{tls_place.url}?sslmode=verify-ca&sslrootcert={certificate}"
    async with asking(tls_place, url=url) as session:
        assert await found(session, ("email", KAISA)) == ["caller:1"]
    async with asking(tls_place, url=f"{tls_place.url}?sslmode=verify-full") as session:
        with pytest.raises(Unreachable):
            await session.probe()


@pytest.fixture(scope="module")
def certificate(tmp_path_factory):
    folder = tmp_path_factory.mktemp("tls")
    subprocess.run(
        ["openssl", "req", "-x509", "-newkey", "rsa:2048", "-nodes", "-days", "2", "-subj", "/CN=db.internal",
         "-keyout", str(folder / "key.pem"), "-out", str(folder / "cert.pem")],
        check=True, capture_output=True,
    )  # fmt: skip
    return folder / "cert.pem"


@pytest.fixture
async def tls_place(certificate):
    from . import mariadb, places

    options = [f"--ssl-cert={certificate}", f"--ssl-key={certificate.with_name('key.pem')}"]
    with mariadb.running(*options) as server:
        async with places.mariadb(server, "world_tls") as place:
            await server.run("ALTER USER world_tls@'127.0.0.1' REQUIRE SSL")
            yield place
