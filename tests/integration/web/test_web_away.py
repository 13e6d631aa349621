"""Over a real socket; and with Postgres or Valkey away: a clear answer, nothing lost silently, nothing doubled."""

import asyncio
import socket
import tempfile
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager
from pathlib import Path

import asyncpg
import httpx
import msgspec
import pytest
import uvicorn

from dsar.engine import open_service
from dsar.outbound import LocalOutbox
from dsar.settings import Settings
from dsar.web import create_app
from dsar.web.problems import database_away
from dsar.worker import waking

from .recorder import Recorder
from .test_web_bad_input import checked
from .world import KNOWN, Staff, World, open_world

BODY = {"rights": ["access"], "relations": ["prospect"], "email": KNOWN}


@asynccontextmanager
async def served(app: object) -> AsyncIterator[str]:
    """The application on a loopback port, as `dsar serve` runs it."""
    listener = socket.create_server(("127.0.0.1", 0))
    config = uvicorn.Config(
        app,  # type: ignore[arg-type]
        log_config=None,
        access_log=False,
        server_header=False,
        lifespan="off",
    )
    server = uvicorn.Server(config)
    task = asyncio.create_task(server.serve(sockets=[listener]))
    while not server.started:  # noqa: ASYNC110 - uvicorn gives no event
        await asyncio.sleep(0.01)
    try:
        yield f"http://127.0.0.1:{listener.getsockname()[1]}"
    finally:
        server.should_exit = True
        await task


async def raw(url: str, request: bytes) -> bytes:
    """What comes back for these very bytes."""
    host, port = url.removeprefix("http://").split(":")
    reader, writer = await asyncio.open_connection(host, int(port))
    writer.write(request)
    await writer.drain()
    try:
        async with asyncio.timeout(10):
            return await reader.read()
    finally:
        writer.close()
        await writer.wait_closed()


# -- a real socket


async def test_a_body_over_the_limit_is_refused_over_a_socket(world: World) -> None:
    """By its announced length before it is read, and in chunks as soon as it is too much."""
    before = await world.counts()
    limit = world.service.settings.body_bytes_max
    async with served(world.app) as url, httpx.AsyncClient(base_url=url) as client:
        json = {"content-type": "application/json"}
        checked(await client.post("/api/v1/requests", content=b"x" * (limit + 1), headers=json), 413)
        announced = await raw(
            url,
            b"POST /api/v1/requests HTTP/1.1\r\nHost: x\r\nConnection: close\r\nContent-Type: application/json\r\n"
            b"Content-Length: 10000000000\r\n\r\n{",
        )
        assert announced.startswith(b"HTTP/1.1 413")
        sent = 0

        async def endless() -> AsyncIterator[bytes]:
            nonlocal sent
            while sent < 50 * limit:
                sent += 8192
                yield b"x" * 8192

        try:
            answer = await client.post("/api/v1/requests", content=endless(), headers=json)
            assert answer.status_code == 413
        except httpx.WriteError:
            pass  # the server had closed before everything was sent: refused all the same
        assert (await client.post("/api/v1/requests", json=BODY)).status_code == 202
    after = await world.counts()
    assert after["request"] == before["request"] + 1


@pytest.mark.parametrize(
    "request_line",
    [b"GET /%00 HTTP/1.1", b"GET /requests/\xff HTTP/1.1", b"GET //evil.example/ HTTP/1.1", b"BREW / HTTP/1.1", b"nonsense",
     b"GET /requests/%c0%ae%c0%ae HTTP/1.1"],
)  # fmt: skip
async def test_odd_bytes_are_refused_and_the_next_request_is_served(
    world: World, request_line: bytes
) -> None:
    async with served(world.app) as url:
        answer = await raw(url, request_line + b"\r\nHost: x\r\nConnection: close\r\n\r\n")
        assert answer[9:12] in {b"400", b"404", b"405"}
        async with httpx.AsyncClient(base_url=url) as client:
            assert (await client.get("/healthz")).status_code == 200


async def test_the_server_does_not_say_what_it_is(world: World) -> None:
    async with served(world.app) as url, httpx.AsyncClient(base_url=url) as client:
        assert "server" not in (await client.get("/")).headers


async def test_who_hangs_up_has_filed_or_not_and_no_error_is_raised(world: World) -> None:
    """The batch goes on without the one who waits no longer."""
    async with world.service.db.write() as blocker:
        await blocker.execute("LOCK TABLE request IN EXCLUSIVE MODE")
        gone = asyncio.create_task(world.post())
        while not await world.rows("SELECT 1 FROM pg_locks WHERE NOT granted"):  # noqa: ASYNC110 - its batch is there
            await asyncio.sleep(0.01)
        stays = asyncio.create_task(world.post(email="other@example.com"))
        while not world.service.desk._waiting:  # noqa: ASYNC110 - for the next batch
            await asyncio.sleep(0.01)
        gone.cancel()
    assert (await stays).status_code == 202
    assert (await world.counts())["request"] == 2


# -- Postgres away


class Wire:
    """What lies between the service and Postgres, and can be cut."""

    def __init__(self, folder: Path, postgres: str) -> None:
        self.address = folder / ".s.PGSQL.5432"
        self._postgres = postgres
        self._server: asyncio.Server | None = None
        self._writers: set[asyncio.StreamWriter] = set()
        self._tasks: set[asyncio.Task[None]] = set()

    async def join(self) -> None:
        self._server = await asyncio.start_unix_server(self._serve, self.address)

    async def cut(self, *, leave_the_address: bool) -> None:
        """Nobody answers any more: every connection is dropped, and none is taken."""
        assert self._server is not None
        self._server.close()
        for writer in self._writers:
            writer.close()
        for task in self._tasks:
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)
        self._writers.clear()
        self.address.unlink(missing_ok=True)
        if leave_the_address:  # as after a kill: there is a socket file, and nobody behind it
            with socket.socket(socket.AF_UNIX) as left:
                left.bind(str(self.address))

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        there, back = await asyncio.open_unix_connection(self._postgres)
        self._writers |= {writer, back}
        for source, target in ((reader, back), (there, writer)):
            task = asyncio.create_task(self._pump(source, target))
            self._tasks.add(task)
            task.add_done_callback(self._tasks.discard)

    async def _pump(self, source: asyncio.StreamReader, target: asyncio.StreamWriter) -> None:
        while data := await source.read(65_536):
            target.write(data)
        target.close()


@pytest.fixture
def socket_folder() -> Iterator[Path]:
    """Short, for a socket's path may have 107 bytes."""
    with tempfile.TemporaryDirectory(prefix="wire-") as folder:
        yield Path(folder)


@pytest.fixture
async def wire(settings: Settings, socket_folder: Path) -> AsyncIterator[Wire]:
    postgres = settings.database_url.partition("host=")[2].partition("&")[0]
    wire = Wire(socket_folder, f"{postgres}/.s.PGSQL.5432")
    await wire.join()
    yield wire
    await wire.cut(leave_the_address=False)


@pytest.mark.parametrize("leave_the_address", [True, False])
async def test_with_postgres_away_each_face_says_so_and_comes_back(
    settings: Settings, recorder: Recorder, wire: Wire, leave_the_address: bool
) -> None:
    cuttable = msgspec.structs.replace(
        settings, database_url=f"{settings.database_url.partition('?')[0]}?host={wire.address.parent}"
    )
    async with open_world(cuttable, recorder) as world:
        staff = await world.staff()
        reference = await world.asked()
        await wire.cut(leave_the_address=leave_the_address)
        await away(world, staff, reference, cuttable)
        if leave_the_address:
            wire.address.unlink()
        await wire.join()
        assert (await world.post()).status_code == 202
        again = await world.client.post("/api/v1/requests", json=BODY, headers={"Idempotency-Key": "away-1"})
        assert again.status_code == 202
        assert (await world.counts())["request"] == 3


async def away(world: World, staff: Staff, reference: str, settings: Settings) -> None:
    """Every face says that it cannot be taken now, and nothing of what is inside."""
    for answer in (
        await world.post(),
        await world.client.post("/api/v1/requests", json=BODY, headers={"Idempotency-Key": "away-1"}),
        await staff.client.get("/api/v1/cases"),
        await staff.enter(),
        await world.client.get("/readyz"),
        await world.client.get(f"/verify/{reference}"),
        await world.client.get("/download/x"),
    ):
        checked(answer, 503)
        assert int(answer.headers["retry-after"]) > 0
        for inside in ("asyncpg", "sock", "Error", settings.database_url):
            assert inside not in answer.text
    form = {"rights": ["access"], "relations": ["prospect"], "email": KNOWN}
    async with world.new_client(headers={"accept": "text/html"}) as browser:
        page = await browser.post("/requests", data=form)
        assert page.status_code == 503
        assert page.headers["content-type"].startswith("text/html")
        assert "Traceback" not in page.text
        assert (await browser.get("/")).status_code == 200
    assert (await world.client.get("/healthz")).status_code == 200


@pytest.mark.parametrize(
    "error",
    [
        asyncpg.CannotConnectNowError("starting up"),
        asyncpg.AdminShutdownError("ends"),
        asyncpg.TooManyConnectionsError("full"),
        asyncpg.ConnectionDoesNotExistError("gone"),
    ],
)
def test_a_server_that_starts_ends_or_is_full_counts_as_away(error: Exception) -> None:
    assert database_away(error)


@pytest.mark.parametrize("error", [asyncpg.UniqueViolationError("x"), OSError("a file"), KeyError("x")])
def test_a_fault_of_ours_does_not_count_as_away(error: Exception) -> None:
    assert not database_away(error)


async def test_with_postgres_cut_off_in_the_middle_nothing_is_half_written(
    world: World, settings: Settings
) -> None:
    """The connection dies while requests are being filed: each is filed whole and said so, or not at all."""
    async with world.service.db.write() as blocker:
        await blocker.execute("LOCK TABLE identity IN EXCLUSIVE MODE")
        waiting = [asyncio.create_task(world.post(email=f"p{number}@example.com")) for number in range(5)]
        await asyncio.sleep(0.1)
        admin = await asyncpg.connect(settings.database_url)
        await admin.execute(
            "SELECT pg_terminate_backend(pid) FROM pg_stat_activity "
            "WHERE datname = current_database() AND wait_event_type = 'Lock'"
        )
        await admin.close()
    answers = [await task for task in waiting]
    taken = [answer for answer in answers if answer.status_code == 202]
    for answer in answers:
        if answer.status_code != 202:
            checked(answer, 503)
    counts = await world.counts()
    assert counts["request"] == counts["case_file"] == counts["identity"] == counts["challenge"] == len(taken)


async def test_one_that_cannot_be_filed_does_not_take_the_others_along(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Those that wait together are written together: a bad one fails alone."""
    plain = world.service.desk._write

    async def picky(batch: list[object]) -> None:
        if any("bad" in str(one.submission.details.message) for one in batch):  # type: ignore[attr-defined]
            raise RuntimeError
        await plain(batch)  # type: ignore[arg-type]

    monkeypatch.setattr(world.service.desk, "_write", picky)
    answers = await asyncio.gather(*(world.post(message="bad" if n == 3 else "good") for n in range(8)))
    assert sorted(answer.status_code for answer in answers) == [202] * 7 + [500]
    assert (await world.counts())["request"] == 7


# -- Valkey away


@pytest.mark.parametrize("url", ["redis://127.0.0.1:1/0", "unix:///nonexistent/valkey.sock"])
async def test_with_valkey_away_intake_succeeds_and_the_sweep_finds_the_work(
    settings: Settings, url: str
) -> None:
    async with waking(url) as wake, open_service(settings, wake=wake) as service:
        transport = httpx.ASGITransport(create_app(service))
        async with httpx.AsyncClient(transport=transport, base_url="http://x") as client:
            for _ in range(3):
                answer = await client.post("/api/v1/requests", json=BODY)
                assert answer.status_code == 202
            await asyncio.sleep(0.05)
            assert (await client.get("/readyz")).status_code == 200
        await service.engine().drain()
    messages = LocalOutbox.at(settings.local_outbox).messages()
    assert sum(message.to == BODY["email"] for message in messages) == 3
